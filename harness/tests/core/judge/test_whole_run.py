"""Outside fault windows nothing fires; what nobody watched is not silence, and what the place did is not a page."""

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.judge import Clause, Component, Disruption
from harness.core.judge.approach import Approach, Compared, closest_approach, closest_of
from harness.core.judge.fault_window import AlertRun, FaultWindow, outside
from harness.core.judge.whole_run import WholeRun, judge_retired, judge_run, judge_tear_down
from harness.core.rules.condition_expr import Comparison
from harness.core.samples import Point, Series
from harness.core.timeline import Timeline, silent_timeline
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import END, INJECT, PROMISE, START, UNDO, World

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED

#: the usual fault fires from INJECT + 15 to UNDO, in this window
WINDOW = FaultWindow(start_s=INJECT, end_s=UNDO, alerts=frozenset({PROMISE.name}), because="flood")
FORBIDDEN = replace(WINDOW, alerts=frozenset({"Other"}))
IDLE = World(value=lambda _: 0)
#: it fires, and no fault is near
FALSE_PAGE = World(value=lambda t: 240 if t > START + 2 else 0, hold_s=3)
#: the same for 5 s
SHORT_PAGE = World(value=lambda t: 240 if START + 2 < t < START + 10 else 0, hold_s=3)


def run(world: World, *windows: FaultWindow, **changes: Any) -> AlertRun:
    """What this world leaves behind, read at its end."""
    made = AlertRun(
        promise=PROMISE,
        rule=replace(world.rule(), expr="depth > 100"),
        keep_firing_s=0,
        interval_s=0.5,
        scrape_s=0.5,
        timelines=world.timelines(),
        windows=windows,
        disruptions=(),
        start_s=START,
        end_s=END,
    )
    return replace(made, **changes)


def judge(made: AlertRun) -> WholeRun:
    """With the approach in time."""
    return judge_run(made, closest_approach(made, ()))


def outcome(whole: WholeRun, clause: Clause) -> Verdict:
    """The outcome of one clause."""
    return next(finding.outcome for finding in whole.judgement.findings if finding.clause is clause)


def told(whole: WholeRun, clause: Clause = Clause.OUTSIDE_FAULTS) -> str:
    """What one clause says was seen."""
    return next(finding.actual for finding in whole.judgement.findings if finding.clause is clause)


def disruption(start_s: float, end_s: float, place: Component = Component.MACHINE) -> Disruption:
    """The machine stood still, say."""
    return Disruption(component=place, start_s=start_s, end_s=end_s, cause="stood still")


@pytest.mark.parametrize(
    ("made", "seen"),
    [
        pytest.param(run(IDLE), "never pending", id="idle"),
        pytest.param(run(World(), WINDOW), "never pending", id="fired-in-its-window"),
        pytest.param(run(World(), replace(WINDOW, alerts=None)), "never pending", id="a-window-for-every-alert"),
        pytest.param(run(World(), WINDOW, FORBIDDEN), "never pending", id="another-window-at-the-same-time"),
        pytest.param(
            run(World(value=lambda t: 240 if INJECT <= t < INJECT + 6 else 0)),
            "pending for at most 40% of its `for`",
            id="pending-is-allowed-everywhere",
        ),
        pytest.param(
            run(World(value=lambda t: 240 if t < START + 6 else 0)),
            "pending for at most 40% of its `for`",
            id="pending-at-start-up",
        ),
    ],
)
def test_silence_outside_windows_is_verified(made: AlertRun, seen: str) -> None:
    """Every evaluation was made, and none outside a window found it firing."""
    whole = judge(made)
    assert whole.judgement.verdict is V
    assert told(whole) == seen
    assert whole.judgement.cause == ""


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(run(FALSE_PAGE), "and there was no fault window", id="no-window-at-all"),
        pytest.param(run(World(), FORBIDDEN), "during flood, in which it must not", id="must-not-in-this-window"),
        pytest.param(
            run(World(value=lambda t: 240 if t > START else 0, hold_s=3), WINDOW),
            "before flood",
            id="fires-before-the-injection",
        ),
        pytest.param(
            run(World(value=lambda t: 240 if INJECT <= t < UNDO + 6 else 0), WINDOW),
            "s after flood and its grace",
            id="goes-on-after-the-grace",
        ),
        pytest.param(
            run(World(value=lambda t: 240 if t > END - 5 else 0, hold_s=3)), "no fault window", id="at-the-tear-down"
        ),
        pytest.param(
            run(World(value=lambda t: 240 if t < START + 8 else 0, hold_s=3)), "no fault window", id="at-the-start-up"
        ),
        pytest.param(
            run(FALSE_PAGE, disruptions=(disruption(START + 3, START + 3.2),)),
            "no fault window",
            id="a-stall-too-short",
        ),
        pytest.param(
            run(FALSE_PAGE, disruptions=(disruption(START, START + 8),)), "no fault window", id="it-outlasts-the-stall"
        ),
        pytest.param(
            run(FALSE_PAGE, disruptions=(disruption(START, END, Component.RECEIVER),)),
            "no fault",
            id="trouble-of-a-bystander",
        ),
    ],
)
def test_a_planted_page_outside_is_a_violation(made: AlertRun, words: str) -> None:
    """The text says which label set, when, for how long, and where the nearest window is."""
    whole = judge(made)
    assert outcome(whole, Clause.OUTSIDE_FAULTS) is X
    assert whole.judgement.verdict is X
    assert words in told(whole)
    assert 'name="secret"' in told(whole)
    assert whole.approach.pending_share == 1


def test_the_text_of_a_violation() -> None:
    """Instants are seconds after the stack's beginning."""
    assert told(judge(run(World(value=lambda t: 240 if INJECT <= t < UNDO + 6 else 0), WINDOW))) == (
        '{component="kubemirror", name="secret", severity="warning"} fired at +31.67 s of the stack\'s life for 4.50 s,'
        " 0.17 s after flood and its grace"
    )


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(run(SHORT_PAGE, disruptions=(disruption(START, START + 8),)), id="stalled-all-the-while"),
        pytest.param(
            run(SHORT_PAGE, disruptions=(disruption(START, START + 8, Component.PROMETHEUS),)),
            id="prometheus-was-not-well",
        ),
        pytest.param(
            run(
                World(value=lambda t: 240 if INJECT <= t < UNDO + 3 else 0),
                WINDOW,
                disruptions=(disruption(UNDO + 1, UNDO + 2),),
            ),
            id="the-end-was-seen-late",
        ),
        pytest.param(
            run(World(value=lambda t: 240 if INJECT <= t < UNDO + 3 else 0, missed=(UNDO - 1, UNDO + 2)), WINDOW),
            id="the-end-was-not-looked-at",
        ),
    ],
)
def test_a_page_that_the_place_explains_is_unknown(made: AlertRun) -> None:
    """With the trouble as its cause."""
    whole = judge(made)
    assert outcome(whole, Clause.OUTSIDE_FAULTS) is U
    assert whole.judgement.verdict is U
    assert "stood still" in told(whole) or "no evaluation from" in told(whole)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        pytest.param(run(replace(IDLE, missed=(INJECT, INJECT + 20))), "no cause is known", id="missed-for-long"),
        pytest.param(
            run(replace(IDLE, missed=(INJECT, INJECT + 20)), disruptions=(disruption(INJECT, INJECT + 19),)),
            "the machine stood still at +5.00 s",
            id="missed-with-a-cause",
        ),
        pytest.param(
            run(replace(IDLE, missed=(INJECT - 3, INJECT + 20)), WINDOW), "for 3.", id="missed-before-a-window"
        ),
        pytest.param(run(IDLE, end_s=END + 5), "no evaluation for 5", id="not-read-to-the-end"),
        pytest.param(run(replace(IDLE, missed=(START - 1, END + 1))), "never evaluated", id="never"),
        pytest.param(run(IDLE, lost="etcd ended by signal 9"), "etcd ended by signal 9", id="a-component-died"),
        pytest.param(
            run(IDLE, rule=replace(IDLE.rule(), expr="a > 1", health="err", last_error="many-to-many")),
            "health err: many-to-many",
            id="evaluated-with-errors",
        ),
    ],
)
def test_silence_that_nobody_watched_is_unknown(made: AlertRun, words: str) -> None:
    """A gap in the heartbeat, a Prometheus that stopped, a rule that fails: no evaluation, no silence."""
    whole = judge(made)
    assert outcome(whole, Clause.EVALUATED) is U
    assert whole.judgement.verdict is U
    assert words in told(whole, Clause.EVALUATED)
    assert words in whole.judgement.cause


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(run(replace(IDLE, missed=(INJECT, INJECT + 10))), id="shorter-than-the-for"),
        pytest.param(run(replace(IDLE, missed=(INJECT + 1, INJECT + 20)), WINDOW), id="inside-its-own-window"),
        pytest.param(
            run(replace(IDLE, missed=(INJECT + 1, INJECT + 20)), replace(FORBIDDEN, blinds=True)),
            id="a-fault-that-stops-the-evaluation",
        ),
        pytest.param(
            run(replace(IDLE, missed=(INJECT - 0.1, INJECT + 20)), replace(FORBIDDEN, blinds=True)),
            id="from-the-last-evaluation-before-it",
        ),
        pytest.param(
            run(World(value=lambda t: 240 if INJECT <= t < INJECT + 10 else 0, missed=(INJECT + 3, INJECT + 6))),
            id="pending-before-and-after",
        ),
    ],
)
def test_a_gap_that_hides_nothing_is_no_doubt(made: AlertRun) -> None:
    """From inactive to firing a whole `for` has to fit in; in its own window it may fire anyway."""
    assert judge(made).judgement.verdict is V


def test_a_blind_window_excuses_no_page() -> None:
    """It says why nothing was evaluated, not that something may fire."""
    assert judge(run(World(), replace(FORBIDDEN, blinds=True))).judgement.verdict is X


def test_a_rule_that_is_not_loaded_is_not_verified() -> None:
    """Nor is it this judge's business: skipped, before and after the tear-down."""
    whole = judge(run(IDLE, rule=None))
    assert whole.judgement.verdict is S
    assert judge_tear_down(whole, gone_s=END + 100) == whole
    assert whole.approach == Approach(
        alert=PROMISE.name, pending_share=None, nearest=None, why_no_value="no rule of this name is loaded"
    )


def test_no_timeline_at_all_is_misuse() -> None:
    """An alert that wrote nothing has a silent timeline."""
    with pytest.raises(ValueError, match="silent_timeline"):
        judge_run(run(IDLE, timelines=()), closest_approach(run(IDLE), ()))


@pytest.mark.parametrize(
    ("changes", "grace_s"),
    [
        pytest.param({}, 1.5, id="a-scrape-and-two-evaluations"),
        pytest.param({"rule": replace(IDLE.rule(), expr="rate(x[5s]) > 1")}, 6.5, id="and-the-range"),
        pytest.param({"rule": replace(IDLE.rule(), expr="max_over_time(rate(x[5s])[9s:1s]) > 1")}, 15.5, id="nested"),
        pytest.param({"interval_s": 1.0, "scrape_s": 2.0}, 4.0, id="slower"),
        pytest.param({"refresh_s": 20.0}, 21.5, id="old-figures"),
        pytest.param({"keep_firing_s": 7.0}, 1.5, id="kept-only-if-it-fired"),
        pytest.param({"keep_firing_s": 7.0, "timelines": World().timelines()}, 8.5, id="kept-firing"),
    ],
)
def test_the_grace(changes: dict[str, Any], grace_s: float) -> None:
    """As long as the end of a fault can be on its way to the alert, and no longer."""
    assert run(IDLE, WINDOW, **changes).end_with_grace_s(WINDOW) == UNDO + grace_s


def _kept(until_s: float) -> AlertRun:
    """Fires until an instant after the undo, with a `keep_firing_for` of 7 s."""
    return run(World(value=lambda t: 240 if INJECT <= t < until_s else 0), WINDOW, keep_firing_s=7)


def test_keep_firing_for_is_granted_and_not_more() -> None:
    """7 s after the grace are still the window's, 9 s are not."""
    assert judge(_kept(UNDO + 7)).judgement.verdict is V
    assert judge(_kept(UNDO + 10)).judgement.verdict is X


def test_a_rule_that_is_kept_firing_for_longer_than_promised_says_so() -> None:
    """Beside the firing that went on for it: both times, on the clock."""
    rule = replace(IDLE.rule(), expr="x > 1", keep_firing_s=9)
    for promised_s, said in ((7.0, "9 s on the clock in the rule, 7 s promised"), (0.0, "in the rule, none promised")):
        past = replace(_kept(UNDO + 10), rule=rule, keep_firing_s=promised_s)
        assert said in judge(past).judgement.cause
    assert (
        "keep_firing_for" not in judge(replace(_kept(UNDO + 10), rule=replace(rule, keep_firing_s=7))).judgement.cause
    )


def test_what_is_pending_at_the_end_is_not_silent_where_it_must_be() -> None:
    """It may fire as soon as nobody looks; a window that covers the end allows it."""
    late = World(value=lambda t: 240 if t >= END - 5 else 0)
    judged = judge(run(late)).judgement
    assert judged.verdict is U
    assert "still pending when nobody looked any longer, for 4.50 s of its 15 s" in judged.cause
    assert judge(run(late, replace(WINDOW, start_s=END - 6, end_s=END))).judgement.verdict is V


@given(start_s=st.floats(INJECT - 4, INJECT + 10), length_s=st.floats(4, 25))
def test_inside_its_window_it_never_violates(start_s: float, length_s: float) -> None:
    """Wherever the fault lies, and however long it is."""
    world = World(value=lambda t: 240 if start_s <= t < start_s + length_s else 0, hold_s=3)
    window = replace(WINDOW, start_s=start_s, end_s=start_s + length_s)
    assert judge(run(world, window)).judgement.verdict is V


@given(start_s=st.floats(INJECT - 4, INJECT + 10), length_s=st.floats(6, 20), shift_s=st.floats(25, 1e6))
def test_outside_its_window_it_always_does(start_s: float, length_s: float, shift_s: float) -> None:
    """The same life, and a window that ends before it or begins after it."""
    world = World(value=lambda t: 240 if start_s <= t < start_s + length_s else 0, hold_s=3)
    for shifted_s in (start_s - shift_s, start_s + shift_s):
        window = replace(WINDOW, start_s=shifted_s, end_s=shifted_s + min(length_s, 20))
        assert judge(run(world, window)).judgement.verdict is X


@given(
    spans=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10)).map(lambda t: (t[0], t[0] + t[1])), max_size=5),
    length=st.integers(0, 30),
)
def test_outside_is_what_no_cover_hides(spans: list[tuple[float, float]], length: int) -> None:
    """Second by second, the same as looking."""
    found = outside(0, length, tuple(spans))
    for second in range(length):
        hidden = any(start <= second and second + 1 <= end for start, end in spans)
        assert hidden is not any(start <= second and second + 1 <= end for start, end in found)


DEPTH = Comparison(values="depth", sign=">", limit=100)


def _compared(*values: tuple[float, float], comparison: Comparison = DEPTH) -> Compared:
    points = tuple(Point(at_s=at_s, value=value) for at_s, value in values)
    return Compared(comparison=comparison, values=(Series(labels={}, points=points),))


def test_the_nearest_value_is_one_outside_the_windows() -> None:
    """With its instant and the limit; in the window values may be what they like, and NaN is no value."""
    near = _compared((START + 1, 12), (START + 2, 67), (INJECT + 5, 240), (START + 3, math.nan), (END, 3))
    found = closest_approach(run(World(), WINDOW), (near,))
    assert found.nearest is not None
    assert (found.nearest.value, found.nearest.at_s, found.nearest.sign, found.nearest.limit) == (
        67,
        START + 2,
        ">",
        100,
    )
    assert (found.why_no_value, found.pending_share) == ("", 0)


def test_of_several_comparisons_the_nearest_counts() -> None:
    """Relative to its own limit."""
    share = Comparison(values="share", sign="<", limit=0.5)
    found = closest_approach(run(IDLE), (_compared((START, 80)), _compared((START, 0.55), comparison=share)))
    assert found.nearest is not None
    assert (found.nearest.value, found.nearest.sign) == (0.55, "<")


def test_of_two_that_are_as_near_the_first_of_the_rule_counts() -> None:
    """At one instant, 10 % from its limit each."""
    waiting = Comparison(values="waiting", sign=">", limit=10)
    found = closest_approach(run(IDLE), (_compared((START, 90)), _compared((START, 9), comparison=waiting)))
    assert found.nearest is not None
    assert (found.nearest.value, found.nearest.limit) == (90, 100)


@pytest.mark.parametrize(
    ("compared", "unread", "why"),
    [
        pytest.param((), "", "its condition compares nothing with a number", id="no-comparison"),
        pytest.param((), "Prometheus refused", "Prometheus refused", id="not-read"),
        pytest.param((_compared((START, math.nan)),), "", "had no value", id="nan"),
        pytest.param((replace(_compared(), values=()),), "", "had no value", id="absent"),
        pytest.param((_compared((INJECT + 1, 3)),), "", "had no value", id="only-in-the-window"),
    ],
)
def test_where_there_is_no_nearest_value_the_reason_is_told(
    compared: tuple[Compared, ...], unread: str, why: str
) -> None:
    """None, not zero."""
    found = closest_approach(run(World(), WINDOW), compared, unread=unread)
    assert found.nearest is None
    assert why in found.why_no_value


@pytest.mark.parametrize(
    ("made", "share"),
    [
        pytest.param(run(IDLE), 0.0, id="never-pending"),
        pytest.param(run(FALSE_PAGE), 1.0, id="fired"),
        pytest.param(run(World(), WINDOW), 0.0, id="only-in-its-window"),
        pytest.param(run(World(value=lambda t: 240 if t < START + 6 else 0)), 6 / 15, id="pending-at-start-up"),
        pytest.param(run(replace(IDLE, missed=(START - 1, END + 1))), None, id="never-evaluated"),
        pytest.param(
            run(World(value=lambda t: 240 if INJECT <= t < INJECT + 0.4 else 0)), 0.5 / 15, id="at-one-evaluation"
        ),
        pytest.param(run(World(value=lambda t: 240 if INJECT <= t < INJECT + 15 else 0)), 1.0, id="nearly-fired"),
        pytest.param(
            run(replace(IDLE, value=lambda t: 240 if INJECT <= t < INJECT + 14.8 else 0), interval_s=5.0),
            1.0,
            id="not-more-than-all-of-it",
        ),
        pytest.param(run(FALSE_PAGE, rule=None), None, id="another-rule's-firing"),
        pytest.param(run(replace(IDLE, hold_s=0)), 0.0, id="no-for"),
        pytest.param(run(World(), replace(WINDOW, start_s=INJECT + 4)), 4 / 15, id="pending-before-the-window"),
    ],
)
def test_the_approach_in_time_is_a_share_of_for(made: AlertRun, share: float | None) -> None:
    """The longest pending outside every window in which the alert may fire."""
    assert closest_approach(made, ()).pending_share == (share if share is None else pytest.approx(share, abs=0.04))


def test_of_several_stacks_the_closest_counts() -> None:
    """The longest pending on one, the nearest value on another; None only if it is None on all."""
    far = closest_approach(run(World(value=lambda t: 240 if t < START + 6 else 0)), (_compared((START, 5)),))
    near = closest_approach(run(IDLE), (_compared((START, 99)),))
    nothing = closest_approach(run(replace(IDLE, missed=(START - 1, END + 1))), ())
    found = closest_of((nothing, far, near))
    assert found.nearest is not None
    assert (found.nearest.value, found.pending_share, found.why_no_value) == (99, far.pending_share, "")
    assert closest_of((nothing,)) == nothing
    with pytest.raises(ValueError, match="empty"):
        closest_of(())


def _last(world: World) -> tuple[float, Timeline]:
    (line,) = world.timelines()
    return line.moments[-1].at_s, line


def test_the_tear_down_is_quiet_while_for_cannot_have_passed() -> None:
    """An inactive alert needs an evaluation and its whole `for`; a Prometheus gone before that cannot have paged."""
    whole = judge(run(IDLE))
    last_s, _ = _last(IDLE)
    assert whole.quiet_until_s == last_s + 0.5 + 15
    torn = judge_tear_down(whole, gone_s=last_s + 2)
    assert torn.judgement.verdict is V
    assert told(torn, Clause.TEAR_DOWN) == "Prometheus was gone 13.50 s before anything could"


def test_a_slow_tear_down_is_unknown() -> None:
    """Nobody looked any more."""
    whole = judge(run(IDLE))
    torn = judge_tear_down(whole, gone_s=whole.quiet_until_s + 1)
    assert outcome(torn, Clause.TEAR_DOWN) is U
    assert torn.judgement.verdict is U
    assert "1.00 s longer" in torn.judgement.cause


def test_a_violation_stays_one_through_the_tear_down() -> None:
    """What fires anyway need not be watched any more."""
    torn = judge_tear_down(judge(run(FALSE_PAGE)), gone_s=END + 100)
    assert torn.judgement.verdict is X
    assert outcome(torn, Clause.TEAR_DOWN) is S


def test_a_rule_that_was_taken_out_of_force_first_is_quiet_if_it_was_silent() -> None:
    """However long that takes; once, and not again by when Prometheus was gone."""
    retired = judge_retired(judge(run(IDLE)), fired=False)
    assert retired.judgement.verdict is V
    assert told(retired, Clause.TEAR_DOWN).startswith("it was silent until its rule was out of force")
    assert judge_tear_down(retired, gone_s=END + 1000) == retired


@pytest.mark.parametrize(
    ("fired", "unread", "words"), [(True, "", "it fired while"), (False, "no answer", "out of force: no answer")]
)
def test_what_fired_while_its_rule_went_is_unknown(*, fired: bool, unread: str, words: str) -> None:
    """The harness had begun to take things away; and so is what nobody could read."""
    retired = judge_retired(judge(run(IDLE)), fired=fired, unread=unread)
    assert retired.judgement.verdict is U
    assert words in retired.judgement.cause
    assert outcome(judge_retired(judge(run(FALSE_PAGE)), fired=fired, unread=unread), Clause.TEAR_DOWN) is S


def test_what_says_nothing_says_nothing_about_the_tear_down_either() -> None:
    """Its own cause stays."""
    whole = judge(run(IDLE))
    untold = replace(whole, judgement=replace(whole.judgement, verdict=U, findings=(), cause="Prometheus is gone"))
    assert judge_tear_down(untold, gone_s=0) == untold


def test_what_was_pending_at_the_end_has_only_the_rest_of_its_for() -> None:
    """Five seconds of fifteen have passed at the last evaluation."""
    world = World(value=lambda t: 240 if t > END - 5 else 0)
    _, line = _last(world)
    assert judge(run(world)).quiet_until_s == line.episodes[-1].pending_at_s + 15


def test_a_pending_whose_start_was_missed_counts_from_its_stated_start() -> None:
    """Whole seconds, never later than the truth."""
    world = World(value=lambda t: 240 if t > END - 8 else 0, missed=(END - 9, END - 3))
    _, line = _last(world)
    assert not line.episodes[-1].start_seen
    assert judge(run(world)).quiet_until_s == math.floor(line.episodes[-1].pending_at_s) + 15


def test_an_alert_that_fires_at_the_end_is_not_quiet_at_all() -> None:
    """Even in its window: what it does while the stack goes is not known."""
    world = World(value=lambda t: 240 if t > INJECT else 0)
    last_s, _ = _last(world)
    whole = judge(run(world, replace(WINDOW, end_s=END)))
    assert whole.quiet_until_s == last_s
    assert judge_tear_down(whole, gone_s=last_s + 0.1).judgement.verdict is U


def test_of_several_label_sets_the_first_that_can_fire_counts() -> None:
    """One is pending, one inactive."""
    pending = World(value=lambda t: 240 if t > END - 5 else 0)
    silent = silent_timeline(PROMISE.name, IDLE.evaluations())
    (line,) = pending.timelines()
    assert judge(run(IDLE, timelines=(silent, line))).quiet_until_s == line.episodes[-1].pending_at_s + 15


def test_what_is_brought_near_on_purpose_is_no_approach() -> None:
    """Neither in time nor in value; without the word for it, it would be one."""
    nearly = World(value=lambda t: 240 if INJECT <= t < INJECT + 6 else 0)
    meant = replace(FORBIDDEN, near=frozenset({PROMISE.name}))
    values = (_compared((START, 5), (INJECT + 1, 240)),)
    for window, share, value in ((meant, 0, 5), (FORBIDDEN, 0.4, 240)):
        found = closest_approach(run(nearly, window), values)
        assert found.pending_share == pytest.approx(share, abs=0.04)
        assert found.nearest is not None
        assert found.nearest.value == value


def test_what_is_brought_near_must_not_fire_all_the_same() -> None:
    """A planted page in such a window is a violation, and the closest approach there is."""
    whole = judge(run(World(), replace(FORBIDDEN, near=frozenset({PROMISE.name}))))
    assert outcome(whole, Clause.OUTSIDE_FAULTS) is X
    assert whole.approach.pending_share == 1


@pytest.mark.parametrize(("refresh_s", "verdict"), [(0.0, X), (20.0, U)])
def test_a_trouble_is_seen_for_as_long_as_figures_are_old(refresh_s: float, verdict: Verdict) -> None:
    """It ended before the page began, but what was scraped then may be from before that."""
    made = run(SHORT_PAGE, disruptions=(disruption(START - 10, START),), refresh_s=refresh_s)
    assert outcome(judge(made), Clause.OUTSIDE_FAULTS) is verdict
