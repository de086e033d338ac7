"""A stalled machine: when nothing ran for a while, everything that came late in that while proves nothing."""

import time
from collections.abc import Callable

from harness.core.judge import Component, Disruption
from harness.polling import PollingThread

#: pause between two ticks
_TICK_S = 0.1
#: a tick this late says that the machine had no time for what was due: far above what an idle one makes a thread wait
#: and well below a scrape at the highest honest speed, so that a scrape or an evaluation that was late for the same
#: reason is not blamed on the rule
STALL_S = 0.2


class StallWatch:
    """A thread that expects to wake up every 0.1 s, and notes each time it did not."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        """Args: monotonic seconds; Unix time in seconds."""
        self._clock = clock
        self._wall = wall
        self._stalls: list[Disruption] = []
        self._before_s = clock()
        self._ticking = PollingThread(self._tick, name="stall-watch", interval_s=_TICK_S, at_once=False)
        self._ticking.start()

    @property
    def stalls(self) -> tuple[Disruption, ...]:
        """The stalls so far."""
        return tuple(self._stalls)

    def stop(self) -> None:
        """Ends the thread."""
        self._ticking.stop()

    def _tick(self) -> None:
        now_s = self._clock()
        stall = stall_between(self._before_s, now_s, wall_s=self._wall())
        if stall is not None:
            self._stalls.append(stall)
        self._before_s = now_s


def stall_between(before_s: float, now_s: float, *, wall_s: float) -> Disruption | None:
    """The stall between two ticks, if they are too far apart.

    Args:
        before_s: the former tick, monotonic seconds.
        now_s: this tick, monotonic seconds.
        wall_s: this tick as Unix time in seconds.
    """
    stood_s = now_s - before_s - _TICK_S
    if stood_s < STALL_S:
        return None
    return Disruption(
        component=Component.MACHINE, start_s=wall_s - stood_s, end_s=wall_s, cause=f"stood still for {stood_s:.1f} s"
    )
