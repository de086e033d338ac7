"""The timeline says what the samples prove, and "unknown" for the rest."""

import pytest

from harness.core.samples import Point, Series
from harness.core.timeline import (
    AlertState,
    Change,
    Evaluations,
    Gap,
    Moment,
    Timeline,
    read_timelines,
    silent_timeline,
)

T0 = 1_000.25
NAME = "Flood"


def ticks(count: int, *, without: frozenset[int] = frozenset()) -> Evaluations:
    """`count` evaluations every half second from T0, some of them missed."""
    points = tuple(Point(at_s=T0 + i / 2, value=1) for i in range(count) if i not in without)
    return Evaluations.of([Series(labels={}, points=points)], interval_s=0.5, start_s=T0, end_s=T0 + (count - 1) / 2)


def alerts(
    letters: str, *, active_at: dict[int, float] | None = None, **labels: str
) -> tuple[list[Series], list[Series]]:
    """Samples of one alert: `p` pending, `f` firing, anything else no sample; one letter per evaluation."""
    base = {"alertname": NAME, **labels}
    made = [
        Series(
            labels={"__name__": "ALERTS", "alertstate": state, **base},
            points=tuple(Point(at_s=T0 + i / 2, value=1) for i, letter in enumerate(letters) if letter == state[0]),
        )
        for state in ("pending", "firing")
    ]
    value, since = 0.0, []
    for i, letter in enumerate(letters):
        if letter in "pf":
            value = (active_at or {}).get(i, value or float(int(T0 + i / 2)))
            since.append(Point(at_s=T0 + i / 2, value=value))
        elif letter == "-":
            value = 0.0
    return made, [Series(labels={"__name__": "ALERTS_FOR_STATE", **base}, points=tuple(since))]


def one(letters: str, evaluations: Evaluations, *, active_at: dict[int, float] | None = None) -> Timeline:
    """The only timeline of one alert."""
    (found,) = read_timelines(*alerts(letters, active_at=active_at), evaluations)
    return found


def test_the_whole_life_is_read() -> None:
    """Inactive, pending, firing and inactive again, each at the evaluation that found it."""
    line = one("--ppff--", ticks(8))
    assert line.labels == {"alertname": NAME}
    assert line.changes == (
        Change(at_s=T0, state=AlertState.INACTIVE),
        Change(at_s=T0 + 1, state=AlertState.PENDING),
        Change(at_s=T0 + 2, state=AlertState.FIRING),
        Change(at_s=T0 + 3, state=AlertState.INACTIVE),
    )
    (life,) = line.episodes
    assert (life.pending_at_s, life.firing_at_s, life.last_active_s) == (T0 + 1, T0 + 2, T0 + 2.5)
    assert (life.resolved_at_s, life.start_seen, life.active_at_s) == (T0 + 3, True, 1001.0)


def test_a_missed_evaluation_is_unknown_not_inactive() -> None:
    """Nothing is written where nothing was evaluated, and nothing is concluded from it."""
    line = silent_timeline(NAME, ticks(6, without=frozenset({2, 3})))
    assert line.gaps == (Gap(start_s=T0 + 0.5, end_s=T0 + 2),)
    assert [change.state for change in line.changes] == ["inactive", "unknown", "inactive"]
    assert line.gap_in(T0 + 0.6, T0 + 0.7)
    assert not line.gap_in(T0 + 2, T0 + 2.5)


def test_no_heartbeat_at_all_is_unknown_throughout() -> None:
    """A Prometheus that was down leaves a gap as long as the window."""
    line = silent_timeline(NAME, Evaluations.of([], interval_s=0.5, start_s=0, end_s=10))
    assert line.gaps == (Gap(start_s=0, end_s=10),)
    assert line.moments == ()
    assert line.before(5) is None


def test_an_alert_that_lives_through_a_gap_is_one_episode() -> None:
    """The same activeAt on both sides proves that it stayed active."""
    line = one("-pp??ff", ticks(7, without=frozenset({3, 4})))
    (life,) = line.episodes
    assert life.resolved_at_s is None
    assert life.firing_at_s == T0 + 2.5


def test_a_new_active_at_after_a_gap_is_a_new_episode() -> None:
    """It ended in the gap, at an instant nobody knows."""
    line = one("-pp??pp-", ticks(8, without=frozenset({3, 4})), active_at={5: 1002.0, 6: 1002.0})
    first, second = line.episodes
    assert first.resolved_at_s == second.pending_at_s
    assert (first.start_seen, second.start_seen) == (True, False)


@pytest.mark.parametrize(
    ("letters", "missed"),
    [pytest.param("pp", frozenset[int](), id="at-start"), pytest.param("-?pp", frozenset({1}), id="gap-before")],
)
def test_a_start_that_nobody_saw_is_said(letters: str, missed: frozenset[int]) -> None:
    """An alert that is already active when we first look did not become pending then."""
    assert not one(letters, ticks(len(letters), without=missed)).episodes[0].start_seen


def test_samples_outside_the_window_are_left_out() -> None:
    """An alert of an earlier fault belongs to another run."""
    evaluations = Evaluations.of([], interval_s=0.5, start_s=T0 + 10, end_s=T0 + 20)
    assert read_timelines(*alerts("pp"), evaluations) == ()


def test_each_label_set_has_its_own_timeline() -> None:
    """Two controllers are two alerts."""
    secret, configmap = alerts("-p", controller="secret"), alerts("p-", controller="configmap")
    lines = read_timelines([*secret[0], *configmap[0]], [*secret[1], *configmap[1]], ticks(2))
    assert [line.labels["controller"] for line in lines] == ["configmap", "secret"]


def test_an_alert_without_for_state_has_no_active_at() -> None:
    """What Prometheus did not write is not made up."""
    (line,) = read_timelines(alerts("-p")[0], [], ticks(2))
    assert line.episodes[0].active_at_s is None


def test_fired_in_counts_both_ends() -> None:
    """Firing at the last instant of the window is firing in the window."""
    line = one("--f-", ticks(4))
    assert line.fired_in(T0 + 1, T0 + 1)
    assert not line.fired_in(T0, T0 + 0.9)
    last = line.before(T0 + 1)
    assert last is not None
    assert last.at_s == T0 + 0.5


@pytest.mark.parametrize(
    ("letters", "hold_s", "hides"),
    [
        pytest.param("-??-", 5, False, id="shorter-than-the-hold"),
        pytest.param("-??-", 1, True, id="longer-than-the-hold"),
        pytest.param("p??p", 1, False, id="pending-on-both-sides"),
        pytest.param("p??-", 5, True, id="pending-then-gone"),
        pytest.param("p??f", 5, True, id="pending-then-firing"),
        pytest.param("???-", 5, True, id="nothing-before"),
        pytest.param("p???", 5, True, id="nothing-after"),
    ],
)
def test_a_gap_hides_a_firing_only_if_it_could(letters: str, hold_s: float, hides: bool) -> None:
    """A short gap from inactive cannot hide a whole hold."""
    evaluations = ticks(4, without=frozenset(i for i, letter in enumerate(letters) if letter == "?"))
    made = read_timelines(*alerts(letters), evaluations)
    line = made[0] if made else silent_timeline(NAME, evaluations)
    assert bool(line.may_hide_firing(hold_s)) is hides


def test_a_gap_that_only_touches_does_not_overlap() -> None:
    """Both ends are evaluations that were made."""
    gap = Gap(start_s=10, end_s=20)
    assert [gap.overlaps(*span) for span in ((0, 10), (20, 30), (0, 10.1), (19.9, 30), (12, 13))] == [
        False,
        False,
        True,
        True,
        True,
    ]


def plain(*states: tuple[float, AlertState, float | None], gaps: tuple[Gap, ...] = ()) -> Timeline:
    """A timeline of these evaluations: instant, state, activeAt."""
    moments = tuple(Moment(at_s=at_s, state=state, active_at_s=active_s) for at_s, state, active_s in states)
    return Timeline(labels={}, start_s=0, end_s=100, moments=moments, gaps=gaps)


_OFF, _PENDING, _FIRING = AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING


def test_the_evaluation_before_an_instant_is_not_at_it() -> None:
    """The last one that is earlier; none where there is none."""
    line = plain((1, _OFF, None), (2, _PENDING, 2), (3, _FIRING, 2))
    assert [getattr(line.before(at_s), "at_s", None) for at_s in (3.5, 3, 2, 1, 0.5)] == [3, 2, 1, None, None]


@pytest.mark.parametrize(
    ("before", "after", "gap_s", "hides"),
    [
        pytest.param((10, _OFF, None), (20, _OFF, None), 10, True, id="as long as the hold"),
        pytest.param((10, _OFF, None), (20, _OFF, None), 10.1, False, id="shorter than the hold"),
        pytest.param((10, _PENDING, 5), (20, _PENDING, 5), 1, False, id="pending went on"),
        pytest.param((10, _PENDING, 5), (20, _PENDING, 15), 1, True, id="pending anew"),
        pytest.param((10, _PENDING, 5), (20, _FIRING, 5), 1, True, id="firing after it"),
        pytest.param((10, _PENDING, 5), (20, _OFF, None), 100, True, id="pending before it, whatever the hold"),
        pytest.param((10, _FIRING, 5), (20, _PENDING, 5), 1, False, id="the same life"),
        pytest.param((9, _OFF, None), (21, _OFF, None), 100, False, id="the evaluations nearest to it count"),
    ],
)
def test_a_gap_is_judged_by_the_evaluations_beside_it(
    before: tuple[float, AlertState, float | None],
    after: tuple[float, AlertState, float | None],
    gap_s: float,
    *,
    hides: bool,
) -> None:
    """Those at its very ends, or the nearest: others say nothing about it."""
    gap = Gap(start_s=10, end_s=20)
    line = plain((1, _PENDING, 1), before, after, (30, _FIRING, 25), gaps=(gap,))
    assert line.may_hide_firing(gap_s) == ((gap,) if hides else ())


def test_a_gap_at_either_end_may_hide_a_firing() -> None:
    """Nobody knows what was before, or after."""
    first, last = Gap(start_s=0, end_s=10), Gap(start_s=20, end_s=100)
    assert plain((10, _OFF, None), gaps=(first,)).may_hide_firing(1_000) == (first,)
    assert plain((20, _PENDING, 20), gaps=(last,)).may_hide_firing(1_000) == (last,)
    assert plain((20, _OFF, None), gaps=(last,)).may_hide_firing(1_000) == ()


def test_evaluations_count_at_the_very_ends_of_the_window() -> None:
    """Heartbeats and samples; one and a half intervals without any are a missed one, exactly so many are not."""
    beats = Series(labels={}, points=tuple(Point(at_s=at_s, value=1) for at_s in (9.9, 10, 20, 30, 30.1)))
    found = Evaluations.of([beats, beats], interval_s=10, start_s=10, end_s=30)
    assert found.at_s == (10, 20, 30)
    assert found.gaps == ()
    wide = Evaluations(at_s=(10, 25, 40.1), interval_s=10, start_s=10, end_s=41)
    assert wide.gaps == (Gap(start_s=25, end_s=40.1),)
    sample = Series(
        labels={"alertname": NAME, "alertstate": "firing"},
        points=tuple(Point(at_s=at_s, value=1) for at_s in (9.9, 10, 30, 30.1)),
    )
    (line,) = read_timelines([sample], [], found)
    assert [moment.at_s for moment in line.moments if moment.active] == [10, 30]


def test_a_sample_and_its_heartbeat_are_one_evaluation() -> None:
    """To the millisecond, in which Prometheus counts."""
    evaluations = Evaluations(at_s=(10.0004, 20.0), interval_s=10, start_s=0, end_s=30)
    sample = Series(labels={"alertname": NAME, "alertstate": "pending"}, points=(Point(at_s=10.0, value=1),))
    (line,) = read_timelines(
        [sample], [Series(labels={"alertname": NAME}, points=(Point(at_s=10, value=7),))], evaluations
    )
    assert [(moment.state, moment.active_at_s) for moment in line.moments] == [(_PENDING, 7), (_OFF, None)]
