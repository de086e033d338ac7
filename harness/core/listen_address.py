"""An address that a server listens on, as its option writes it: `127.0.0.1:8443`, `[::1]:8443`."""

from dataclasses import dataclass
from typing import Self

from harness.core.errors import CouldNotTellError, MisuseError

_HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenAddress:
    """Where to listen."""

    #: a name or an address, IPv6 without brackets
    host: str
    #: 0 lets the kernel choose
    port: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `HOST:PORT`.

        Raises:
            MisuseError: the text has no host, or its port is no number from 0 to 65535.
        """
        host, _, port = text.rpartition(":")
        if not host or not port.isdecimal() or int(port) > _HIGHEST_PORT:
            raise MisuseError(
                f"{text!r} is no address to listen on", why="it is not HOST:PORT", fix="write it like 127.0.0.1:8443"
            )
        return cls(host=host.strip("[]"), port=int(port))

    def taken(self, error: OSError) -> CouldNotTellError:
        """The error for an address that cannot be listened on, to be shown or raised from its cause."""
        return CouldNotTellError(
            f"cannot listen on {self.host}:{self.port}",
            why=str(error),
            fix="choose a free port on an address of this machine",
        )
