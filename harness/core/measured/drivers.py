"""What each series does in a state: how fast it grows, or what it is. Names are controller-runtime's and cAdvisor's.

A metric that is not named here goes on as it was while nothing was wrong.
https://github.com/kubernetes-sigs/controller-runtime/blob/v0.21.0/pkg/internal/controller/metrics/metrics.go
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from harness.core.measured.catalog import Catalog, Healthy
from harness.core.measured.state import FAST_S, Answers, Replica, SpecLimit, State

UP: Final = "up"
RECONCILES: Final = "controller_runtime_reconcile_total"
ERRORS: Final = "controller_runtime_reconcile_errors_total"
DURATIONS: Final = "controller_runtime_reconcile_time_seconds"
DEPTH: Final = "workqueue_depth"
LEADER: Final = "leader_election_master_status"
WORKING_SET: Final = "container_memory_working_set_bytes"
SPEC_LIMIT: Final = "container_spec_memory_limit_bytes"
LIMITS: Final = "kube_pod_container_resource_limits"
PERIODS, THROTTLED = "container_cpu_cfs_periods_total", "container_cpu_cfs_throttled_periods_total"
_USAGE, _HEAP, _CACHE = "container_memory_usage_bytes", "container_memory_rss", "container_memory_cache"

#: of the CFS: https://docs.kernel.org/scheduler/sched-bwc.html (`cpu.cfs_period_us`, 100 ms)
_PERIODS_PER_S: Final = 10.0
#: where nobody says what the limit is
_LIMIT_BYTES: Final = 256.0 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """What a series does while a state lasts."""

    labels: Mapping[str, str]
    #: by how much it grows; None of what does not only grow
    per_s: float | None = None
    #: what it is, where it does not only grow
    value: float = 0.0


def motions(catalog: Catalog, state: State, metrics: frozenset[str] | None = None) -> Iterator[Motion]:
    """Every series that is there in this state; those of replicas behind the first are of pods of their own.

    Args:
        catalog: what there is while nothing is wrong.
        state: what is.
        metrics: those that are wanted; None for all.
    """
    for index, replica in enumerate(state.replicas):
        if replica.answers is Answers.GONE:
            continue
        mine = catalog.of_replica(index)
        for series in _completed(mine, state):
            if series.name in state.vanished or not (metrics is None or series.name in metrics):
                continue
            if series.labels.get("job") == catalog.job and replica.answers is not Answers.UP and series.name != UP:
                continue
            yield from _driven(series, mine, state, replica)


def limit_bytes(catalog: Catalog) -> float:
    """The memory limit of its containers."""
    told = [one.value for one in catalog.named(LIMITS) if one.labels.get("resource") == "memory"]
    told += [one.value for one in catalog.named(SPEC_LIMIT) if one.value]
    return next(iter(told), _LIMIT_BYTES)


def _completed(catalog: Catalog, state: State) -> Iterator[Healthy]:
    """The catalog's series, with those that it has only in another state."""
    yield from catalog.series
    if state.spec is not SpecLimit.DROPPED and not catalog.named(SPEC_LIMIT):
        for one in catalog.named(WORKING_SET):
            yield replace(one, labels={**one.labels, "__name__": SPEC_LIMIT})
    results = catalog.values_of(RECONCILES, "result")
    for result in {"success", "error"} - set(results):
        seen = {one.labels.get("controller"): one for one in catalog.named(RECONCILES)}
        for one in seen.values():
            yield replace(one, labels={**one.labels, "result": result})


def _driven(series: Healthy, catalog: Catalog, state: State, replica: Replica) -> Iterator[Motion]:
    driver = _DRIVERS.get(series.name)
    if driver is not None:
        yield from driver(series, catalog, state, replica)
    elif series.grows:
        yield Motion(labels=series.labels, per_s=series.per_s)
    else:
        yield Motion(labels=series.labels, value=series.value)


def _load(state: State, replica: Replica) -> float:
    return state.load_per_s if replica.leads else 0.0


def _up(series: Healthy, catalog: Catalog, _state: State, replica: Replica) -> Iterator[Motion]:
    own = series.labels.get("job") == catalog.job
    yield Motion(labels=series.labels, value=float(not own or replica.answers is Answers.UP))


def _reconciles(series: Healthy, _catalog: Catalog, state: State, replica: Replica) -> Iterator[Motion]:
    failed, load = state.failed.get(series.labels.get("controller", ""), 0.0), _load(state, replica)
    share = {"error": failed, "success": 1 - failed}.get(series.labels.get("result", ""), 0.0)
    yield Motion(labels=series.labels, per_s=load * share)


def _errors(series: Healthy, _catalog: Catalog, state: State, replica: Replica) -> Iterator[Motion]:
    failed = state.failed.get(series.labels.get("controller", ""), 0.0)
    yield Motion(labels=series.labels, per_s=_load(state, replica) * failed)


def _duration_bucket(series: Healthy, _catalog: Catalog, state: State, replica: Replica) -> Iterator[Motion]:
    slow, bound = state.slow.get(series.labels.get("controller", ""), 0.0), float(series.labels.get("le", "inf"))
    share = (1 - slow) * (bound >= FAST_S) + slow * (bound >= state.slow_s)
    yield Motion(labels=series.labels, per_s=_load(state, replica) * share)


def _duration_count(series: Healthy, _catalog: Catalog, state: State, replica: Replica) -> Iterator[Motion]:
    yield Motion(labels=series.labels, per_s=_load(state, replica))


def _duration_sum(series: Healthy, _catalog: Catalog, state: State, replica: Replica) -> Iterator[Motion]:
    slow = state.slow.get(series.labels.get("controller", ""), 0.0)
    yield Motion(labels=series.labels, per_s=_load(state, replica) * ((1 - slow) * FAST_S + slow * state.slow_s))


def _depth(series: Healthy, _catalog: Catalog, state: State, replica: Replica) -> Iterator[Motion]:
    here = replica.leads or state.queued_on_all
    waiting = state.queued.get(series.labels.get("name", ""), 0.0) if here else 0.0
    if not state.priorities:
        yield Motion(labels=series.labels, value=waiting)
    for priority in state.priorities:
        yield Motion(labels={**series.labels, "priority": priority}, value=waiting / len(state.priorities))


def _leader(series: Healthy, _catalog: Catalog, _state: State, replica: Replica) -> Iterator[Motion]:
    yield Motion(labels=series.labels, value=float(replica.leads))


def _memory(share: Callable[[State], float]) -> "Driver":
    def driver(series: Healthy, catalog: Catalog, state: State, _replica: Replica) -> Iterator[Motion]:
        yield Motion(labels=series.labels, value=share(state) * limit_bytes(catalog))

    return driver


def _spec_limit(series: Healthy, catalog: Catalog, state: State, _replica: Replica) -> Iterator[Motion]:
    if state.spec is not SpecLimit.DROPPED:
        limited = state.limited and state.spec is SpecLimit.KEPT
        yield Motion(labels=series.labels, value=limit_bytes(catalog) if limited else 0.0)


def _limits(series: Healthy, _catalog: Catalog, state: State, _replica: Replica) -> Iterator[Motion]:
    if state.limited or series.labels.get("resource") != "memory":
        yield Motion(labels=series.labels, value=series.value)


def _periods(series: Healthy, _catalog: Catalog, _state: State, _replica: Replica) -> Iterator[Motion]:
    yield Motion(labels=series.labels, per_s=_PERIODS_PER_S)


def _throttled(series: Healthy, _catalog: Catalog, state: State, _replica: Replica) -> Iterator[Motion]:
    yield Motion(labels=series.labels, per_s=_PERIODS_PER_S * state.throttled)


Driver = Callable[[Healthy, Catalog, State, Replica], Iterator[Motion]]
_DRIVERS: Final[Mapping[str, Driver]] = {
    UP: _up,
    RECONCILES: _reconciles,
    ERRORS: _errors,
    f"{DURATIONS}_bucket": _duration_bucket,
    f"{DURATIONS}_count": _duration_count,
    f"{DURATIONS}_sum": _duration_sum,
    DEPTH: _depth,
    LEADER: _leader,
    WORKING_SET: _memory(lambda state: state.memory),
    _USAGE: _memory(lambda state: state.memory + state.cached),
    _HEAP: _memory(lambda state: state.memory * state.heap),
    _CACHE: _memory(lambda state: state.memory * (1 - state.heap) + state.cached),
    SPEC_LIMIT: _spec_limit,
    LIMITS: _limits,
    PERIODS: _periods,
    THROTTLED: _throttled,
}
