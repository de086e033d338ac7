"""The addresses of pods: one last byte per pod, the same below both prefixes."""

from collections.abc import Mapping

from harness.core.errors import RetryableError

#: .1 is the node; .2 to .9 are given only to pods that ask for them
FIRST = 10
LAST = 254
_ASKABLE = range(2, LAST + 1)

#: annotation of a pod that must be found at an address known beforehand: the last byte, `2` to `254`. Network plug-ins
#: of real clusters have one of their own for this, e.g. Calico's `cni.projectcalico.org/ipAddrs`.
ADDRESS_ANNOTATION = "kubemirror-harness/address-byte"


def asked_byte(annotations: Mapping[str, str]) -> int | None:
    """The last byte that a pod asks for; None if it asks for none, or for nonsense."""
    text = annotations.get(ADDRESS_ANNOTATION, "")
    return int(text) if text.isdecimal() and int(text) in _ASKABLE else None


class NoAddressLeftError(RetryableError):
    """Every address of the node is in use."""


class AddressPool:
    """Hands out last bytes, going round, so that a freed address is not met again soon under another pod's name."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}
        self._next = FIRST

    def take(self, uid: str, *, wanted: int | None = None) -> int:
        """The pod's byte; the one it has, else the wanted one when it is free, else the next free one.

        Raises:
            NoAddressLeftError: there is none.
        """
        if uid in self._taken:
            return self._taken[uid]
        used = set(self._taken.values())
        order: list[int] = [*range(self._next, LAST + 1), *range(FIRST, self._next)]
        if wanted is not None and wanted in _ASKABLE:
            order.insert(0, wanted)
        for byte in order:
            if byte not in used:
                self._taken[uid] = byte
                if byte >= FIRST:
                    self._next = byte + 1 if byte < LAST else FIRST
                return byte
        raise NoAddressLeftError(
            "a pod has no address", why=f"{len(used)} pods are on the node", fix="delete pods, or scale down"
        )

    def held(self, byte: int, *, besides: str) -> bool:
        """Whether another pod has this byte."""
        return any(taken == byte for uid, taken in self._taken.items() if uid != besides)

    def release(self, uid: str) -> None:
        """Frees the pod's byte."""
        self._taken.pop(uid, None)
