"""Silence is VERIFIED only if the fault was real, the rule ran, and nobody was told."""

from dataclasses import replace

import pytest

from harness.core.judge import (
    Clause,
    Component,
    Disruption,
    Expectation,
    Judgement,
    OtherAlert,
    SilenceCase,
    judge_silence,
)
from harness.core.reading import Reading
from harness.core.rules.identity import RuleIdentity, ownership
from harness.core.timeline import AlertState, Gap, Moment, Timeline
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
        pytest.param(replace(case(SHORT), end_s=END + 5), Clause.EVALUATED, id="not-watched"),
        pytest.param(
            replace(
                case(SHORT),
                disruptions=(
                    Disruption(component=Component.PROMETHEUS, start_s=INJECT, end_s=END, cause="exited with status 1"),
                ),
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


def test_a_trouble_shorter_than_an_interval_hides_no_evaluation() -> None:
    """Every evaluation that was due has left its sample."""
    stall = Disruption(
        component=Component.MACHINE, start_s=INJECT + 1, end_s=INJECT + 1.4, cause="stood still for 0.4 s"
    )
    assert judge_silence(replace(case(SHORT), disruptions=(stall,))).verdict is V


def test_a_gap_shorter_than_the_hold_hides_no_page() -> None:
    """From inactive, a whole hold does not fit in."""
    assert judge_silence(case(replace(SHORT, missed=(INJECT + 8, INJECT + 12)))).verdict is V


def test_no_timeline_at_all_is_misuse() -> None:
    """An alert that wrote nothing has a silent timeline."""
    with pytest.raises(ValueError, match="silent_timeline"):
        judge_silence(replace(case(SHORT), timelines=()))


def near(judgement: Judgement) -> tuple[Verdict, str, str]:
    """The clause about how near it came."""
    (found,) = [finding for finding in judgement.findings if finding.clause is Clause.NEAR]
    return found.outcome, found.expected, found.actual


def test_nothing_near_is_asked_for_unless_it_is() -> None:
    """A short fault that could never have paged is silent all the same."""
    assert Clause.NEAR not in {finding.clause for finding in judge_silence(case(SHORT)).findings}


@pytest.mark.parametrize("ratio", [0.1, 0.29, 0.3])
def test_a_silence_that_was_in_danger_proves_something(ratio: float) -> None:
    """Pending for 4.5 s of 15: what was asked for, and no less."""
    judged = judge_silence(replace(case(SHORT), near_ratio=ratio))
    assert near(judged) == (V, f"pending for at least {ratio:.0%} of 15m", "pending for 4m30s")
    assert judged.verdict is V


@pytest.mark.parametrize(
    ("made", "actual"),
    [
        pytest.param(replace(case(SHORT), near_ratio=0.31), "pending for 4m30s", id="too short"),
        pytest.param(replace(case(replace(SHORT, matches=False)), near_ratio=0.1), "never pending", id="never pending"),
    ],
)
def test_a_silence_that_was_in_no_danger_proves_nothing(made: SilenceCase, actual: str) -> None:
    """Not that the alert is wrong: the fault ended too early, or the rule never saw it."""
    judged = judge_silence(made)
    assert near(judged)[0] is U
    assert near(judged)[2] == actual
    assert judged.verdict is U
    assert judged.cause == f"near: {actual}"


def test_what_was_pending_before_the_fault_is_no_danger() -> None:
    """Only what lasts into the fault counts."""
    before = World(value=lambda t: 240 if t < INJECT - 1 else 0)
    judged = judge_silence(replace(case(before), readings=World().readings(), near_ratio=0.1))
    assert near(judged)[::2] == (U, "never pending")


def test_a_page_is_a_violation_however_near_it_was_to_be() -> None:
    """Firing is more than nearly firing."""
    judged = judge_silence(replace(case(World()), near_ratio=0.6))
    assert near(judged)[0] is V
    assert judged.verdict is X


def test_the_hold_in_effect_is_scaled() -> None:
    """15 minutes at speed 60 are 15 seconds."""
    assert case(SHORT).hold_s == 15


#: pending from the first evaluation on that sees the fault, and still so in the end
STANDING = World(value=lambda t: 240 if t >= INJECT else 0, hold_s=120)


def _silent(made: SilenceCase) -> tuple[Verdict, str]:
    (found,) = [one for one in judge_silence(made).findings if one.clause is Clause.SILENT]
    return found.outcome, found.actual


def test_what_is_still_pending_when_the_watch_ends_may_fire_yet() -> None:
    """Two minutes of silence prove nothing about a `for` of fifteen."""
    outcome, actual = _silent(replace(case(replace(STANDING, hold_s=15)), end_s=INJECT + 4, deliveries=()))
    assert outcome is U
    assert actual.startswith("still pending when the watch ended, for 3m")
    assert actual.endswith("of 15m: it may fire yet")


def test_what_was_pending_before_it_was_taken_back_might_have_fired() -> None:
    """The fault ended it, not the rule: each watch counts, not the last instant alone."""
    assert _silent(case(SHORT))[0] is V
    assert _silent(replace(case(SHORT), watched=(INJECT + 4, END)))[0] is U
    assert _silent(replace(case(SHORT), watched=(INJECT + 8, END)))[0] is V


def test_pending_for_longer_than_its_for_is_no_silence() -> None:
    """A rule with a longer `for` than documented neither fires in time nor keeps silent."""
    outcome, actual = _silent(case(STANDING))
    assert outcome is X
    assert actual.endswith("of 15m, so it should have fired, or not have begun")


@pytest.mark.parametrize("place", [Component.PROMETHEUS, Component.MACHINE])
def test_a_place_that_failed_may_have_kept_it_pending(place: Component) -> None:
    """Where nobody could look, nothing is held against the rule."""
    made = replace(
        case(STANDING), disruptions=(Disruption(component=place, start_s=INJECT, end_s=INJECT + 1, cause="stood"),)
    )
    assert _silent(made)[0] is U
    assert _silent(replace(case(replace(STANDING, missed=(INJECT + 3, INJECT + 6))), disruptions=()))[0] is U


def test_an_alert_that_fired_is_told_how_long_it_was_pending_before_that() -> None:
    """Not how long it was active: nothing is pending for 25m of 15m."""
    outcome, actual = _silent(case(World()))
    assert outcome is X
    assert "pending for at most 15m of 15m" in actual


def test_a_bystander_that_was_pending_when_the_watch_ended_is_unknown() -> None:
    """So is what it would have done."""
    pending = OtherAlert(
        name="Other", timelines=STANDING.timelines(), expectation=Expectation.MUST_NOT, hold_s=120, watched=(END,)
    )
    judged = judge_silence(replace(case(SHORT), other_alerts=(pending,)))
    (found,) = [one for one in judged.findings if one.clause is Clause.BYSTANDERS]
    assert found.outcome is U
    assert found.actual.startswith("Other was still pending when the watch ended, for 39m")
    for harmless in (
        replace(pending, expectation=Expectation.MAY),
        replace(pending, watched=(INJECT - 1,)),
        replace(pending, watched=()),
    ):
        assert judge_silence(replace(case(SHORT), other_alerts=(harmless,))).verdict is V


def test_what_a_sibling_of_the_same_name_did_is_not_held_against_the_rule() -> None:
    """A notification about another rule of that alert is that rule's."""
    mine = RuleIdentity(alert=PROMISE.alert, group="g", position=1, labels={"severity": "warning"})
    other = replace(mine, position=2, labels={"severity": "critical"})
    told = tuple(replace(one, labels={**one.labels, "severity": "critical"}) for one in World().deliveries())
    made = replace(case(SHORT), deliveries=told)
    assert _silent(made)[0] is X
    assert _silent(replace(made, ownership=ownership(PROMISE, mine, (mine, other))))[0] is V


def watched(
    *states: tuple[float, AlertState], end_s: float = 10, gaps: tuple[Gap, ...] = (), **changes: object
) -> SilenceCase:
    """A fault at 0 that is watched until 10, with these evaluations; the witness saw it at 0."""
    line = Timeline(
        labels={"alertname": PROMISE.name},
        start_s=-10,
        end_s=end_s,
        moments=tuple(Moment(at_s=at_s, state=state) for at_s, state in states),
        gaps=gaps,
    )
    seen = Reading(at_s=0, value=None, holds=True, note="gone")
    whole = replace(
        case(SHORT), timelines=(line,), readings=(seen,), deliveries=(), inject_s=0.0, end_s=10.0, watched=()
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # a test's shorthand


def told_of(made: SilenceCase, clause: Clause) -> tuple[Verdict, str]:
    """What is said of a clause."""
    found = next(one for one in judge_silence(made).findings if one.clause is clause)
    return found.outcome, found.actual


_OFF, _PENDING, _FIRING = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING


def test_the_instant_of_the_fault_belongs_to_it() -> None:
    """An alert that is active at it, a notification that began at it, a look at it: each counts, earlier ones not."""
    at = watched((-1, _PENDING), (0, _PENDING), (1, _OFF))
    assert told_of(at, Clause.SILENT) == (V, "pending for at most 1m of 15m")
    before = watched((-1, _PENDING), (-0.5, _PENDING), (0, _OFF), (1, _OFF))
    assert told_of(before, Clause.SILENT) == (V, "never pending")
    (firing, _) = World().deliveries()
    for starts_at_s, verdict in ((0.0, X), (-0.01, V)):
        made = watched((0, _OFF), deliveries=(replace(firing, starts_at_s=starts_at_s),))
        assert told_of(made, Clause.SILENT)[0] is verdict
    for at_s, verdict in ((0.0, V), (-0.01, U)):
        seen = Reading(at_s=at_s, value=None, holds=True, note="gone")
        assert told_of(watched((0, _OFF), readings=(seen,)), Clause.CONDITION)[0] is verdict


def test_what_was_seen_of_the_fault_is_its_first_look() -> None:
    """With its instant after the injection; a look without words has none."""
    looks = tuple(Reading(at_s=at_s, value=None, holds=True, note=note) for at_s, note in ((11, "one"), (12, "two")))
    assert told_of(watched((11, _OFF), readings=looks, inject_s=10.0), Clause.CONDITION) == (V, "at +1.00 s: one")
    blank = (replace(looks[0], note=""),)
    assert told_of(watched((11, _OFF), readings=blank, inject_s=10.0), Clause.CONDITION) == (V, "at +1.00 s")


def test_only_a_firing_notification_of_this_alert_breaks_its_silence() -> None:
    """Neither the end of an earlier one, nor another alert's."""
    firing, resolved = (replace(one, starts_at_s=1.0) for one in World().deliveries())
    assert told_of(watched((0, _OFF), deliveries=(resolved,)), Clause.SILENT)[0] is V
    other = replace(firing, labels={**firing.labels, "alertname": "Other"})
    assert told_of(watched((0, _OFF), deliveries=(other,)), Clause.SILENT)[0] is V
    assert told_of(watched((0, _OFF), deliveries=(firing, resolved)), Clause.SILENT) == (
        X,
        "firing, 1 notification(s); never pending",
    )


def test_silence_where_nobody_listened_is_not_known() -> None:
    """Nothing fired, but whether anybody was told of it is not known; a firing is a firing."""
    quiet = watched((0, _OFF), deliveries=None)
    assert told_of(quiet, Clause.SILENT) == (U, "never pending; nobody listened to notifications here")
    assert told_of(replace(case(World()), deliveries=None), Clause.SILENT)[0] is X


def test_what_was_not_evaluated_is_told_in_seconds() -> None:
    """A gap by its length and its beginning after the injection, a timeline that ends early by what is missing."""
    gap = Gap(start_s=12, end_s=15)
    made = watched((10, _PENDING), (20, _OFF), gaps=(gap,), inject_s=10.0, end_s=20)
    made = replace(made, end_s=20.0, readings=(Reading(at_s=10, value=None, holds=True, note=""),))
    assert told_of(made, Clause.EVALUATED) == (U, "no evaluation for 3.00 s at +2.00 s")
    assert told_of(watched((0, _OFF), end_s=7), Clause.EVALUATED) == (U, "the timeline ends 3.00 s too early")


@pytest.mark.parametrize("place", [Component.PROMETHEUS, Component.MACHINE])
def test_a_trouble_no_longer_than_an_evaluation_kept_none_from_being_made(place: Component) -> None:
    """The evaluations themselves are the evidence."""
    for length_s, verdict in ((PACE.evaluation_s, V), (PACE.evaluation_s + 0.01, U)):
        disruption = Disruption(component=place, start_s=1, end_s=1 + length_s, cause="stood still")
        assert told_of(watched((0, _OFF), disruptions=(disruption,)), Clause.EVALUATED)[0] is verdict


def test_evaluations_are_counted_from_the_fault_to_the_end() -> None:
    """Both included."""
    made = watched((-0.1, _OFF), (0, _OFF), (5, _OFF), (10, _OFF), (10.1, _OFF), end_s=11)
    assert told_of(made, Clause.EVALUATED) == (V, "3 evaluations")


@pytest.mark.parametrize(("since_s", "verdict"), [(-5.5, U), (-5.51, X), (-5.0, U), (9.0, U)])
def test_what_is_pending_at_the_end_may_fire_yet_or_should_have(since_s: float, verdict: Verdict) -> None:
    """For its `for` of 15 s on the clock and one evaluation it may; after that one of two promises is broken."""
    made = watched((since_s, _PENDING), (10, _PENDING))
    outcome_of, actual = told_of(made, Clause.SILENT)
    assert (outcome_of, "it may fire yet" in actual) == (verdict, verdict is U)
