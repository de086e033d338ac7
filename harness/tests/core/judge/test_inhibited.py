"""An alert that another rule of its name inhibits is told once that one is over; how late is counted from there."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause, judge_life
from harness.core.judge.case import Inhibited
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import INJECT, World, changed

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN
#: it fires 15 s after the injection; the graver one fires from before until 22 s
_GRAVER = Inhibited(start_s=INJECT + 10, end_s=INJECT + 22, by="critical mutes warning")


def _delivered(world: World, *inhibited: Inhibited) -> tuple[Verdict, str, str]:
    judged = judge_life(changed(world.case(), inhibited=inhibited))
    (found,) = [one for one in judged.findings if one.clause is Clause.DELIVERED]
    return found.outcome, found.expected, found.actual


@pytest.mark.parametrize(
    ("lag_s", "inhibited", "outcome"),
    [
        pytest.param(8.0, (), X, id="late"),
        pytest.param(8.0, (_GRAVER,), V, id="once-the-graver-one-was-over"),
        pytest.param(0.6, (_GRAVER,), V, id="in-time-all-the-same"),
        pytest.param(17.0, (_GRAVER,), X, id="late-even-then"),
        pytest.param(8.0, (replace(_GRAVER, start_s=INJECT - 9, end_s=INJECT + 1),), X, id="over-before-it-fired"),
        pytest.param(8.0, (replace(_GRAVER, start_s=INJECT + 20),), X, id="began-when-it-had-to-be-told"),
        pytest.param(
            12.0,
            (replace(_GRAVER, end_s=INJECT + 18), replace(_GRAVER, start_s=INJECT + 18)),
            V,
            id="one-after-another",
        ),
    ],
)
def test_how_late_is_counted_from_the_end_of_what_inhibits(
    lag_s: float, inhibited: tuple[Inhibited, ...], outcome: Verdict
) -> None:
    """And only while it was in force at the time at which the alert had to be told."""
    assert _delivered(World(delivery_lag_s=lag_s), *inhibited)[0] is outcome


def test_what_was_over_before_the_graver_one_was_never_had_to_be_told() -> None:
    """Nothing is proved by that, either way."""
    outcome, expected, actual = _delivered(
        World(firing_delivered=False, resolved_delivered=False), replace(_GRAVER, end_s=INJECT + 30)
    )
    assert outcome is U
    assert expected.endswith("or of the end of what inhibits it (critical mutes warning)")
    assert "it was over before what inhibits it was: critical mutes warning" in actual
    assert _delivered(World(firing_delivered=False, resolved_delivered=False))[0] is X
