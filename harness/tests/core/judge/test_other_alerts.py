"""This alert alone, labelled as documented, and nobody else: each clause at its edges."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from harness.core.judge import Component, Disruption, Expectation, LifeCase, OtherAlert
from harness.core.judge.evidence import Evidence
from harness.core.judge.other_alerts import (
    excuses,
    judge_bystanders,
    judge_instances,
    judge_labels,
    judge_loaded,
    judge_severity,
)
from harness.core.timeline import AlertState, Gap, Moment, Timeline
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import PROMISE, World

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED
_OFF, _PENDING, _FIRING = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING
#: as documented
LABELS = {"alertname": "QueueDeep", "severity": "warning", "component": "kubemirror", "name": "secret"}
INJECT_S, END_S = 100.0, 300.0


def line(*spans: tuple[float, AlertState], labels: Mapping[str, str] = LABELS, gaps: Sequence[Gap] = ()) -> Timeline:
    """What one label set did."""
    moments = tuple(Moment(at_s=at_s, state=state) for at_s, state in spans)
    return Timeline(labels=labels, start_s=0, end_s=END_S, moments=moments, gaps=tuple(gaps))


FIRED = line((110, _PENDING), (120, _FIRING))


def evidence(*lines: Timeline, **changes: object) -> Evidence:
    """The first line is judged, with its first life if it has one."""
    case = replace(World().case(), inject_s=INJECT_S, timelines=lines)
    given = replace(case, **changes)  # type: ignore[arg-type]  # a test's shorthand
    episode = next(iter(lines[0].episodes), None)
    return Evidence(case=given, line=lines[0], stretch=None, episode=episode, disruptions=())


@pytest.mark.parametrize(
    ("health", "error", "outcome", "actual"),
    [
        ("ok", "", V, "loaded, with for: 15 s of the clock"),
        ("unknown", "", U, "health unknown"),
        ("err", "", X, "health err"),
        ("err", "many-to-many matching", X, "health err: many-to-many matching"),
        ("err", "query timed out in expression evaluation", U, "health err: query timed out in expression evaluation"),
        ("err", "query was canceled", U, "health err: query was canceled"),
    ],
)
def test_a_rule_is_loaded_and_evaluated_without_error(health: str, error: str, outcome: Verdict, actual: str) -> None:
    """What is not evaluated yet, or was cut short, is not known to be wrong."""
    rule = replace(World().rule(), health=health, last_error=error)
    found = judge_loaded(PROMISE, rule)
    assert (found.outcome, found.actual) == (outcome, actual)
    assert found.expected == "alerting rule QueueDeep is loaded and healthy"


def test_a_rule_that_is_not_there_is_missing() -> None:
    """With what is there in its place, where that is known."""
    plain = judge_loaded(PROMISE, None)
    assert (plain.outcome, plain.actual) == (X, "no rule of this name is loaded")
    assert judge_loaded(PROMISE, None, absent="QueueDeeper is").actual == "QueueDeeper is"


@pytest.mark.parametrize(
    ("labels", "actual"),
    [
        pytest.param(LABELS | {"component": "other"}, 'component="other"', id="another value"),
        pytest.param({k: v for k, v in LABELS.items() if k != "component"}, "component missing", id="one missing"),
        pytest.param({k: v for k, v in LABELS.items() if k != "name"}, "name missing", id="the instance's missing"),
        pytest.param(LABELS | {"pod": "a"}, 'pod="a" too much', id="one too much"),
        pytest.param(LABELS | {"component": "other", "pod": "a"}, 'component="other", pod="a" too much', id="two"),
    ],
)
def test_labels_are_exactly_as_documented(labels: Mapping[str, str], actual: str) -> None:
    """Each that is not is named."""
    found = judge_labels(evidence(replace(FIRED, labels=labels)))
    assert (found.outcome, found.actual) == (X, actual)
    assert found.expected == 'exactly component="kubemirror", name="secret"'


def test_the_severity_is_a_clause_of_its_own() -> None:
    """Another or none is no fault of the labels."""
    for severity, outcome in (("warning", V), ("critical", X)):
        given = evidence(replace(FIRED, labels=LABELS | {"severity": severity}))
        found = judge_severity(given)
        assert (found.outcome, found.expected, found.actual) == (outcome, "warning", severity)
        labels = judge_labels(given)
        assert labels.outcome is V
        assert labels.actual == (f'alertname="QueueDeep", component="kubemirror", name="secret", severity="{severity}"')
    bare = evidence(replace(FIRED, labels={k: v for k, v in LABELS.items() if k != "severity"}))
    assert (judge_severity(bare).actual, judge_labels(bare).outcome) == ("(no severity)", V)


def test_a_label_whose_value_nobody_knows_has_to_be_there() -> None:
    """Such as a pod's name: any value will do."""
    promise = replace(PROMISE, instance_labels=("name", "pod"))
    given = evidence(replace(FIRED, labels=LABELS | {"pod": "a-1"}), promise=promise)
    found = judge_labels(given)
    assert (found.outcome, found.expected) == (V, 'exactly component="kubemirror", name="secret", pod')
    assert judge_labels(evidence(FIRED, promise=promise)).actual == "pod missing"


def test_an_alert_that_was_never_pending_has_no_labels_to_judge() -> None:
    """Nor a severity, nor siblings."""
    silent = evidence(line((110, _OFF)))
    assert [one(silent).outcome for one in (judge_labels, judge_severity, judge_instances)] == [S, S, S]


def test_one_alert_for_one_instance() -> None:
    """None for another instance, and one for its own; only what fired since the injection counts."""
    other = replace(FIRED, labels=LABELS | {"name": "other"})
    twin = replace(FIRED, labels=LABELS | {"pod": "a"})
    assert judge_instances(evidence(FIRED)).outcome is V
    assert judge_instances(evidence(FIRED, other)).outcome is X
    assert judge_instances(evidence(FIRED, twin)).outcome is X
    assert judge_instances(evidence(FIRED)).expected == "one firing label set"
    for at_s, outcome in ((INJECT_S, X), (INJECT_S - 0.1, V), (END_S, X)):
        before = line((at_s, _FIRING), labels=LABELS | {"name": "other"})
        assert judge_instances(evidence(FIRED, before)).outcome is outcome


def test_of_many_label_sets_three_are_shown() -> None:
    """And the others counted."""
    lines = [replace(FIRED, labels={"alertname": "QueueDeep", "name": name}) for name in "abcde"]
    assert judge_instances(evidence(*lines[:1])).actual == '1: {name="a"}'
    assert judge_instances(evidence(*lines[:3])).actual == '3: {name="a"}; {name="b"}; {name="c"}'
    assert judge_instances(evidence(*lines)).actual == '5: {name="a"}; {name="b"}; {name="c"}; 2 more'
    assert judge_instances(evidence(*lines[:4])).actual.endswith("; 1 more")


def other(*lines: Timeline, **changes: object) -> OtherAlert:
    """Another alert, which must not fire; its `for` is 10 s."""
    whole = OtherAlert(name="Other", timelines=lines, expectation=Expectation.MUST_NOT, hold_s=10.0)
    return replace(whole, **changes)  # type: ignore[arg-type]  # a test's shorthand


def watching(*other_alerts: OtherAlert) -> LifeCase:
    """The evidence."""
    return replace(World().case(), inject_s=INJECT_S, other_alerts=other_alerts)


QUIET = line((100, _OFF), (200, _OFF))
#: long enough for its `for`
HIDDEN = line((100, _OFF), (200, _OFF), gaps=[Gap(start_s=120, end_s=140)])


@pytest.mark.parametrize(
    ("one", "outcome", "actual"),
    [
        pytest.param(other(QUIET), V, "1 other alerts watched", id="silent"),
        pytest.param(other(FIRED), X, "Other fired", id="fired"),
        pytest.param(other(line((100, _FIRING))), X, "Other fired", id="at the injection"),
        pytest.param(other(line((99.9, _FIRING))), V, "1 other", id="before it"),
        pytest.param(other(line((250, _FIRING))), X, "Other fired", id="at the end"),
        pytest.param(other(line((250.1, _FIRING))), V, "1 other", id="after it"),
        pytest.param(other(HIDDEN), U, "Other may have fired unseen: evaluations missed", id="unseen"),
        pytest.param(other(HIDDEN, hold_s=21.0), V, "1 other", id="too short a gap"),
        pytest.param(
            other(line((50, _OFF), (200, _OFF), gaps=[Gap(start_s=60, end_s=100)])), V, "1 other", id="earlier gap"
        ),
        pytest.param(other(), U, "Other may have fired unseen", id="nothing known"),
        pytest.param(
            other(FIRED, expectation=Expectation.MAY, reason="they are neighbours"), V, "1 other", id="it may"
        ),
        pytest.param(other(FIRED, expectation=Expectation.MUST, reason="same cause"), V, "1 other", id="it must"),
        pytest.param(
            other(QUIET, expectation=Expectation.MUST, reason="same cause"),
            X,
            "Other did not fire (same cause)",
            id="it must, and did not",
        ),
        pytest.param(
            other(HIDDEN, expectation=Expectation.MUST, reason="same cause"),
            U,
            "Other did not fire (same cause)",
            id="it must, and nobody saw",
        ),
    ],
)
def test_another_alert_does_what_the_matrix_says(one: OtherAlert, outcome: Verdict, actual: str) -> None:
    """From the injection to the end, both included; what nobody saw is not known."""
    found = judge_bystanders(watching(one), 250)
    assert (found.outcome, found.actual.startswith(actual)) == (outcome, True)
    must = " but Other" if one.expectation is Expectation.MUST else ""
    assert found.expected == f"no other alert fires{must}"


def test_a_certain_fault_outweighs_what_is_not_known() -> None:
    """And it alone is told."""
    found = judge_bystanders(watching(other(HIDDEN), other(FIRED, name="Third")), 250)
    assert (found.outcome, found.actual) == (X, "Third fired")


def test_a_place_in_trouble_may_have_made_another_alert_fire() -> None:
    """If it fills the wait, for as long as it is seen."""
    for end_s, outcome in ((115.0, U), (114.9, X)):
        away = Disruption(component=Component.PROMETHEUS, start_s=100, end_s=end_s, cause="was away")
        found = judge_bystanders(watching(other(FIRED, disruptions=(away,), seen_s=5.0)), 250)
        assert found.outcome is outcome
        assert found.actual == "Other fired" + ("; Prometheus was away" if outcome is U else "")


def test_what_was_still_pending_might_yet_have_fired() -> None:
    """Told with both times; not what must fire, nor what fired and is judged for that."""
    left = line((200, _OFF), (240, _PENDING), (248, _PENDING))
    one = other(left, watched=(250,), hold_s=15)
    found = judge_bystanders(watching(one), 250)
    assert (found.outcome, found.actual) == (
        U,
        "Other was still pending when the watch ended, for 8m of 15m",
    )
    assert judge_bystanders(watching(replace(one, watched=())), 250).outcome is V
    assert judge_bystanders(watching(replace(one, expectation=Expectation.MAY)), 250).outcome is V
    again = line((110, _FIRING), (200, _OFF), (240, _PENDING), (248, _PENDING))
    assert judge_bystanders(watching(other(again, watched=(250,))), 250).actual == "Other fired"
    late = line((240, _PENDING), (248, _PENDING), (END_S, _FIRING))
    assert judge_bystanders(watching(other(late, watched=(250,), hold_s=100)), 250).outcome is V


def test_every_alert_that_fired_and_may_is_told() -> None:
    """With the reason; those that must or must not are told elsewhere."""
    may = other(FIRED, expectation=Expectation.MAY, reason="they are neighbours")
    silent = replace(may, name="Silent", timelines=(QUIET,))
    must = replace(may, name="Must", expectation=Expectation.MUST)
    assert excuses([may, silent, must], 100, 250) == ("Other fired, which it may: they are neighbours",)
    assert excuses([may], 121, 250) == ()
