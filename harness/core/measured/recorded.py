"""What a recording rule's value must be in a scene: arithmetic on what was set, grouped as it is documented."""

from collections.abc import Callable, Mapping
from typing import Final

from harness.core.contract.model import RecordedKind, RecordingPromise
from harness.core.judge.recorded import histogram_quantile
from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import motions
from harness.core.measured.scene import Labels, Scene

#: newer frameworks tell the items of a queue apart by it
_PRIORITY: Final = "priority"


def expected(promise: RecordingPromise, scene: Scene, catalog: Catalog, *, at_s: float) -> Mapping[Labels, float]:
    """The documented value of each label set at an instant, Unix time.

    NaN is the quantile of no reconciles. Label sets that nothing is promised about are left out.
    """
    parts = scene.parts(at_s, 0.0 if promise.window is None else promise.window.seconds)
    lasted_s = sum(one for one, _ in parts)
    metric = f"{promise.metric}_bucket" if promise.kind is RecordedKind.QUANTILE else promise.metric
    grown: dict[Labels, float] = {}
    values: dict[Labels, float] = {}
    for part_s, state in parts:
        for one in motions(catalog, state, frozenset({metric})):
            if promise.covers(one.labels):
                labels = tuple(sorted(one.labels.items()))
                grown[labels] = grown.get(labels, 0.0) + (one.per_s or 0.0) * part_s / lasted_s
                values[labels] = one.value
    told = values if promise.kind is RecordedKind.MAX else grown
    groups: dict[Labels, dict[Labels, float]] = {}
    for labels, value in told.items():
        groups.setdefault(_key(labels, promise.by), {})[labels] = value
    return {key: _value(promise, group) for key, group in groups.items()}


def _value(promise: RecordingPromise, group: Mapping[Labels, float]) -> float:
    if promise.kind is RecordedKind.MAX:
        return max(_summed(group, lambda labels: tuple(one for one in labels if one[0] != _PRIORITY)).values())
    if promise.kind is RecordedKind.RATE:
        return sum(group.values())
    buckets = _summed(group, lambda labels: tuple(one for one in labels if one[0] == "le"))
    return histogram_quantile(
        promise.quantile or 0.0, ((float(dict(le)["le"]), count) for le, count in buckets.items())
    )


def _summed(group: Mapping[Labels, float], by: Callable[[Labels], Labels]) -> Mapping[Labels, float]:
    found: dict[Labels, float] = {}
    for labels, value in group.items():
        found[by(labels)] = found.get(by(labels), 0.0) + value
    return found


def _key(labels: Labels, by: tuple[str, ...]) -> Labels:
    own = dict(labels)
    return tuple((name, own.get(name, "")) for name in by)
