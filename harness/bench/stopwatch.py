"""A stopwatch: keeps the seconds of each step that a stack tells a person anyway, and passes everything on."""

import time
from collections.abc import Callable

from harness.core.events import Event, StackStep


class Stopwatch:
    """Hears which steps end, and when."""

    def __init__(self, shown: Callable[[Event], object], *, clock: Callable[[], float] = time.monotonic) -> None:
        """Args: who shows the steps; where the seconds come from."""
        self._shown = shown
        self._clock = clock
        self._start_s = clock()
        #: seconds of each finished step, in the order in which they ended; of what failed there are none
        self.steps_s: dict[str, float] = {}
        #: seconds from the start of the watch to the end of each step
        self.ends_s: dict[str, float] = {}

    def tell(self, event: Event) -> None:
        """Takes one event."""
        self._shown(event)
        if isinstance(event, StackStep) and event.seconds is not None and not event.failed:
            self.steps_s[event.what] = self.steps_s.get(event.what, 0.0) + event.seconds
            self.ends_s[event.what] = self._clock() - self._start_s
