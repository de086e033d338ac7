"""The one way to look again and again beside everything else: in a thread of its own, until it is stopped."""

from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from harness.core.errors import HarnessError


class PollingThread:
    """A thread that looks, pauses, and looks again until it is stopped, or a look says that there is no more to do.

    A look that fails with an error of ours is made up for by the next one; whoever is to know of it keeps it before.
    Any other exception is a mistake and ends the thread, as the interpreter tells.
    """

    def __init__(
        self,
        look: Callable[[], object],
        *,
        name: str,
        interval_s: float | Callable[[], float] = 0.1,
        at_once: bool = True,
        patience_s: float = 10.0,
    ) -> None:
        """Takes what is to be done, and does nothing yet.

        Args:
            look: looks once; False for the last time.
            name: of the thread.
            interval_s: the pause between two looks, or what says how long the next one is; never less than 0.
            at_once: whether the first look comes before the first pause.
            patience_s: how long a look may go on that is under way when it is stopped; its thread is left to itself
                then.
        """
        self._look = look
        self._interval_s = interval_s
        self._at_once = at_once
        self._patience_s = patience_s
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)

    @property
    def stopped(self) -> bool:
        """Whether it has been told to stop."""
        return self._stop.is_set()

    def alive(self) -> bool:
        """Whether it still looks."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Starts the thread, which a stop before makes end at once."""
        self._thread.start()

    def stop(self) -> bool:
        """Ends the thread, which may not have begun; harmless the second time. Called by another one.

        Returns:
            Whether it has ended: False if a look hangs.
        """
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(self._patience_s)
        return not self.alive()

    def unwanted(self) -> str | None:
        """That it is being stopped, for looks that wait for something; None while it goes on."""
        return "nobody needs it any more" if self.stopped else None

    def _run(self) -> None:
        going_on = not (self.stopped if self._at_once else self._pause())
        while going_on and self._once():
            going_on = not self._pause()

    def _once(self) -> bool:
        with suppress(HarnessError):
            return self._look() is not False
        return True

    def _pause(self) -> bool:
        """Pauses; whether it was stopped meanwhile."""
        return self._stop.wait(max(0.0, self._interval_s() if callable(self._interval_s) else self._interval_s))
