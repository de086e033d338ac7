"""The baseline: what is the case before the first fault is not its doing, and ends the scenario with its figures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Quantity, Unit
from harness.core.errors import CouldNotTellError, NotHereError
from harness.core.reading import Reading
from harness.core.samples import Series
from harness.scenario import baseline
from harness.scenario.run import RunParts, ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.scenario.witnesses import Condition, WitnessOf
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime
from harness.witness.witness import Witness

_FAILING = replace(
    PROMISE,
    name="Failing",
    threshold=replace(
        PROMISE.threshold,
        quantity=Quantity.FAILED_RECONCILES,
        value=0.05,
        unit=Unit.RATIO,
        meaning="failed / all reconciles",
    ),
)


@dataclass
class _Place:
    """A stack with two promises, one of them a ratio, whose alerts are as the test says."""

    handles: StackHandles
    active: dict[str, str]
    clock: VirtualTime
    #: of an alert that nobody has looked at so far
    witness_of: WitnessOf = Condition.on

    def check(self, *readings: Reading, of: AlertPromise = _FAILING, working: bool = True, spared: str = "") -> None:
        """Looks at the baseline, ten seconds after the workload began."""
        since_s = self.clock.now_s - 10 if working else None
        baseline.check_baseline(
            self.handles,
            {of.name: readings},
            working_since_s=since_s,
            spared=(spared,),
            witness_of=self.witness_of,
        )

    def reading(self, value: float, *, holds: bool, ago_s: float = 1.0) -> Reading:
        """One look of a witness."""
        return Reading(at_s=self.clock.now_s - ago_s, value=value, holds=holds, note="12 of 144 reconciles failed")


@pytest.fixture
def place(clock: VirtualTime, monkeypatch: pytest.MonkeyPatch) -> _Place:
    """Nothing is active, until a test says otherwise."""
    monkeypatch.setattr("harness.scenario.baseline.time", clock)
    active: dict[str, str] = {}

    def instants(_query: str) -> tuple[Series, ...]:
        return tuple(fakes.series(1, alertname=name, alertstate=state) for name, state in active.items())

    handles = fakes.handles(
        prometheus=fakes.FakePrometheus(instants=instants), promised=fakes.contract(PROMISE, _FAILING)
    )
    return _Place(handles, active, clock)


def _seeing(holds: Sequence[bool | None]) -> WitnessOf:
    """What a witness sees that is asked after an alert nobody has looked at so far."""

    def on(_condition: Condition, _handles: StackHandles) -> Witness:
        return fakes.SteadyWitness(holds)

    return on


def test_a_quiet_baseline_is_no_news(place: _Place) -> None:
    """Below the threshold, and nobody pending; nor what held before the workload began."""
    place.check(place.reading(0.04, holds=False))
    place.check(place.reading(0.2, holds=True, ago_s=20), place.reading(0.04, holds=False))
    place.check()


@pytest.mark.parametrize(("working", "who"), [(True, "the workload"), (False, "the subject")])
def test_a_condition_that_holds_already_ends_the_scenario(place: _Place, who: str, *, working: bool) -> None:
    """With whose doing it is, how much it is, and what the contract says."""
    with pytest.raises(CouldNotTellError) as caught:
        place.check(place.reading(1 / 12, holds=True), working=working)
    assert caught.value.what == (
        f"{who} does this without any fault: 8.3% failed / all reconciles, 12 of 144 reconciles failed"
    )
    assert caught.value.why == "Failing says > 5.0%"


def test_what_flickered_and_is_over_is_left_out(place: _Place) -> None:
    """Only what is so at the end of the baseline, or what an alert is pending for."""
    before = (place.reading(0.1, holds=True, ago_s=5), place.reading(0.01, holds=False))
    place.check(*before)
    place.active["Failing"] = "pending"
    with pytest.raises(CouldNotTellError, match=r"10\.0% .*, Failing is pending"):
        place.check(*before)


def test_a_condition_may_hold_before_where_the_scenario_says_so(place: _Place) -> None:
    """And no other: the rest is looked at all the same."""
    place.check(place.reading(0.1, holds=True), spared="Failing")
    with pytest.raises(CouldNotTellError, match="QueueDeep says > 100 items"):
        place.check(place.reading(120, holds=True), of=PROMISE, spared="Failing")


def test_an_alert_beside_that_is_rightly_pending_ends_the_scenario(place: _Place) -> None:
    """A witness of its own condition is asked, for as long as a baseline takes."""
    place.witness_of = _seeing([False, True])
    place.active["QueueDeep"] = "firing"
    with pytest.raises(CouldNotTellError, match=r"does this without any fault: look .*, QueueDeep is firing"):
        place.check(place.reading(0.01, holds=False))


@pytest.mark.parametrize("holds", [False, None], ids=["denied", "not seen"])
def test_an_alert_that_is_pending_for_nothing_is_left_to_the_judge(place: _Place, *, holds: bool | None) -> None:
    """A wrong rule is what a scenario is to find."""
    place.witness_of = _seeing([holds])
    place.active["QueueDeep"] = "pending"
    place.check(place.reading(0.01, holds=False))


def test_an_alert_that_nobody_can_look_at_is_left_to_the_judge(place: _Place) -> None:
    """Where nobody counts what containers use, for one."""

    def refuse(_condition: Condition, _handles: StackHandles) -> Witness:
        raise NotHereError("no figures", why="planted", fix="-")

    place.witness_of = refuse
    place.active["QueueDeep"] = "pending"
    place.check()


def test_the_first_fault_waits_for_the_baseline_and_the_others_do_not(
    clock: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as two scrapes and two evaluations, at least 4 s, since the workload began."""
    monkeypatch.setattr("harness.scenario.baseline.time", clock)
    log: list[str] = []
    with ScenarioRun(fakes.handles(), fakes.plan()) as scenario:
        began_s = scenario.log.working_since_s = clock.now_s
        scenario.inject(fakes.NotedFault("a", log.append))
        assert scenario.log.inject_s == pytest.approx(began_s + 4, abs=0.1)
        scenario.inject(fakes.NotedFault("b", log.append))
        assert clock.now_s == pytest.approx(began_s + 4, abs=0.1)
    assert log[:2] == ["inject a", "inject b"]


def test_nothing_is_injected_into_a_baseline_that_is_none(place: _Place) -> None:
    """The scenario ends before its fault: UNKNOWN, and no fault window."""
    log: list[str] = []
    place.witness_of = _seeing([True])
    place.active["Failing"] = "pending"
    with ScenarioRun(place.handles, fakes.plan(_FAILING), parts=RunParts(witness_of=place.witness_of)) as scenario:
        with pytest.raises(CouldNotTellError, match="the subject does this without any fault"):
            scenario.inject(fakes.NotedFault("a", log.append))
        assert scenario.log.inject_s is None
    assert log == []
    assert place.handles.history.windows == []


def test_a_scenario_may_say_that_its_condition_holds_before(place: _Place) -> None:
    """Its own, with the reason."""
    log: list[str] = []
    place.active["Failing"] = "pending"
    with ScenarioRun(place.handles, fakes.plan(_FAILING), parts=RunParts(witness_of=place.witness_of)) as scenario:
        scenario.log.holds_before = "planted"
        scenario.inject(fakes.NotedFault("a", log.append))
    assert log == ["inject a", "undo a"]
