"""Samples as evaluations saw them: the end of a target that is gone is written later than it is dated.

Prometheus waits two scrape intervals and a tenth before it marks the series of a target that it scrapes no more, and
dates the markers one interval after the last scrape. Until they are written, rules see the last values:
https://github.com/prometheus/prometheus/blob/v3.13.5/scrape/scrape.go (`endOfRunStaleness`)
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from harness.core.samples import Point, Series, is_stale

_UP: Final = "up"
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
