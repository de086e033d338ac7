"""What a person sees while programs are fetched and built: bars on a terminal, plain lines elsewhere.

`Progress` and `Step` are what the rest of the toolchain knows. Plain lines are written when a step starts, every 30 s
while it lasts, and when it ends, with its seconds.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Protocol, TextIO

#: pause between two plain lines about the same step, in seconds: seldom enough for a CI log, often enough to believe in
PLAIN_INTERVAL_S = 30.0


class Unit(StrEnum):
    """What a step counts."""

    BYTES = "bytes"
    PACKAGES = "packages compiled"
    MODULES = "modules fetched"
    NOTHING = ""


class Step(Protocol):
    """One piece of work that is under way."""

    def at(self, done: int, total: int | None = None) -> None:
        """So much is done, of so much where that is known. May be called often, also with nothing new."""
        ...


class Progress(Protocol):
    """Whoever listens to the toolchain at work."""

    def say(self, text: str) -> None:
        """Shows one line that stays."""
        ...

    def step(self, title: str, unit: Unit = Unit.NOTHING) -> AbstractContextManager[Step]:
        """Shows a piece of work from here to the end of the block, with its seconds; failed when the block raises."""
        ...


class SilentProgress:
    """Shows nothing."""

    def say(self, text: str) -> None:
        """Drops it."""

    @contextmanager
    def step(self, title: str, unit: Unit = Unit.NOTHING) -> Iterator[Step]:  # noqa: ARG002 - the protocol's shape
        """A step nobody sees."""
        yield _SilentStep()


class _SilentStep:
    def at(self, done: int, total: int | None = None) -> None:
        pass


class PlainProgress:
    """One line for each thing that happens, for pipes, logs and CI."""

    def __init__(
        self, out: TextIO, *, clock: Callable[[], float] = time.monotonic, interval_s: float = PLAIN_INTERVAL_S
    ) -> None:
        self._out = out
        self._clock = clock
        self._interval_s = interval_s

    def say(self, text: str) -> None:
        """Writes the line at once."""
        print(text, file=self._out, flush=True)

    @contextmanager
    def step(self, title: str, unit: Unit = Unit.NOTHING) -> Iterator[Step]:
        """Writes `title ...`, then how far it is every 30 s, then `title: done in 12.3 s`."""
        start_s = self._clock()
        step = _PlainStep(self, title, unit, start_s=start_s, clock=self._clock, interval_s=self._interval_s)
        self.say(f"{title} ...")
        try:
            yield step
        except BaseException:
            self.say(f"{title}: not done after {self._clock() - start_s:.1f} s")
            raise
        counted = f" ({step.reached})" if step.reached else ""
        self.say(f"{title}: done in {self._clock() - start_s:.1f} s{counted}")


class _PlainStep:
    def __init__(
        self,
        progress: PlainProgress,
        title: str,
        unit: Unit,
        *,
        start_s: float,
        clock: Callable[[], float],
        interval_s: float,
    ) -> None:
        self._progress = progress
        self._title = title
        self._unit = unit
        self._start_s = start_s
        self._clock = clock
        self._interval_s = interval_s
        self._said_s = start_s
        #: how far it is, in words; empty when nothing is counted
        self.reached = ""

    def at(self, done: int, total: int | None = None) -> None:
        self.reached = amount(done, total, self._unit)
        now_s = self._clock()
        if now_s - self._said_s >= self._interval_s:
            self._said_s = now_s
            reached = f"{self.reached}, " if self.reached else ""
            self._progress.say(f"{self._title}: {reached}{now_s - self._start_s:.0f} s")


def amount(done: int, total: int | None, unit: Unit) -> str:
    """How far something is, in words: `812 of 1640 packages compiled`, `12.4 of 26.5 MB`; empty before the first."""
    if unit is Unit.NOTHING or done == 0:
        return ""
    if unit is Unit.BYTES:
        return f"{done / 1e6:.1f} MB" if total is None else f"{done / 1e6:.1f} of {total / 1e6:.1f} MB"
    return f"{done} {unit}" if total is None else f"{done} of {total} {unit}"


def progress_to(out: TextIO, environment: Mapping[str, str]) -> Progress:
    """Bars where a person watches a terminal; plain lines in a pipe, in CI (`CI` is set) and on a dumb terminal.

    `NO_COLOR` takes the colours out of the bars (https://no-color.org).
    """
    if out.isatty() and not environment.get("CI") and environment.get("TERM") != "dumb":
        # Imported here because it takes 0.2 s, more than everything else that a warm start does.
        from harness.toolchain.bars import BarProgress  # noqa: PLC0415

        return BarProgress(out, no_colour="NO_COLOR" in environment)
    return PlainProgress(out)
