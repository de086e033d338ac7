"""A stalled machine: when nothing ran for a while, everything that came late in that while proves nothing."""

import time
from threading import Event, Thread

from harness.core.judge import Component, Disruption

#: pause between two ticks
_TICK_S = 0.1
#: a tick this late says that the machine had no time for what was due: far above what an idle one makes a thread wait
#: and well below a scrape at the highest honest speed, so that a scrape or an evaluation that was late for the same
#: reason is not blamed on the rule
STALL_S = 0.2
_JOIN_TIMEOUT_S = 5.0


class StallWatch:
    """A thread that expects to wake up every 0.1 s, and notes each time it did not."""

    def __init__(self) -> None:
        self._stop = Event()
        self._stalls: list[Disruption] = []
        self._thread = Thread(target=self._watch, name="stall-watch", daemon=True)
        self._thread.start()

    @property
    def stalls(self) -> tuple[Disruption, ...]:
        """The stalls so far."""
        return tuple(self._stalls)

    def stop(self) -> None:
        """Ends the thread."""
        self._stop.set()
        self._thread.join(_JOIN_TIMEOUT_S)

    def _watch(self) -> None:
        before_s = time.monotonic()
        while not self._stop.wait(_TICK_S):
            now_s = time.monotonic()
            stall = stall_between(before_s, now_s, wall_s=time.time())
            if stall is not None:
                self._stalls.append(stall)
            before_s = now_s


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
