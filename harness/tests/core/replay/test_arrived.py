"""Samples as evaluations saw them."""

from harness.core.replay.arrived import as_seen, under_way
from harness.core.samples import STALE, Point, Series, is_stale

_TARGET = {"job": "j", "instance": "a:1"}


def _series(name: str, *points: tuple[float, float], **labels: str) -> Series:
    return Series(
        labels={"__name__": name, **labels}, points=tuple(Point(at_s=at_s, value=value) for at_s, value in points)
    )


def _ends(found: tuple[Series, ...]) -> list[list[float]]:
    return [[point.at_s for point in one.points if is_stale(point.value)] for one in found]


def test_the_end_of_a_target_is_seen_an_interval_and_a_tenth_later_in_all_of_its_series() -> None:
    """And again, where it came back and ended again."""
    points = ((0.0, 1.0), (10.0, 1.0), (20.0, STALE), (60.0, 1.0), (70.0, STALE))
    up, other = as_seen([_series("up", *points, **_TARGET), _series("m", *points, pod="p", **_TARGET)])
    assert _ends((up, other)) == [[31.0, 81.0], [31.0, 81.0]]
    assert [point.at_s for point in other.points] == [0, 10, 31, 60, 81]


def test_a_series_that_a_scrape_no_longer_found_ended_with_that_scrape() -> None:
    """Its target goes on."""
    up = _series("up", (0.0, 1.0), (10.0, 1.0), (20.0, 0.0), (30.0, STALE), **_TARGET)
    series = _series("m", (0.0, 1.0), (20.0, STALE), **_TARGET)
    assert _ends(as_seen([up, series])) == [[41.0], [20.0]]


def test_what_belongs_to_no_target_or_to_another_stays() -> None:
    """By the labels of its `up`."""
    up = _series("up", (0.0, 1.0), (10.0, STALE), **_TARGET)
    others = (_series("m", (10.0, STALE), job="j", instance="b:1"), _series("n", (10.0, STALE)))
    assert as_seen([up, *others])[1:] == others


def test_evaluations_at_which_a_scrape_was_under_way_are_known() -> None:
    """By how long it took; an offset gives it so much more time."""
    took = _series("scrape_duration_seconds", (10.0, 0.5), (20.0, 0.5), (30.0, STALE), **_TARGET)
    instants = (9.9, 10.0, 10.51, 10.6, 20.2, 30.0)
    assert under_way([took, _series("up", (0.0, 1.0))], instants, query_offset_s=0.0) == {10.0, 10.51, 20.2}
    assert under_way([took], instants, query_offset_s=0.4) == {10.0}
