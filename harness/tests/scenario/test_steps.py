"""The steps: each waits for what it says, and when that does not come, the scenario goes on and the judge speaks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Exporter, Quantity
from harness.core.contract.strength import strength_of
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.reading import Reading
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.speed import Speed
from harness.core.samples import Point, Series
from harness.core.scenario import Aim, ScenarioPlan
from harness.faults.source import SourceKind
from harness.scenario.run import SITUATION, RunParts, ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.scenario.steps import Expect, Given, Inject, Recover, Strength
from harness.scenario.witnesses import Condition
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime
from harness.waiting import AwaitedGoneError, NotYet
from harness.witness.recorder import WitnessRecorder
from harness.witness.witness import Witness

_DELIVERY = Delivery(
    receiver="monitoring/kubemirror/kubemirror-team",
    status="firing",
    labels={"alertname": PROMISE.name},
    annotations={},
    starts_at_s=3_000_000,
    ends_at_s=None,
    received_at_s=0,
    group_key="g",
    fingerprint="f",
)
#: what the promise of the world takes at speed 60, in seconds of the clock:
#: scrape + 2 evaluations + `for` + group_wait + resend + slack, and the steps' spare time
_TO_PAGE_S = 0.5 + 2 * 0.5 + 15 + 0.5 + 1 + 2 + 5
#: scrape + 2 evaluations + group_wait + group_interval + resend + slack + spare
_TO_RESOLVE_S = 0.5 + 2 * 0.5 + 0.5 + 5 + 1 + 2 + 5
_EFFECT_S = 40.0
#: a minute more of `for` and another name than the world's
_OTHER = replace(PROMISE, name="Other", hold=PromDuration.parse("16m"))


@dataclass
class _Play:
    """A scenario under way, with a witness for each alert that says what it is told."""

    scenario: ScenarioRun
    prometheus: fakes.FakePrometheus
    receiver: fakes.FakeReceiver
    stack: fakes.FakeStack
    log: list[str] = field(default_factory=list)
    #: of the world's own alert, and of the other one
    readings: list[Reading] = field(default_factory=list)
    others: list[Reading] = field(default_factory=list)

    def sees(self, *holds: bool | None) -> None:
        self.readings += [_reading(i, each) for i, each in enumerate(holds)]

    def sees_other(self, *holds: bool | None) -> None:
        self.others += [_reading(i, each) for i, each in enumerate(holds)]


def _reading(number: int, holds: bool | None) -> Reading:
    return Reading(at_s=2e6 + number, value=None, holds=holds, note="seen")


def _recorder(readings: list[Reading]) -> WitnessRecorder:
    return cast("WitnessRecorder", SimpleNamespace(readings=readings, stop=lambda: None))


@contextmanager
def _played(plan: ScenarioPlan, refresh_s: Mapping[Exporter, float] | None = None) -> Iterator[_Play]:
    log: list[str] = []
    prometheus, receiver = fakes.FakePrometheus(), fakes.FakeReceiver()
    stack = fakes.FakeStack(Speed(60), log.append)
    handles = fakes.handles(prometheus=prometheus, receiver=receiver, stack=stack, refresh_s=refresh_s)
    with ScenarioRun(handles, plan) as scenario:
        found = _Play(scenario, prometheus, receiver, stack, log)
        scenario._recorders |= {PROMISE.name: _recorder(found.readings), "Other": _recorder(found.others)}
        yield found


@pytest.fixture
def play(clock: VirtualTime) -> Iterator[_Play]:
    """A scenario about the world's alert, in virtual time."""
    assert clock.now_s
    with _played(fakes.plan()) as found:
        yield found


@pytest.fixture
def both(clock: VirtualTime) -> Iterator[_Play]:
    """A scenario about two alerts, in virtual time."""
    assert clock.now_s
    with _played(fakes.plan(PROMISE, _OTHER)) as found:
        yield found


def _took(clock: VirtualTime, verb: Callable[[], None]) -> float:
    start_s = clock.now_s
    verb()
    return clock.now_s - start_s


def test_a_page_that_comes_ends_the_wait(play: _Play, clock: VirtualTime) -> None:
    """At once, with nothing to note."""
    play.sees(False, True)
    play.receiver.delivered.append(_DELIVERY)
    assert _took(clock, Expect(play.scenario).to_page) == 0
    assert play.scenario.log.gave_up == []


@pytest.mark.parametrize(
    ("delivered", "seen"),
    [
        pytest.param((), "QueueDeep was not delivered at all", id="nothing"),
        pytest.param(
            (replace(_DELIVERY, labels={"alertname": "Another"}),), "not delivered at all", id="another alert"
        ),
        pytest.param((replace(_DELIVERY, receiver="monitoring/x/other"),), "firing to monitoring/x/other", id="astray"),
        pytest.param((replace(_DELIVERY, status="resolved"),), "resolved to monitoring", id="resolved"),
    ],
)
def test_a_page_that_does_not_come_is_waited_for_as_long_as_promised(
    play: _Play, clock: VirtualTime, delivered: Sequence[Delivery], seen: str
) -> None:
    """Then the scenario goes on, and what was there instead is noted."""
    play.sees(True)
    play.receiver.delivered.extend(delivered)
    assert _took(clock, Expect(play.scenario).to_page) == pytest.approx(_TO_PAGE_S, abs=0.1)
    (noted,) = play.scenario.log.gave_up
    assert noted.startswith("notification of QueueDeep, firing: not within 25 s")
    assert seen in noted


def test_a_lag_is_waited_for_as_well(play: _Play, clock: VirtualTime) -> None:
    """A condition that Prometheus sees later pages later."""
    play.sees(True)
    play.scenario.log.lag_s = 7
    assert _took(clock, Expect(play.scenario).to_page) == pytest.approx(_TO_PAGE_S + 7, abs=0.1)


def test_a_fault_without_effect_is_given_up_before_its_page(play: _Play, clock: VirtualTime) -> None:
    """Both waits are noted, each with what was seen last."""
    play.sees(False)
    assert _took(clock, Expect(play.scenario).to_page) == pytest.approx(_EFFECT_S + _TO_PAGE_S, abs=0.2)
    assert [noted.partition(":")[0] for noted in play.scenario.log.gave_up] == [
        "effect of the fault",
        "notification of QueueDeep, firing",
    ]


def test_an_effect_from_before_the_fault_is_none(play: _Play, clock: VirtualTime) -> None:
    """What the witness saw before the injection is not the fault's doing."""
    play.sees(True, False)
    play.scenario.log.inject_s = play.readings[1].at_s
    play.receiver.delivered.append(_DELIVERY)
    assert _took(clock, Expect(play.scenario).to_page) == pytest.approx(_EFFECT_S, abs=0.1)


def test_without_a_witness_there_is_no_effect_to_see(play: _Play) -> None:
    """And the wait says so."""
    play.receiver.delivered.append(_DELIVERY)
    Expect(play.scenario).to_page()
    assert "the witness has not looked yet" in play.scenario.log.gave_up[0]


@pytest.mark.parametrize("verb", ["to_page", "to_resolve"])
def test_a_dead_stack_ends_the_scenario(play: _Play, verb: str) -> None:
    """There is nothing to wait for, and nothing to judge but that."""
    play.stack.dead = "prometheus exited with status 1: no output"
    with pytest.raises(AwaitedGoneError, match="will not happen"):
        getattr(Expect(play.scenario), verb)()


def test_a_receiver_that_refuses_ends_the_scenario(play: _Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is the only thing that a wait gives up on."""

    def refuse(*, since_s: float = 0.0) -> tuple[Delivery, ...]:
        raise CouldNotTellError(f"refused since {since_s}", why="planted", fix="-")

    monkeypatch.setattr(play.receiver, "deliveries", refuse)
    play.sees(True)
    with pytest.raises(CouldNotTellError, match="refused"):
        Expect(play.scenario).to_page()
    assert play.scenario.log.gave_up == []


def test_the_end_is_waited_for_as_long_as_window_and_delay_allow(play: _Play, clock: VirtualTime) -> None:
    """The range of the loaded expression has to run empty first, and a stated delay is granted."""
    play.sees(True, False)
    expect = Expect(play.scenario)
    assert _took(clock, expect.to_resolve) == pytest.approx(_TO_RESOLVE_S, abs=0.1)
    play.prometheus.groups = fakes.loaded(PROMISE.name, query="rate(x[5s]) > max_over_time(y[9s:1s])")
    assert _took(clock, expect.to_resolve) == pytest.approx(_TO_RESOLVE_S + 9, abs=0.1)
    Given(play.scenario).the_end_is_seen_late(7.5, because="discovery")
    assert _took(clock, expect.to_resolve) == pytest.approx(_TO_RESOLVE_S + 9 + 7.5, abs=0.1)
    assert play.scenario.log.resolve_lag_reason == "discovery"


def test_the_end_of_the_page_ends_the_wait(play: _Play, clock: VirtualTime) -> None:
    """At once."""
    play.sees(True, False)
    play.receiver.delivered.append(replace(_DELIVERY, status="resolved", ends_at_s=1))
    assert _took(clock, Expect(play.scenario).to_resolve) == 0


def test_where_nobody_is_told_of_ends_the_wait_is_for_an_inactive_alert(play: _Play, clock: VirtualTime) -> None:
    """And not for a notification that never comes."""
    play.sees(True, False)
    play.receiver.delivered[:] = [replace(_DELIVERY, ends_told=False)]
    assert _took(clock, Expect(play.scenario).to_resolve) == 0
    play.prometheus.instants = lambda _: (fakes.series(1, alertname=PROMISE.name, alertstate="firing"),)
    assert _took(clock, Expect(play.scenario).to_resolve) == pytest.approx(_TO_RESOLVE_S, abs=0.1)


def test_every_destination_that_is_told_of_ends_is_waited_for(play: _Play, clock: VirtualTime) -> None:
    """One of two is not enough; one that is told of none is not asked for."""
    play.sees(True, False)
    over = replace(_DELIVERY, status="resolved", ends_at_s=1, destination="slack-1")
    both = [replace(_DELIVERY, destination=name) for name in ("slack-1", "webhook-1")]
    play.receiver.delivered[:] = [*both, over]
    assert _took(clock, Expect(play.scenario).to_resolve) == pytest.approx(_TO_RESOLVE_S, abs=0.1)
    play.receiver.delivered[:] = [both[0], replace(both[1], ends_told=False), over]
    assert _took(clock, Expect(play.scenario).to_resolve) == 0


def test_a_look_that_failed_is_not_the_end_of_the_effect(play: _Play, clock: VirtualTime) -> None:
    """Not knowing is not seeing it gone."""
    play.sees(True, None)
    play.receiver.delivered.append(replace(_DELIVERY, status="resolved", ends_at_s=1))
    assert _took(clock, Expect(play.scenario).to_resolve) == pytest.approx(_EFFECT_S, abs=0.1)


def _beats(groups: Sequence[str]) -> Callable[[str, float, float], tuple[Series, ...]]:
    """A heartbeat each half second in each group; the last one beats half as often."""

    def ranges(_selector: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        found = []
        for group in groups:
            period_s = 1.0 if group == groups[-1] else 0.5
            count = int((end_s - start_s) / period_s + 1e-6)
            points = tuple(Point(at_s=start_s + i * period_s, value=1) for i in range(count))
            found.append(Series(labels={"rule_group": group}, points=points))
        return tuple(found)

    return ranges


def test_staying_inactive_counts_the_slowest_group(play: _Play, clock: VirtualTime) -> None:
    """Six evaluations are six of every group."""
    play.prometheus.ranges = _beats(("a", "b"))
    took_s = _took(clock, lambda: Expect(play.scenario).evaluations(6))
    assert took_s == pytest.approx(6, abs=0.1)
    assert play.scenario.log.gave_up == []


def test_evaluations_that_do_not_come_are_noted(play: _Play, clock: VirtualTime) -> None:
    """Twice their time and some spare is enough for each."""
    play.prometheus.ranges = lambda _selector, _start_s, _end_s: ()
    took_s = _took(clock, lambda: Expect(play.scenario).evaluations(6))
    assert took_s == pytest.approx(6 * 0.5 * 2 + 5, abs=0.1)
    assert play.scenario.log.gave_up == ["6 evaluations: not within 11 s (last seen: 0 of 6 evaluations)"]


@pytest.mark.parametrize(
    ("ups", "seen"),
    [((1, 0), True), ((0, 1, 1), True), ((1,), False), ((1, 1), False), ((0, 0), False), ((), False)],
    ids=["both", "three", "alone", "up", "down", "none"],
)
def test_a_target_that_is_down_beside_one_that_is_up(play: _Play, ups: tuple[int, ...], *, seen: bool) -> None:
    """Where Prometheus never has both, no rule could have made anything of it: nothing can be told."""
    play.prometheus.instants = lambda query: (
        tuple(fakes.series(up, instance=str(number)) for number, up in enumerate(ups))
        if query.startswith("up{")
        else ()
    )
    if seen:
        Expect(play.scenario).a_target_to_be_down_beside_one_that_is_up()
        return
    with pytest.raises(CouldNotTellError, match="a target that is down beside one that is up: not within") as caught:
        Expect(play.scenario).a_target_to_be_down_beside_one_that_is_up()
    assert caught.value.why == f"last seen: {sum(ups)} of {len(ups)} targets are up"


def test_a_standby_is_there_before_the_fault_and_goes_with_the_scenario(play: _Play) -> None:
    """It is no fault: nothing is injected by it, and it is waited for as a healthy controller is."""
    looks = iter([NotYet("1 of 2 pods scraped"), None])
    play.scenario.parts = RunParts(
        standby=lambda: fakes.NotedFault("second", play.log.append), healthy=lambda _handles: next(looks)
    )
    Given(play.scenario).a_standby()
    assert (play.log, play.scenario.log.inject_s, play.scenario.log.injected) == (["inject second"], None, [])
    play.scenario.__exit__(None, None, None)
    assert play.log == ["inject second", "undo second"]


def test_silence_is_an_effect_its_end_and_some_evaluations(play: _Play, clock: VirtualTime) -> None:
    """A fault that never took effect proves no silence, and is given up in that order."""
    play.prometheus.ranges = _beats(("a",))
    play.sees(True, False)
    assert _took(clock, lambda: Expect(play.scenario).silence(evaluations=2)) == pytest.approx(2, abs=0.1)
    play.readings.clear()
    Expect(play.scenario).silence(evaluations=2)
    assert [noted.partition(":")[0] for noted in play.scenario.log.gave_up] == [
        "effect of the fault",
        "end of the fault's effect",
    ]


def test_silence_waits_until_nothing_is_left_that_could_page(play: _Play, clock: VirtualTime) -> None:
    """An alert that is pending after the end of the fault may still fire; once inactive, it will not."""
    over_s = clock.now_s + 6

    def active(query: str) -> tuple[Series, ...]:
        assert query == 'ALERTS{alertname=~"QueueDeep"}'
        return (fakes.series(1, alertname="QueueDeep", alertstate="pending"),) if clock.now_s < over_s else ()

    play.prometheus.instants = active
    play.prometheus.ranges = _beats(("a",))
    play.sees(True, False)
    assert _took(clock, lambda: Expect(play.scenario).silence(evaluations=2)) == pytest.approx(6 + 2, abs=0.2)
    assert play.scenario.log.gave_up == []


def test_an_alert_that_stays_active_is_the_judge_s_business(play: _Play, clock: VirtualTime) -> None:
    """The window of its rule has to run empty, and no longer is waited for; what was active is noted."""
    play.prometheus.instants = lambda _query: (fakes.series(1, alertname="QueueDeep", alertstate="firing"),)
    play.prometheus.ranges = _beats(("a",))
    play.prometheus.groups = fakes.loaded(PROMISE.name, query="rate(x[9s]) > 1")
    play.sees(True, False)
    took_s = _took(clock, lambda: Expect(play.scenario).silence(evaluations=2))
    assert took_s == pytest.approx(9 + 0.5 + 2 * 0.5 + _EFFECT_S + 2, abs=0.2)
    (noted,) = play.scenario.log.gave_up
    assert noted.startswith("inactive alerts: ")
    assert "QueueDeep firing" in noted


def test_silence_meanwhile_does_not_wait_for_the_end(play: _Play, clock: VirtualTime) -> None:
    """A standby stands by for as long as it is there: its effect, and evaluations during it."""
    play.prometheus.ranges = _beats(("a",))
    play.sees(False, True)
    assert _took(clock, lambda: Expect(play.scenario).silence_meanwhile(evaluations=3)) == pytest.approx(3, abs=0.1)
    assert play.scenario.log.gave_up == []


def test_without_an_effect_there_is_no_meanwhile(play: _Play) -> None:
    """It is noted, and the judge finds the fault never in effect."""
    play.prometheus.ranges = _beats(("a",))
    play.sees(False)
    Expect(play.scenario).silence_meanwhile(evaluations=1)
    assert [noted.partition(":")[0] for noted in play.scenario.log.gave_up] == ["effect of the fault"]


def _pending_since(clock: VirtualTime, alert: str, begin_s: float) -> Callable[[str, float, float], tuple[Series, ...]]:
    """One alert, pending at each half second from an instant on."""

    def ranges(selector: str, _start_s: float, end_s: float) -> tuple[Series, ...]:
        if selector != f'ALERTS{{alertname="{alert}"}}' or clock.now_s < begin_s:
            return ()
        points = tuple(Point(at_s=begin_s + i / 2, value=1) for i in range(int((end_s - begin_s) * 2 + 1e-6) + 1))
        return (Series(labels={"alertname": alert, "alertstate": "pending"}, points=points),)

    return ranges


def test_nearly_firing_is_a_share_of_the_hold(play: _Play, clock: VirtualTime) -> None:
    """0.6 of 15 s of pending, from the first sample to the last; and the judge is asked for as much."""
    play.prometheus.ranges = _pending_since(clock, PROMISE.name, clock.now_s + 2)
    took_s = _took(clock, lambda: Expect(play.scenario).to_be_nearly_firing(share=0.6))
    assert took_s == pytest.approx(2 + 9, abs=0.2)
    assert play.scenario.log.gave_up == []
    assert play.scenario.log.near_ratio == 0.6


def test_an_alert_that_is_not_pending_for_long_enough_is_noted(play: _Play, clock: VirtualTime) -> None:
    """After the time for an effect, its onset and the share itself; the judge then finds the silence in no danger."""
    play.prometheus.ranges = _pending_since(clock, "Another", clock.now_s)
    took_s = _took(clock, lambda: Expect(play.scenario).to_be_nearly_firing(share=0.6))
    assert took_s == pytest.approx(_EFFECT_S + 0.5 + 2 * 0.5 + 9, abs=0.2)
    (noted,) = play.scenario.log.gave_up
    assert noted.startswith("QueueDeep pending: ")
    assert "for 0.0 of 9.0 s" in noted


def test_pending_is_what_a_fault_waits_for_before_it_grows(play: _Play, clock: VirtualTime) -> None:
    """The first sample will do, and the judge is asked for nothing; what never comes is noted."""
    play.prometheus.ranges = _pending_since(clock, PROMISE.name, clock.now_s + 2)
    assert _took(clock, Expect(play.scenario).to_be_pending) == pytest.approx(2, abs=0.2)
    assert (play.scenario.log.gave_up, play.scenario.log.near_ratio) == ([], 0)
    play.prometheus.ranges = _pending_since(clock, "Another", clock.now_s)
    assert _took(clock, Expect(play.scenario).to_be_pending) == pytest.approx(_EFFECT_S + 0.5 + 2 * 0.5, abs=0.2)
    assert play.scenario.log.gave_up[0].startswith("QueueDeep pending: ")


def test_every_page_of_a_scenario_is_waited_for(both: _Play, clock: VirtualTime) -> None:
    """Each for as long as its own `for`; one that came does not stand in for the other."""
    both.sees(True)
    both.sees_other(True)
    both.receiver.delivered.append(_DELIVERY)
    assert _took(clock, Expect(both.scenario).to_page) == pytest.approx(_TO_PAGE_S + 1, abs=0.2)
    (noted,) = both.scenario.log.gave_up
    assert noted.startswith("notification of Other, firing: ")
    both.scenario.log.gave_up.clear()
    both.receiver.delivered.append(replace(_DELIVERY, labels={"alertname": "Other"}))
    assert _took(clock, Expect(both.scenario).to_page) == 0
    assert both.scenario.log.gave_up == []


def test_the_page_of_another_instance_is_not_waited_for(clock: VirtualTime) -> None:
    """Where it is known which queue the fault fills, another queue's page does not end the wait."""
    plan = fakes.plan()
    plan = replace(plan, targets=(replace(plan.targets[0], instance={"name": "secret"}),))
    with _played(plan) as play:
        play.sees(True)
        sibling = replace(_DELIVERY, labels={"alertname": PROMISE.name, "name": "configmap"})
        play.receiver.delivered.append(sibling)
        assert _took(clock, Expect(play.scenario).to_page) == pytest.approx(_TO_PAGE_S, abs=0.1)
        play.receiver.delivered.append(replace(sibling, labels={"alertname": PROMISE.name, "name": "secret"}))
        assert _took(clock, Expect(play.scenario).to_page) == 0


def test_a_fault_is_in_effect_when_every_witness_says_so(both: _Play, clock: VirtualTime) -> None:
    """One that does not see its alert's condition keeps the scenario waiting."""
    both.sees(True)
    both.sees_other(False)
    both.receiver.delivered += [_DELIVERY, replace(_DELIVERY, labels={"alertname": "Other"})]
    assert _took(clock, Expect(both.scenario).to_page) == pytest.approx(_EFFECT_S, abs=0.1)
    assert [noted.partition(":")[0] for noted in both.scenario.log.gave_up] == ["effect of the fault"]


def test_the_end_of_every_alert_is_waited_for(both: _Play, clock: VirtualTime) -> None:
    """Its effect must be gone for each witness, and the receiver told of each."""
    both.sees(True, False)
    both.sees_other(True)
    ended = replace(_DELIVERY, status="resolved", ends_at_s=1)
    both.receiver.delivered += [ended, replace(ended, labels={"alertname": "Other"})]
    assert _took(clock, Expect(both.scenario).to_resolve) == pytest.approx(_EFFECT_S, abs=0.1)
    both.sees_other(True, False)
    assert _took(clock, Expect(both.scenario).to_resolve) == 0
    both.receiver.delivered.pop()
    assert _took(clock, Expect(both.scenario).to_resolve) == pytest.approx(_TO_RESOLVE_S, abs=0.1)
    assert [noted.partition(":")[0] for noted in both.scenario.log.gave_up] == [
        "end of the fault's effect",
        "notification of Other, resolved",
    ]


def test_inject_and_recover_are_the_scenario_s(play: _Play) -> None:
    """Calling them is all a scenario does."""
    log: list[str] = []
    Inject(play.scenario)(fakes.NotedFault("a", log.append))
    Recover(play.scenario)()
    assert log == ["inject a", "undo a"]


def test_prometheus_is_restarted_as_a_fault_of_the_row() -> None:
    """Under its own name; a scenario whose row does not list it leaves Prometheus alone."""
    with _played(fakes.plan(faults=("prometheus-restart",))) as play:
        Inject(play.scenario).a_restart_of_prometheus()
        assert play.log == ["restart Prometheus"]
        assert play.scenario.log.injected == ["prometheus-restart"]
        assert play.scenario.log.inject_s is not None
    with _played(fakes.plan()) as play, pytest.raises(MisuseError, match="fault prometheus-restart is not in row"):
        Inject(play.scenario).a_restart_of_prometheus()
    assert play.log == []


def test_both_sides_are_asked_of_the_judge(play: _Play) -> None:
    """Nothing is asked unless the scenario says so."""
    assert play.scenario.log.threshold_within_ratio is None
    Given(play.scenario).both_sides_within(0.4)
    assert play.scenario.log.threshold_within_ratio == 0.4


def test_a_fault_is_as_strong_as_the_scenario_says_unless_somebody_has_chosen(play: _Play) -> None:
    """Of the alert that is meant; then both sides of the threshold are not asked for."""
    strength, other = Strength(play.scenario), replace(PROMISE, name="Other")
    assert strength(PROMISE, default=110) == 110
    play.scenario.strength = strength_of(PROMISE, "150", longest_s=29)
    assert strength(PROMISE, default=110) == 150
    assert strength(other, default=110) == 110
    Given(play.scenario).both_sides_within(0.4)
    assert play.scenario.log.threshold_within_ratio is None


def test_a_healthy_controller_is_a_quiet_place(play: _Play) -> None:
    """It asks for targets, for an evaluation later than that and for alerts, and begins the record."""
    Given(play.scenario).a_healthy_controller()
    asked = [query.partition("{")[0] for query in play.prometheus.asked]
    assert asked == ["up", "workqueue_depth", HEARTBEAT, "ALERTS"]


class _Watching:
    """Hands the witness out."""

    def __init__(self) -> None:
        self.witness = fakes.SteadyWitness()
        self.all_handles: list[StackHandles] = []

    def on(self, handles: StackHandles) -> Witness:
        self.all_handles.append(handles)
        return self.witness


def test_the_witness_of_a_situation_watches_for_every_alert() -> None:
    """It is made for the scenario's own stack, and stops with it."""
    watching, plan = _Watching(), fakes.plan(PROMISE, _OTHER, aim=Aim.SILENT)
    with ScenarioRun(fakes.handles(), plan) as scenario:
        Given(scenario).a_witness(watching)
        assert set(scenario._recorders) == {SITUATION}
        assert all(scenario.readings(target) for target in plan.targets)
        assert watching.all_handles == [scenario.handles]
    assert watching.witness.closed == 1


def test_each_alert_gets_the_witness_of_its_condition() -> None:
    """Of its own promise, for the instance that the fault hits."""
    made: list[tuple[str, dict[str, str]]] = []
    witnesses = [fakes.SteadyWitness(), fakes.SteadyWitness()]

    def on(condition: Condition, _handles: StackHandles) -> Witness:
        made.append((condition.promise.name, dict(condition.instance)))
        return witnesses[len(made) - 1]

    plan = fakes.plan(PROMISE, _OTHER)
    first, second = plan.targets
    plan = replace(plan, targets=(replace(first, instance={"name": "secret"}), second))
    with ScenarioRun(fakes.handles(), plan, parts=RunParts(witness_of=on)) as scenario:
        Given(scenario).witnesses()
        assert set(scenario._recorders) == {PROMISE.name, "Other"}
    assert made == [(PROMISE.name, {"name": "secret"}), ("Other", {})]
    assert [witness.closed for witness in witnesses] == [1, 1]


def test_a_survey_has_no_witnesses() -> None:
    """It is about no alert, and the marker that is missing is named."""
    with ScenarioRun(fakes.handles(), ScenarioPlan()) as scenario, pytest.raises(MisuseError, match="about no alert"):
        Given(scenario).witnesses()


@pytest.mark.parametrize(
    ("everywhere", "kinds"), [(False, "ConfigMap"), (True, "ConfigMap+Secret")], ids=["one controller", "all"]
)
def test_a_workload_ends_with_the_scenario(play: _Play, everywhere: bool, kinds: str) -> None:
    """Also one whose start failed half way; it is work for the first kind that the subject mirrors, or for all."""
    log: list[str] = []

    class _Workload:
        def __init__(
            self, *, cluster: object, rate_per_s: float, kinds: Sequence[SourceKind], sources: int, spell_s: float
        ) -> None:
            assert cluster is play.scenario.handles.cluster
            log.append(f"{rate_per_s:g}/s of {'+'.join(kinds)}, {sources} each, spells of {spell_s:g} s")

        def start(self) -> None:
            log.append("start")
            raise CouldNotTellError("refused", why="planted", fix="-")

        def stop(self) -> None:
            log.append("stop")

    play.scenario.parts = RunParts(workload=_Workload)
    with pytest.raises(CouldNotTellError):
        Given(play.scenario).a_steady_workload(rate_per_s=20, everywhere=everywhere)
    play.scenario.__exit__(None, None, None)
    assert log == [f"20/s of {kinds}, 40 each, spells of 0 s", "start", "stop"]


def test_a_workload_in_spells_is_asked_for_by_the_scenario(play: _Play) -> None:
    """With as many sources as it says."""
    made: dict[str, object] = {}

    class _Workload:
        def __init__(self, **options: object) -> None:
            made.update(options)

        def start(self) -> None:
            """Nothing to do."""

        stop = start

    play.scenario.parts = RunParts(workload=_Workload)
    Given(play.scenario).a_steady_workload(rate_per_s=60, spell_s=1, sources=8)
    assert (made["sources"], made["spell_s"]) == (8, 1)


def test_a_late_view_is_counted_in_scrapes(play: _Play) -> None:
    """So that it scales with the speed, and its reason is kept."""
    Given(play.scenario).the_condition_is_seen_late(scrapes=1.1, because="staleness")
    log = play.scenario.log
    assert log.lag_s == pytest.approx(1.1 * play.scenario.pace.scrape_s)
    assert log.lag_reason == "staleness"


def test_what_is_told_late_of_an_earlier_alert_is_not_waited_for(play: _Play, clock: VirtualTime) -> None:
    """A notification about an alert that began before the fault does not end the wait."""
    play.sees(True)
    play.scenario.log.inject_s = play.readings[0].at_s
    play.receiver.delivered.append(replace(_DELIVERY, starts_at_s=play.readings[0].at_s - 1))
    assert _took(clock, Expect(play.scenario).to_page) == pytest.approx(_TO_PAGE_S, abs=0.2)


def test_a_scenario_begins_when_the_receiver_knows_of_the_end_of_the_former(play: _Play) -> None:
    """An alert that it last heard of as firing would be told as resolved in the middle of this one."""
    play.receiver.delivered.append(_DELIVERY)
    play.scenario.wait_for_quiet(5)
    assert f"{PROMISE.name} still to be told as resolved" in play.scenario.log.gave_up[0]
    play.receiver.delivered.append(replace(_DELIVERY, status="resolved"))
    play.scenario.log.gave_up.clear()
    play.scenario.wait_for_quiet(5)
    assert play.scenario.log.gave_up == []


#: how old a container's figures are in a scenario about them
_OLD_S = 20.0


def _about(quantity: Quantity, window: str | None = None) -> AlertPromise:
    threshold = replace(PROMISE.threshold, quantity=quantity, window=PromDuration.parse(window) if window else None)
    return replace(PROMISE, threshold=threshold)


@pytest.mark.parametrize(
    ("promise", "old_s", "window_s"),
    [
        pytest.param(_about(Quantity.MEMORY_USE), _OLD_S, 0, id="a container's figures"),
        pytest.param(_about(Quantity.CPU_THROTTLING, "100m"), _OLD_S, 100, id="over a window"),
        pytest.param(_about(Quantity.RECONCILE_LATENCY, "100m"), 0, 100, id="the controller's own over a window"),
        pytest.param(PROMISE, 0, 0, id="the controller's own"),
    ],
)
def test_old_figures_are_waited_for(clock: VirtualTime, promise: AlertPromise, old_s: float, window_s: float) -> None:
    """By the witness, which has to see them and to fill its window, and then by the alert; at both ends."""
    with _played(fakes.plan(promise), {Exporter.CADVISOR: _OLD_S}) as play:
        expect = Expect(play.scenario)
        play.sees(False)
        assert _took(clock, expect.to_page) == pytest.approx(_EFFECT_S + _TO_PAGE_S + 2 * old_s + window_s, abs=0.3)
        play.sees(True)
        assert _took(clock, expect.to_page) == pytest.approx(_TO_PAGE_S + old_s, abs=0.1)
        assert _took(clock, expect.to_resolve) == pytest.approx(
            _EFFECT_S + _TO_RESOLVE_S + 2 * old_s + window_s, abs=0.3
        )
        near_s = _EFFECT_S + 0.5 + 2 * 0.5 + 9 + 2 * old_s + window_s
        assert _took(clock, lambda: expect.to_be_nearly_firing(share=0.6)) == pytest.approx(near_s, abs=0.2)


def test_an_alert_about_old_figures_is_over_later(clock: VirtualTime) -> None:
    """Until then the silence after a fault is not given up."""
    over_s = _EFFECT_S + 0.5 + 2 * 0.5 + _OLD_S - 1
    with _played(fakes.plan(_about(Quantity.MEMORY_USE)), {Exporter.CADVISOR: _OLD_S}) as play:
        end_s = clock.now_s + over_s
        pending = (fakes.series(1, alertname="QueueDeep", alertstate="pending"),)
        play.prometheus.instants = lambda _query: pending if clock.now_s < end_s else ()
        play.prometheus.ranges = _beats(("a",))
        play.sees(True, False)
        assert _took(clock, lambda: Expect(play.scenario).silence(evaluations=2)) == pytest.approx(over_s + 2, abs=0.2)
        assert play.scenario.log.gave_up == []


def test_a_quiet_place_is_waited_for_as_long_as_figures_are_old(clock: VirtualTime) -> None:
    """30 s, 15 minutes as documented, and the 20 s in which an alert of the scenario before may see nothing new."""
    with _played(fakes.plan(), {Exporter.CADVISOR: _OLD_S}) as play:
        active = (fakes.series(1, alertname="QueueDeep", alertstate="firing"),)
        up = (fakes.series(1, job="other-metrics"),)
        play.prometheus.instants = lambda query: active if query.startswith("ALERTS") else up if "up{" in query else ()
        assert _took(clock, Given(play.scenario).a_healthy_controller) == pytest.approx(30 + 15 + _OLD_S, abs=0.2)
