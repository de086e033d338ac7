"""The timelines of alerts as a Prometheus wrote them, from the samples that a recording holds."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from harness.clients.loaded_rules import LoadedAlerts, beat_labels
from harness.core.contract.model import AlertPromise
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.own_series import own_series
from harness.core.samples import Series, is_stale
from harness.core.timeline import Evaluations, Timeline, read_timelines
from harness.recording.facts import ObservedTimeline


def observed(
    promises: Iterable[AlertPromise], loaded: LoadedAlerts, recorded: Iterable[Series]
) -> Mapping[str, tuple[ObservedTimeline, ...]]:
    """What each promised alert did whose rule is loaded: promise -> its label sets.

    Args:
        promises: of the contract.
        loaded: which rule each of them means.
        recorded: what rules wrote, staleness markers among the points.
    """
    by_name: dict[str, list[Series]] = {}
    for series in map(without_markers, recorded):
        by_name.setdefault(series.labels.get("__name__", ""), []).append(series)
    found = {}
    for promise in promises:
        rule, whose = loaded.found(promise), loaded.ownership(promise)
        if rule is None:
            continue
        labels = beat_labels(rule.group).items()
        beats = [one for one in by_name.get(HEARTBEAT, ()) if labels <= one.labels.items()]
        instants = [point.at_s for one in beats for point in one.points]
        if not instants:
            continue
        made = Evaluations.of(beats, interval_s=rule.group.interval, start_s=min(instants), end_s=max(instants))
        alerts, for_state = (own_series(by_name.get(name, ()), whose, made) for name in ("ALERTS", "ALERTS_FOR_STATE"))
        found[promise.name] = tuple(map(_told, read_timelines(_of(alerts, promise), _of(for_state, promise), made)))
    return found


def without_markers(series: Series) -> Series:
    """The series as a query answers it: staleness markers are no samples."""
    return replace(series, points=tuple(point for point in series.points if not is_stale(point.value)))


def _of(found: Iterable[Series], promise: AlertPromise) -> tuple[Series, ...]:
    return tuple(one for one in found if one.labels.get("alertname") == promise.alert)


def _told(timeline: Timeline) -> ObservedTimeline:
    return ObservedTimeline(labels=timeline.labels, changes=timeline.changes, gaps=timeline.gaps)
