"""The order of a bench: what is brought up is taken away, whatever happens in between."""

import signal
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from typing import cast

import pytest

from harness.bench.bench import Bench, Options, Parts, Timed
from harness.bench.bring_up import BringUp
from harness.bench.figures import Circumstances, Figures
from harness.bench.idle import Idle
from harness.bench.interrupts import Interrupts, TimeUpError
from harness.bench.offline import OfflineCost
from harness.bench.spread import Spread
from harness.bench.usage import Usage
from harness.core.errors import CouldNotTellError
from harness.core.rules.speed import Speed
from harness.scenario.stack_handles import StackHandles
from harness.stacks.base import StackFacts
from harness.tests.faults.fake_api import subject
from harness.tests.report.book import CONTRACT
from harness.toolchain import Progress

UP = BringUp(steps_s={}, healthy_s=5.0, total_s=6.0, cpu_s=9.0)
IDLE = Idle(usage=Usage(seconds=1, components=(), elsewhere_ratio=0, ended=()), scraping=None)
DEAD = CouldNotTellError("etcd is gone", why="signal 9", fix="-")

OFFLINE = OfflineCost(check_s=Spread(median=5, low=4, high=6), findings=3, replay_s=4.0, recordings=2, promtool_s=2.0)


class Place:
    """Records what is done to stacks that do not exist."""

    stack = None

    def __init__(self) -> None:
        self.log: list[str] = []
        self.on_up: Callable[[], None] = lambda: None

    def up(self) -> tuple[StackFacts, BringUp]:
        """Pretends."""
        self.log.append("up")
        self.on_up()
        return cast("StackFacts", None), UP

    def down(self) -> float:
        """Pretends."""
        self.log.append("down")
        return 0.5

    def idle(self, *_: object, **__: object) -> Idle:
        """Pretends."""
        self.log.append("idle")
        return IDLE

    def waves(self, *_: object) -> None:
        """Pretends."""
        self.log.append("waves")

    @property
    def parts(self) -> Parts:
        """Without processes, waves or a bench of the controller's own."""
        return Parts(
            timed=lambda *_: cast("Timed", self),
            handles=lambda *_: nullcontext(cast("StackHandles", None)),
            idle=self.idle,
            waves=self.waves,
            offline=lambda *_: OFFLINE,
            controller=None,
        )


@pytest.fixture
def place() -> Place:
    """A place that has done nothing yet."""
    return Place()


def bench(interrupts: Interrupts, parts: Parts, *, bring_ups: int = 2) -> Bench:
    """A bench of two stacks."""
    options = Options(speed=Speed(60), bring_ups=bring_ups, idle_s=1, sources=5, results=None)
    return Bench(
        options=options,
        subject=subject(),
        contract=CONTRACT,
        progress=Progress(),
        interrupts=interrupts,
        parts=parts,
    )


def measured(run: Bench) -> Figures:
    """What it has at its end."""
    figures = Figures(circumstances=Circumstances(cores=2, memory_bytes=0, load=0, speed=60))
    run.measure(figures)
    return figures


def test_the_last_stack_is_measured_before_it_goes(place: Place) -> None:
    """The others only come and go."""
    figures = measured(bench(Interrupts(0), place.parts))
    assert place.log == ["up", "down", "up", "idle", "waves", "down"]
    assert (figures.bring_ups, figures.downs_s, figures.idle) == ([UP, UP], [0.5, 0.5], IDLE)
    assert figures.missing == []


def test_a_part_that_fails_is_named_and_the_rest_is_measured(place: Place) -> None:
    """No idle figures, but mirrors, and nothing left."""

    def fail(*_: object, **__: object) -> Idle:
        raise DEAD

    figures = measured(bench(Interrupts(0), replace(place.parts, idle=fail), bring_ups=1))
    assert place.log == ["up", "waves", "down"]
    assert figures.idle is None
    assert figures.missing == ["the idle stack: etcd is gone (signal 9)"]


def test_a_stack_that_does_not_come_up_is_taken_away_and_named(place: Place) -> None:
    """It is no bring-up and no tear-down to be counted."""

    def fail() -> None:
        raise DEAD

    place.on_up = fail
    figures = measured(bench(Interrupts(0), place.parts))
    assert place.log == ["up", "down", "up", "down"]
    assert (figures.bring_ups, figures.downs_s) == ([], [])
    assert figures.missing == ["stack 1: etcd is gone (signal 9)", "stack 2: etcd is gone (signal 9)"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGALRM])
def test_an_interruption_takes_the_stack_away_and_ends_the_bench(place: Place, number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and the time limit are no failure of one part: nothing more is started."""
    place.on_up = lambda: signal.raise_signal(number)
    interrupts = Interrupts(0)
    with interrupts, pytest.raises((KeyboardInterrupt, TimeUpError)):
        measured(bench(interrupts, place.parts))
    assert place.log == ["up", "down"]


def test_the_controllers_own_bench_runs_last(place: Place) -> None:
    """When no stack takes its cores away."""
    own = replace(place.parts, controller=lambda: place.log.append("controller"))
    measured(bench(Interrupts(0), own, bring_ups=1))
    assert place.log[-2:] == ["down", "controller"]


def test_a_bench_begins_with_the_machine_and_nothing_else(place: Place) -> None:
    """The figures of this machine are there; nothing is measured yet."""
    figures = bench(Interrupts(0), place.parts).begin()
    assert figures.circumstances.cores >= 1
    assert figures.circumstances.memory_bytes > 0
    assert figures.pace is None
