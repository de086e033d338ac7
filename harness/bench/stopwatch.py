"""A stopwatch: a listener to progress that keeps the seconds of each step and passes everything on."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.toolchain import Progress, Step, Unit


class Stopwatch:
    """Hears which step begins and ends, as the stack tells it to a person anyway."""

    def __init__(self, shown: Progress, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Args: who shows the steps; where the seconds come from."""
        self._shown = shown
        self._clock = clock
        self._start_s = clock()
        #: seconds of each finished step, in the order in which they ended
        self.steps_s: dict[str, float] = {}
        #: seconds from the start of the watch to the end of each step
        self.ends_s: dict[str, float] = {}

    def say(self, text: str) -> None:
        """Passes it on."""
        self._shown.say(text)

    @contextmanager
    def step(self, title: str, unit: Unit = Unit.NOTHING) -> Iterator[Step]:
        """Times the block; one that raises is not kept, because it took as long as it took to fail."""
        begun_s = self._clock()
        with self._shown.step(title, unit) as step:
            yield step
        ended_s = self._clock()
        self.steps_s[title] = self.steps_s.get(title, 0.0) + ended_s - begun_s
        self.ends_s[title] = ended_s - self._start_s
