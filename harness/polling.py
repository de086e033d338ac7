"""A look that is repeated in a thread of its own, for as long as there is something to look after."""

from collections.abc import Callable
from threading import Event, Thread

#: a look ends sooner, unless it waits for somebody
_JOIN_TIMEOUT_S = 10.0


class PollingThread:
    """A thread that looks, and looks again until the look says that there is no more to do."""

    def __init__(self, look: Callable[[], bool], *, name: str, interval_s: float = 0.1) -> None:
        """Args: looks once and says whether to go on; the thread's name; the pause between two looks."""
        self._look = look
        self._interval_s = interval_s
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
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

    def alive(self) -> bool:
        """Whether it still looks."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set() and self._look():
            self._stop.wait(self._interval_s)
