"""What kube-state-metrics would say about the node's pods: names, labels and units as it documents them. Pure.

https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from harness.stacks.embedded.node.exposition import Exposition, Kind
from harness.stacks.embedded.node.pod import Container, Pod
from harness.stacks.embedded.node.status import ContainerView, PodView, Running, Terminated, Waiting, phase

_GAUGE: Final[Kind] = "gauge"
_PHASES = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
_UNITS = {"cpu": "core", "memory": "byte", "ephemeral-storage": "byte"}


def state_metrics_text(views: Iterable[PodView]) -> str:
    """The page."""
    page = Exposition()
    for view in views:
        _add_pod(page, view)
        for container in view.pod.containers:
            _add_resources(page, view.pod, container)
        for seen in view.containers:
            _add_container(page, view.pod, seen)
    return page.text()


def _add_pod(page: Exposition, view: PodView) -> None:
    pod, labels = view.pod, _labels(view.pod)
    information = {
        **labels,
        "host_ip": view.host_ip,
        "pod_ip": view.pod_ip,
        "node": pod.node_name,
        "created_by_kind": pod.owner_kind,
        "created_by_name": pod.owner_name,
        "priority_class": "",
        "host_network": "false",
    }
    page.add("kube_pod_info", _GAUGE, "Information about pod.", information, 1)
    now = phase(view)
    for one in _PHASES:
        page.add("kube_pod_status_phase", _GAUGE, "The pods current phase.", {**labels, "phase": one}, one == now)
    ready = bool(view.containers) and all(one.ready for one in view.containers)
    for condition, value in (("true", ready), ("false", not ready), ("unknown", False)):
        page.add(
            "kube_pod_status_ready",
            _GAUGE,
            "Describes whether the pod is ready to serve requests.",
            {**labels, "condition": condition},
            value,
        )


def _add_resources(page: Exposition, pod: Pod, container: Container) -> None:
    for kind, table, read in (
        ("limits", container.resources.limits, container.resources.limit),
        ("requests", container.resources.requests, container.resources.request),
    ):
        for resource, _ in table:
            labels = {
                **_labels(pod),
                "container": container.name,
                "node": pod.node_name,
                "resource": resource.replace("-", "_"),
                "unit": _UNITS.get(resource, "integer"),
            }
            description = f"The number of {kind} of a resource of a container."
            page.add(
                f"kube_pod_container_resource_{kind}", _GAUGE, description, labels, float(read(resource) or Decimal(0))
            )


def _add_container(page: Exposition, pod: Pod, seen: ContainerView) -> None:
    labels = {**_labels(pod), "container": seen.name}
    restarts = "The number of container restarts per container."
    page.add("kube_pod_container_status_restarts_total", "counter", restarts, labels, seen.restarts)
    for name, description, value in (
        ("ready", "Describes whether the containers readiness check succeeded.", seen.ready),
        ("running", "Describes whether the container is currently in running state.", isinstance(seen.state, Running)),
        ("waiting", "Describes whether the container is currently in waiting state.", isinstance(seen.state, Waiting)),
        (
            "terminated",
            "Describes whether the container is currently in terminated state.",
            isinstance(seen.state, Terminated),
        ),
    ):
        page.add(f"kube_pod_container_status_{name}", _GAUGE, description, labels, value)
    if isinstance(seen.state, Waiting):
        description = "Describes the reason the container is currently in waiting state."
        reason = {**labels, "reason": seen.state.reason}
        page.add("kube_pod_container_status_waiting_reason", _GAUGE, description, reason, 1)
    if seen.last is not None:
        description = "Describes the last reason the container was in terminated state."
        reason = {**labels, "reason": seen.last.reason}
        page.add("kube_pod_container_status_last_terminated_reason", _GAUGE, description, reason, 1)


def _labels(pod: Pod) -> dict[str, str]:
    return {"namespace": pod.namespace, "pod": pod.name, "uid": pod.uid}
