"""The documented metrics: controller-runtime's names, types, labels and buckets, served as text.

Decisions:
- `workqueue_*` carries `name` and `controller` (the same word twice, as controller-runtime does since v0.20) and not
  its third label `priority`: this queue has no priorities.
- Every `result` of `controller_runtime_reconcile_total` exists from the start at 0, so that a rate is never absent.
- The `go_*` names are documented, so they are kept; what Python puts there is said in HELP.
- Exactly the documented metrics, and no `_created` series: what is not documented cannot be relied upon.

Source: https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/internal/controller/metrics/metrics.go
"""

import asyncio
import os
import threading
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

#: upper bounds of `controller_runtime_reconcile_time_seconds`, seconds
RECONCILE_BUCKETS_S: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    *(1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60),
)

#: what the answer of /metrics calls itself
CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4

disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped


class Result(StrEnum):
    """How a reconcile ended, in controller-runtime's words."""

    SUCCESS = "success"
    ERROR = "error"
    REQUEUE = "requeue"
    REQUEUE_AFTER = "requeue_after"


class ControllerMetrics:
    """The series of one controller and its queue."""

    def __init__(self, metrics: "Metrics", controller: str) -> None:
        self._results = {result: metrics.reconcile_total.labels(controller, result.value) for result in Result}
        self._errors = metrics.reconcile_errors.labels(controller)
        self._time_s = metrics.reconcile_time.labels(controller)
        self._depth = metrics.depth.labels(controller, controller)
        self._adds = metrics.adds.labels(controller, controller)
        self._retries = metrics.retries.labels(controller, controller)

    def reconciled(self, result: Result, duration_s: float) -> None:
        """A reconcile ended after `duration_s` seconds; an error counts in both error series."""
        self._results[result].inc()
        if result is Result.ERROR:
            self._errors.inc()
        self._time_s.observe(duration_s)

    def added(self) -> None:
        """One more item waits."""
        self._adds.inc()
        self._depth.inc()

    def taken(self) -> None:
        """One item less waits."""
        self._depth.dec()

    def retried(self) -> None:
        """An item was given a delay."""
        self._retries.inc()


class ProcessCollector(Collector):
    """What the process uses, read from /proc at the moment of the scrape."""

    def __init__(self) -> None:
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._loops: list[asyncio.AbstractEventLoop] = []

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Counts this event loop's tasks from now on."""
        self._loops.append(loop)

    def collect(self) -> Iterable[Metric]:
        """The four documented process metrics; /proc missing (no Linux) leaves its metrics out."""
        tasks = sum(len(asyncio.all_tasks(loop)) for loop in self._loops if not loop.is_closed())
        yield GaugeMetricFamily(
            "go_goroutines",
            "Number of concurrent activities: asyncio tasks plus threads (this controller is written in Python).",
            value=tasks + threading.active_count(),
        )
        times = os.times()
        yield CounterMetricFamily(
            "process_cpu_seconds", "Total user and system CPU time spent in seconds.", value=times.user + times.system
        )
        try:
            resident_pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            open_fds = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names only, no Path objects per scrape
        except OSError:
            return
        yield GaugeMetricFamily(
            "go_memstats_alloc_bytes",
            "Number of bytes in use: the resident set (this controller is written in Python).",
            value=resident_pages * self._page_bytes,
        )
        yield GaugeMetricFamily("process_open_fds", "Number of open file descriptors.", value=open_fds)


class Metrics:
    """All series of the process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.process = ProcessCollector()
        self.registry.register(self.process)
        self.reconcile_total = Counter(
            "controller_runtime_reconcile_total",
            "Total number of reconciliations per controller",
            ["controller", "result"],
            registry=self.registry,
        )
        self.reconcile_errors = Counter(
            "controller_runtime_reconcile_errors_total",
            "Total number of reconciliation errors per controller",
            ["controller"],
            registry=self.registry,
        )
        self.reconcile_time = Histogram(
            "controller_runtime_reconcile_time_seconds",
            "Length of time per reconciliation per controller",
            ["controller"],
            buckets=RECONCILE_BUCKETS_S,
            registry=self.registry,
        )
        queue_labels = ["name", "controller"]
        self.depth = Gauge("workqueue_depth", "Current depth of workqueue", queue_labels, registry=self.registry)
        self.adds = Counter(
            "workqueue_adds_total", "Total number of adds handled by workqueue", queue_labels, registry=self.registry
        )
        self.retries = Counter(
            "workqueue_retries_total",
            "Total number of retries handled by workqueue",
            queue_labels,
            registry=self.registry,
        )
        self._leader = Gauge(
            "leader_election_master_status",
            "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master. "
            "'name' is the string used to identify the lease. Please make sure to group by name.",
            ["name"],
            registry=self.registry,
        )

    def controller(self, name: str) -> ControllerMetrics:
        """The series of the controller called `name`, all present from now on."""
        return ControllerMetrics(self, name)

    def leading(self, lease: str, *, is_leader: bool) -> None:
        """This process holds the lease, or does not."""
        self._leader.labels(lease).set(1 if is_leader else 0)

    def text(self) -> bytes:
        """Prometheus's text format 0.0.4."""
        return generate_latest(self.registry)
