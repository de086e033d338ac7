"""Succession: label sets that follow one another are told as that, and nothing else is."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause, Judgement, judge_life
from harness.core.judge.succession import Succession, succession
from harness.core.samples import Point, Series
from harness.core.timeline import Evaluations, Timeline, read_timelines
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import INJECT, World

_EVALUATIONS = Evaluations(at_s=tuple(map(float, range(40))), interval_s=1, start_s=0, end_s=39)


def _lines(*sets: tuple[dict[str, str], range]) -> tuple[Timeline, ...]:
    alerts = [
        Series(
            labels={"alertname": "A", "alertstate": "pending", **labels},
            points=tuple(Point(at_s=t, value=1) for t in at),
        )
        for labels, at in sets
    ]
    return read_timelines(alerts, (), _EVALUATIONS)


def _found(*sets: tuple[dict[str, str], range]) -> Succession | None:
    return succession(_lines(*sets), start_s=0, end_s=39)


def _finding(judged: Judgement, clause: Clause) -> tuple[Verdict, str]:
    (found,) = [one for one in judged.findings if one.clause is clause]
    return found.outcome, found.actual


def test_a_value_in_a_label_is_another_alert_at_each_evaluation() -> None:
    """It never fires, the cause says why, and the threshold is not blamed for it."""
    world = World(value=lambda t: 240 + int(t - INJECT) if 0 <= t - INJECT < 25 else 0)
    judged = judge_life(replace(world, changing=("value", lambda t: f"{world.value(t):g}")).case())
    assert judged.verdict is Verdict.VIOLATED
    assert _finding(judged, Clause.THRESHOLD)[0] is Verdict.VERIFIED
    outcome, actual = _finding(judged, Clause.FIRING)
    assert outcome is Verdict.VIOLATED
    assert 'label value changes ("240", "241", "242", 2' in actual
    assert actual.endswith("together, none for longer than 30s")
    assert judged.cause.startswith("never: 25 label sets followed one another: label value changes")
    assert judged.cause.endswith("to Prometheus each label set is another alert, which begins its `for` anew")


@pytest.mark.parametrize("health", ["ok", "err"])
def test_what_followed_one_another_is_told_once(health: str) -> None:
    """By the finding about firing, or beside another that decided."""
    world = World(changing=("value", lambda t: f"{t:.2f}"))
    rule = replace(world.rule(), health=health, last_error="" if health == "ok" else "many-to-many matching")
    judged = judge_life(replace(world.case(), rule=rule))
    assert judged.verdict is Verdict.VIOLATED
    assert judged.cause.count("label sets followed one another") == 1


def test_the_rule_was_pending_when_any_of_the_label_sets_was() -> None:
    """One that came back with a value seen before began no later than the first of them."""
    judged = judge_life(World(changing=("value", lambda t: "a" if 2 < t - INJECT < 4 else "bc"[int(t * 2) % 2])).case())
    assert _finding(judged, Clause.PENDING)[0] is Verdict.VERIFIED
    assert _finding(judged, Clause.FIRING)[0] is Verdict.VIOLATED


def test_a_pod_that_is_restarted_again_and_again_has_another_name_each_time() -> None:
    """The same kind, with names that last for a while."""
    judged = judge_life(World(changing=("pod", lambda t: f"c-{int(t - INJECT) // 8}")).case())
    outcome, actual = _finding(judged, Clause.FIRING)
    assert outcome is Verdict.VIOLATED
    assert 'label pod changes ("c-0", "c-1", "c-2"' in actual


def test_label_sets_that_change_in_a_condition_that_did_not_last_prove_nothing() -> None:
    """The alert had no time to fire, whatever its labels."""
    world = World(value=lambda t: 240 if 0 <= t - INJECT < 6 else 0, changing=("value", lambda t: f"{t:.2f}"))
    outcome, actual = _finding(judge_life(world.case()), Clause.FIRING)
    assert outcome is Verdict.UNKNOWN
    assert actual.endswith("and the condition did not last")


def test_what_changes_and_how_long_it_lasted_is_known() -> None:
    """From the first evaluation of the first to the last one of the last."""
    found = _found(({"v": "1", "q": "a"}, range(5, 9)), ({"v": "2", "q": "a"}, range(9, 20)))
    assert found is not None
    assert (found.changing, found.start_s, found.end_s, found.longest_s) == ({"v": ("1", "2")}, 5, 19, 10)
    assert found.lasted_s == 14
    assert found.text() == '2 label sets followed one another: label v changes ("1", "2")'
    assert [moment.active for moment in found.merged.moments] == [5 <= t < 20 for t in range(40)]


def test_a_label_set_may_still_be_there_when_the_next_one_comes() -> None:
    """At that one evaluation."""
    found = _found(({"v": "1"}, range(5, 10)), ({"v": "2"}, range(9, 20)))
    assert found is not None
    assert (found.start_s, found.end_s) == (5, 19)


def test_only_what_was_active_between_the_two_instants_is_looked_at() -> None:
    """At both of them as well."""
    found = succession(_lines(({"v": "1"}, range(20)), ({"v": "2"}, range(20, 40))), start_s=5, end_s=30)
    assert found is not None
    assert (found.start_s, found.end_s, found.longest_s) == (5, 30, 14)


@pytest.mark.parametrize(
    ("count", "values"),
    [(3, '"0", "1", "2"'), (4, '"0", "1", "2", 1 more'), (5, '"0", "1", "2", 2 more')],
)
def test_the_first_three_values_are_told_and_how_many_more_there_are(count: int, values: str) -> None:
    """Nothing is said of no more."""
    found = _found(*(({"v": f"{v}"}, range(5 * v, 5 * v + 5)) for v in range(count)))
    assert found is not None
    assert found.text() == f"{count} label sets followed one another: label v changes ({values})"


def test_several_labels_may_change_at_once() -> None:
    """A pod's name and its address."""
    found = _found(({"pod": "a", "ip": "1"}, range(5, 9)), ({"pod": "b", "ip": "2"}, range(9, 20)))
    assert found is not None
    assert found.changing == {"ip": ("1", "2"), "pod": ("a", "b")}


def test_of_several_instances_the_one_whose_labels_change_is_found() -> None:
    """Two queues, each with its value in a label."""
    found = _found(
        *(({"q": q, "v": f"{v}"}, range(5 + 3 * v, 8 + 3 * v)) for q in ("a", "b") for v in range(4)),
        ({"q": "c", "v": "0"}, range(5, 30)),
    )
    assert found is not None
    assert list(found.changing) == ["v"]
    assert len(found.lines) == 4


@pytest.mark.parametrize(
    "sets",
    [
        pytest.param([], id="nothing"),
        pytest.param([({"v": "1"}, range(5, 20))], id="one-label-set"),
        pytest.param([({"v": "1"}, range(5, 20)), ({"v": "2"}, range(22, 30))], id="a-break-between"),
        pytest.param([({"v": "1"}, range(5, 20)), ({"v": "2"}, range(12, 30))], id="two-at-a-time"),
        pytest.param([({"v": "1"}, range(5, 20)), ({"v": "2"}, range(18, 30))], id="two-at-a-time-twice"),
        pytest.param([({"v": "1"}, range(5, 30)), ({"v": "2"}, range(10, 11))], id="one-of-them-all-along"),
    ],
)
def test_what_does_not_follow_one_another_is_no_succession(sets: list[tuple[dict[str, str], range]]) -> None:
    """Siblings, and an alert that came back."""
    assert _found(*sets) is None


def test_an_alert_that_keeps_its_labels_is_judged_as_ever() -> None:
    """Nothing is said of label sets."""
    judged = judge_life(World(hold_s=40).case())
    assert "label set" not in judged.cause
    assert _finding(judged, Clause.FIRING)[0] is Verdict.VIOLATED
