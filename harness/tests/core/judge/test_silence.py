"""Silence is VERIFIED only if the fault was real, the rule ran, and nobody was told."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause, Judgement, Place, SilenceCase, Trouble, judge_silence
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import END, INJECT, PACE, PROMISE, World

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN


def case(world: World) -> SilenceCase:
    """The evidence about a fault that must not page."""
    return SilenceCase(
        promise=PROMISE,
        pace=PACE,
        timelines=world.timelines(),
        readings=world.readings(),
        deliveries=world.deliveries(),
        inject_s=INJECT,
        end_s=END,
        rule=world.rule(),
    )


def outcome(judgement: Judgement, clause: Clause) -> Verdict:
    """The outcome of one clause."""
    return next(finding.outcome for finding in judgement.findings if finding.clause is clause)


#: a fault that is over before the hold has passed
SHORT = World(value=lambda t: 240 if INJECT <= t < INJECT + 5 else 0)


def test_a_short_fault_does_not_page() -> None:
    """Pending for a third of its hold, and nobody was told; the closest approach is stated."""
    judged = judge_silence(case(SHORT))
    assert judged.verdict is V
    assert judged.observed.pending_s == 270
    assert judged.cause == ""


def test_an_alert_that_was_never_pending_has_no_approach() -> None:
    """Nothing is made up."""
    judged = judge_silence(case(replace(SHORT, matches=False)))
    assert judged.verdict is V
    assert judged.observed.pending_s is None


@pytest.mark.parametrize(
    ("made", "clause"),
    [
        pytest.param(case(World()), Clause.SILENT, id="fired"),
        pytest.param(replace(case(SHORT), pending_allowed=False), Clause.SILENT, id="pending"),
        pytest.param(replace(case(SHORT), deliveries=World().deliveries()), Clause.SILENT, id="notified"),
        pytest.param(replace(case(SHORT), rule=None), Clause.LOADED, id="not-loaded"),
    ],
)
def test_a_planted_page_is_caught(made: SilenceCase, clause: Clause) -> None:
    """Whoever is told although nobody should be, is a violation."""
    judged = judge_silence(made)
    assert outcome(judged, clause) is X
    assert judged.verdict is X
    assert judged.cause


@pytest.mark.parametrize(
    ("made", "clause"),
    [
        pytest.param(case(World(value=lambda _: 0)), Clause.CONDITION, id="no-fault"),
        pytest.param(case(replace(SHORT, missed=(INJECT + 6, INJECT + 30))), Clause.EVALUATED, id="not-evaluated"),
        pytest.param(
            replace(case(replace(SHORT, matches=False, missed=(INJECT + 6, INJECT + 8))), pending_allowed=False),
            Clause.EVALUATED,
            id="short-gap-hides-a-pending",
        ),
        pytest.param(replace(case(SHORT), end_s=END + 5), Clause.EVALUATED, id="not-watched"),
        pytest.param(
            replace(
                case(SHORT),
                troubles=(Trouble(place=Place.PROMETHEUS, start_s=INJECT, end_s=END, cause="exited with status 1"),),
            ),
            Clause.EVALUATED,
            id="prometheus-died",
        ),
    ],
)
def test_silence_without_evidence_is_unknown(made: SilenceCase, clause: Clause) -> None:
    """No fault, no evaluation or no watch: silence says nothing."""
    judged = judge_silence(made)
    assert outcome(judged, clause) is U
    assert judged.verdict is U


def test_a_gap_shorter_than_the_hold_hides_no_page() -> None:
    """From inactive, a whole hold does not fit in."""
    assert judge_silence(case(replace(SHORT, missed=(INJECT + 8, INJECT + 12)))).verdict is V


def test_no_timeline_at_all_is_misuse() -> None:
    """An alert that wrote nothing has a silent timeline."""
    with pytest.raises(ValueError, match="silent_timeline"):
        judge_silence(replace(case(SHORT), timelines=()))


def test_the_hold_in_effect_is_scaled() -> None:
    """15 minutes at speed 60 are 15 seconds."""
    assert case(SHORT).hold_s == 15
