"""Tending: a look that is repeated in a thread, for as long as there is something to look after.

Addresses are handed out as text, to readers that know nothing of port-forwards and ask nobody before they connect. So
nobody but a thread of its own could notice that one has ended, and when.
"""

from collections.abc import Callable
from threading import Event, Thread

#: pause between two looks: what happened is known as exactly as this
LOOK_S = 0.1
#: a look ends sooner, unless the API server lets it wait
_JOIN_TIMEOUT_S = 10.0


class Tending:
    """A thread that looks, and looks again every 0.1 s until the look says that there is no more to do."""

    def __init__(self, look: Callable[[], bool], *, name: str) -> None:
        """Args: looks once and says whether to go on; the thread's name."""
        self._look = look
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def begin(self) -> None:
        """Starts the thread; the first look comes at once."""
        self._thread.start()

    def unwanted(self) -> str | None:
        """That it is being stopped, for looks that wait for something; None while it goes on."""
        return "nobody needs it any more" if self._stop.is_set() else None

    def stop(self) -> None:
        """Ends the thread, which may not have begun; called by another one."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(_JOIN_TIMEOUT_S)

    def _run(self) -> None:
        while not self._stop.is_set() and self._look():
            self._stop.wait(LOOK_S)
