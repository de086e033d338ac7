"""What a Kubernetes API says of a subject that was applied to it: the facts that preflight judges, gathered.

Nothing here waits and nothing judges. What may not be read on somebody's cluster is left out: the judge then says
nothing of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from harness.clients.kubernetes import ApiRefusedError, Json, KubeApi, labels_of
from harness.clients.pods import condition, container_statuses, events, holds
from harness.core.contract.subject import Subject
from harness.core.controller_paths import ControllerPaths
from harness.core.errors import MisuseError
from harness.core.judge.preflight import (
    ContainerFact,
    Installed,
    MonitorFact,
    ObjectFact,
    PodFact,
    Refused,
    Selection,
    ServiceFact,
    WorkloadFact,
)
from harness.core.judge.preflight.stated import monitor_fact, service_fact
from harness.core.operator.chart import Chart
from harness.core.operator.reading import Custom, Field
from harness.core.operator.selector import LabelSelector
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.stacks.checked import monitoring_objects

#: of the log of a container that ended: as much as a person reads at once
_WORDS: Final = {"tailLines": "8", "limitBytes": "65536"}
_MONITORS: Final = "/apis/monitoring.coreos.com/v1/namespaces/{}/servicemonitors/{}"


def subject_objects_of(subject: Subject) -> dict[str, ObjectFact]:
    """The subject's PrometheusRule, ServiceMonitor and AlertmanagerConfig by their kinds, as its files name them.

    Raises:
        MisuseError: one of the files is not the object that it should be.
    """
    objects = monitoring_objects(subject)
    brought = (objects.rule, objects.monitor, objects.routing)
    found = [Custom.read(one) for one in brought if one is not None]
    return {
        one.kind: ObjectFact(kind=one.kind, namespace=one.namespace, name=one.name, labels=one.labels) for one in found
    }


def selections_of(chart: Chart) -> dict[str, Selection]:
    """Who takes up which objects where monitoring is installed with these values."""
    prometheus, alertmanager = chart.prometheus, chart.alertmanager
    by = f"Prometheus {prometheus.object_name}"
    own = LabelSelector(labels={"kubernetes.io/metadata.name": chart.namespace})
    return {
        RULE: Selection(by=by, selector=prometheus.rule_selector, namespaces=prometheus.rule_namespaces),
        MONITOR: Selection(by=by, selector=prometheus.monitor_selector, namespaces=prometheus.monitor_namespaces),
        ALERTMANAGER_CONFIG: Selection(
            by="Alertmanager",
            selector=alertmanager.config_selector,
            namespaces=alertmanager.config_namespaces or own,
        ),
    }


def read_installed(
    api: KubeApi,
    subject: Subject,
    selections: Mapping[str, Selection],
    *,
    refused: Iterable[Refused] = (),
    manifests_refused: str = "",
) -> Installed:
    """What the API server says now of the subject and of what its monitor looks at.

    Args:
        api: of the cluster.
        subject: whose.
        selections: who takes up its objects, by kind; what is not known is missing.
        refused: objects that nobody takes although they are selected.
        manifests_refused: what the API server said of the manifests; empty where it took them all.

    Raises:
        ApiUnreachableError: there is no answer.
    """
    objects = subject_objects_of(subject)
    monitor = _monitor(api, objects.get(MONITOR))
    namespaces = {one.namespace for one in objects.values()}
    return Installed(
        service=subject.workload.service,
        metrics_port=subject.workload.metrics_port,
        metrics_path=subject.workload.metrics_path,
        objects=objects,
        selections=selections,
        namespaces={name: _namespace_labels(api, name) for name in namespaces},
        refused=tuple(refused),
        manifests_refused=manifests_refused,
        workload=_workload(api, subject),
        monitor=monitor,
        services=_services(api, subject, monitor),
    )


def _monitor(api: KubeApi, one: ObjectFact | None) -> MonitorFact | None:
    found = None if one is None else _found(api, _MONITORS.format(one.namespace, one.name))
    if one is None or found is None:
        return None
    try:
        return monitor_fact(Field("spec", found.get("spec")), one.namespace)
    except MisuseError:
        return None  # the operator refuses it, in its own words


def _services(api: KubeApi, subject: Subject, monitor: MonitorFact | None) -> tuple[ServiceFact, ...] | None:
    """Those that the monitor looks at, and the subject's own."""
    if monitor is None:
        return None
    names = {*(monitor.namespaces or ()), subject.namespace}
    paths = [f"/api/v1/namespaces/{name}/services" for name in sorted(names)]
    if monitor.namespaces is None:
        paths = ["/api/v1/services"]
    found = [_items(api, path) for path in paths]
    if any(one is None for one in found):
        return None
    return tuple(service_fact(Field("", one)) for some in found for one in some or ())


def _workload(api: KubeApi, subject: Subject) -> WorkloadFact | None:
    paths, name = ControllerPaths.of(subject), subject.workload.deployment
    try:
        found = api.find(paths.deployment)
        if found is None:
            others = _items(api, paths.deployment.rpartition("/")[0]) or []
            names = tuple(str(one["metadata"]["name"]) for one in others)
            return WorkloadFact(namespace=subject.namespace, name=name, exists=False, deployments=names)
        pods = _items(api, paths.pods)
    except ApiRefusedError:
        return None
    if pods is None:
        return None
    spec, template = found["spec"], found["spec"].get("template", {})
    selector = LabelSelector.read(Field("spec.selector", spec.get("selector")))
    mine = [pod for pod in pods if selector.mismatch(labels_of(pod)) is None]
    containers = template.get("spec", {}).get("containers") or []
    return WorkloadFact(
        namespace=subject.namespace,
        name=name,
        exists=True,
        replicas=int(spec.get("replicas", 1)),
        pod_labels=labels_of(template),
        ports={
            str(port.get("name") or port["containerPort"]): int(port["containerPort"])
            for one in containers
            for port in one.get("ports") or []
        },
        pods=tuple(_pod(api, subject.namespace, pod) for pod in mine if "deletionTimestamp" not in pod["metadata"]),
        refusal=str(condition(found, "ReplicaFailure").get("message", "")) if holds(found, "ReplicaFailure") else "",
    )


def _pod(api: KubeApi, namespace: str, pod: Json) -> PodFact:
    name, placed, ready = str(pod["metadata"]["name"]), condition(pod, "PodScheduled"), holds(pod, "Ready")
    # one with this policy is a sidecar, which runs as long as the others do
    first = (one for one in pod.get("spec", {}).get("initContainers") or [] if one.get("restartPolicy") != "Always")
    init = {str(one["name"]) for one in first}
    grace = {str(one["name"]): _grace_s(one) for one in pod.get("spec", {}).get("containers") or []}
    since = condition(pod, "Ready").get("lastTransitionTime")
    return PodFact(
        name=name,
        ready=ready,
        unready_s=None if ready or not since else _age_s(since),
        unscheduled=str(placed.get("message", "")) if placed.get("status") == "False" else "",
        containers=tuple(
            replace(
                _container(api, namespace, name, one),
                init=one["name"] in init,
                starts_within_s=grace.get(str(one["name"]), 0.0),
            )
            for one in container_statuses(pod)
        ),
        warnings=() if ready else tuple(_warnings(api, namespace, name)),
    )


def _grace_s(container: Json) -> float:
    """The seconds that a container's probes give it to start, with Kubernetes' defaults for what they leave out.

    https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
    """
    startup, readiness = container.get("startupProbe"), container.get("readinessProbe") or {}
    starts_s = 0.0
    if startup is not None:
        tries_s = float(startup.get("periodSeconds", 10)) * float(startup.get("failureThreshold", 3))
        starts_s = float(startup.get("initialDelaySeconds", 0)) + tries_s
    return max(starts_s, float(readiness.get("initialDelaySeconds", 0)))


def _container(api: KubeApi, namespace: str, pod: str, one: Json) -> ContainerFact:
    state, restarts = one.get("state", {}), int(one.get("restartCount", 0))
    running, waiting = state.get("running"), state.get("waiting") or {}
    ended = state.get("terminated") or one.get("lastState", {}).get("terminated")
    exits = 0 if ended is None else restarts + (0 if running else 1)
    return ContainerFact(
        name=str(one["name"]),
        waiting=str(waiting.get("reason", "")),
        message=str(waiting.get("message", "")),
        exits=exits,
        exit_code=None if ended is None else int(ended.get("exitCode", 0)),
        exit_reason="" if ended is None else str(ended.get("reason", "")),
        ready=bool(one.get("ready")),
        running_s=_age_s(running["startedAt"]) if running and running.get("startedAt") else None,
        last_words=() if ended is None else _last_words(api, namespace, pod, one, previous=bool(running)),
    )


def _last_words(api: KubeApi, namespace: str, pod: str, one: Json, *, previous: bool) -> tuple[str, ...]:
    """The last lines of the run that ended: of a container that waits to be started again, its newest log."""
    query = {**_WORDS, "container": str(one["name"]), **({"previous": "true"} if previous else {})}
    try:
        text = api.text(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", query=query)
    except ApiRefusedError as error:
        return (f"(its log cannot be had: {error.why})",)
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())


def _warnings(api: KubeApi, namespace: str, pod: str) -> Iterator[str]:
    with suppress(ApiRefusedError):
        for event in events(api, namespace, about=(pod,)):
            if event["type"] == "Warning":
                yield f"{event['reason']}: {event['message']}"


def _age_s(started: str) -> float:
    return (datetime.now(tz=UTC) - datetime.fromisoformat(started)).total_seconds()


def _namespace_labels(api: KubeApi, name: str) -> Mapping[str, str]:
    found = _found(api, f"/api/v1/namespaces/{name}")
    return {} if found is None else labels_of(found)


def _found(api: KubeApi, path: str) -> Json | None:
    try:
        return api.find(path)
    except ApiRefusedError:
        return None


def _items(api: KubeApi, path: str) -> list[Json] | None:
    try:
        return api.items(path)
    except ApiRefusedError:
        return None
