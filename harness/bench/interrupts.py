"""Interruptions: Ctrl-C, SIGTERM and the time limit end a measurement at once, but never what undoes it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from harness.core.errors import CouldNotTellError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)


class TimeUpError(CouldNotTellError):
    """The time limit came before the end."""


class Interrupts:
    """Turns the three signals into exceptions in the main thread, held back while something is undone.

    Python runs handlers in the main thread whichever thread the kernel picked, so masks would not hold them back.
    """

    def __init__(self, limit_s: float) -> None:
        """Args: seconds of the clock after which `TimeUpError` is raised; 0 for never."""
        self._limit_s = limit_s
        self._shields = 0
        self._held: BaseException | None = None

    def __enter__(self) -> Self:
        self._former = {number: signal.signal(number, self._on) for number in _SIGNALS}
        signal.setitimer(signal.ITIMER_REAL, self._limit_s)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._former.items():
            signal.signal(number, handler)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Inside, signals wait; the first of them is raised at the end, unless the block raises itself."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        held, self._held = self._held, None
        if held is not None:
            raise held

    def _on(self, number: int, _frame: FrameType | None) -> None:
        interruption = self._interruption(number)
        if not self._shields:
            raise interruption
        self._held = self._held or interruption

    def _interruption(self, number: int) -> BaseException:
        if number != signal.SIGALRM:
            return KeyboardInterrupt()
        return TimeUpError(
            f"the bench was not done within {self._limit_s:g} s",
            why="the machine is slow or busy, or more was asked for than fits",
            fix="ask for fewer --sources or --bring-ups, or give it more time with --at-most",
        )
