"""What a recording rule's value must be in a scene: arithmetic on what was set, grouped as it is documented."""

from collections.abc import Mapping
from typing import Final

from harness.core.contract.model import RecordedKind, RecordingPromise
from harness.core.judge.recorded import histogram_quantile
from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import Motion, motions
from harness.core.measured.scene import Labels, Scene

#: newer frameworks tell the items of a queue apart by it
_PRIORITY: Final = "priority"


def expected(promise: RecordingPromise, scene: Scene, catalog: Catalog, *, at_s: float) -> Mapping[Labels, float]:
    """The documented value of each label set at an instant, Unix time, whose whole window lies in one phase.

    NaN is the quantile of no reconciles. Label sets that nothing is promised about are left out.
    """
    state = scene.state_at(at_s)
    told = () if state is None else tuple(motions(catalog, state))
    metric = f"{promise.metric}_bucket" if promise.kind is RecordedKind.QUANTILE else promise.metric
    mine = [one for one in told if one.labels["__name__"] == metric and promise.covers(one.labels)]
    found: dict[Labels, float] = {}
    for key in {_key(one, promise.by) for one in mine}:
        group = [one for one in mine if _key(one, promise.by) == key]
        found[key] = _value(promise, group)
    return found


def _value(promise: RecordingPromise, group: list[Motion]) -> float:
    if promise.kind is RecordedKind.MAX:
        parts: dict[Labels, float] = {}
        for one in group:
            rest = tuple(sorted((name, value) for name, value in one.labels.items() if name != _PRIORITY))
            parts[rest] = parts.get(rest, 0.0) + one.value
        return max(parts.values())
    if promise.kind is RecordedKind.RATE:
        return sum(one.per_s or 0.0 for one in group)
    buckets: dict[float, float] = {}
    for one in group:
        bound = float(one.labels["le"])
        buckets[bound] = buckets.get(bound, 0.0) + (one.per_s or 0.0)
    return histogram_quantile(promise.quantile or 0.0, sorted(buckets.items()))


def _key(one: Motion, by: tuple[str, ...]) -> Labels:
    return tuple((name, one.labels.get(name, "")) for name in by)
