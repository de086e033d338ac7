"""A port of loopback that stays with a run while nobody listens there: who connects meanwhile is refused at once.

An address can so be handed out before its port-forward is up, and stays true while it is down. Without that, somebody
else could get the port, and a reader would take a stranger's page for the pod's.
"""

import socket


class HeldPort:
    """A socket that is bound and does not listen.

    Linux gives a bound port to nobody who asks for just any, but lets a listener have it who names it, if both set
    SO_REUSEADDR (socket(7)), and Go's listeners do: https://github.com/golang/go/blob/go1.24.0/src/net/sockopt_linux.go
    """

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Gives the port back. May be called twice."""
        self._socket.close()
