"""The emitter: what is told, and that nothing comes of it."""

from collections.abc import Callable

import pytest

from harness.core.events import (
    Announcement,
    Doing,
    Event,
    NoListener,
    Said,
    ScenarioBegan,
    ScenarioEnded,
    StackStep,
    Watched,
)
from harness.core.rules.speed import Speed
from harness.core.scenario import Aim, ScenarioPlan
from harness.core.verdict import Verdict
from harness.scenario.emitter import Emitter, ScenarioEmitter
from harness.tests.scenario import fakes
from harness.toolchain.progress import Progress, Unit


class Ear:
    """Keeps what it hears; breaks on demand."""

    def __init__(self, breaks: Exception | None = None) -> None:
        self.told: list[Announcement] = []
        self._breaks = breaks

    @property
    def events(self) -> list[Event]:
        """Without instants."""
        return [told.event for told in self.told]

    def hear(self, told: Announcement) -> None:
        self.told.append(told)
        if self._breaks is not None:
            raise self._breaks


def _clock(*instants: float) -> Callable[[], float]:
    left = list(instants)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


def test_an_event_is_told_with_its_instant() -> None:
    """Whose it is, the relay says."""
    ear = Ear()
    Emitter(ear, clock=_clock(12.5)).tell(Said(text="x"))
    assert ear.told == [Announcement(source="", at_s=12.5, event=Said(text="x"))]


@pytest.mark.parametrize("breaks", [OSError("full"), RuntimeError("mistake")])
def test_a_listener_that_breaks_disturbs_nobody(breaks: Exception) -> None:
    """Neither the emitter nor the next event."""
    ear = Ear(breaks)
    emitter = Emitter(ear)
    emitter.tell(Said(text="a"))
    emitter.tell(Said(text="b"))
    assert ear.events == [Said(text="a"), Said(text="b")]


@pytest.mark.parametrize(
    ("emitter", "heard"), [(Emitter(), False), (Emitter(NoListener()), False), (Emitter(Ear()), True)]
)
def test_whether_anybody_listens_is_known(emitter: Emitter, *, heard: bool) -> None:
    """Who looks for the reader alone can spare itself the looking."""
    assert emitter.heard is heard
    assert ScenarioEmitter(emitter, "x").heard is heard


def test_a_step_is_told_from_its_beginning_to_its_end() -> None:
    """A count that runs is told twice a second at most."""
    ear = Ear()
    progress = Progress(Emitter(ear).tell, clock=_clock(0, 0.1, 0.6, 0.7, 3.5))
    progress.say("hello")
    with progress.step("building etcd", Unit.PACKAGES) as step:
        for done in (1, 2, 3):
            step.at(done, 565)
    assert ear.events == [
        Said(text="hello"),
        StackStep(what="building etcd"),
        StackStep(what="building etcd", reached="2 of 565 packages compiled", ratio=2 / 565),
        StackStep(what="building etcd", reached="3 of 565 packages compiled", ratio=3 / 565, seconds=3.5),
    ]


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_a_step_that_fails_is_told_as_that(error: type[BaseException]) -> None:
    """And what made it fail goes on its way."""
    ear = Ear()
    progress = Progress(Emitter(ear).tell, clock=_clock(0, 2))
    with pytest.raises(error), progress.step("waiting"):
        raise error
    assert ear.events[-1] == StackStep(what="waiting", seconds=2, failed=True)


@pytest.mark.parametrize(("aim", "silent"), [(Aim.PAGES, False), (Aim.SILENT, True)])
def test_a_scenario_is_told_as_documented(aim: Aim, *, silent: bool) -> None:
    """Its alerts with thresholds and `for`, its row, its speed; seconds count from its beginning, not its stack's."""
    ear = Ear()
    emitter = ScenarioEmitter(Emitter(ear), "test_x.py::test_x", clock=_clock(0, 8, 30))
    emitter.began(fakes.plan(aim=aim), Speed(60))
    emitter.doing("inject a")
    emitter.ended([("QueueDeep", Verdict.VERIFIED)])
    watched = Watched(alert="QueueDeep", side=">", threshold=100, unit="items", hold_s=900, silent=silent)
    assert ear.events == [
        ScenarioBegan(nodeid="test_x.py::test_x", about=(watched,), row="planted", speed=60),
        Doing(nodeid="test_x.py::test_x", text="inject a"),
        ScenarioEnded(nodeid="test_x.py::test_x", verdicts=(("QueueDeep", Verdict.VERIFIED),), seconds=22),
    ]


def test_a_survey_is_about_nothing() -> None:
    """It injects nothing either."""
    ear = Ear()
    ScenarioEmitter(Emitter(ear), "x").began(ScenarioPlan(), Speed(60))
    assert ear.events == [ScenarioBegan(nodeid="x", about=(), row="", speed=60)]
