"""`keep_firing_for`: firing goes on for as long as promised after the end of the condition, and no longer."""

from dataclasses import replace

import pytest

from harness.core.contract.model import AlertPromise
from harness.core.duration import PromDuration
from harness.core.judge import Clause, Component, Disruption, LifeCase, judge_life
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import END, INJECT, PROMISE, UNDO, World

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN

#: 5 s of the clock
KEPT = replace(PROMISE, keep_firing_for=PromDuration.parse("5m"))
PLAIN = World()


def _resolved(case: LifeCase) -> tuple[Verdict, str, str]:
    judged = judge_life(case)
    (found,) = [one for one in judged.findings if one.clause is Clause.RESOLVED]
    return found.outcome, found.expected, found.actual


def test_a_rule_that_keeps_firing_as_promised_is_verified() -> None:
    """Resolved between the promised time and one evaluation after it."""
    judged = judge_life(World(promise=KEPT, keep_firing_s=5).case())
    assert judged.verdict is V, judged.cause
    assert judged.observed.resolve_lag_s == pytest.approx(5.3, abs=0.5)
    outcome, expected, _ = _resolved(World(promise=KEPT, keep_firing_s=5).case())
    assert outcome is V
    assert expected.startswith("firing for 5m more after the end of the condition, then inactive within 6.85 s")


@pytest.mark.parametrize(
    ("promise", "keep_s", "said"),
    [
        pytest.param(PROMISE, 5, "keep_firing_for 5m in the rule, none promised", id="not-promised"),
        pytest.param(KEPT, 0, "keep_firing_for none in the rule, 5m promised", id="not-in-the-rule"),
        pytest.param(KEPT, 4, "keep_firing_for 4m in the rule, 5m promised", id="shorter"),
        pytest.param(KEPT, 10, "keep_firing_for 10m in the rule, 5m promised", id="longer"),
    ],
)
def test_another_time_than_promised_is_a_violation_that_names_both(
    promise: AlertPromise, keep_s: float, said: str
) -> None:
    """Late and early alike, and the threshold is not blamed for it."""
    case = World(promise=promise, keep_firing_s=keep_s).case()
    outcome, _, actual = _resolved(case)
    assert outcome is X
    assert actual.endswith(said)
    judged = judge_life(case)
    assert [one.clause for one in judged.findings if one.outcome is X] == [Clause.RESOLVED]
    assert said in judged.cause


def test_a_prometheus_that_was_restarted_forgets_what_it_keeps() -> None:
    """Nothing is restored of an alert whose condition is over, and nothing is proved of the rule."""
    case = replace(
        World(promise=KEPT).case(),
        disruptions=(
            Disruption(component=Component.PROMETHEUS, start_s=UNDO, end_s=UNDO + 0.4, cause="was restarted"),
        ),
    )
    assert _resolved(case)[0] is U


def test_a_condition_that_comes_back_while_the_alert_is_kept_is_one_life() -> None:
    """Kept from the last end on; meanwhile nothing contradicts the threshold."""
    world = World(
        value=lambda t: 240 if INJECT <= t < INJECT + 20 or INJECT + 22 <= t < UNDO else 0,
        promise=KEPT,
        keep_firing_s=5,
    )
    judged = judge_life(world.case())
    assert judged.verdict is V, judged.cause


def test_an_alert_that_stays_active_without_any_keeping_contradicts_the_threshold() -> None:
    """What is kept is excused, and not more."""
    world = World(promise=KEPT, keep_firing_s=5)
    stuck = replace(world, value=lambda t: 240 if t >= INJECT else 0)
    judged = judge_life(replace(stuck.case(), readings=world.readings()))
    broken = {one.clause for one in judged.findings if one.outcome is X}
    assert broken == {Clause.THRESHOLD, Clause.RESOLVED}
    assert END - UNDO > 12
