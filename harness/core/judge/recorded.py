"""What a recording rule's value should be, computed from the controller's own pages without any PromQL.

How the comparison is made honest. At the instant `t` Prometheus has the scrapes in `(t - window, t]`. With the first
at `f` and the last at `l`, `rate()` is `(C(l) - C(f)) / (l - f)`, as long as both ends are near the window's
(promql/functions.go, extrapolatedRate): the extrapolation to the window cancels out. The pages taken by the harness
bracket `f` and `l`, and the counter between two pages is taken to rise linearly. Where the scrape instants are known
(the timestamps of any raw sample of that target) `f` and `l` are known to within what the scrape took, because a sample
has the instant at which its scrape began, and the page was written somewhere between that and the scrape's end; else
each is known to within one scrape interval. The expected value is then a range, and an observed value inside it differs
by 0. The range is narrow when the load is steady, so steady load makes the proof sharp and unsteady load never makes it
wrong; a range so wide that it would accept anything is not compared.

The verdict is on the median over all instants compared: one scrape that came late shifts one instant, a wrong rule
shifts all of them.
"""

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core.contract.model import RecordedKind, RecordingPromise
from harness.core.exposition import Page
from harness.core.judge.finding import Judgement, RecordedFigures
from harness.core.label_text import pairs
from harness.core.samples import Point, Series
from harness.core.verdict import Verdict

#: fewer instants with traffic than this prove nothing
MIN_INSTANTS = 3

#: first scrape in the window early or late, last one early or late
_CHOICES = 4
#: a wider range, relative to its upper end, says nothing
_WIDEST_RATIO = 0.5

Key = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The independent value at one instant: somewhere in this range. NaN when there was no traffic."""

    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrape:
    """One scrape of a target."""

    #: Unix time in seconds at which it began: the timestamp of its samples
    at_s: float
    #: seconds until the page was there
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCase:
    """The evidence about one recording rule."""

    promise: RecordingPromise
    #: raw samples of the recorded series, at the evaluation instants
    recorded: tuple[Series, ...]
    #: pages of every pod that was scraped, any order
    pages: tuple[Page, ...]
    #: the window in effect, seconds of the clock; 0 for MAX
    window_s: float
    #: the scrape interval in effect, seconds of the clock
    scrape_s: float
    #: scrapes per page source, where known; see the module's text
    scrapes: Mapping[str, tuple[Scrape, ...]]
    #: only recorded samples between these are compared
    start_s: float
    end_s: float
    #: whether the rule's group is loaded and healthy, in words; empty if it is
    rule_fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """One instant: relative difference, the expected value nearest to the observed one, the observed one."""

    ratio: float
    expected: float
    observed: float


def judge_recording(case: RecordingCase) -> Judgement:
    """Compares each recorded sample with the independent computation from the pages."""
    promise = case.promise
    if case.rule_fault:
        return _judgement(case, Verdict.VIOLATED, case.rule_fault)
    case = replace(case, recorded=tuple(series for series in case.recorded if promise.covers(series.labels)))
    tracks = _tracks(case)
    points = {
        _key(series.labels, promise.by): [p for p in series.points if case.start_s <= p.at_s <= case.end_s]
        for series in case.recorded
    }
    instants = sorted({point.at_s for found in points.values() for point in found})
    if not instants:
        if any(value.high > 0 for value in _expected(case, tracks, case.end_s).values()):
            return _judgement(case, Verdict.VIOLATED, "no samples were recorded, although the pages have values")
        return _judgement(case, Verdict.UNKNOWN, "no samples were recorded, and the pages show no traffic either")
    expected = {at_s: _expected(case, tracks, at_s) for at_s in instants}
    wanted = {key for values in expected.values() for key, value in values.items() if not math.isnan(value.high)}
    missing = sorted(wanted - {*points})
    if missing:
        return _judgement(case, Verdict.VIOLATED, f"nothing recorded for {_shown(missing[0])}")
    compared = {key: _compare(points[key], key, expected, known=bool(case.scrapes)) for key in sorted(wanted)}
    enough = {key: found for key, found in compared.items() if len(found) >= MIN_INSTANTS}
    if not enough:
        return _judgement(
            case, Verdict.UNKNOWN, f"fewer than {MIN_INSTANTS} instants with traffic and quick scrapes to compare"
        )
    return _worst(case, enough)


def _compare(
    points: Iterable[Point], key: Key, expected: Mapping[float, Mapping[Key, Expected]], *, known: bool
) -> list[_Compared]:
    """The instants at which the pages cover the window, those left out at which neither side saw traffic.

    Where the scrapes are known, instants are left out as well at which they took so long that any value would do.
    """
    found = []
    for point in points:
        wanted = expected[point.at_s].get(key)
        if wanted is None or (known and not _telling(wanted)) or (math.isnan(wanted.high) and math.isnan(point.value)):
            continue
        nearest = min(max(point.value, wanted.low), wanted.high)
        if math.isnan(wanted.high) or math.isnan(point.value):
            nearest, ratio = wanted.high, math.inf
        elif nearest == point.value:
            ratio = 0.0
        else:
            ratio = abs(point.value - nearest) / abs(nearest) if nearest else math.inf
        found.append(_Compared(ratio=ratio, expected=nearest, observed=point.value))
    return found


def _worst(case: RecordingCase, compared: Mapping[Key, Sequence[_Compared]]) -> Judgement:
    """The label set with the largest median difference decides."""
    middles = {key: sorted(found, key=lambda one: one.ratio)[(len(found) - 1) // 2] for key, found in compared.items()}
    key = max(middles, key=lambda each: middles[each].ratio)
    middle = middles[key]
    right = middle.ratio <= case.promise.tolerance_ratio
    why = f"median difference {middle.ratio:.1%} over {len(compared[key])} instants" + (
        f", {_shown(key)}" if key else ""
    )
    labels = {name for series in case.recorded for name in series.labels} - {"__name__"}
    if labels != {*case.promise.by}:
        right = False
        why = f"recorded by ({', '.join(sorted(labels))}) instead of ({', '.join(case.promise.by)}); {why}"
    figures = RecordedFigures(
        expected=middle.expected,
        observed=middle.observed,
        difference_ratio=middle.ratio,
        tolerance_ratio=case.promise.tolerance_ratio,
        instants=len(compared[key]),
    )
    return _judgement(case, Verdict.VERIFIED if right else Verdict.VIOLATED, why, figures)


def _judgement(case: RecordingCase, verdict: Verdict, why: str, figures: RecordedFigures | None = None) -> Judgement:
    none = RecordedFigures(tolerance_ratio=case.promise.tolerance_ratio)
    return Judgement(
        name=case.promise.name, verdict=verdict, promise="", findings=(), recorded=figures or none, cause=why
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Track:
    """One series of one process, from page to page; a counter's resets are bridged."""

    labels: Mapping[str, str]
    at_s: tuple[float, ...]
    values: tuple[float, ...]

    def value(self, at_s: float) -> float | None:
        """Between two pages a straight line; None outside of them."""
        after = bisect.bisect_left(self.at_s, at_s)
        if after == len(self.at_s) or (after == 0 and self.at_s[0] != at_s):
            return None
        if self.at_s[after] == at_s:
            return self.values[after]
        start_s, end_s = self.at_s[after - 1], self.at_s[after]
        share = (at_s - start_s) / (end_s - start_s)
        return self.values[after - 1] + share * (self.values[after] - self.values[after - 1])


def _tracks(case: RecordingCase) -> dict[str, list[_Track]]:
    """All series that the promise needs, per process."""
    promise = case.promise
    name = f"{promise.metric}_bucket" if promise.kind is RecordedKind.QUANTILE else promise.metric
    seen: dict[str, dict[Key, list[tuple[float, float]]]] = {}
    for page in sorted(case.pages, key=lambda each: each.at_s):
        of_source = seen.setdefault(page.source, {})
        for sample in page.samples(name):
            if not promise.covers(sample.labels):
                continue
            of_source.setdefault(tuple(sorted(sample.labels.items())), []).append((page.at_s, sample.value))
    return {
        source: [
            _Track(
                labels=dict(key),
                at_s=tuple(at_s for at_s, _ in values),
                values=tuple(v for _, v in values) if promise.kind is RecordedKind.MAX else _bridged(values),
            )
            for key, values in series.items()
        ]
        for source, series in seen.items()
    }


def _bridged(values: Sequence[tuple[float, float]]) -> tuple[float, ...]:
    """The counter as if it had never been reset: a fall means that it began again at zero."""
    lost, bridged, previous = 0.0, [], 0.0
    for _, value in values:
        lost += previous if value < previous else 0.0
        previous = value
        bridged.append(value + lost)
    return tuple(bridged)


def _expected(case: RecordingCase, tracks: Mapping[str, Sequence[_Track]], at_s: float) -> dict[Key, Expected]:
    """The independent value per label set at one instant; empty where the pages do not cover what Prometheus saw."""
    if case.promise.kind is RecordedKind.MAX:
        return _expected_max(case, tracks, at_s)
    ranges: dict[Key, list[float]] = {}
    for choice in range(_CHOICES):
        rates: dict[Key, dict[float, float]] = {}
        for source, series in tracks.items():
            ends = _ends(case, source, at_s)
            if not ends:
                return {}
            first_s, last_s, span_s = ends[choice % len(ends)]
            for track in series:
                first, last = track.value(first_s), track.value(last_s)
                if first is None or last is None:
                    return {}
                bound = float(track.labels.get("le", "inf"))
                of_key = rates.setdefault(_key(track.labels, case.promise.by), {})
                of_key[bound] = of_key.get(bound, 0.0) + (last - first) / span_s
        for key, buckets in rates.items():
            ranges.setdefault(key, []).append(_value(case.promise, buckets))
    agreed = {key: _range(values) for key, values in ranges.items()}
    return {key: value for key, value in agreed.items() if value is not None}


def _range(values: Sequence[float]) -> Expected | None:
    """All choices of ends together; None at the edge of a burst, where one saw traffic and another none."""
    idle = [math.isnan(value) for value in values]
    if all(idle):
        return Expected(low=math.nan, high=math.nan)
    return None if any(idle) else Expected(low=min(values), high=max(values))


def _telling(found: Expected) -> bool:
    """Whether a range is narrow enough to refuse anything."""
    return math.isnan(found.high) or found.high - found.low <= _WIDEST_RATIO * abs(found.high)


def _value(promise: RecordingPromise, buckets: Mapping[float, float]) -> float:
    if promise.quantile is None:
        return buckets[math.inf]
    return histogram_quantile(promise.quantile, buckets.items())


def _ends(case: RecordingCase, source: str, at_s: float) -> Sequence[tuple[float, float, float]]:
    """When the first and the last page of the window were written: known, or each within one interval.

    Returns:
        Instants of the first and of the last page, and the seconds that Prometheus takes to lie between them.
    """
    start_s = at_s - case.window_s
    if source in case.scrapes:
        inside = [scrape for scrape in case.scrapes[source] if start_s < scrape.at_s <= at_s]
        if len(inside) < 2:  # noqa: PLR2004 - a rate has two ends
            return []
        first, last = inside[0], inside[-1]
        return [
            (first_s, last_s, last.at_s - first.at_s)
            for first_s in (first.at_s, first.at_s + first.took_s)
            for last_s in (last.at_s, last.at_s + last.took_s)
        ]
    firsts, lasts = (start_s, start_s + case.scrape_s), (at_s - case.scrape_s, at_s)
    return [(first_s, last_s, last_s - first_s) for first_s in firsts for last_s in lasts]


def _expected_max(case: RecordingCase, tracks: Mapping[str, Sequence[_Track]], at_s: float) -> dict[Key, Expected]:
    """The largest value over the processes, from the pages around the last scrape."""
    found: dict[Key, Expected] = {}
    for series in tracks.values():
        for track in series:
            first = bisect.bisect_right(track.at_s, at_s - 2 * case.scrape_s) - 1
            last = bisect.bisect_left(track.at_s, at_s)
            if first < 0 or last == len(track.at_s):
                return {}
            values = track.values[first : last + 1]
            key = _key(track.labels, case.promise.by)
            known = found.get(key, Expected(low=-math.inf, high=-math.inf))
            found[key] = Expected(low=max(known.low, min(values)), high=max(known.high, *values))
    return found


def _key(labels: Mapping[str, str], by: Iterable[str]) -> Key:
    return tuple((name, labels.get(name, "")) for name in sorted(by))


def _shown(key: Key) -> str:
    return pairs(dict(key)) or "the one series"


def histogram_quantile(quantile: float, buckets: Iterable[tuple[float, float]]) -> float:
    """The quantile by linear interpolation within its bucket, as Prometheus defines it.

    https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile

    Args:
        quantile: 0 to 1.
        buckets: upper bound and cumulative count; the last bound must be infinite.

    Returns:
        NaN without observations or without an infinite bucket; the highest finite bound if the quantile lies above.
    """
    ordered = sorted(buckets)
    if len(ordered) < 2 or not math.isinf(ordered[-1][0]) or not ordered[-1][1] > 0:  # noqa: PLR2004 one finite bound
        return math.nan
    rank = quantile * ordered[-1][1]
    below_bound, below_count = 0.0, 0.0
    for bound, count in ordered[:-1]:
        if count >= rank:
            if count == below_count:  # rank 0 in an empty bucket
                return below_bound
            return below_bound + (bound - below_bound) * (rank - below_count) / (count - below_count)
        below_bound, below_count = bound, count
    return below_bound
