"""A stall is seen by its missing ticks, and placed where it was on the wall clock."""

import threading
from collections.abc import Iterator

from harness.core.judge import Component
from harness.witness.stall import STALL_S, StallWatch, stall_between


def test_a_tick_on_time_is_none() -> None:
    """Also one that a busy machine delays a little; the bound itself is a stall."""
    assert stall_between(10.0, 10.1, wall_s=1000) is None
    assert stall_between(10.0, 10.1 + STALL_S - 0.01, wall_s=1000) is None
    assert stall_between(10.0, 10.1 + STALL_S + 0.001, wall_s=1000) is not None


def test_missing_time_is_a_stall_of_the_machine() -> None:
    """It ended at the late tick and began when the tick was due."""
    stall = stall_between(10.0, 12.6, wall_s=1000)
    assert stall is not None
    assert stall.component is Component.MACHINE
    assert (stall.start_s, stall.end_s) == (997.5, 1000)
    assert stall.cause == "stood still for 2.5 s"


class _Clock:
    """Monotonic seconds as planted; tells when all have been taken, and then stands."""

    def __init__(self, *ticks: float) -> None:
        self._ticks: Iterator[float] = iter(ticks)
        self._last = 0.0
        self.over = threading.Event()

    def monotonic(self) -> float:
        try:
            self._last = next(self._ticks)
        except StopIteration:
            self.over.set()
        return self._last

    def time(self) -> float:
        return 1000.0


def test_the_watch_notes_every_stall_and_nothing_else() -> None:
    """Two in five ticks; its thread ends when it is told to."""
    clock = _Clock(0.0, 0.1, 3.2, 3.3, 5.4)
    watch = StallWatch(clock=clock.monotonic, wall=clock.time)
    assert clock.over.wait(10)
    watch.stop()
    watch.stop()
    assert [round(stall.end_s - stall.start_s, 6) for stall in watch.stalls] == [3.0, 2.0]
    assert not [thread for thread in threading.enumerate() if thread.name == "stall-watch"]
