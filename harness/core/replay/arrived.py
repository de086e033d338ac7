"""Samples as evaluations saw them: what is written later than it is dated.

Samples are dated at the beginning of a scrape and written at its end. The end of a target that is gone comes later yet:
Prometheus waits two scrape intervals and a tenth before it marks the series of a target that it scrapes no more, and
dates the markers one interval after the last scrape. Until they are written, rules see the last values:
https://github.com/prometheus/prometheus/blob/v3.13.5/scrape/scrape.go (`endOfRunStaleness`)
"""

import itertools
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from harness.core.samples import Point, Series, is_stale

_UP, _TOOK = "up", "scrape_duration_seconds"
#: between the end of a scrape and the moment at which its samples can be asked for, at the longest
_COMMIT_S: Final = 0.02
#: a marker is dated after one interval and written after so much more
_LATER_INTERVALS: Final = 1.1


def as_seen(scraped: Sequence[Series]) -> tuple[Series, ...]:
    """The same samples, the markers of targets that are gone at the instant at which they were written.

    Args:
        scraped: with the `up` of their targets; what belongs to none stays as it is. A marker in a series of a target
            that is still there is dated and written by the scrape that did not find it.
    """
    ups = [one for one in scraped if one.labels.get("__name__") == _UP]
    gone = [({*one.labels.items()} - {("__name__", _UP)}, _ends(one.points)) for one in ups]
    return tuple(_moved(one, gone) for one in scraped)


def under_way(scraped: Iterable[Series], instants: Iterable[float], *, query_offset_s: float) -> frozenset[float]:
    """The evaluations at which a scrape was under way: its samples are dated before, and were perhaps not seen yet.

    Args:
        scraped: with `scrape_duration_seconds` of the targets.
        instants: of what evaluations wrote, Unix seconds: the offset before they were made.
        query_offset_s: how much earlier than that they look.
    """
    ordered = sorted(instants)
    found: set[float] = set()
    for one in scraped:
        if one.labels.get("__name__") == _TOOK:
            for point in one.points:
                until_s = point.at_s + (0.0 if is_stale(point.value) else point.value + _COMMIT_S) - query_offset_s
                found.update(ordered[bisect_left(ordered, point.at_s) : bisect_left(ordered, until_s)])
    return frozenset(found)


def _ends(points: Sequence[Point]) -> dict[float, float]:
    """When each marker is dated -> when it was written."""
    pairs = itertools.pairwise(points)
    return {
        marker.at_s: marker.at_s + _LATER_INTERVALS * (marker.at_s - last.at_s)
        for last, marker in pairs
        if is_stale(marker.value)
    }


def _moved(series: Series, gone: Iterable[tuple[set[tuple[str, str]], dict[float, float]]]) -> Series:
    labels = series.labels.items()
    ends = {at_s: written_s for target, of in gone if target <= labels for at_s, written_s in of.items()}
    if not ends:
        return series
    return replace(
        series,
        points=tuple(
            replace(point, at_s=ends.get(point.at_s, point.at_s)) if is_stale(point.value) else point
            for point in series.points
        ),
    )
