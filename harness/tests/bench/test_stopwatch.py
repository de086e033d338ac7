"""Steps are timed as they are shown."""

import io

import pytest

from harness.bench.stopwatch import Stopwatch
from harness.toolchain import Progress
from harness.toolchain.progress import PlainLines


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_each_step_has_its_seconds_and_its_end() -> None:
    """What lies between two steps is in neither, but in the end of the second."""
    clock, out = Clock(), io.StringIO()
    watch = Stopwatch(PlainLines(out, clock=clock).tell, clock=clock)
    progress = Progress(watch.tell, clock=clock)
    with progress.step("control plane"):
        clock.now_s += 3
    clock.now_s += 1
    with progress.step("node"):
        clock.now_s += 2
    progress.say("both")
    assert watch.steps_s == {"control plane": 3.0, "node": 2.0}
    assert watch.ends_s == {"control plane": 3.0, "node": 6.0}
    assert out.getvalue().splitlines() == [
        "control plane ...",
        "control plane: done in 3.0 s",
        "node ...",
        "node: done in 2.0 s",
        "both",
    ]


def test_a_failed_step_is_no_measurement() -> None:
    """It took as long as it took to fail; the error goes on."""
    clock = Clock()
    watch = Stopwatch(lambda _event: None, clock=clock)
    progress = Progress(watch.tell, clock=clock)

    def fail() -> None:
        with progress.step("node"):
            clock.now_s += 2
            raise ValueError("port")

    with pytest.raises(ValueError, match="port"):
        fail()
    assert watch.steps_s == {}
    assert watch.ends_s == {}


def test_a_step_made_twice_counts_twice() -> None:
    """Its seconds add up, its end is the last one."""
    clock = Clock()
    watch = Stopwatch(lambda _event: None, clock=clock)
    progress = Progress(watch.tell, clock=clock)
    for _ in range(2):
        with progress.step("tool"):
            clock.now_s += 2
    assert watch.steps_s == {"tool": 4.0}
    assert watch.ends_s == {"tool": 4.0}
