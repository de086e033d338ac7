"""One rule from its first evaluation to its last."""

from collections.abc import Sequence

from harness.core.duration import PromDuration
from harness.core.replay.history import RuleHistory
from harness.core.replay.labels import Element, label_set
from harness.core.replay.order import PlacedRule
from harness.core.replay.restored import Grace
from harness.core.replay.running import Known, RunningRule, Step
from harness.core.replay.written import Newest
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup

_LABELS = {"severity": "page"}
_ALERT = AlertingRule(alert="A", expr="m", hold=PromDuration(20_000), labels=_LABELS)
_HERE = (Element(labels=label_set({"pod": "a"}), value=2.0),)


def _placed(rule: Rule, limit: int = 0) -> PlacedRule:
    return PlacedRule(key=(0, 0), group=RuleGroup(name="g", rules=(rule,), limit=limit), rule=rule)


def _run(
    rule: Rule,
    vectors: Sequence[tuple[Element, ...] | str | None],
    *,
    limit: int = 0,
    offset_ms: int = 0,
    grace: Grace | None = None,
) -> list[Step]:
    """Evaluations 10 s apart; None is a restart between two."""
    running = RunningRule(_placed(rule, limit), Newest(), query_offset_ms=offset_ms, grace=grace or Grace())
    steps: list[Step] = []
    for vector in vectors:
        at_ms = 10_000 * (len(steps) + 1)
        if vector is None:
            running.restart()
        elif isinstance(vector, str):
            steps.append(running.failed(at_ms, vector))
        else:
            steps.append(running.step(at_ms, vector, lambda _one: _LABELS))
    return steps


def _history(rule: Rule, steps: Sequence[Step], *, offset_ms: int = 0) -> RuleHistory:
    return RuleHistory(
        placed=_placed(rule),
        steps=tuple(steps),
        interval_ms=10_000,
        query_offset_ms=offset_ms,
        start_ms=0,
        end_ms=10_000 * len(steps),
    )


def test_an_alerts_life_is_a_timeline() -> None:
    """With the instants of what it wrote."""
    steps = _run(_ALERT, [(), _HERE, _HERE, _HERE, ()], offset_ms=5_000)
    (timeline,) = _history(_ALERT, steps, offset_ms=5_000).timelines
    assert dict(timeline.labels) == {"alertname": "A", "pod": "a", "severity": "page"}
    assert [(moment.at_s, moment.state.value) for moment in timeline.moments] == [
        (5, "inactive"),
        (15, "pending"),
        (25, "pending"),
        (35, "firing"),
        (45, "inactive"),
    ]
    assert [len(step.stored) for step in steps] == [0, 2, 2, 3, 2]


def test_an_alert_that_was_never_active_has_a_timeline_all_the_same() -> None:
    """Of its name alone."""
    (timeline,) = _history(_ALERT, _run(_ALERT, [(), ()])).timelines
    assert (dict(timeline.labels), len(timeline.moments)) == ({"alertname": "A"}, 2)


def test_an_evaluation_that_failed_is_a_gap() -> None:
    """Nobody knows what the alert would have been; it goes on from what it was before."""
    history = _history(_ALERT, _run(_ALERT, [_HERE, "it fails", "it fails", _HERE]))
    (timeline,) = history.timelines
    assert [moment.state.value for moment in timeline.moments] == ["pending", "firing"]
    assert [(gap.start_s, gap.end_s) for gap in timeline.gaps] == [(10, 40)]
    assert [(step.at_ms, step.failure) for step in history.failed] == [(20_000, "it fails"), (30_000, "it fails")]


def test_a_recording_rule_writes_series_and_has_no_timeline() -> None:
    """A failure ends none of them."""
    rule = RecordingRule(record="a:b", expr="m")
    steps = _run(rule, [_HERE, _HERE * 2, (), _HERE])
    history = _history(rule, steps)
    assert history.timelines == ()
    (series,) = history.series
    assert [(point.at_s, point.value) for point in series.points] == [(10, 2.0), (40, 2.0)]
    assert [len(step.stored) for step in steps] == [1, 0, 1, 1]
    assert steps[1].failure == "vector contains metrics with the same labelset after applying rule labels"


def test_beyond_its_limit_an_alert_begins_anew() -> None:
    """All of the rule's are forgotten, and no series is ended."""
    two = (*_HERE, Element(labels=label_set({"pod": "b"}), value=1.0))
    steps = _run(_ALERT, [_HERE, two, _HERE, _HERE], limit=1)
    assert [step.failure for step in steps] == [None, "exceeded limit of 1 with 2 alerts", None, None]
    assert [alert.active_at_ms for alert in steps[2].active] == [30_000]


def test_after_a_restart_two_evaluations_write_nothing_and_the_for_goes_on() -> None:
    """As long as the grace is not longer than the for."""
    steps = _run(_ALERT, [_HERE, None, _HERE, _HERE, _HERE], grace=Grace(period_ms=0))
    assert [len(step.made) for step in steps] == [2, 0, 0, 2]
    # active since 10 s, down from then on, restored at 30 s: 20 s later
    assert [alert.active_at_ms for step in steps for alert in step.active] == [10_000, 20_000, 20_000, 30_000]


def test_a_failure_after_a_restart_counts_and_a_recording_rule_knows_no_silence() -> None:
    """Both evaluations are made."""
    steps = _run(_ALERT, [None, "it fails", (), _HERE])
    assert [len(step.made) for step in steps] == [0, 0, 2]
    rule = RecordingRule(record="a:b", expr="m")
    assert [len(step.stored) for step in _run(rule, [_HERE, None, (), _HERE])] == [1, 0, 1]


def test_a_rule_goes_on_from_what_is_known_of_it() -> None:
    """Its series end if they are no longer made, and a restart remembers when its alerts began."""
    (before,) = _run(_ALERT, [_HERE])
    (alert,) = before.active
    series = frozenset(sample.labels for sample in before.made)
    known = Known(at_ms=10_000, alerts={alert.labels: alert}, series=series)
    running = RunningRule(_placed(_ALERT), Newest(), query_offset_ms=0, grace=Grace(period_ms=0))
    assert running.know(known) == Step(at_ms=10_000, made=before.made, active=(alert,))
    assert {sample.labels for sample in running.step(20_000, (), lambda _one: _LABELS).stored} == series
    again = RunningRule(_placed(_ALERT), Newest(), query_offset_ms=0, grace=Grace(period_ms=0))
    again.know(known)
    again.restart()
    steps = [again.step(at_ms, _HERE, lambda _one: _LABELS) for at_ms in (20_000, 30_000, 40_000)]
    assert [alert.active_at_ms for step in steps for alert in step.active] == [20_000, 20_000, 30_000]
