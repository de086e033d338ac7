"""The clauses about instants, each at the very edge of what is allowed: what is meant to be exact is exact."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.duration import PromDuration
from harness.core.judge import Component, Disruption, LifeCase, Pace
from harness.core.judge.case import Scrape
from harness.core.judge.condition import Bracket, Contradiction, Stretch
from harness.core.judge.evidence import Evidence
from harness.core.judge.phases import (
    condition_text,
    ended_at_s,
    judge_condition,
    judge_firing,
    judge_hold,
    judge_pending,
    judge_resolved,
    judge_threshold,
    last_life,
)
from harness.core.judge.succession import Succession
from harness.core.reading import Reading
from harness.core.timeline import AlertState, Episode, Gap, Moment, Timeline
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import World

#: times that add up to sums which no other sum is: a scrape 1, an evaluation 2, a look 4
PACE = Pace(
    speed=1,
    scrape_s=1,
    evaluation_s=2,
    witness_s=4,
    jitter_s=0.125,
    skew_s=0.25,
)
_ONSET_S = 1 + 2 + 4 + 0.125 + 0.25
_HOLD_S = 900.0


def life(pending_at_s: float, firing_at_s: float | None = None, **changes: object) -> Episode:
    """A life that was seen from its beginning and never ended."""
    whole = Episode(
        pending_at_s=pending_at_s,
        start_seen=True,
        active_at_s=float(int(pending_at_s)),
        firing_at_s=firing_at_s,
        last_active_s=pending_at_s if firing_at_s is None else firing_at_s,
        resolved_at_s=None,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # a test's shorthand


def held(start_s: float, end_s: float = 10_000, *, denied_s: float | None = None) -> Stretch:
    """The condition held between the two."""
    return Stretch(denied_s=denied_s, start_s=start_s, end_s=end_s)


def line(*moments: tuple[float, AlertState], end_s: float = 20_000, gaps: Sequence[Gap] = ()) -> Timeline:
    """What was evaluated."""
    return Timeline(
        labels={},
        start_s=0,
        end_s=end_s,
        moments=tuple(Moment(at_s=at_s, state=state) for at_s, state in moments),
        gaps=tuple(gaps),
    )


def case(**changes: object) -> LifeCase:
    """The evidence: fault at 0, undone at 5000, never looked at."""
    whole = replace(World().case(), pace=PACE, inject_s=0.0, undo_s=5_000.0, readings=(), delivery=None)
    return replace(whole, **changes)  # type: ignore[arg-type]  # a test's shorthand


def evidence(
    *,
    stretch: Stretch | None = None,
    episode: Episode | None = None,
    on: Timeline | None = None,
    disruptions: Sequence[Disruption] = (),
    **changes: object,
) -> Evidence:
    """What a clause is judged on."""
    return Evidence(
        case=case(**changes), line=on or line(), stretch=stretch, episode=episode, disruptions=tuple(disruptions)
    )


def disruption(start_s: float, end_s: float, place: Component = Component.PROMETHEUS) -> Disruption:
    """Something that failed meanwhile."""
    return Disruption(component=place, start_s=start_s, end_s=end_s, cause="was away")


def look(at_s: float, *, holds: bool | None) -> Reading:
    """One look of the witness."""
    return Reading(at_s=at_s, value=None, holds=holds, note="")


@pytest.mark.parametrize(("length_s", "verdict"), [(_HOLD_S, Verdict.VERIFIED), (899, Verdict.UNKNOWN)])
def test_a_condition_that_lasts_for_its_time_is_one(length_s: float, verdict: Verdict) -> None:
    """A shorter one is none, unless the alert fired all the same."""
    found = judge_condition(evidence(stretch=held(10, 10 + length_s)))
    assert found.outcome is verdict
    assert found.expected == f"the witness sees {condition_text(case())} for at least 15m"
    assert judge_condition(evidence(stretch=held(10, 20), episode=life(10, 20))).outcome is Verdict.VERIFIED
    assert judge_condition(evidence(stretch=held(10, 20), episode=life(10))).outcome is Verdict.UNKNOWN


def test_a_condition_that_nobody_saw_has_its_looks_counted() -> None:
    """And those that failed."""
    readings = (look(1, holds=False), look(2, holds=None), look(3, holds=None))
    assert judge_condition(evidence(readings=readings)).actual == "never in 3 looks, 2 of which failed"
    assert judge_condition(evidence(readings=readings[:1])).actual == "never in 1 looks"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (90, 110, Verdict.VERIFIED),
        (89.9, 110, Verdict.UNKNOWN),
        (90, 110.1, Verdict.UNKNOWN),
        (None, 110, Verdict.UNKNOWN),
        (90, None, Verdict.UNKNOWN),
    ],
)
def test_a_threshold_is_proved_as_near_as_was_asked(low: float | None, high: float | None, verdict: Verdict) -> None:
    """On both sides, the edge included; where nothing was asked any proof is one."""
    bracket = Bracket(low=low, high=high, contradictions=())
    found = judge_threshold(evidence(threshold_within_ratio=0.1), bracket)
    assert found.outcome is verdict
    expected = f"active while {condition_text(case())}, inactive otherwise"
    asked = ", seen within 10% of 100 items on both sides" if verdict is Verdict.UNKNOWN else ""
    assert found.expected == expected + asked
    assert judge_threshold(evidence(), bracket).outcome is Verdict.VERIFIED


def test_what_contradicts_is_told_with_its_values_and_what_excuses_it() -> None:
    """An alert that is inactive may lack a scrape as old as a value may be; one that is active lacks nothing."""
    fresh_s = 2 * 1 + 0.25 + 0.125
    one = Contradiction(start_s=10, end_s=12, active=False, low=101, high=101)
    bracket = Bracket(low=None, high=None, contradictions=(one,))
    for at_s, verdict in ((10 - fresh_s, Verdict.UNKNOWN), (10 - fresh_s - 0.01, Verdict.VIOLATED)):
        assert judge_threshold(evidence(disruptions=[disruption(0, at_s)]), bracket).outcome is verdict
    assert judge_threshold(evidence(disruptions=[disruption(12, 13)]), bracket).outcome is Verdict.UNKNOWN
    assert judge_threshold(evidence(disruptions=[disruption(12.1, 13)]), bracket).outcome is Verdict.VIOLATED
    told = judge_threshold(evidence(), bracket).actual
    assert (told.split()[0], told.count("101"), "from +10.00 s to +12.00 s" in told) == ("inactive", 1, True)
    active = replace(bracket, contradictions=(replace(one, active=True, high=120.0),))
    found = judge_threshold(evidence(disruptions=[disruption(0, 20)]), active)
    assert (found.outcome, found.actual.split()[0]) == (Verdict.VIOLATED, "active")
    assert ("101" in found.actual, "120" in found.actual) == (True, True)
    blank = replace(bracket, contradictions=(replace(one, low=None, high=None),))
    assert judge_threshold(evidence(), blank).actual == "inactive from +10.00 s to +12.00 s"
    both = replace(bracket, contradictions=(one, replace(one, start_s=50, end_s=52)))
    assert judge_threshold(evidence(disruptions=[disruption(0, 20)]), both).actual.count("from +50.00 s") == 1


@pytest.mark.parametrize(("late_s", "verdict"), [(_ONSET_S, Verdict.VERIFIED), (_ONSET_S + 0.01, Verdict.VIOLATED)])
def test_pending_may_come_as_late_as_all_that_lies_between(late_s: float, verdict: Verdict) -> None:
    """A scrape, an evaluation, a look, what they take, and clocks that differ: each adds; a granted lag as well."""
    found = judge_pending(evidence(stretch=held(100), episode=life(100 + late_s)))
    assert found.outcome is verdict
    assert found.expected == f"pending within {_ONSET_S:.2f} s of the condition"
    told = judge_pending(evidence(stretch=held(100), episode=life(103))).actual
    assert told == "pending at +103.00 s, +3.00 s from the condition"
    lagging = judge_pending(
        evidence(stretch=held(100), episode=life(108 + late_s), lag_s=8.0, lag_reason="a window fills")
    )
    assert lagging.outcome is verdict
    assert lagging.expected == f"pending within {_ONSET_S + 8:.2f} s of the condition (a window fills)"


def test_late_pending_is_excused_by_what_left_no_time_to_see_it() -> None:
    """From the condition until it was pending; a time free of trouble that is long enough is no excuse."""
    late = {"stretch": held(100), "episode": life(112)}
    assert judge_pending(evidence(**late, disruptions=[disruption(99, 106)])).outcome is Verdict.UNKNOWN  # type: ignore[arg-type]
    assert judge_pending(evidence(**late, disruptions=[disruption(106, 113)])).outcome is Verdict.UNKNOWN  # type: ignore[arg-type]
    assert judge_pending(evidence(**late, disruptions=[disruption(98, 99)])).outcome is Verdict.VIOLATED  # type: ignore[arg-type]
    assert judge_pending(evidence(**late, disruptions=[disruption(113, 120)])).outcome is Verdict.VIOLATED  # type: ignore[arg-type]
    lost = {"stretch": held(100), "episode": life(150)}
    assert judge_pending(evidence(**lost, disruptions=[disruption(99, 106)])).outcome is Verdict.VIOLATED  # type: ignore[arg-type]
    blind = [disruption(99, 106, Component.WITNESS)]
    assert judge_pending(evidence(**late, disruptions=blind)).outcome is Verdict.UNKNOWN  # type: ignore[arg-type]


def test_an_alert_that_was_never_pending_needs_time_to_be() -> None:
    """A condition as long as the delay is long enough; a trouble counts only where it leaves no such time."""
    short, long = held(100, 107), held(100, 100 + _ONSET_S)
    found = judge_pending(evidence(stretch=short))
    assert (found.outcome, found.actual) == (
        Verdict.UNKNOWN,
        "never pending; the condition lasted only 7.00 s",
    )
    assert judge_pending(evidence(stretch=long)).outcome is Verdict.VIOLATED
    for place in (Component.PROMETHEUS, Component.WITNESS):
        early = [disruption(100, 101, place)]
        assert judge_pending(evidence(stretch=long, disruptions=early)).outcome is Verdict.UNKNOWN
        assert judge_pending(evidence(stretch=held(100, 200), disruptions=early)).outcome is Verdict.VIOLATED


def test_clocks_that_differ_by_an_evaluation_tell_nothing() -> None:
    """By exactly one they still do."""
    for skew_s, verdict in ((2.0, Verdict.VERIFIED), (2.1, Verdict.UNKNOWN)):
        pace = replace(PACE, skew_s=skew_s)
        assert judge_pending(evidence(stretch=held(100), episode=life(101), pace=pace)).outcome is verdict


def test_a_beginning_that_nobody_saw_is_none() -> None:
    """By the evaluation before it, or by the whole second of activeAt, which is cut and not rounded."""
    known = {"stretch": held(100)}
    for changes, verdict in (
        ({"start_seen": False}, Verdict.UNKNOWN),
        ({"active_at_s": 100.0}, Verdict.UNKNOWN),
        ({"active_at_s": 101.0}, Verdict.VERIFIED),
        ({"active_at_s": None}, Verdict.VERIFIED),
    ):
        assert judge_pending(evidence(**known, episode=life(101.9, **changes))).outcome is verdict  # type: ignore[arg-type]


def early(pending_s: float, *, denied_s: float = 100, holds: bool | None = False, **changes: object) -> Evidence:
    """Pending although the witness denied it until `denied_s`; evaluated every second."""
    readings = tuple(look(at_s, holds=holds) for at_s in range(50, 101))
    moments = [(float(at_s), AlertState.PENDING) for at_s in range(50, 110)]
    given = {"readings": readings, **changes}
    return evidence(
        stretch=held(denied_s + 1, denied_s=denied_s),
        episode=life(pending_s),
        on=line(*moments),
        **given,  # type: ignore[arg-type]
    )


def test_pending_before_the_condition_is_a_violation() -> None:
    """A look is of any instant of it, and clocks differ: by so much it may seem early, and no more."""
    doubt_s = 4 + 0.25
    assert judge_pending(early(100 - doubt_s)).outcome is Verdict.VERIFIED
    found = judge_pending(early(100 - doubt_s - 0.01))
    assert found.outcome is Verdict.VIOLATED
    assert found.actual.endswith("at +100.00 s")


def test_an_evaluation_knows_what_its_scrape_ended_with() -> None:
    """A scrape that began within a scrape interval before it, the evaluation's own instant included."""
    for start_s, end_s, verdict in (
        (90.0, 100 - 4.25, Verdict.VERIFIED),
        (89.5, 100 - 4.25, Verdict.VERIFIED),
        (89.0, 100 - 4.25, Verdict.VIOLATED),
        (90.1, 100 - 4.25, Verdict.VIOLATED),
        (90.0, 100 - 4.26, Verdict.VIOLATED),
    ):
        scrapes = (Scrape(start_s=start_s, end_s=end_s),)
        assert judge_pending(early(90, scrapes=scrapes)).outcome is verdict


def test_a_flicker_or_a_look_that_failed_before_explains_what_came_early() -> None:
    """As long before as a value may be old, until the look that denied it."""
    fresh_s = 2 * 1 + 0.25 + 0.125
    denied = [look(at_s, holds=False) for at_s in range(50, 101)]
    for at_s, holds, verdict in (
        (80 - fresh_s, True, Verdict.VERIFIED),
        (80 - fresh_s - 0.01, True, Verdict.VIOLATED),
        (100.0, True, Verdict.VERIFIED),
        (100.01, True, Verdict.VIOLATED),
        (90.0, None, Verdict.UNKNOWN),
    ):
        readings = (*denied, look(at_s, holds=holds))
        assert judge_pending(early(80, readings=readings)).outcome is verdict


@pytest.mark.parametrize(("count", "verdict"), [(3, Verdict.VIOLATED), (2, Verdict.UNKNOWN)])
def test_as_many_early_evaluations_as_make_a_proof_are_one(count: int, verdict: Verdict) -> None:
    """Between the first pending one and the look that denied it, both included."""
    moments = [(90.0, AlertState.PENDING), (95.0, AlertState.PENDING), (100.0, AlertState.PENDING)][-count:]
    given = replace(early(90), line=line((89.0, AlertState.INACTIVE), *moments, (101.0, AlertState.PENDING)))
    assert judge_pending(given).outcome is verdict


@pytest.mark.parametrize(
    ("after_s", "verdict"), [(_HOLD_S - 0.002, Verdict.VERIFIED), (_HOLD_S - 0.003, Verdict.VIOLATED)]
)
def test_firing_is_not_before_its_time_to_the_millisecond(after_s: float, verdict: Verdict) -> None:
    """Two of rounding are granted; one whose beginning nobody saw may have begun before."""
    assert judge_hold(evidence(episode=life(100, 100 + after_s))).outcome is verdict
    for episode in (None, life(100)):
        assert judge_hold(evidence(episode=episode)).outcome is Verdict.SKIPPED
    unseen = judge_hold(evidence(episode=life(100, 990, start_seen=False)))
    assert (unseen.outcome, unseen.actual) == (
        Verdict.UNKNOWN,
        "firing after 14m50s in which it was seen; its beginning was not",
    )


def fired(at_s: float, *evaluated: float, **changes: object) -> Evidence:
    """Pending at 100, so due at 1000; firing at an instant, evaluated at these."""
    states = [(one, AlertState.FIRING if one >= at_s else AlertState.PENDING) for one in evaluated]
    return evidence(
        stretch=held(100),
        episode=life(100, at_s, last_active_s=max(evaluated)),
        on=line(*states),
        **changes,  # type: ignore[arg-type]  # a test's shorthand
    )


def test_firing_is_at_the_first_evaluation_that_may() -> None:
    """One that is half a millisecond short may; a later one has missed its time, an earlier one fired too early."""
    right = judge_firing(fired(1_000, 998, 1_000))
    assert (right.outcome, right.actual) == (Verdict.VERIFIED, "firing after 15m")
    assert judge_firing(fired(999.9995, 998, 999.9995)).outcome is Verdict.VERIFIED
    assert judge_firing(fired(1_002, 998, 999.9995, 1_002)).outcome is Verdict.VIOLATED
    assert judge_firing(fired(1_002, 998, 1_000, 1_002)).outcome is Verdict.VIOLATED
    assert judge_firing(fired(1_002, 998, 999.999, 1_002)).outcome is Verdict.VERIFIED
    found = judge_firing(fired(998, 998))
    assert (found.outcome, found.actual) == (Verdict.SKIPPED, "not looked at: it fired too early already")


@pytest.mark.parametrize(("before_s", "verdict"), [(3.0, Verdict.VERIFIED), (3.01, Verdict.UNKNOWN)])
def test_the_evaluation_before_firing_says_when_the_time_was_over(before_s: float, verdict: Verdict) -> None:
    """One and a half intervals before at most; a rule without `for` has none to say."""
    found = judge_firing(fired(1_001, 1_001 - before_s, 1_001))
    assert found.outcome is verdict
    assert judge_firing(fired(1_001, 1_001)).outcome is Verdict.UNKNOWN


def never(last_s: float, *evaluated: float, resolved_s: float | None = None, until_s: float = 9_000) -> Evidence:
    """Pending at 100 until `last_s`, never firing."""
    return evidence(
        stretch=held(100, until_s),
        episode=life(100, last_active_s=last_s, resolved_at_s=resolved_s),
        on=line(*((one, AlertState.PENDING) for one in evaluated)),
    )


def test_an_alert_that_stays_pending_never_fires() -> None:
    """From the evaluation on at which it was due; before that the watch ended, or the condition."""
    found = judge_firing(never(1_000, 998, 1_000))
    assert (found.outcome, found.actual) == (Verdict.VIOLATED, "still pending after 15m, never firing")
    short = judge_firing(never(998, 998))
    assert (short.outcome, short.actual) == (Verdict.UNKNOWN, "pending for 14m58s when the watch ended")
    assert judge_firing(never(998, 998, 1_000)).outcome is Verdict.UNKNOWN


def test_an_alert_that_ends_while_the_condition_goes_on_is_a_violation() -> None:
    """The condition has to outlast it by as much as clocks differ; a trouble meanwhile excuses it."""
    for until_s, verdict in ((500.25, Verdict.VIOLATED), (500.24, Verdict.UNKNOWN)):
        assert judge_firing(never(498, 498, resolved_s=500, until_s=until_s)).outcome is verdict
    gone = never(498, 498, resolved_s=500)
    assert judge_firing(gone).actual == "inactive again after 6m38s, although the condition went on"
    for place in (Component.PROMETHEUS, Component.WITNESS):
        for start_s, end_s, verdict in (
            (90, 100, Verdict.UNKNOWN),
            (500, 501, Verdict.UNKNOWN),
            (90, 99, Verdict.VIOLATED),
            (501, 502, Verdict.VIOLATED),
        ):
            given = replace(gone, disruptions=(disruption(start_s, end_s, place),))
            assert judge_firing(given).outcome is verdict


def ended(resolved_s: float | None, *, last_s: float = 1_000, watched_s: float = 20_000, **changes: object) -> Evidence:
    """Fired at 1000, the fault undone at 5000, the condition last seen there and denied 4 s later."""
    readings = (look(100, holds=True), look(5_000, holds=True), look(5_004, holds=False))
    given = {"readings": readings, **changes}
    return evidence(
        stretch=held(100, 5_000),
        episode=life(100, 1_000, last_active_s=last_s, resolved_at_s=resolved_s),
        on=line(end_s=watched_s),
        **given,  # type: ignore[arg-type]
    )


def test_the_end_is_the_first_look_that_denies_it_for_good() -> None:
    """Not before the undo; a look that denied it before it was seen again is not the end."""
    readings = (look(100, holds=True), look(150, holds=False), look(200, holds=True), look(204, holds=False))
    assert ended_at_s(evidence(readings=readings, undo_s=150.0)) == 204
    assert ended_at_s(evidence(readings=(look(90, holds=True), *readings), undo_s=150.0)) == 204
    assert ended_at_s(evidence(readings=(*readings[:3], look(200, holds=False), readings[3]), undo_s=150.0)) == 204
    assert ended_at_s(evidence(readings=readings, undo_s=300.0)) == 300
    assert ended_at_s(evidence(readings=readings[:3], undo_s=150.0)) is None
    assert ended_at_s(evidence(readings=readings, undo_s=None)) is None


@pytest.mark.parametrize(("late_s", "verdict"), [(_ONSET_S, Verdict.VERIFIED), (_ONSET_S + 0.01, Verdict.VIOLATED)])
def test_an_alert_is_over_within_all_that_lies_between(late_s: float, verdict: Verdict) -> None:
    """As long as its beginning may take, and what a window, a lag and a late end add to that."""
    found = judge_resolved(ended(5_004 + late_s, last_s=5_003.995 + late_s))
    assert found.outcome is verdict
    assert judge_resolved(ended(5_007)).actual == "inactive at +5007.00 s, +3.00 s from the end"
    assert found.expected == f"inactive within {_ONSET_S:.2f} s of the end of the condition"
    more: dict[str, object] = {"window_s": 8.0, "lag_s": 16.0, "resolve_lag_s": 32.0}
    assert judge_resolved(ended(5_060 + late_s, last_s=5_059.995 + late_s, **more)).outcome is verdict  # type: ignore[arg-type]


def test_an_alert_that_is_not_over_was_watched_for_long_enough_or_not() -> None:
    """Until the deadline; a Prometheus that was away meanwhile excuses it."""
    deadline_s = 5_004 + _ONSET_S
    for last_s, verdict in ((deadline_s, Verdict.VIOLATED), (deadline_s - 0.01, Verdict.UNKNOWN)):
        assert judge_resolved(ended(None, last_s=last_s)).outcome is verdict
    assert judge_resolved(ended(None, last_s=5_020)).actual == "still active 16.00 s after the end of the condition"
    assert judge_resolved(ended(None, last_s=4_990)).actual.startswith("still active 0.00 s")
    for start_s, end_s, verdict in (
        (5_000, 5_004, Verdict.UNKNOWN),
        (20_000, 20_001, Verdict.UNKNOWN),
        (5_000, 5_003, Verdict.VIOLATED),
        (20_001, 20_002, Verdict.VIOLATED),
    ):
        given = replace(ended(None, last_s=5_020), disruptions=(disruption(start_s, end_s),))
        assert judge_resolved(given).outcome is verdict


def test_an_end_that_came_late_was_watched_though_it_was_last_active_in_time() -> None:
    """Until the evaluation that finds it over it is active, as one before the first pending is not; both are told."""
    late = ended(5_004 + _ONSET_S + 1, last_s=5_004 + _ONSET_S - 1)
    found = judge_resolved(late)
    assert (found.outcome, found.actual) == (
        Verdict.VIOLATED,
        f"still active {_ONSET_S - 1:.2f} s after the end of the condition, inactive {_ONSET_S + 1:.2f} s after it",
    )
    away = replace(late, line=line(end_s=20_000, gaps=[Gap(start_s=5_010, end_s=5_012)]))
    excused = judge_resolved(away)
    assert (excused.outcome, "no evaluation between" in excused.actual) == (Verdict.UNKNOWN, True)
    assert "not watched" not in excused.actual


def test_an_alert_that_is_over_while_the_condition_goes_on_is_a_violation() -> None:
    """As old as a value may be it may have known better; a trouble since it fired excuses it."""
    fresh_s = 2 * 1 + 0.25 + 0.125
    assert judge_resolved(ended(5_000 - fresh_s, last_s=4_990)).outcome is Verdict.VERIFIED
    early = ended(5_000 - fresh_s - 0.01, last_s=4_990)
    assert judge_resolved(early).outcome is Verdict.VIOLATED
    for place in (Component.PROMETHEUS, Component.WITNESS):
        for start_s, end_s, verdict in (
            (900, 1_000, Verdict.VERIFIED),
            (4_997, 4_999, Verdict.VERIFIED),
            (900, 999, Verdict.VIOLATED),
            (4_998, 4_999, Verdict.VIOLATED),
        ):
            assert judge_resolved(replace(early, disruptions=(disruption(start_s, end_s, place),))).outcome is verdict


#: promised to be kept firing for 100 s more
_KEPT = replace(World().case().promise, keep_firing_for=PromDuration.parse("100s"))


@pytest.mark.parametrize(
    ("changes", "doubt_s"),
    [
        pytest.param({}, 0.25 + 0.125 + 0.002, id="clocks, what a scrape takes, rounding"),
        pytest.param({"lag_s": 8.0}, 8 + 0.25 + 0.125 + 0.002, id="a granted lag"),
        pytest.param({"scrapes": (Scrape(start_s=7, end_s=8),)}, 0.25 + 1 + 0.002, id="a scrape that took longer"),
    ],
)
def test_what_is_kept_firing_is_kept_as_long_as_promised(changes: dict[str, object], doubt_s: float) -> None:
    """From the end of the condition, as well as that is known: each doubt adds, and no more."""
    rule = replace(World().rule(), keep_firing_s=100.0)
    for early_s, verdict in ((doubt_s, Verdict.VERIFIED), (doubt_s + 0.01, Verdict.VIOLATED)):
        over_s = 5_000 + 100.0 - early_s
        given = ended(over_s, last_s=over_s - 0.005, promise=_KEPT, rule=rule, **changes)  # type: ignore[arg-type]
        assert judge_resolved(given).outcome is verdict


@pytest.mark.parametrize(
    ("loaded_s", "words"),
    [
        pytest.param(100.0, "", id="as promised"),
        pytest.param(0.0, "keep_firing_for none in the rule, 1m40s promised", id="not at all"),
        pytest.param(50.0, "keep_firing_for 50s in the rule, 1m40s promised", id="shorter"),
    ],
)
def test_another_time_in_the_rule_is_named(loaded_s: float, words: str) -> None:
    """Beside how much too early it was over; where no rule is loaded there is nothing to name."""
    given = ended(5_010, last_s=5_009, promise=_KEPT, rule=replace(World().rule(), keep_firing_s=loaded_s))
    found = judge_resolved(given)
    assert (found.outcome, found.actual.partition("last seen")[2].removeprefix(": ")) == (Verdict.VIOLATED, words)
    assert judge_resolved(replace(given, case=replace(given.case, rule=None))).actual.endswith("last seen")


def test_a_difference_that_rounding_makes_is_none() -> None:
    """Two milliseconds, which a scaled time may be off."""
    rule = replace(World().rule(), keep_firing_s=0.002)
    given = ended(None, last_s=5_020, rule=rule)
    assert judge_resolved(given).actual == "still active 16.00 s after the end of the condition"


@pytest.mark.parametrize(
    ("side", "low", "high", "words"),
    [
        (">", 90, 110, "inactive at 90 items, active at 110 items"),
        (">", None, 110, "active at 110 items"),
        (">", 90, None, "inactive at 90 items"),
        ("<", 90, 110, "inactive at 110 items, active at 90 items"),
        ("<", None, 110, "inactive at 110 items"),
        (">", None, None, "seen on neither side"),
    ],
)
def test_what_was_proved_is_told_by_what_the_alert_did(
    side: str, low: float | None, high: float | None, words: str
) -> None:
    """On each side of the threshold, whichever side is documented."""
    promise = World().case().promise
    promise = replace(promise, threshold=replace(promise.threshold, side=side))
    assert judge_threshold(evidence(promise=promise), Bracket(low=low, high=high, contradictions=())).actual == words


def test_what_was_over_at_once_was_not_kept_at_all() -> None:
    """Not for less than no time, where it was over before the condition was last seen."""
    rule = replace(World().rule(), keep_firing_s=100.0)
    for over_s, words in ((4_999.0, "only 0s after"), (5_000.5, "only 500ms after"), (5_030.0, "only 30s after")):
        given = ended(over_s, last_s=over_s - 1, promise=_KEPT, rule=rule)
        assert words in judge_resolved(given).actual


def test_an_alert_that_came_back_within_the_time_of_its_end_is_judged_by_its_last_life() -> None:
    """All that lies between the end of the condition and its being seen belongs to that time."""
    moments = [(1_000.0, AlertState.FIRING), (5_003.0, AlertState.FIRING), (5_005.0, AlertState.INACTIVE)]
    moments += [(5_007.0, AlertState.PENDING), (5_009.0, AlertState.INACTIVE)]
    one = replace(ended(5_005, last_s=5_003), line=line(*moments))
    given = replace(one, case=replace(one.case, undo_began_s=4_990.0))
    found = judge_resolved(given)
    assert (found.outcome, "inactive at +5009.00 s" in found.actual) == (Verdict.VERIFIED, True)
    assert found.actual.endswith("; for a moment already at +5005.00 s, while the fault was being undone")


@pytest.mark.parametrize(("lasted_s", "verdict"), [(_HOLD_S - 0.0005, Verdict.VIOLATED), (899.999, Verdict.UNKNOWN)])
def test_label_sets_that_follow_one_another_had_time_together_to_fire(lasted_s: float, verdict: Verdict) -> None:
    """As long as the `for`, to the half millisecond that an evaluation may be early; less is no time to fire."""
    sets = tuple(line((100.0, AlertState.PENDING), (102.0, AlertState.INACTIVE)) for _ in range(2))
    followed = Succession(lines=sets, changing={"pod": ("a", "b")}, start_s=0.0, end_s=lasted_s, longest_s=2.0)
    given = replace(never(102, 100, resolved_s=104), succession=followed)
    assert judge_firing(given).outcome is verdict


def test_what_is_kept_without_a_promise_is_named_as_well() -> None:
    """Where the rule has it and nobody promised it."""
    given = ended(None, last_s=5_020, rule=replace(World().rule(), keep_firing_s=50.0))
    assert judge_resolved(given).actual.endswith("keep_firing_for 50s in the rule, none promised")


def broke_off(*, firing_s: float | None = 1_020, disruptions: Sequence[Disruption] = ()) -> Evidence:
    """Pending from 100 to 110, inactive at 112, pending again from 120 and firing in time, the condition going on."""
    moments = [(100.0, AlertState.PENDING), (110.0, AlertState.PENDING), (112.0, AlertState.INACTIVE)]
    moments += [(120.0, AlertState.PENDING), (1_018.0, AlertState.PENDING)]
    moments += [(1_020.0, AlertState.PENDING if firing_s != 1_020 else AlertState.FIRING)]
    on = line(*moments)
    again = replace(on.episodes[-1], firing_at_s=firing_s)
    return evidence(stretch=held(100), episode=again, on=on, disruptions=disruptions)


def test_an_alert_that_broke_off_before_it_fired_is_not_proved() -> None:
    """What it did after that may have been right; when it was inactive, and what failed then, is told."""
    found = judge_firing(broke_off())
    assert (found.outcome, found.actual) == (
        Verdict.UNKNOWN,
        "inactive for a moment at +112.00 s, although the condition went on, then firing after 15m",
    )
    fresh_s = 2 * 1 + 0.25 + 0.125
    for at_s, named in ((110 - fresh_s, True), (110 - fresh_s - 0.01, False)):
        told = judge_firing(broke_off(disruptions=[disruption(0, at_s)])).actual
        assert told.endswith("Prometheus was away at +0.00 s") is named
    assert judge_firing(broke_off(firing_s=None)).outcome is Verdict.VIOLATED
    unseen = replace(broke_off(), stretch=None)
    assert judge_firing(unseen).outcome is Verdict.VERIFIED


def test_a_life_that_began_too_late_did_not_break_off() -> None:
    """By the time at which the alert has to be pending, itself included."""
    for start_s, verdict in ((100 - _ONSET_S, Verdict.UNKNOWN), (100 - _ONSET_S - 0.01, Verdict.VERIFIED)):
        assert judge_firing(replace(broke_off(), stretch=held(start_s))).outcome is verdict


def test_label_sets_that_follow_one_another_speak_from_the_condition_on() -> None:
    """The first that was active when it became true, by its very last evaluation as well."""
    for last_s, words in ((100.0, "pending at +98.00 s"), (99.9, "pending at +104.00 s")):
        first = line((98.0, AlertState.PENDING), (last_s, AlertState.PENDING), (102.0, AlertState.INACTIVE))
        second = line((102.0, AlertState.INACTIVE), (104.0, AlertState.PENDING), (200.0, AlertState.PENDING))
        merged = line(
            (98.0, AlertState.PENDING),
            (last_s, AlertState.PENDING),
            (102.0, AlertState.INACTIVE),
            (104.0, AlertState.PENDING),
            (200.0, AlertState.PENDING),
        )
        followed = Succession(
            lines=(first, second), changing={"pod": ("a", "b")}, start_s=98.0, end_s=200.0, longest_s=96.0
        )
        assert [one.pending_at_s for one in followed.merged.episodes] == [one.pending_at_s for one in merged.episodes]
        given = replace(evidence(stretch=held(100), episode=second.episodes[0]), succession=followed)
        assert judge_pending(given).actual.startswith(words)


def test_why_an_end_may_come_later_is_told_where_it_may() -> None:
    """A lag and a late end, each where it is granted."""
    reasons = {"lag_reason": "a window fills", "resolve_lag_reason": "it empties"}
    for lags, words in (
        ({}, ""),
        ({"lag_s": 8.0}, " (a window fills)"),
        ({"resolve_lag_s": 8.0}, " (it empties)"),
        ({"lag_s": 8.0, "resolve_lag_s": 8.0}, " (a window fills; it empties)"),
    ):
        found = judge_resolved(ended(5_005, **reasons, **lags))  # type: ignore[arg-type]  # a test's shorthand
        assert found.expected.partition("end of the condition")[2] == words


def test_an_end_that_nobody_could_see_is_not_judged() -> None:
    """None where it never fired; unknown where the fault was not undone, or the witness did not see the end."""
    whole = ended(5_005)
    for episode in (None, life(100)):
        assert judge_resolved(replace(whole, episode=episode)).outcome is Verdict.SKIPPED
    for changes, words in (
        ({"undo_s": None}, "the fault was not undone"),
        ({"readings": (look(100, holds=True),)}, "the witness did not see the condition end"),
    ):
        found = judge_resolved(ended(5_005, **changes))
        assert (found.outcome, found.actual) == (Verdict.UNKNOWN, words)
    assert judge_resolved(replace(whole, stretch=None)).outcome is Verdict.VERIFIED


def test_what_failed_after_a_late_end_does_not_excuse_it() -> None:
    """Until it was over matters, not until the watch was."""
    late = ended(5_030, last_s=5_028)
    for start_s, verdict in ((5_030, Verdict.UNKNOWN), (5_031, Verdict.VIOLATED)):
        assert judge_resolved(replace(late, disruptions=(disruption(start_s, 6_000),))).outcome is verdict


def test_an_end_that_seems_early_is_unknown_where_the_witness_was_too_near_to_tell() -> None:
    """As old as a value may be, to as far as clocks differ, around the evaluation that found it over."""
    fresh_s = 2 * 1 + 0.25 + 0.125
    for at_s, verdict in (
        (4_900 - fresh_s, Verdict.UNKNOWN),
        (4_900 - fresh_s - 0.01, Verdict.VIOLATED),
        (4_900.25, Verdict.UNKNOWN),
        (4_900.26, Verdict.VIOLATED),
    ):
        near = Reading(at_s=at_s, value=105, holds=True, note="")
        readings = (look(100, holds=True), near, look(5_000, holds=True), look(5_004, holds=False))
        given = ended(4_900, last_s=4_898, readings=readings, witness_error_ratio=0.1)
        assert judge_resolved(given).outcome is verdict


def test_what_is_kept_is_over_at_the_first_evaluation_after_it() -> None:
    """Which may be a whole interval later, and no more."""
    rule = replace(World().rule(), keep_firing_s=100.0)
    for late_s, verdict in ((0.0, Verdict.VERIFIED), (0.01, Verdict.VIOLATED)):
        over_s = 5_004 + _ONSET_S + 100 + 2 + late_s
        found = judge_resolved(ended(over_s, last_s=over_s - 0.005, promise=_KEPT, rule=rule))
        assert found.outcome is verdict


def test_where_no_end_was_seen_the_judged_life_is_the_last() -> None:
    """There is nothing by which another might have come back in time."""
    one = life(100, 1_000, resolved_at_s=5_005.0)
    assert last_life(evidence(episode=one), one) is one
