"""The invariant of a whole run, at its edges: what explains a stray firing, what hides one, and where it is told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.judge import Clause, Component, Disruption
from harness.core.judge.approach import Approach
from harness.core.judge.fault_window import AlertRun, FaultWindow
from harness.core.judge.finding import Finding
from harness.core.judge.whole_run import judge_run, judge_tear_down
from harness.core.timeline import AlertState, Gap, Moment, Timeline
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import PROMISE, World

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN
_OFF, _PENDING, _FIRING = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING
#: how long after its end a trouble is seen: range, age of figures, two scrapes and two evaluations
_SEEN_S = 16.0 + 8 + 2 * (4 + 2)
#: how long after its end a window excuses: range, age of figures, a scrape and two evaluations
_GRACE_S = 16.0 + 8 + 4 + 2 * 2
FLOOD = FaultWindow(start_s=500, end_s=600, alerts=frozenset({PROMISE.name}), because="flood")
NOT_IN_IT = replace(FLOOD, alerts=frozenset({"Other"}))


def line(*spans: tuple[float, AlertState, float | None], gaps: Sequence[Gap] = ()) -> Timeline:
    """What one label set did: an instant, a state, activeAt."""
    moments = tuple(Moment(at_s=at_s, state=state, active_at_s=active_s) for at_s, state, active_s in spans)
    return Timeline(labels={"alertname": "A", "name": "a"}, start_s=0, end_s=2_000, moments=moments, gaps=tuple(gaps))


def fired(*, gaps: Sequence[Gap] = ()) -> Timeline:
    """Pending from 900, its `for` is 100 s, firing from 1000 to 1010."""
    return line(
        (898, _OFF, None),
        (900, _PENDING, 900),
        (998, _PENDING, 900),
        (1_000, _FIRING, 900),
        (1_004, _FIRING, 900),
        (1_010, _FIRING, 900),
        (1_012, _OFF, None),
        gaps=gaps,
    )


def run(*windows: FaultWindow, on: Timeline | None = None, hold_s: float = 100, **changes: object) -> AlertRun:
    """One alert over the life of a stack that began at 10 and was read at 1013."""
    made = AlertRun(
        promise=PROMISE,
        rule=replace(World().rule(), expr="rate(x[16s]) > 1", hold_s=hold_s),
        keep_firing_s=0,
        interval_s=2,
        scrape_s=4,
        refresh_s=8,
        timelines=(on or fired(),),
        windows=windows,
        disruptions=(),
        start_s=10,
        end_s=1_013,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand


def finding(given: AlertRun, clause: Clause = Clause.OUTSIDE_FAULTS) -> Finding:
    """What one clause says."""
    approach = Approach(alert=PROMISE.name, pending_share=0.0, nearest=None)
    return next(one for one in judge_run(given, approach).judgement.findings if one.clause is clause)


def disruption(start_s: float, end_s: float, place: Component = Component.PROMETHEUS) -> Disruption:
    """Something that failed."""
    return Disruption(component=place, start_s=start_s, end_s=end_s, cause="was away")


@pytest.mark.parametrize(
    ("start_s", "end_s", "verdict"),
    [
        pytest.param(900, 1_010 - _SEEN_S, U, id="all that fired and the whole for before it"),
        pytest.param(900.1, 1_010 - _SEEN_S, X, id="begun too late"),
        pytest.param(900, 1_010 - _SEEN_S - 0.1, X, id="not seen for long enough"),
    ],
)
def test_a_stray_firing_is_explained_by_what_fills_it_and_its_for(
    start_s: float, end_s: float, verdict: Verdict
) -> None:
    """A trouble or missed evaluations, each as long as it is seen; in a window that blinds they were meant."""
    assert finding(run(disruptions=(disruption(start_s, end_s),))).outcome is verdict
    missed = fired(gaps=[Gap(start_s=start_s, end_s=end_s)])
    found = finding(run(on=missed))
    assert found.outcome is verdict
    if verdict is U:
        assert found.actual.endswith(f"no evaluation from +{start_s - 10:.2f} s to +{end_s - 10:.2f} s")
    blinding = replace(NOT_IN_IT, start_s=900, end_s=1_010 - _SEEN_S, blinds=True)
    assert finding(run(blinding, on=missed)).outcome is X


def test_without_a_for_one_interval_before_it_has_to_be_filled() -> None:
    """An evaluation that saw nothing else."""
    for start_s, verdict in ((998, U), (998.1, X)):
        assert finding(run(hold_s=0, disruptions=(disruption(start_s, 1_005),))).outcome is verdict


def test_what_is_told_as_a_cause_was_still_seen() -> None:
    """From so long before as a trouble is seen; until the last evaluation that found it firing."""
    filling = disruption(900, 1_000)
    for start_s, end_s, named in (
        (1, 900 - _SEEN_S, True),
        (1, 900 - _SEEN_S - 0.1, False),
        (1_010, 1_020, True),
        (1_010.1, 1_020, False),
    ):
        other = replace(disruption(start_s, end_s), cause="was slow")
        assert ("was slow" in finding(run(disruptions=(filling, other))).actual) is named


@pytest.mark.parametrize(
    ("start_s", "active_s", "verdict"),
    [
        pytest.param(632, 400, U, id="from the last evaluation in the window"),
        pytest.param(632.1, 400, X, id="later than that"),
        pytest.param(632, 500, X, id="another life needs its whole for"),
        pytest.param(534, 500, U, id="another life that has it"),
        pytest.param(534.1, 500, X, id="another life that nearly has it"),
    ],
)
def test_a_firing_that_goes_on_after_its_window_needs_no_for(start_s: float, active_s: float, verdict: Verdict) -> None:
    """It had it in the window: what kept its end from being seen is enough."""
    assert 600 + _GRACE_S == 632
    on = line((590, _FIRING, 400), (632, _FIRING, 400), (634, _FIRING, active_s), (640, _FIRING, active_s))
    late = run(FLOOD, on=on, end_s=641, disruptions=(disruption(start_s, 633),))
    assert finding(late).outcome is verdict


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        pytest.param((), "and there was no fault window", id="none"),
        pytest.param((NOT_IN_IT,), f"{1_000 - 600 - _GRACE_S:.2f} s after flood and its grace", id="long after"),
        pytest.param((replace(NOT_IN_IT, start_s=1_500, end_s=1_600),), "500.00 s before flood", id="before"),
        pytest.param((replace(NOT_IN_IT, start_s=990, end_s=1_100),), "during flood, in which it must not", id="in it"),
        pytest.param(
            (replace(NOT_IN_IT, start_s=1_010, end_s=1_100),),
            "during flood, in which it must not",
            id="its last evaluation in it",
        ),
        pytest.param((replace(NOT_IN_IT, start_s=1_010.5, end_s=1_100),), "10.50 s before flood", id="just before it"),
        pytest.param(
            (replace(NOT_IN_IT, end_s=1_000 - _GRACE_S),),
            "during flood, in which it must not",
            id="its first evaluation in the grace",
        ),
        pytest.param(
            (NOT_IN_IT, replace(NOT_IN_IT, start_s=1_100, end_s=1_200, because="drought")),
            "100.00 s before drought",
            id="the nearer one",
        ),
    ],
)
def test_a_stray_firing_is_placed_by_the_nearest_window(windows: tuple[FaultWindow, ...], words: str) -> None:
    """From the one's end to the other's beginning."""
    found = finding(run(*windows))
    assert found.outcome is X
    assert found.actual == '{name="a"} fired at +990.00 s of the stack\'s life for 12.00 s, ' + words


@pytest.mark.parametrize(
    ("loaded_s", "promised_s", "words"),
    [
        (7.002, 7, ""),
        (7.01, 7, " (keep_firing_for 7.01 s on the clock in the rule, 7 s promised)"),
        (5, 7, ""),
        (9, 0, " (keep_firing_for 9 s on the clock in the rule, none promised)"),
    ],
)
def test_what_is_kept_for_longer_than_promised_is_told(loaded_s: float, promised_s: float, words: str) -> None:
    """Two milliseconds are rounding."""
    rule = replace(World().rule(), expr="rate(x[16s]) > 1", keep_firing_s=loaded_s, hold_s=100.0)
    found = finding(run(rule=rule, keep_firing_s=promised_s))
    assert found.actual.endswith("and there was no fault window" + words)


QUIET = line(*((float(at_s), _OFF, None) for at_s in range(12, 1_012, 2)))


def test_the_last_evaluation_is_near_the_end_or_silence_is_not_known() -> None:
    """One and a half intervals; in a window that allows it to fire there is nothing to be silent about."""
    for end_s, verdict, actual in (
        (1_013, V, "500 evaluations, +2.00 s to +1000.00 s"),
        (1_013.1, U, "no evaluation for 3.10 s at +1000.00 s (no cause is known)"),
    ):
        found = finding(run(on=QUIET, end_s=end_s), Clause.EVALUATED)
        assert (found.outcome, found.actual) == (verdict, actual)
    late = replace(FLOOD, start_s=1_010, end_s=1_100)
    assert finding(run(late, on=QUIET, end_s=1_050), Clause.EVALUATED).outcome is V
    both = finding(run(on=replace(QUIET, gaps=(Gap(start_s=300, end_s=400),)), end_s=1_013.1), Clause.EVALUATED)
    assert [both.actual.count(f"no evaluation for {length}") for length in ("100.00 s", "3.10 s")] == [1, 1]
    refused = replace(NOT_IN_IT, start_s=1_010, end_s=1_100)
    assert finding(run(refused, on=QUIET, end_s=1_050), Clause.EVALUATED).outcome is U


def test_why_nothing_was_evaluated_is_told() -> None:
    """What of Prometheus or the machine failed meanwhile, both ends included; all of it, oldest first."""
    on = replace(QUIET, gaps=(Gap(start_s=300, end_s=400), Gap(start_s=100, end_s=200)))
    for start_s, end_s, named in ((90, 100, True), (90, 99.9, False), (200, 210, True), (200.1, 210, False)):
        found = finding(run(on=on, hold_s=50, disruptions=(disruption(start_s, end_s),)), Clause.EVALUATED)
        because = f"Prometheus was away at +{start_s - 10:.2f} s" if named else "no cause is known"
        first = f"no evaluation for 100.00 s at +90.00 s ({because})"
        assert found.outcome is U
        assert found.actual == f"{first}; no evaluation for 100.00 s at +290.00 s (no cause is known)"
    elsewhere = finding(
        run(on=on, hold_s=50, disruptions=(disruption(100, 200, Component.RECEIVER),)), Clause.EVALUATED
    )
    assert "was away" not in elsewhere.actual


def test_what_was_pending_for_longest_at_the_end_is_told() -> None:
    """Of several label sets; with its `for` in effect."""
    short = line((1_000, _OFF, None), (1_008, _PENDING, 1_008), (1_012, _PENDING, 1_008))
    longer = line((1_000, _PENDING, 1_000), (1_006, _PENDING, 1_000), (1_012, _PENDING, 1_000))
    found = finding(run(timelines=(short, longer)))
    assert (found.outcome, found.actual) == (
        U,
        "still pending when nobody looked any longer, for 12.00 s of its 100 s: it may fire yet",
    )
    over = line((1_000, _PENDING, 1_000), (1_012, _OFF, None))
    assert finding(run(on=over)).outcome is V


def test_a_tear_down_may_take_until_the_very_instant_at_which_it_could_fire() -> None:
    """One interval and the whole `for` after the last evaluation, where that found it inactive."""
    whole = judge_run(run(on=QUIET), Approach(alert=PROMISE.name, pending_share=0.0, nearest=None))
    assert whole.quiet_until_s == 1_010 + 2 + 100
    assert judge_tear_down(whole, gone_s=1_112).judgement.verdict is V
    late = judge_tear_down(whole, gone_s=1_112.5).judgement
    assert (late.verdict, late.cause.partition(": ")[2]) == (
        U,
        "Prometheus may have run 0.50 s longer than it takes to fire; nobody looked",
    )


def test_a_pending_whose_beginning_is_not_known_may_have_begun_with_the_stack() -> None:
    """Where Prometheus does not state it."""
    on = line((1_000, _PENDING, None), (1_012, _PENDING, None))
    whole = judge_run(run(on=on), Approach(alert=PROMISE.name, pending_share=0.0, nearest=None))
    assert whole.quiet_until_s == 10 + 100


def test_one_evaluation_that_found_it_firing_is_enough() -> None:
    """For one interval, whether it began there or went on after its window."""
    single = line((998, _OFF, None), (1_000, _FIRING, 1_000), (1_002, _OFF, None))
    found = finding(run(on=single, hold_s=0))
    assert (found.outcome, "for 2.00 s" in found.actual) == (X, True)
    after = line((590, _FIRING, 400), (632, _FIRING, 400), (634, _FIRING, 400), (636, _OFF, None))
    for start_s, verdict in ((632, U), (632.1, X)):
        assert finding(run(FLOOD, on=after, end_s=637, disruptions=(disruption(start_s, 633),))).outcome is verdict


def test_a_rule_that_is_not_healthy_is_told_with_its_error_if_it_has_one() -> None:
    """Silence of such a rule says nothing."""
    for health, error, words in (
        ("unknown", "", "health unknown"),
        ("err", "many-to-many", "health err: many-to-many"),
    ):
        rule = replace(World().rule(), expr="rate(x[16s]) > 1", health=health, last_error=error)
        found = finding(run(on=QUIET, rule=rule), Clause.EVALUATED)
        assert (found.outcome, found.actual) == (U, words)
