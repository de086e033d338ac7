"""Progress: work that takes long tells its steps as events, and whoever watches shows them.

A session's events go to its live view (`harness.scenario.emitter`); those of a command become bars on a terminal and
plain lines elsewhere.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Protocol, TextIO

from harness.core.events import Event, Said, StackStep

#: pause between two plain lines about the same step, in seconds: seldom enough for a CI log, often enough to believe in
PLAIN_INTERVAL_S = 30.0
#: a count that runs is told no more often, in seconds
_COUNT_PERIOD_S = 0.5


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


class Progress:
    """Tells what is being done; without anybody to tell, nothing."""

    def __init__(
        self, tell: Callable[[Event], object] = lambda _event: None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Args: takes the events; seconds."""
        self.tell = tell
        self._clock = clock

    def say(self, text: str) -> None:
        """Tells one line that stays."""
        self.tell(Said(text=text))

    @contextmanager
    def step(self, title: str, unit: Unit = Unit.NOTHING) -> Iterator[Step]:
        """A piece of work from here to the end of the block, told with its seconds; failed when the block raises."""
        step = _Counted(self.tell, title, unit, self._clock)
        self.tell(StackStep(what=title))
        try:
            yield step
        except BaseException:
            self.tell(step.ended(failed=True))
            raise
        self.tell(step.ended(failed=False))


class _Counted:
    def __init__(self, tell: Callable[[Event], object], title: str, unit: Unit, clock: Callable[[], float]) -> None:
        self._tell = tell
        self._title = title
        self._unit = unit
        self._clock = clock
        self._start_s = self._told_s = clock()
        self._reached = ""
        self._ratio: float | None = None

    def at(self, done: int, total: int | None = None) -> None:
        self._reached = amount(done, total, self._unit)
        self._ratio = done / total if total else None
        now_s = self._clock()
        if now_s - self._told_s >= _COUNT_PERIOD_S:
            self._told_s = now_s
            self._tell(StackStep(what=self._title, reached=self._reached, ratio=self._ratio))

    def ended(self, *, failed: bool) -> StackStep:
        seconds = self._clock() - self._start_s
        return StackStep(what=self._title, reached=self._reached, ratio=self._ratio, seconds=seconds, failed=failed)


class PlainLines:
    """One line when a step starts, every 30 s while it lasts and when it ends; for pipes, logs and CI."""

    def __init__(self, out: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        #: step under way -> when it began, and when something was last said of it
        self._steps: dict[str, tuple[float, float]] = {}

    def tell(self, event: Event) -> None:
        """Writes `title ...`, then how far it is, then `title: done in 12.3 s`; what is said, at once."""
        match event:
            case Said(text=text):
                self._write(text)
            case StackStep(seconds=None):
                self._under_way(event)
            case StackStep(seconds=float(seconds)):
                self._steps.pop(event.what, None)
                counted = f" ({event.reached})" if event.reached and not event.failed else ""
                self._write(f"{event.what}: {'not done after' if event.failed else 'done in'} {seconds:.1f} s{counted}")
            case _:
                pass

    def _under_way(self, event: StackStep) -> None:
        now_s = self._clock()
        began_s, said_s = self._steps.setdefault(event.what, (now_s, now_s))
        if not event.reached and said_s == now_s:
            self._write(f"{event.what} ...")
        elif now_s - said_s >= PLAIN_INTERVAL_S:
            self._steps[event.what] = (began_s, now_s)
            self._write(f"{event.what}: {f'{event.reached}, ' if event.reached else ''}{now_s - began_s:.0f} s")

    def _write(self, line: str) -> None:
        print(line, file=self._out, flush=True)


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
        from harness.toolchain.bars import Bars  # noqa: PLC0415

        return Progress(Bars(out, no_colour="NO_COLOR" in environment).tell)
    return Progress(PlainLines(out).tell)
