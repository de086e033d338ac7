"""The kubelet's /metrics/cadvisor: names, types and labels as cAdvisor documents them, figures from the groups.

https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md. No timestamps: figures are read at the
scrape, while cAdvisor's are up to 10 s old.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from harness.stacks.embedded.cgroups import Figures
from harness.stacks.embedded.node.exposition import Exposition, Kind
from harness.stacks.embedded.node.machine import Machine
from harness.stacks.embedded.node.podworker import PodWorker
from harness.stacks.embedded.node.status import Running


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """What one group used, and whose it is."""

    #: empty for the pod's own group
    container: str
    #: the group's path within the hierarchies
    id: str
    image: str
    #: the container's id; empty for a pod
    name: str
    namespace: str
    pod: str
    started_at_s: float
    figures: Figures


_GAUGE: Final[Kind] = "gauge"
_COUNTER: Final[Kind] = "counter"


#: of the container without a name that holds a pod's namespaces together, as Kubernetes 1.34 runs it
_SANDBOX_IMAGE: Final = "registry.k8s.io/pause:3.10.1"
_NOTHING: Final = Figures(
    memory_usage_bytes=0,
    memory_working_set_bytes=0,
    memory_rss_bytes=0,
    memory_cache_bytes=0,
    memory_limit_bytes=None,
    oom_kills=0,
    cpu_seconds=0.0,
    cpu_quota_us=None,
    cpu_period_us=100_000,
    cpu_shares=2,
    cfs_periods=0,
    cfs_throttled_periods=0,
    cfs_throttled_seconds=0.0,
)


def cadvisor_text(machine: Machine, workers: Iterable[PodWorker]) -> str:
    """Reads the groups of all pods and containers that run, and writes the page."""
    used = [one for worker in workers for one in _read(worker)]
    return build_cadvisor_text(machine, used, now_s=time.time())


def build_cadvisor_text(machine: Machine, used: Iterable[Used], *, now_s: float) -> str:
    """The page."""
    page = Exposition()
    labels = {"boot_id": machine.boot_id, "machine_id": machine.machine_id, "system_uuid": machine.machine_id}
    page.add("machine_cpu_cores", _GAUGE, "Number of logical CPU cores.", labels, machine.cpu_cores)
    page.add("machine_memory_bytes", _GAUGE, "Amount of memory installed on the machine.", labels, machine.memory_bytes)
    for one in used:
        _add(page, one, now_s)
    return page.text()


def _add(page: Exposition, one: Used, now_s: float) -> None:
    figures = one.figures
    labels = {
        "container": one.container,
        "id": one.id,
        "image": one.image,
        "name": one.name,
        "namespace": one.namespace,
        "pod": one.pod,
    }
    samples: list[tuple[str, Kind, str, float]] = [
        (
            "container_memory_working_set_bytes",
            _GAUGE,
            "Current working set of the container in bytes",
            figures.memory_working_set_bytes,
        ),
        (
            "container_memory_usage_bytes",
            _GAUGE,
            "Current memory usage in bytes, including all memory regardless of when it was accessed",
            figures.memory_usage_bytes,
        ),
        ("container_memory_rss", _GAUGE, "Size of RSS in bytes.", figures.memory_rss_bytes),
        ("container_memory_cache", _GAUGE, "Number of bytes of page cache memory.", figures.memory_cache_bytes),
        (
            "container_oom_events_total",
            _COUNTER,
            "Count of out of memory events observed for the container",
            figures.oom_kills,
        ),
        (
            "container_spec_memory_limit_bytes",
            _GAUGE,
            "Memory limit for the container.",
            figures.memory_limit_bytes or 0,
        ),
        ("container_spec_cpu_period", _GAUGE, "CPU period of the container.", figures.cpu_period_us),
        ("container_spec_cpu_shares", _GAUGE, "CPU share of the container.", figures.cpu_shares),
        (
            "container_start_time_seconds",
            _GAUGE,
            "Start time of the container since unix epoch in seconds.",
            one.started_at_s,
        ),
        ("container_last_seen", _GAUGE, "Last time a container was seen by the exporter", int(now_s)),
    ]
    if figures.cpu_quota_us is not None:
        samples += [
            ("container_spec_cpu_quota", _GAUGE, "CPU quota of the container.", figures.cpu_quota_us),
            (
                "container_cpu_cfs_periods_total",
                _COUNTER,
                "Number of elapsed enforcement period intervals.",
                figures.cfs_periods,
            ),
            (
                "container_cpu_cfs_throttled_periods_total",
                _COUNTER,
                "Number of throttled period intervals.",
                figures.cfs_throttled_periods,
            ),
            (
                "container_cpu_cfs_throttled_seconds_total",
                _COUNTER,
                "Total time duration the container has been throttled.",
                figures.cfs_throttled_seconds,
            ),
        ]
    for name, kind, description, value in samples:
        page.add(name, kind, description, labels, value)
    page.add(
        "container_cpu_usage_seconds_total",
        _COUNTER,
        "Cumulative cpu time consumed in seconds.",
        {"container": one.container, "cpu": "total", **labels},
        figures.cpu_seconds,
    )


def _read(worker: PodWorker) -> Iterator[Used]:
    """The pod's own group, its sandbox, then its running containers, as a kubelet lists them."""
    if worker.group is None:
        return
    pod = worker.pod
    whole = Used(
        container="",
        id=worker.group.id,
        image="",
        name="",
        namespace=pod.namespace,
        pod=pod.name,
        started_at_s=worker.view().started_at_s,
        figures=worker.group.figures(),
    )
    yield whole
    # here nothing holds a pod's namespaces, and what is not there uses nothing; rules have to pass over it all the same
    name = hashlib.sha256(whole.id.encode()).hexdigest()
    yield replace(whole, id=f"{whole.id}/{name}", image=_SANDBOX_IMAGE, name=name, figures=_NOTHING)
    for container in worker.containers:
        state = container.view.state
        if container.group is not None and isinstance(state, Running):
            yield Used(
                container=container.view.name,
                id=container.group.id,
                image=container.view.image,
                name=container.view.container_id.rpartition("/")[2],
                namespace=pod.namespace,
                pod=pod.name,
                started_at_s=state.started_at_s,
                figures=container.group.figures(),
            )
