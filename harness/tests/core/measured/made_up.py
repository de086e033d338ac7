"""A made-up controller's healthy series, and promises about it."""

from collections.abc import Mapping

from harness.core.contract.model import AlertPromise, Threshold
from harness.core.contract.quantity import Quantity, Unit
from harness.core.duration import PromDuration
from harness.core.measured.catalog import Catalog
from harness.core.samples import Point, Series

JOB = "metrics"
POD = "controller-a"
TARGET = {"job": JOB, "namespace": "ns", "instance": "10.0.0.1:8080", "pod": POD, "service": JOB}
CONTAINER = {"job": "kubelet", "namespace": "ns", "instance": "node:10250", "pod": POD, "container": "manager"}
MIB = 1024.0 * 1024


def series(name: str, labels: Mapping[str, str], *values: float) -> Series:
    """One series, a sample every 10 seconds."""
    points = tuple(Point(at_s=1_000.0 + 10 * index, value=value) for index, value in enumerate(values))
    return Series(labels={"__name__": name, **labels}, points=points)


def recorded() -> tuple[Series, ...]:
    """Two controllers, one queue, one container; up for three scrapes."""
    found = [
        series("up", TARGET, 1, 1, 1),
        series("up", {"job": "kubelet", "instance": "node:10250"}, 1, 1, 1),
        series("go_goroutines", TARGET, 50, 60, 70),
        series("process_cpu_seconds_total", TARGET, 1, 2, 3),
        series("leader_election_master_status", {**TARGET, "name": "lease"}, 1, 1, 1),
        series("workqueue_depth", {**TARGET, "name": "secret"}, 0, 1, 0),
        series("container_memory_working_set_bytes", CONTAINER, 30 * MIB, 30 * MIB),
        series("container_memory_rss", CONTAINER, 20 * MIB, 20 * MIB),
        series("container_memory_usage_bytes", CONTAINER, 31 * MIB, 31 * MIB),
        series("container_memory_cache", CONTAINER, 5 * MIB, 5 * MIB),
        series("container_cpu_cfs_periods_total", CONTAINER, 0, 100),
        series("container_cpu_cfs_throttled_periods_total", CONTAINER, 0, 1),
        series("kube_pod_container_resource_limits", {**CONTAINER, "job": "ksm", "resource": "memory"}, 100 * MIB),
        series("kube_pod_container_resource_limits", {**CONTAINER, "job": "ksm", "resource": "cpu"}, 0.5),
    ]
    for controller in ("secret", "configmap"):
        labels = {**TARGET, "controller": controller}
        took = "controller_runtime_reconcile_time_seconds"
        found += [
            series("controller_runtime_reconcile_total", {**labels, "result": "success"}, 0, 10, 20),
            series("controller_runtime_reconcile_total", {**labels, "result": "error"}, 0, 0, 0),
            series("controller_runtime_reconcile_errors_total", labels, 0, 0, 0),
            *(series(f"{took}_bucket", {**labels, "le": bound}, 0, 10, 20) for bound in ("0.1", "5", "6", "+Inf")),
            series(f"{took}_count", labels, 0, 10, 20),
            series(f"{took}_sum", labels, 0, 1, 2),
        ]
    return tuple(found)


CATALOG = Catalog.of(recorded(), job=JOB, source="made up")


def promise(
    quantity: Quantity,
    *,
    value: float,
    unit: Unit,
    side: str = ">",
    window: str = "",
    hold: str = "2m",
    keep: str = "0s",
    instance_labels: tuple[str, ...] = (),
) -> AlertPromise:
    """A promise about a quantity."""
    return AlertPromise(
        name="Promised",
        promise="It is as promised.",
        severity="warning",
        threshold=Threshold(
            quantity=quantity,
            side=side,
            value=value,
            unit=unit,
            meaning="made up",
            window=PromDuration.parse(window) if window else None,
        ),
        hold=PromDuration.parse(hold),
        keep_firing_for=PromDuration.parse(keep),
        labels={},
        instance_labels=instance_labels,
        annotations=(),
    )
