"""The timeline says what the samples prove, and "unknown" for the rest."""

import pytest

from harness.core.samples import Point, Series
from harness.core.timeline import (
    AlertState,
    Change,
    Evaluations,
    Gap,
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
