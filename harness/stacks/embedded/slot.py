"""A slot: the addresses and ports that one embedded stack has to itself on this machine.

A slot is claimed by binding a name in the kernel's abstract socket namespace and lasts while any process holds that
socket. No file can be left behind, two users do not need a common directory, and a killed harness keeps its slot for as
long as its node lives, so that nobody else runs into what is left of it.
"""

import errno
import socket
from dataclasses import dataclass

from harness.core.errors import CouldNotTellError

#: second half of 198.18.0.0/15 and of the loopback range it maps to: 0 to 511
_SLOTS = range(512)
_FIRST_PORT = 20_000
_PORTS_PER_SLOT = 16


class NoSlotError(CouldNotTellError):
    """No addresses are free for one more stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """Addresses and ports of one stack."""

    number: int
    #: the socket that holds the claim; hand its descriptor to whatever must keep the slot
    claim: socket.socket

    @property
    def pod_prefix(self) -> str:
        """First three octets of the addresses pods have in their status (RFC 2544 benchmark range, never contacted)."""
        return f"198.{18 + self.number // 256}.{self.number % 256}"

    @property
    def listen_prefix(self) -> str:
        """First three octets of the loopback addresses pods listen on; the last octet is the pod address's."""
        return f"127.{18 + self.number // 256}.{self.number % 256}"

    @property
    def node_address(self) -> str:
        """The node's own loopback address."""
        return f"{self.listen_prefix}.1"

    def port(self, index: int) -> int:
        """The slot's port number `index`, 0 to 15, on 127.0.0.1."""
        if not 0 <= index < _PORTS_PER_SLOT:
            raise IndexError(index)
        return _FIRST_PORT + self.number * _PORTS_PER_SLOT + index


def claim_slot() -> Slot:
    """Claims the first slot that nobody holds and whose ports are all free.

    Raises:
        NoSlotError: all are taken.
    """
    for number in _SLOTS:
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0kubemirror-harness/slot/{number}")
        except OSError as error:
            claim.close()
            if error.errno == errno.EADDRINUSE:
                continue
            raise
        slot = Slot(number=number, claim=claim)
        if all(_port_is_free(slot.port(index)) for index in range(_PORTS_PER_SLOT)):
            return slot
        claim.close()
    raise NoSlotError(
        "no address is free for one more stack",
        why=f"all {len(_SLOTS)} slots are claimed or their ports are in use",
        fix="remove stacks that are no longer needed: harness down",
    )


def _port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1 at `port` now, connections in TIME_WAIT not counted."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
