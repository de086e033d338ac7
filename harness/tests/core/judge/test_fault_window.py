"""What of a stack's life lies outside fault windows: each stretch to its very instant."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.judge.fault_window import AlertRun, FaultWindow, outside, quiet
from harness.core.timeline import AlertState, Moment, Timeline
from harness.tests.core.judge.world import PROMISE, World

_OFF, _PENDING, _FIRING = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING
#: a range, the age of figures, a scrape and two evaluations: sums that no other sum is
_GRACE_S = 16.0 + 8 + 4 + 2 * 2


def line(*spans: tuple[float, AlertState] | tuple[float, AlertState, float]) -> Timeline:
    """What one label set did; an instant, a state, and activeAt where it matters."""
    moments = tuple(Moment(at_s=one[0], state=one[1], active_at_s=one[2] if len(one) > 2 else None) for one in spans)
    return Timeline(labels={"name": "a"}, start_s=0, end_s=2_000, moments=moments, gaps=())


def run(*windows: FaultWindow, lines: Sequence[Timeline] = (), **changes: object) -> AlertRun:
    """One alert over the life of a stack that began at 10."""
    made = AlertRun(
        promise=PROMISE,
        rule=replace(World().rule(), expr="rate(x[16s]) > 1", hold_s=100.0),
        keep_firing_s=64,
        interval_s=2,
        scrape_s=4,
        refresh_s=8,
        timelines=tuple(lines) or (line((10, _OFF)),),
        windows=windows,
        disruptions=(),
        start_s=10,
        end_s=2_000,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand


WINDOW = FaultWindow(start_s=100, end_s=200, alerts=frozenset({PROMISE.name}), because="flood")


@pytest.mark.parametrize(
    ("at_s", "fired"),
    [(100, True), (99.9, False), (200 + _GRACE_S, True), (200.1 + _GRACE_S, False)],
)
def test_what_is_kept_firing_is_kept_if_it_fired_in_the_window_or_its_grace(at_s: float, *, fired: bool) -> None:
    """Both ends included."""
    given = run(WINDOW, lines=[line((at_s, _FIRING))])
    assert given.end_with_grace_s(WINDOW) == 200 + _GRACE_S + (64 if fired else 0)


def test_an_alert_may_fire_where_a_window_allows_it() -> None:
    """Oldest first, with the grace; where it is only brought near it may not."""
    early = replace(WINDOW, start_s=20, end_s=30, alerts=None)
    other = replace(WINDOW, start_s=300, end_s=310, alerts=frozenset({"Other"}))
    near = replace(other, start_s=400, end_s=410, near=frozenset({PROMISE.name}))
    given = run(WINDOW, early, other, near)
    assert given.allowed == ((20, 30 + _GRACE_S), (100, 200 + _GRACE_S))
    assert given.brought_near == (*given.allowed, (400, 410 + _GRACE_S))
    assert given.blind == ()


def test_a_fault_that_stops_evaluations_does_so_from_the_last_one_before_it() -> None:
    """One interval; whichever alerts it allows."""
    blinding = replace(WINDOW, alerts=frozenset({"Other"}), blinds=True)
    assert run(blinding, WINDOW).blind == ((98, 200 + _GRACE_S),)


def test_a_rule_that_is_not_loaded_looks_back_over_nothing() -> None:
    """Its grace is that of any rule."""
    assert run(rule=None).reach_s == 0
    assert run().reach_s == 16


def test_what_nothing_covers_is_in_runs_of_one_state() -> None:
    """A cover, another state and another activeAt each begin a new one; covers hold their own ends."""
    one = line(
        (10, _OFF),
        (12, _OFF),
        (14, _PENDING, 14.0),
        (16, _PENDING, 14.0),
        (18, _PENDING, 18.0),
        (100, _PENDING, 18.0),
        (232, _PENDING, 18.0),
        (234, _PENDING, 18.0),
        (236, _FIRING, 18.0),
    )
    given = run(WINDOW, lines=[one])
    assert [[moment.at_s for moment in found] for found in given.stretches(one)] == [
        [10, 12],
        [14, 16],
        [18],
        [234],
        [236],
    ]
    assert [[moment.at_s for moment in found] for found in given.stretches(one, ())] == [
        [10, 12],
        [14, 16],
        [18, 100, 232, 234],
        [236],
    ]
    assert given.stretches(one, ((0, 2_000),)) == ()
    assert given.after_start(12.5) == "+2.50 s"


@pytest.mark.parametrize(
    ("at_s", "silent"), [(9.9, True), (10, False), (15, False), (20, False), (20.1, True), (30, False)]
)
def test_a_cover_holds_both_its_ends(at_s: float, *, silent: bool) -> None:
    """One that is enough."""
    assert quiet(at_s, ((10, 20), (30, 40))) is silent
    assert quiet(at_s, ()) is True


@pytest.mark.parametrize(
    ("covers", "left"),
    [
        ((), ((10, 20),)),
        (((10, 20),), ()),
        (((0, 30),), ()),
        (((12, 14),), ((10, 12), (14, 20))),
        (((16, 30), (0, 12)), ((12, 16),)),
        (((12, 18), (13, 14)), ((10, 12), (18, 20))),
        (((20, 30),), ((10, 20),)),
        (((25, 30),), ((10, 20),)),
        (((0, 10),), ((10, 20),)),
        (((10, 15), (15, 20)), ()),
        (((0, 20), (25, 30)), ()),
    ],
    ids=str,
)
def test_what_no_cover_hides_is_left(
    covers: tuple[tuple[float, float], ...], left: tuple[tuple[float, float], ...]
) -> None:
    """Of the time from 10 to 20, oldest first."""
    assert outside(10, 20, covers) == left


def test_of_no_time_nothing_is_left() -> None:
    """Wherever the covers are."""
    assert outside(10, 10, ()) == ()
    assert outside(10, 10, ((12, 14),)) == ()
    assert outside(10, 10, ((0, 20),)) == ()
