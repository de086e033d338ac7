"""Evidence is gathered for every promised alert, and what cannot be had is said, not made up."""

from dataclasses import replace

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.contract.matrix import Cell
from harness.core.contract.quantity import Exporter, Quantity
from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError
from harness.core.judge import DeliveryCase, Disruption, Expectation, Judgement, LifeCase, OtherAlert, Pace, SilenceCase
from harness.core.promql import Expression
from harness.core.promql.tree import VectorSelector
from harness.core.reading import Reading
from harness.core.samples import Point, Series
from harness.core.scenario import Aim, ScenarioLog, ScenarioPlan
from harness.core.timeline import AlertState
from harness.evidence.gatherer import Gatherer, longest_window_s
from harness.scenario.evidence import judge, read_delivery_pace, read_pace, wait_for_evaluation
from harness.scenario.pace import witness_period_s
from harness.tests.core.judge.world import PROMISE, World, heard
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime

_OTHER = replace(PROMISE, name="Other")
_MEMORY = replace(PROMISE, name="Full", threshold=replace(PROMISE.threshold, quantity=Quantity.MEMORY_USE))
_READING = Reading(at_s=1, value=None, holds=True)


def _line(*instants: float, **labels: str) -> Series:
    return Series(labels=labels, points=tuple(Point(at_s=at_s, value=1) for at_s in instants))


def _written(query: str, _start_s: float, _end_s: float) -> tuple[Series, ...]:
    """Group g beats at 1 to 4; the alert is pending at 2 and fires at 3; nothing else is there."""
    if query.startswith('harness:evaluated{rule_group="g"}'):
        return (_line(1, 2, 3, 4, rule_group="g"),)
    if query.startswith("ALERTS{") and PROMISE.name in query:
        base = {"alertname": PROMISE.name, "name": "secret"}
        return (_line(2, alertstate="pending", **base), _line(3, alertstate="firing", **base))
    return ()


def _gatherer(prometheus: fakes.FakePrometheus) -> Gatherer:
    handles = fakes.handles(prometheus=prometheus, promised=fakes.contract(PROMISE, _OTHER))
    return Gatherer(handles.window(start_s=0, end_s=10))


@pytest.mark.parametrize(("scrape_s", "period_s"), [(0.5, 0.1), (0.25, 0.1), (2.0, 0.4), (10.0, 1.0), (30.0, 1.0)])
def test_a_witness_looks_several_times_for_each_scrape(scrape_s: float, period_s: float) -> None:
    """At a low speed a tenth of a second that is missed is no blindness; it never looks seldom."""
    assert witness_period_s(scrape_s) == pytest.approx(period_s)


def test_an_alert_is_read_beside_the_heartbeat_of_its_own_group() -> None:
    """From the first beat to the last: the scenario's own ends need not be evaluations."""
    (timeline,) = _gatherer(fakes.FakePrometheus(ranges=_written)).timelines(PROMISE)
    states = [moment.state for moment in timeline.moments]
    assert states == [AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING, AlertState.INACTIVE]
    assert (timeline.start_s, timeline.end_s) == (1, 4)
    assert timeline.labels["name"] == "secret"


def test_an_alert_that_wrote_nothing_was_inactive_where_its_group_was_evaluated() -> None:
    """Its silent timeline, never an empty tuple."""
    prometheus = fakes.FakePrometheus(ranges=_written, groups=fakes.loaded("Other"))
    (timeline,) = _gatherer(prometheus).timelines(_OTHER)
    assert [moment.state for moment in timeline.moments] == [AlertState.INACTIVE] * 4


@pytest.mark.parametrize(
    "name", ['Quote"d', "Back\\slash", 'Ends"} or vector(1) #', "Two\nLines", "A|.*", "\x1b[2J\U0001f525"]
)
def test_a_hostile_name_is_asked_for_as_it_is(name: str) -> None:
    """Whatever is in a name, each query is of one selector that matches this name."""
    prometheus = fakes.FakePrometheus(groups=fakes.loaded(name))
    asked: list[str] = []

    def ranges(query: str, _start_s: float, _end_s: float) -> tuple[Series, ...]:
        asked.append(query)
        return ()

    prometheus.ranges = ranges
    _gatherer(prometheus).timelines(replace(PROMISE, name=name))
    trees = [Expression.parse(query).tree for query in asked]
    found = [
        {one.label: one.value for one in tree.matchers}
        for tree in trees
        if isinstance(tree, VectorSelector) and tree.name.startswith("ALERTS")
    ]
    assert found == [{"alertname": name}] * 2


def test_of_a_rule_that_is_not_loaded_nothing_is_known() -> None:
    """No group, no heartbeat, no moment: unknown from end to end, not inactive."""
    prometheus = fakes.FakePrometheus(ranges=_written)
    (timeline,) = _gatherer(prometheus).timelines(_OTHER)
    assert timeline.moments == ()
    assert [change.state for change in timeline.changes] == [AlertState.UNKNOWN]
    assert 'harness:evaluated{rule_group=""}' in prometheus.asked


@pytest.mark.parametrize(
    ("plan", "cell"),
    [
        pytest.param(fakes.plan(), Cell(expectation=Expectation.MUST_NOT), id="must not"),
        pytest.param(
            replace(fakes.plan(), row=fakes.row(may={Quantity.MEMORY_USE: "it follows"})),
            Cell(expectation=Expectation.MAY, reason="it follows"),
            id="may",
        ),
        pytest.param(replace(fakes.plan(), row=None), Cell(expectation=Expectation.MUST_NOT), id="no row"),
    ],
)
def test_every_other_promised_alert_is_a_bystander(plan: ScenarioPlan, cell: Cell) -> None:
    """It does what the row says of its quantity, with the row's reason."""
    handles = fakes.handles(prometheus=fakes.FakePrometheus(ranges=_written), promised=fakes.contract(PROMISE, _MEMORY))
    (other,) = Gatherer(handles.window(start_s=0, end_s=10)).other_alerts(plan, ScenarioLog(start_s=0))
    assert (other.name, other.expectation, other.reason) == ("Full", cell.expectation, cell.reason)
    assert other.hold_s == 15


def test_a_second_alert_of_the_quantity_that_must_fire_may() -> None:
    """A row cannot tell their thresholds apart; it is no target, so nothing says that it must."""
    plan = fakes.plan()
    cell = plan.cell(_OTHER)
    assert (cell.expectation, cell.reason) == (
        Expectation.MAY,
        "it speaks of the same quantity, with another threshold",
    )
    (other,) = _gatherer(fakes.FakePrometheus(ranges=_written)).other_alerts(plan, ScenarioLog(start_s=0))
    assert (other.name, other.expectation) == ("Other", Expectation.MAY)


def test_the_alerts_a_scenario_is_about_are_nobody_s_bystanders() -> None:
    """Each is judged itself."""
    gatherer = _gatherer(fakes.FakePrometheus(ranges=_written))
    assert gatherer.other_alerts(fakes.plan(PROMISE, _OTHER), ScenarioLog(start_s=0)) == ()


@pytest.mark.parametrize(
    ("expr", "window_s"),
    [("x > 1", 0.0), ("rate(x[5s]) / rate(y[10s]) > 0.1", 10.0), ("max_over_time(rate(x[5s])[9s:1s])", 14.0)],
)
def test_the_window_is_how_long_the_past_is_seen(expr: str, window_s: float) -> None:
    """In seconds of the clock, as loaded."""
    assert longest_window_s(expr) == window_s


def test_the_last_evaluation_is_waited_for_in_every_group(clock: VirtualTime) -> None:
    """One that is late is waited for; the wait ends when it has come."""
    start_s = clock.now_s

    def beats(_query: str, _start_s: float, end_s: float) -> tuple[Series, ...]:
        return (
            _line(end_s, rule_group="a"),
            _line(min(end_s, start_s) - 1 if end_s < start_s + 2 else end_s, rule_group="b"),
        )

    wait_for_evaluation(fakes.handles(prometheus=fakes.FakePrometheus(ranges=beats)), after_s=start_s)
    assert clock.now_s - start_s == pytest.approx(2, abs=0.1)


def test_a_group_that_is_not_evaluated_any_more_is_the_judge_s_business(clock: VirtualTime) -> None:
    """Eight evaluations and a second are enough; then the evidence has a gap, and says so itself."""
    start_s = clock.now_s
    wait_for_evaluation(
        fakes.handles(prometheus=fakes.FakePrometheus(ranges=lambda _query, _start_s, _end_s: ())), after_s=start_s
    )
    assert clock.now_s - start_s == pytest.approx(8 * 0.5 + 1, abs=0.1)


def test_nothing_injected_is_nothing_to_judge() -> None:
    """A scenario that stopped before its fault proves nothing."""
    handles = fakes.handles()
    with pytest.raises(CouldNotTellError, match="nothing was injected for QueueDeep"):
        judge(handles, fakes.plan(), ScenarioLog(start_s=0), {}, read_pace(handles))


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch) -> list[LifeCase | SilenceCase]:
    """What the judges were given."""
    given: list[LifeCase | SilenceCase] = []

    def judged(case: LifeCase | SilenceCase) -> Judgement:
        given.append(case)
        return fakes.judgement(case.promise.name)

    monkeypatch.setattr("harness.evidence.scenario.judge_life", judged)
    monkeypatch.setattr("harness.evidence.scenario.judge_silence", judged)
    return given


def _log() -> ScenarioLog:
    return ScenarioLog(
        start_s=0.5,
        inject_s=1.0,
        undo_s=3.5,
        resolve_lag_s=7,
        resolve_lag_reason="late",
        threshold_within_ratio=0.4,
        near_ratio=0.6,
        disruptions=[],
    )


def _handles(delivery: Delivery) -> tuple[fakes.FakePrometheus, fakes.FakeReceiver]:
    return fakes.FakePrometheus(ranges=_written), fakes.FakeReceiver([delivery])


@pytest.mark.usefixtures("clock")
def test_a_life_is_judged_with_all_that_was_noted(cases: list[LifeCase | SilenceCase]) -> None:
    """The receiver's name is the contract's, without what the operator puts before it."""
    delivery = replace(World().deliveries()[0], receiver="monitoring/kubemirror/kubemirror-team")
    prometheus, receiver = _handles(delivery)
    handles = fakes.handles(prometheus=prometheus, receiver=receiver)
    (target,) = fakes.plan().targets
    plan = replace(fakes.plan(), targets=(replace(target, instance={"name": "secret"}),))
    assert judge(handles, plan, _log(), {PROMISE.name: (_READING,)}, read_pace(handles)) == (fakes.judgement(),)
    (case,) = cases
    assert isinstance(case, LifeCase)
    assert isinstance(case.delivery, DeliveryCase)
    assert (case.promise, case.delivery.receiver, case.instance) == (PROMISE, "kubemirror-team", {"name": "secret"})
    assert [one.receiver for one in heard(case)] == ["kubemirror-team"]
    assert (case.inject_s, case.undo_s, case.resolve_lag_s, case.resolve_lag_reason) == (1.0, 3.5, 7, "late")
    assert case.threshold_within_ratio == 0.4
    assert case.readings == (_READING,)
    assert len(case.timelines[0].episodes) == 1
    assert case.rule is not None
    assert case.rule.hold_s == 15


@pytest.mark.usefixtures("clock")
def test_a_silence_is_judged_as_one(cases: list[LifeCase | SilenceCase]) -> None:
    """By the same evidence."""
    prometheus, receiver = _handles(World().deliveries()[0])
    handles = fakes.handles(prometheus=prometheus, receiver=receiver, promised=fakes.contract(PROMISE, _OTHER))
    judge(handles, fakes.plan(aim=Aim.SILENT), _log(), {PROMISE.name: (_READING,)}, read_pace(handles))
    (case,) = cases
    assert isinstance(case, SilenceCase)
    assert case.readings == (_READING,)
    assert case.near_ratio == 0.6
    assert [one.name for one in case.other_alerts] == ["Other"]
    assert isinstance(case.other_alerts[0], OtherAlert)


@pytest.mark.usefixtures("clock")
def test_several_alerts_are_judged_each_by_its_own_evidence(cases: list[LifeCase | SilenceCase]) -> None:
    """Its timelines and its readings, beside bystanders that are nobody's target."""
    handles = fakes.handles(
        prometheus=fakes.FakePrometheus(ranges=_written), promised=fakes.contract(PROMISE, _OTHER, _MEMORY)
    )
    readings = {PROMISE.name: (_READING,), "Other": ()}
    judged = judge(handles, fakes.plan(PROMISE, _OTHER), _log(), readings, read_pace(handles))
    assert [one.name for one in judged] == [PROMISE.name, "Other"]
    assert [len(case.readings) for case in cases] == [1, 0]
    assert [len(case.timelines[0].episodes) for case in cases] == [1, 0]
    assert [[one.name for one in case.other_alerts] for case in cases] == [["Full"], ["Full"]]


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("window", "window_s", "error_ratio"),
    [(None, 10.0, 0.0), (PromDuration.parse("10m"), 0.0, 0.1)],
    ids=["of one instant", "windowed"],
)
def test_a_witness_of_a_window_forgets_with_the_rule(
    cases: list[LifeCase | SilenceCase], window: PromDuration | None, window_s: float, error_ratio: float
) -> None:
    """What it counts differs from the rule's by a scrape in ten; otherwise the rule alone sees the past for longer."""
    promise = replace(PROMISE, threshold=replace(PROMISE.threshold, window=window))
    groups = fakes.loaded(PROMISE.name, query="rate(x[10s]) > 1")
    prometheus = fakes.FakePrometheus(ranges=_written, groups=groups)
    handles = fakes.handles(prometheus=prometheus, promised=fakes.contract(promise))
    judge(handles, fakes.plan(promise), _log(), {PROMISE.name: ()}, read_pace(handles))
    (case,) = cases
    assert isinstance(case, LifeCase)
    assert (case.window_s, case.witness_error_ratio) == (window_s, error_ratio)


@pytest.mark.usefixtures("clock")
def test_a_rule_that_is_not_loaded_is_no_rule(cases: list[LifeCase | SilenceCase]) -> None:
    """And has no window."""
    prometheus = fakes.FakePrometheus(ranges=_written, groups=fakes.loaded("Other", query="rate(x[5m]) > 1"))
    handles = fakes.handles(prometheus=prometheus)
    judge(handles, fakes.plan(), _log(), {PROMISE.name: ()}, read_pace(handles))
    (case,) = cases
    assert isinstance(case, LifeCase)
    assert case.rule is None
    assert case.window_s == 0
    assert isinstance(case.pace, Pace)
    assert not [one for one in case.disruptions if isinstance(one, Disruption)]


def test_a_route_that_is_not_loaded_is_not_guessed() -> None:
    """Without its timers nothing can be timed."""
    nothing = fakes.FakeAlertmanager("route: {receiver: nobody}")
    with pytest.raises(CouldNotTellError):
        read_delivery_pace(fakes.handles(alertmanager=nothing))


@pytest.mark.usefixtures("clock")
def test_the_judge_says_what_each_alert_did() -> None:
    """The target fired; of an alert whose rule is not loaded nothing is known."""
    prometheus, receiver = _handles(World().deliveries()[0])
    handles = fakes.handles(prometheus=prometheus, receiver=receiver, promised=fakes.contract(PROMISE, _OTHER))
    (judged,) = judge(handles, fakes.plan(), _log(), {PROMISE.name: (_READING,)}, read_pace(handles))
    assert judged.fired == {PROMISE.name: True, "Other": None}


_SLOW = {Exporter.CADVISOR: 20.0}
_RENEWED = "cAdvisor renews a container's figures every 20 s"


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("quantity", "window", "lag_s", "reason"),
    [
        pytest.param(Quantity.MEMORY_USE, None, 20.0, _RENEWED, id="a container's figures"),
        pytest.param(Quantity.CPU_THROTTLING, "50m", 20.5, f"newest page; {_RENEWED}", id="over a window"),
        pytest.param(Quantity.QUEUE_DEPTH, None, 0.0, "", id="the controller's own"),
        pytest.param(Quantity.RECONCILE_LATENCY, "50m", 0.5, "newest page", id="its own over a window"),
    ],
)
def test_old_figures_are_a_delay_with_a_reason(
    cases: list[LifeCase | SilenceCase], quantity: Quantity, window: str | None, lag_s: float, reason: str
) -> None:
    """Only of alerts that read such figures; at the end of the condition the same delay counts once."""
    threshold = replace(PROMISE.threshold, quantity=quantity, window=PromDuration.parse(window) if window else None)
    promise = replace(PROMISE, threshold=threshold)
    handles = fakes.handles(
        prometheus=fakes.FakePrometheus(ranges=_written), promised=fakes.contract(promise), refresh_s=_SLOW
    )
    judge(handles, fakes.plan(promise), _log(), {PROMISE.name: ()}, read_pace(handles))
    (case,) = cases
    assert isinstance(case, LifeCase)
    assert case.lag_s == pytest.approx(lag_s)
    assert case.lag_reason.endswith(reason)
    assert bool(case.lag_reason) is bool(lag_s)
    assert (case.resolve_lag_s, case.resolve_lag_reason) == (7, "late")


@pytest.mark.usefixtures("clock")
def test_a_delay_that_a_scenario_states_is_added(cases: list[LifeCase | SilenceCase]) -> None:
    """With its own reason first."""
    handles = fakes.handles(
        prometheus=fakes.FakePrometheus(ranges=_written), promised=fakes.contract(_MEMORY), refresh_s=_SLOW
    )
    log = replace(_log(), lag_s=1, lag_reason="discovery")
    judge(handles, fakes.plan(_MEMORY), log, {_MEMORY.name: ()}, read_pace(handles))
    (case,) = cases
    assert isinstance(case, LifeCase)
    assert (case.lag_s, case.lag_reason) == (21, f"discovery; {_RENEWED}")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(("window", "ratio"), [("80m", 0.25), ("1h", 1 / 3), ("10h", 0.1)])
def test_a_count_is_as_uncertain_as_the_renewal_is_long(
    cases: list[LifeCase | SilenceCase], window: str, ratio: float
) -> None:
    """At speed 60 a window of 80 minutes is 80 s: both of its ends fall between two values 20 s apart."""
    threshold = replace(PROMISE.threshold, quantity=Quantity.CPU_THROTTLING, window=PromDuration.parse(window))
    promise = replace(PROMISE, threshold=threshold)
    handles = fakes.handles(
        prometheus=fakes.FakePrometheus(ranges=_written), promised=fakes.contract(promise), refresh_s=_SLOW
    )
    judge(handles, fakes.plan(promise), _log(), {PROMISE.name: ()}, read_pace(handles))
    (case,) = cases
    assert isinstance(case, LifeCase)
    assert case.witness_error_ratio == pytest.approx(ratio)


def test_what_is_over_is_seen_for_as_long_as_figures_are_old() -> None:
    """A scrape, two evaluations, and the 20 s; by a bystander as well."""
    handles = fakes.handles(
        prometheus=fakes.FakePrometheus(ranges=_written), promised=fakes.contract(PROMISE, _MEMORY), refresh_s=_SLOW
    )
    gatherer = Gatherer(handles.window(start_s=0, end_s=10))
    assert [gatherer.seen_s(promise) for promise in (PROMISE, _MEMORY)] == [1.5, 21.5]
    (other,) = gatherer.other_alerts(fakes.plan(), ScenarioLog(start_s=0))
    assert (other.name, other.seen_s) == ("Full", 21.5)
