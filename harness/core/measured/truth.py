"""What the documented quantities really are in a scene: plain arithmetic on what was set, without any PromQL."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.core.contract.model import Threshold
from harness.core.contract.quantity import Quantity
from harness.core.measured.axes import metrics_of
from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import DEPTH, DURATIONS, LEADER, RECONCILES, WORKING_SET
from harness.core.measured.scene import Scene
from harness.core.measured.state import FAST_S, Answers, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance of a quantity, and what it is."""

    labels: Mapping[str, str]
    value: float


#: parts of a window: for how many seconds which state lasted in it
Parts = tuple[tuple[float, State], ...]
#: of one quantity, at an instant: the parts of the window that it is counted over, the last of them being now
Reckoning = Callable[[Catalog, Parts], Iterable[Instance]]


def instances(scene: Scene, catalog: Catalog, threshold: Threshold, *, at_s: float) -> tuple[Instance, ...]:
    """All instances of a threshold's quantity at an instant, Unix time; none where there is nothing to count.

    A quantity over a window is counted over as much of the window as lies in the scene, and as was told.
    """
    parts = scene.parts(at_s, 0.0 if threshold.window is None else threshold.window.seconds)
    told = metrics_of(threshold.quantity)
    parts = tuple(one for one in parts if told.isdisjoint(one[1].vanished))
    reckoning = RECKONINGS.get(threshold.quantity)
    return () if reckoning is None or not parts else tuple(reckoning(catalog, parts))


def alerting(found: Iterable[Instance], threshold: Threshold) -> tuple[Instance, ...]:
    """The instances on the side that alerts."""
    return tuple(
        one for one in found if (one.value > threshold.value if threshold.side == ">" else one.value < threshold.value)
    )


def _serving(_catalog: Catalog, parts: Parts) -> Iterable[Instance]:
    yield Instance(labels={}, value=float(len(parts[-1][1].answering)))


def _leading(catalog: Catalog, parts: Parts) -> Iterable[Instance]:
    answering = parts[-1][1].answering
    if answering:
        for name in catalog.values_of(LEADER, "name"):
            yield Instance(labels={"name": name}, value=float(sum(one.leads for one in answering)))


def _queued(catalog: Catalog, parts: Parts) -> Iterable[Instance]:
    state = parts[-1][1]
    if state.answering:
        leads = state.queued_on_all or any(one.leads for one in state.answering)
        for name in catalog.values_of(DEPTH, "name"):
            yield Instance(labels={"name": name}, value=state.queued.get(name, 0.0) if leads else 0.0)


def _latency(catalog: Catalog, parts: Parts, quantile: float = 0.99) -> Iterable[Instance]:
    for controller in catalog.values_of(f"{DURATIONS}_count", "controller"):
        took: dict[float, float] = {}
        for lasted_s, state in parts:
            slow, done = state.slow.get(controller, 0.0), _load(state) * lasted_s
            took[FAST_S] = took.get(FAST_S, 0.0) + done * (1 - slow)
            took[state.slow_s] = took.get(state.slow_s, 0.0) + done * slow
        done, seen = sum(took.values()), 0.0
        for duration_s, count in sorted(took.items()):
            seen += count
            if done and seen >= quantile * done:
                yield Instance(labels={"controller": controller}, value=duration_s)
                break


def _failed(catalog: Catalog, parts: Parts) -> Iterable[Instance]:
    for controller in catalog.values_of(RECONCILES, "controller"):
        failed, done = _failures(parts, (controller,))
        if done:
            yield Instance(labels={"controller": controller}, value=failed / done)


def _failed_overall(catalog: Catalog, parts: Parts) -> Iterable[Instance]:
    failed, done = _failures(parts, catalog.values_of(RECONCILES, "controller"))
    if done:
        yield Instance(labels={}, value=failed / done)


def _failures(parts: Parts, controllers: Iterable[str]) -> tuple[float, float]:
    """How many failed, and how many there were."""
    each = [(_load(state) * lasted_s, state.failed.get(one, 0.0)) for lasted_s, state in parts for one in controllers]
    return sum(done * share for done, share in each), sum(done for done, _ in each)


def _memory(catalog: Catalog, parts: Parts) -> Iterable[Instance]:
    state = parts[-1][1]
    if state.limited:
        yield from _of_containers(catalog, state, state.memory)


def _throttling(catalog: Catalog, parts: Parts) -> Iterable[Instance]:
    lasted_s = sum(one for one, _ in parts)
    throttled = sum(one * state.throttled for one, state in parts) / lasted_s
    yield from _of_containers(catalog, parts[-1][1], throttled)


def _of_containers(catalog: Catalog, state: State, value: float) -> Iterable[Instance]:
    there = [index for index, one in enumerate(state.replicas) if one.answers is not Answers.GONE]
    for index in there:
        for container in catalog.values_of(WORKING_SET, "container"):
            if container not in {"", "POD"}:
                yield Instance(labels={"pod": catalog.of_replica(index).pod, "container": container}, value=value)


def _load(state: State) -> float:
    return state.load_per_s if any(one.leads for one in state.answering) else 0.0


#: a quantity that is not here cannot be driven
RECKONINGS: Final[Mapping[Quantity, Reckoning]] = {
    Quantity.SERVING_REPLICAS: _serving,
    Quantity.LEADING_REPLICAS: _leading,
    Quantity.QUEUE_DEPTH: _queued,
    Quantity.RECONCILE_LATENCY: _latency,
    Quantity.FAILED_RECONCILES: _failed,
    Quantity.FAILED_RECONCILES_OVERALL: _failed_overall,
    Quantity.MEMORY_USE: _memory,
    Quantity.CPU_THROTTLING: _throttling,
}
