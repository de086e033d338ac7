"""Axes: by what one quantity is driven, how finely, and where the documented threshold lies on it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from harness.core.contract.model import Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import (
    DEPTH,
    DURATIONS,
    ERRORS,
    LEADER,
    LIMITS,
    PERIODS,
    RECONCILES,
    SPEC_LIMIT,
    THROTTLED,
    UP,
    WORKING_SET,
)
from harness.core.measured.state import Answers, Replica, State

#: levels of a ladder, in units of the threshold: close around it, and far on both sides
_LADDER: Final = (0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 1.01, 1.02, 1.05, 1.1, 1.25, 1.5, 2.0, 4.0, 10.0)
_FINE: Final = 0.01
#: of what is slow: so much slower than the threshold that no bucket holds both
_FAR: Final = 2.0
#: a share of slow reconciles that is far more than a 99th percentile hides
_MANY: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One way to bring a quantity about."""

    #: what is set, in words
    what: str
    #: of the levels
    unit: Unit
    #: a level strictly on `side` of this alerts
    documented: float
    side: str
    levels: tuple[float, ...]
    #: a level, and the state with everything else as it was -> the state with it
    at: Callable[[float, State], State]
    #: metrics that the levels are in
    metrics: frozenset[str]

    def alerts(self, level: float) -> bool:
        """Whether the documentation has the alert at a level."""
        return level > self.documented if self.side == ">" else level < self.documented

    @property
    def nearest(self) -> tuple[float, float]:
        """The two levels next to the threshold: the last that must be silent, and the first that must not."""
        silent = [level for level in self.levels if not self.alerts(level)]
        active = [level for level in self.levels if self.alerts(level)]
        return (max(silent), min(active)) if self.side == ">" else (min(silent), max(active))

    @property
    def worst(self) -> float:
        """The level that is farthest on the side that alerts."""
        return max(self.levels) if self.side == ">" else min(self.levels)


def axes(catalog: Catalog, threshold: Threshold) -> tuple[Axis, ...]:
    """The ways to drive a threshold's quantity to both sides of it; none where it cannot be."""
    maker = _MAKERS.get(threshold.quantity)
    found = () if maker is None else tuple(maker(catalog, threshold))
    return tuple(one for one in found if {one.alerts(level) for level in one.levels} == {True, False})


def lacking(catalog: Catalog, quantity: Quantity) -> tuple[str, ...]:
    """The metrics without which a quantity cannot be driven, and which the catalog does not have."""
    one_of = _ONE_OF.get(quantity, ())
    missing = set() if not one_of or not catalog.names().isdisjoint(one_of) else {" or ".join(one_of)}
    return tuple(sorted((_NEEDED.get(quantity, frozenset()) - catalog.names()) | missing))


def metrics_of(quantity: Quantity) -> frozenset[str]:
    """The metrics by which a quantity is told."""
    return _NEEDED.get(quantity, frozenset())


def family_of(quantity: Quantity) -> frozenset[str]:
    """The metrics that come and go with those by which a quantity is told."""
    own = metrics_of(quantity)
    return own.union(*(family for family in _FAMILIES if not own.isdisjoint(family)))


def ladder(documented: float, unit: Unit, *, ceiling: float | None = None) -> tuple[float, ...]:
    """Levels around a threshold; whole ones of what is counted, with those next to it and itself."""
    if unit in {Unit.ITEMS, Unit.REPLICAS}:
        near = {documented - 1, documented, documented + 1}
        far = {float(round(documented * factor)) for factor in _LADDER}
        return tuple(sorted(level for level in near | far if level >= 0))
    found = [documented * factor for factor in _LADDER]
    kept = [level for level in found if ceiling is None or level <= ceiling]
    return tuple([*kept, ceiling] if ceiling is not None and ceiling > kept[-1] else kept)


def _replicas(_catalog: Catalog, threshold: Threshold) -> Iterator[Axis]:
    for how in (Answers.SILENT, Answers.GONE):
        yield Axis(
            what=f"replicas that answer, the others {'do not' if how is Answers.SILENT else 'are gone'}",
            unit=Unit.REPLICAS,
            documented=threshold.value,
            side=threshold.side,
            levels=(0.0, *(float(round(threshold.value)) + index for index in range(3))),
            at=partial(_serving, how),
            metrics=frozenset({UP}),
        )


def _leading(_catalog: Catalog, threshold: Threshold) -> Iterator[Axis]:
    yield Axis(
        what="replicas that lead",
        unit=Unit.REPLICAS,
        documented=threshold.value,
        side=threshold.side,
        levels=(0.0, 1.0),
        at=_led,
        metrics=frozenset({UP, LEADER}),
    )


def _queued(catalog: Catalog, threshold: Threshold) -> Iterator[Axis]:
    for name in catalog.values_of(DEPTH, "name"):
        yield _axis(
            f"items in the queue {name}",
            threshold,
            partial(_waiting, name),
            DEPTH,
        )


def _latency(catalog: Catalog, threshold: Threshold) -> Iterator[Axis]:
    bounds = sorted({float(one) for one in catalog.values_of(f"{DURATIONS}_bucket", "le")})
    quantile = threshold.quantity.definition.quantile or 0.99
    for controller in catalog.values_of(f"{DURATIONS}_count", "controller"):
        yield replace(
            _axis(
                f"seconds that {_MANY:.0%} of the reconciles of {controller} take",
                threshold,
                partial(_slow_by, controller),
                f"{DURATIONS}_bucket",
            ),
            levels=tuple(one for one in ladder(threshold.value, threshold.unit) if _told_apart(one, threshold, bounds)),
        )
        yield Axis(
            what=f"the share of the reconciles of {controller} that take {_FAR * threshold.value:g} s",
            unit=Unit.RATIO,
            documented=1 - quantile,
            side=threshold.side,
            levels=ladder(1 - quantile, Unit.RATIO, ceiling=1.0),
            at=partial(_slow_often, controller, _FAR * threshold.value),
            metrics=frozenset({f"{DURATIONS}_bucket"}),
        )


def _told_apart(level: float, threshold: Threshold, bounds: list[float]) -> bool:
    """Whether a histogram can tell a duration from the threshold: not in the middle of one bucket with it."""
    low = max((one for one in bounds if one < level), default=0.0)
    high = min((one for one in bounds if one >= level), default=float("inf"))
    return not low < threshold.value < high and high != float("inf")


def _failed(catalog: Catalog, threshold: Threshold) -> Iterator[Axis]:
    for controller in catalog.values_of(RECONCILES, "controller"):
        yield _axis(
            f"the share of the reconciles of {controller} that fail",
            threshold,
            partial(_failing, {controller: 1.0}),
            RECONCILES,
        )


def _failed_overall(catalog: Catalog, threshold: Threshold) -> Iterator[Axis]:
    controllers = catalog.values_of(RECONCILES, "controller")
    yield _axis(
        "the share of all reconciles that fail",
        threshold,
        partial(_failing, dict.fromkeys(controllers, 1.0)),
        RECONCILES,
    )
    if len(controllers) > 1:
        axis = _axis(
            f"the share of all reconciles that fail, all of them of {controllers[0]}",
            threshold,
            partial(_failing, {controllers[0]: float(len(controllers))}),
            RECONCILES,
        )
        yield replace(axis, levels=tuple(level for level in axis.levels if level * len(controllers) <= 1))


def _memory(_catalog: Catalog, threshold: Threshold) -> Iterator[Axis]:
    yield _axis("working set / memory limit", threshold, _using, WORKING_SET)


def _throttling(_catalog: Catalog, threshold: Threshold) -> Iterator[Axis]:
    yield _axis("throttled / all CFS periods", threshold, _held_back, THROTTLED)


def _serving(how: Answers, level: float, state: State) -> State:
    serving = int(level)
    return replace(
        state,
        replicas=tuple(
            Replica(answers=Answers.UP if index < serving else how, leads=index == 0 and serving > 0)
            for index in range(max(serving, len(state.replicas)))
        ),
    )


def _led(level: float, state: State) -> State:
    return replace(state, replicas=tuple(replace(one, leads=at < level) for at, one in enumerate(state.replicas)))


def _waiting(queue: str, level: float, state: State) -> State:
    return replace(state, queued={**state.queued, queue: level})


def _slow_by(controller: str, level: float, state: State) -> State:
    return replace(state, slow={**state.slow, controller: _MANY}, slow_s=level)


def _slow_often(controller: str, slow_s: float, level: float, state: State) -> State:
    return replace(state, slow={**state.slow, controller: level}, slow_s=slow_s)


def _failing(shares: Mapping[str, float], level: float, state: State) -> State:
    return replace(state, failed={**state.failed, **{one: level * share for one, share in shares.items()}})


def _using(level: float, state: State) -> State:
    return replace(state, memory=level)


def _held_back(level: float, state: State) -> State:
    return replace(state, throttled=level)


def _axis(what: str, threshold: Threshold, at: Callable[[float, State], State], metric: str) -> Axis:
    ceiling = 1.0 if threshold.unit is Unit.RATIO else None
    return Axis(
        what=what,
        unit=threshold.unit,
        documented=threshold.value,
        side=threshold.side,
        levels=ladder(threshold.value, threshold.unit, ceiling=ceiling),
        at=at,
        metrics=frozenset({metric}),
    )


Maker = Callable[[Catalog, Threshold], Iterator[Axis]]
_MAKERS: Final[Mapping[Quantity, Maker]] = {
    Quantity.SERVING_REPLICAS: _replicas,
    Quantity.LEADING_REPLICAS: _leading,
    Quantity.QUEUE_DEPTH: _queued,
    Quantity.RECONCILE_LATENCY: _latency,
    Quantity.FAILED_RECONCILES: _failed,
    Quantity.FAILED_RECONCILES_OVERALL: _failed_overall,
    Quantity.MEMORY_USE: _memory,
    Quantity.CPU_THROTTLING: _throttling,
}
_FAMILIES: Final = (
    frozenset({RECONCILES, ERRORS}),
    frozenset({f"{DURATIONS}_bucket", f"{DURATIONS}_count", f"{DURATIONS}_sum"}),
    frozenset({WORKING_SET, "container_memory_usage_bytes", "container_memory_rss", "container_memory_cache"}),
)
#: metrics of which one is enough
_ONE_OF: Final[Mapping[Quantity, tuple[str, ...]]] = {Quantity.MEMORY_USE: (LIMITS, SPEC_LIMIT)}
_NEEDED: Final[Mapping[Quantity, frozenset[str]]] = {
    Quantity.SERVING_REPLICAS: frozenset({UP}),
    Quantity.LEADING_REPLICAS: frozenset({LEADER}),
    Quantity.QUEUE_DEPTH: frozenset({DEPTH}),
    Quantity.RECONCILE_LATENCY: frozenset({f"{DURATIONS}_bucket", f"{DURATIONS}_count"}),
    Quantity.FAILED_RECONCILES: frozenset({RECONCILES}),
    Quantity.FAILED_RECONCILES_OVERALL: frozenset({RECONCILES}),
    Quantity.MEMORY_USE: frozenset({WORKING_SET}),
    Quantity.CPU_THROTTLING: frozenset({PERIODS, THROTTLED}),
}
