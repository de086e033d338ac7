"""What the witness proves, at its edges: which readings speak about which evaluations, and where a threshold lies."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from harness.core.contract.quantity import Unit
from harness.core.duration import PromDuration
from harness.core.judge import LifeCase, Pace
from harness.core.judge.condition import (
    Bracket,
    Contradiction,
    Stretch,
    blind_troubles,
    bracket,
    clear,
    decisive,
    freshness_s,
    proof_evaluations,
    stretches,
)
from harness.core.reading import Reading
from harness.core.timeline import AlertState, Gap, Moment, Timeline
from harness.tests.core.judge.world import World

#: one scrape and one evaluation a second, three evaluations make a proof
PACE = Pace(speed=60, scrape_s=1, evaluation_s=1, witness_s=1, jitter_s=0)
#: how old a value may be that an evaluation uses
FRESH_S = 2.0


def look(at_s: float, value: float | None = 0, *, holds: bool | None = False) -> Reading:
    """One look of the witness."""
    return Reading(at_s=at_s, value=value, holds=holds, note="")


def looks(values: Mapping[int, float | None], *, limit: float = 100, above: bool = True) -> tuple[Reading, ...]:
    """A look at each of these instants; None is a look that failed."""
    return tuple(
        look(at_s, value, holds=None if value is None else (value > limit if above else value < limit))
        for at_s, value in values.items()
    )


def line(*actives: bool, start_s: float = 10, gaps: Sequence[Gap] = ()) -> Timeline:
    """One evaluation a second, at which the alert was active or not."""
    states = [AlertState.PENDING if active else AlertState.INACTIVE for active in actives]
    return Timeline(
        labels={},
        start_s=start_s,
        end_s=start_s + len(actives),
        moments=tuple(Moment(at_s=start_s + i, state=state) for i, state in enumerate(states)),
        gaps=tuple(gaps),
    )


def case(readings: Sequence[Reading], *, side: str = ">", **changes: object) -> LifeCase:
    """The evidence; a queue's depth with the limit 100."""
    whole = World().case()
    threshold = replace(whole.promise.threshold, side=side)
    promise = replace(whole.promise, threshold=threshold)
    changed = replace(whole, promise=promise, pace=PACE, readings=tuple(readings))
    return replace(changed, **changes)  # type: ignore[arg-type]  # a test's shorthand


def steady(value: float | None, start: int = 8, end: int = 12, *, above: bool = True) -> tuple[Reading, ...]:
    """The same value at every second, both ends included."""
    return looks(dict.fromkeys(range(start, end + 1), value), above=above)


def test_a_value_may_be_two_scrapes_old_and_all_that_delays_it_besides() -> None:
    """A scrape that came late, the granted lag, clocks that differ, and what a scrape takes: each adds."""
    pace = replace(PACE, scrape_s=10, skew_s=0.5, jitter_s=0.25)
    assert freshness_s(case((), pace=pace, lag_s=3)) == 23.75


@pytest.mark.parametrize(("scrape_s", "evaluation_s", "count"), [(1, 1, 3), (1, 2, 3), (3, 1, 5), (2.5, 1, 5)], ids=str)
def test_a_proof_outlasts_two_evaluations_of_one_scrape(scrape_s: float, evaluation_s: float, count: int) -> None:
    """Two more than the evaluations that one scrape may serve."""
    assert proof_evaluations(replace(PACE, scrape_s=scrape_s, evaluation_s=evaluation_s)) == count


@pytest.mark.parametrize(
    ("value", "said"), [(89, True), (90, False), (100, False), (110, False), (111, True), (None, True)]
)
def test_what_is_within_the_witnesss_error_says_nothing(value: float | None, *, said: bool) -> None:
    """Relative to the limit, whose sign does not matter; the edge itself is within."""
    for sign in (1, -1):
        signed = None if value is None else sign * value
        (seen,) = clear([look(0, signed, holds=True)], limit=sign * 100, error_ratio=0.1)
        assert (seen.holds is True) is said
    (counted,) = clear([look(0, 100, holds=True)], limit=100, error_ratio=0)
    assert counted.holds is True


def test_a_stretch_begins_and_ends_with_looks_that_saw_it() -> None:
    """The looks beside it that denied it are kept; a look that failed is none."""
    seen = [look(at_s, holds=holds) for at_s, holds in enumerate([False, None, True, None, True, False, True])]
    assert stretches(seen) == (
        Stretch(denied_s=0, start_s=2, end_s=4),
        Stretch(denied_s=5, start_s=6, end_s=6),
    )
    assert stretches(seen[2:5]) == (Stretch(denied_s=None, start_s=2, end_s=4),)


def test_the_first_stretch_that_is_long_enough_decides() -> None:
    """Exactly long enough is enough; where none is, the longest."""
    short, right, long = (
        Stretch(denied_s=None, start_s=start_s, end_s=end_s) for start_s, end_s in ((3, 4), (7, 9), (10, 15))
    )
    assert decisive([short, right, long], needed_s=2) is right
    assert decisive([short, right, long], needed_s=5.5) is long
    assert decisive([right, short], needed_s=9) is right
    assert decisive([right, replace(short, start_s=20, end_s=21)], needed_s=9) is right
    assert decisive([], needed_s=1) is None


def test_four_periods_without_a_look_are_seen_through_and_more_are_not() -> None:
    """A look that failed is none; what was not seen has its length in words."""
    assert blind_troubles([look(0), look(2, holds=None), look(4)], PACE) == ()
    (blind,) = blind_troubles([look(0), look(2, holds=None), look(4.5), look(5)], PACE)
    assert (blind.start_s, blind.end_s, blind.cause) == (0, 4.5, "saw nothing for 4.50 s")
    (later,) = blind_troubles([look(10), look(12.25)], replace(PACE, witness_s=0.5))
    assert (later.start_s, later.end_s, later.cause) == (10, 12.25, "saw nothing for 2.25 s")
    assert blind_troubles([look(10), look(12)], replace(PACE, witness_s=0.5)) == ()


@pytest.mark.parametrize(
    ("actives", "values", "side", "found"),
    [
        pytest.param((True,) * 3, 101, ">", Bracket(low=None, high=101, contradictions=()), id="active above"),
        pytest.param(
            (False,) * 3, 100, ">", Bracket(low=100, high=None, contradictions=()), id="inactive at the limit"
        ),
        pytest.param((True,) * 3, 99, "<", Bracket(low=99, high=None, contradictions=()), id="active below"),
        pytest.param((False,) * 3, 100, "<", Bracket(low=None, high=100, contradictions=()), id="inactive at, below"),
    ],
)
def test_the_threshold_is_proved_from_the_side_that_was_seen(
    actives: tuple[bool, ...], values: float, side: str, found: Bracket
) -> None:
    """The documented condition is strict: at the limit itself the alert has to be inactive."""
    assert bracket(case(steady(values, above=side == ">"), side=side), line(*actives), None) == found


@pytest.mark.parametrize(
    ("active", "value", "side"), [(True, 100, ">"), (False, 101, ">"), (True, 100, "<"), (False, 99, "<")]
)
def test_what_the_witness_saw_throughout_contradicts(active: bool, value: float, side: str) -> None:
    """Active at the limit, or inactive beyond it: from the first evaluation of the run to its last."""
    found = bracket(case(steady(value, above=side == ">"), side=side), line(*(active,) * 3), None)
    assert found.contradictions == (Contradiction(start_s=10, end_s=12, active=active, low=value, high=value),)


def test_a_witness_without_numbers_contradicts_where_every_look_does() -> None:
    """One look that agrees is enough to say nothing."""
    blank = [replace(one, value=None) for one in steady(101)]
    (found,) = bracket(case(blank), line(*(False,) * 3), None).contradictions
    assert (found.active, found.low, found.high) == (False, None, None)
    assert bracket(case(blank), line(*(True,) * 3), None).contradictions == ()
    wavering = [*blank[:2], replace(blank[2], holds=False), *blank[3:]]
    assert bracket(case(wavering), line(*(False,) * 3), None) == Bracket(low=None, high=None, contradictions=())


def test_the_narrowest_proof_on_each_side_counts() -> None:
    """The highest value at which it was inactive, the lowest at which it was active, whatever comes first."""
    rising = looks({8: 90, 9: 90, 10: 90, 11: 90, 12: 90, 13: 95, 14: 95, 15: 95, 16: 95, 17: 95})
    assert bracket(case(rising), line(*(False,) * 8), None).low == 95
    assert bracket(case(tuple(reversed_values(rising))), line(*(False,) * 8), None).low == 95
    falling = looks({8: 120, 9: 120, 10: 120, 11: 120, 12: 120, 13: 110, 14: 110, 15: 110, 16: 110, 17: 110})
    assert bracket(case(falling), line(*(True,) * 8), None).high == 110
    assert bracket(case(tuple(reversed_values(falling))), line(*(True,) * 8), None).high == 110


def reversed_values(readings: Sequence[Reading]) -> list[Reading]:
    """The same values in the other order, at the same instants."""
    turned = list(reversed(readings))
    return [replace(one, at_s=at.at_s) for one, at in zip(turned, readings, strict=True)]


def test_a_run_is_proved_by_the_lowest_and_the_highest_value_around_it() -> None:
    """What it can have seen lies between them, each widened by the witness's error."""
    uneven = looks({8: 105, 9: 120, 10: 110, 11: 130, 12: 110})
    assert bracket(case(uneven), line(*(True,) * 3), None).high == 130
    assert bracket(case(uneven, witness_error_ratio=0.1), line(*(True,) * 3), None).high == pytest.approx(143)
    low = looks({8: 50, 9: 40, 10: 45, 11: 60, 12: 50})
    assert bracket(case(low), line(*(False,) * 3), None).low == 40
    assert bracket(case(low, witness_error_ratio=0.1), line(*(False,) * 3), None).low == pytest.approx(36)


@pytest.mark.parametrize(
    ("unit", "value", "high"),
    [
        pytest.param(Unit.RATIO, 1.0, 1.0, id="everything fails"),
        pytest.param(Unit.RATIO, 0.95, 1.0, id="nearly everything"),
        pytest.param(Unit.RATIO, 0.5, 0.55, id="half"),
        pytest.param(Unit.RATIO, 1.5, 1.65, id="a quotient that is no share"),
        pytest.param(Unit.ITEMS, 1.0, 1.1, id="no ratio"),
    ],
)
def test_a_share_is_never_more_than_all(unit: Unit, value: float, high: float) -> None:
    """However wrong the witness may be; what is no share may be more than one."""
    promise = case(()).promise
    promise = replace(promise, threshold=replace(promise.threshold, unit=unit, value=0.1))
    found = bracket(case(steady(value), promise=promise, witness_error_ratio=0.1), line(*(True,) * 3), None)
    assert found.high == pytest.approx(high)


def test_the_readings_cover_all_that_a_run_can_have_seen() -> None:
    """From as long before its first evaluation as a value may be old, to its last: the edges are enough."""
    assert bracket(case(steady(101, 8, 12)), line(*(True,) * 3), None).high == 101
    assert bracket(case(steady(101, 9, 12)), line(*(True,) * 3), None).high is None
    assert bracket(case(steady(101, 8, 11)), line(*(True,) * 3), None).high is None


def test_clocks_that_differ_need_readings_further_on_both_sides() -> None:
    """The witness's 12 may be Prometheus's 13."""
    apart = replace(PACE, skew_s=1)
    assert bracket(case(steady(101, 7, 13), pace=apart), line(*(True,) * 3), None).high == 101
    assert bracket(case(steady(101, 7, 12), pace=apart), line(*(True,) * 3), None).high is None
    assert bracket(case(steady(101, 8, 13), pace=apart), line(*(True,) * 3), None).high is None


def test_readings_far_from_a_run_do_not_speak_about_it() -> None:
    """The last one before all that it can have seen is the first that counts, the first after its end the last."""
    values = {6: 1.0, 7: 1.0, 8: 101.0, 9: 101.0, 10: 101.0, 11: 101.0, 12: 101.0, 13: 1.0, 14: 1.0}
    found = bracket(case(looks(values)), line(*(True,) * 3), None)
    assert (found.high, found.contradictions) == (101, ())
    (denied,) = bracket(case(looks(values)), line(*(False,) * 3), None).contradictions
    assert (denied.low, denied.high) == (101, 101)


def test_where_nobody_looked_nothing_is_proved() -> None:
    """Four periods without a look are seen through; a look that failed in between is not."""
    assert bracket(case(looks({8: 101, 12: 101})), line(*(True,) * 3), None).high == 101
    assert bracket(case(looks({7: 101, 12: 101})), line(*(True,) * 3), None).high is None
    often = replace(PACE, witness_s=0.5)
    assert bracket(case(looks({8: 101, 10: 101, 12: 101}), pace=often), line(*(True,) * 3), None).high == 101
    assert bracket(case(looks({8: 101, 11: 101, 12: 101}), pace=often), line(*(True,) * 3), None).high is None
    failed = looks({8: 101, 9: 101, 10: None, 11: 101, 12: 101})
    assert bracket(case(failed), line(*(True,) * 3), None).high is None


def test_only_a_run_of_one_state_is_a_proof() -> None:
    """As many evaluations in a row as make one, and no more: the last ones of a timeline count as well."""
    assert bracket(case(steady(101)), line(True, True), None).high is None
    assert bracket(case(steady(101)), line(True, True, False), None) == Bracket(low=None, high=None, contradictions=())
    late = steady(101, 9, 13)
    assert bracket(case(late), line(False, True, True, True), None).high == 101
    assert bracket(case(late), line(True, True, True, False), None).high is None
    for start_s in (10, 11):
        gap = Gap(start_s=start_s, end_s=start_s + 1)
        assert bracket(case(steady(101)), line(*(True,) * 3, gaps=[gap]), None).high is None


@pytest.mark.parametrize(
    ("changes", "end_s", "proved"),
    [
        pytest.param({"window_s": 1}, 12, True, id="the run ends with the condition"),
        pytest.param({"window_s": 1}, 11.5, False, id="the run reaches into what fades"),
        pytest.param({"window_s": 1}, 7, True, id="what faded is over when the run begins"),
        pytest.param({"window_s": 1.5}, 7, False, id="a longer window"),
        pytest.param({"resolve_lag_s": 1}, 7, True, id="a granted delay"),
        pytest.param({"resolve_lag_s": 1.5}, 7, False, id="a longer one"),
        pytest.param({"window_s": 1, "resolve_lag_s": 0.5}, 7, False, id="both add"),
        pytest.param({}, 11.5, True, id="a rule that does not look back"),
    ],
)
def test_what_a_window_still_sees_proves_nothing(changes: dict[str, float], end_s: float, *, proved: bool) -> None:
    """From the end of the condition until window, delay and the age of a value have passed."""
    stretch = Stretch(denied_s=0, start_s=1, end_s=end_s)
    found = bracket(case(steady(101), **changes), line(*(True,) * 3), stretch)  # type: ignore[arg-type]
    assert (found.high == 101) is proved


def test_what_faded_is_over_and_the_evaluations_after_it_count_again() -> None:
    """An alert that stays active when the window no longer sees the condition contradicts from then on."""
    stretch = Stretch(denied_s=0, start_s=1, end_s=9)
    found = bracket(case(steady(0, 5, 20), window_s=1), line(*(True,) * 8), stretch)
    assert [(one.start_s, one.end_s) for one in found.contradictions] == [(12, 14), (13, 15), (14, 16), (15, 17)]


@pytest.mark.parametrize(
    ("promised_s", "loaded_s", "held_s", "proved"),
    [
        pytest.param(0, None, 0, True, id="nothing is kept"),
        pytest.param(0, None, 7, True, id="nothing is kept, not for a moment"),
        pytest.param(0, 0.0, 7, True, id="nor by the rule"),
        pytest.param(100, None, 8 - 101, False, id="as long as promised and an evaluation"),
        pytest.param(100, None, 8 - 101.01, True, id="longer than that"),
        pytest.param(50, 100.0, 8 - 101, False, id="as the rule has it"),
        pytest.param(100, 50.0, 8 - 101, False, id="as promised, where the rule has less"),
        pytest.param(0, 100.0, 8 - 101, False, id="not promised, but in the rule"),
        pytest.param(100, None, 8, False, id="until the first reading that covers the run"),
        pytest.param(100, None, 8.5, True, id="not what came later"),
    ],
)
def test_an_alert_that_is_kept_firing_speaks_for_nothing(
    promised_s: int, loaded_s: float | None, held_s: float, *, proved: bool
) -> None:
    """As long as it may be kept from when the condition was last seen; then its firing contradicts again."""
    whole = World()
    promise = replace(whole.case().promise, keep_firing_for=PromDuration(promised_s * 1_000))
    rule = None if loaded_s is None else replace(whole.rule(), keep_firing_s=loaded_s)
    readings = sorted((*steady(0), look(held_s, None, holds=True)), key=lambda one: one.at_s)
    given = case(readings, promise=promise, rule=rule)
    given = replace(given, pace=replace(PACE, speed=1))
    contradicted = bool(bracket(given, line(*(True,) * 3), None).contradictions)
    # a reading that holds among those that cover the run agrees with it
    assert contradicted is (proved and not 8 < held_s <= 12)


def test_an_alert_that_is_kept_still_has_its_condition_while_the_witness_sees_it() -> None:
    """Firing above the limit proves what it proves without `keep_firing_for`."""
    promise = replace(World().case().promise, keep_firing_for=PromDuration(100_000))
    given = case(steady(101, 0, 12), promise=promise)
    assert bracket(given, line(*(True,) * 3), None).high == 101


@pytest.mark.parametrize(("held_s", "contradicted"), [(8 - 10 - 101, False), (8 - 10 - 101.01, True)])
def test_what_is_kept_is_kept_from_when_the_window_saw_the_last_of_it(held_s: float, *, contradicted: bool) -> None:
    """Window and granted delay add to the time for which an alert may be kept."""
    promise = replace(World().case().promise, keep_firing_for=PromDuration(100_000))
    readings = (look(held_s, None, holds=True), *steady(0))
    given = case(readings, promise=promise, window_s=7, resolve_lag_s=3, pace=replace(PACE, speed=1))
    assert bool(bracket(given, line(*(True,) * 3), None).contradictions) is contradicted
