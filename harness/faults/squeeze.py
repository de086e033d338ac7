"""A squeeze: the limit of one resource of the running pods made smaller in place, and put back.

In place by the `resize` subresource, so that the process lives on:
https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
Where a cluster does not resize, the Deployment is changed instead and its pods are replaced.

Either way it is the kubelet that puts a limit into effect, after the API server has it. Until it has, rules that read
the limit of the spec speak of something that is not so; what is squeezed here is squeezed when the status says so.
"""

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from http import HTTPStatus
from typing import Final, Literal

from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json
from harness.core.errors import CouldNotTellError
from harness.core.marks import FORMER_RESOURCES, RUN_LABEL
from harness.core.quantity import parse_quantity
from harness.faults import former_spec
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import container_ends, rollout_left, running_pods
from harness.waiting import NotYet, wait_until

Resource = Literal["cpu", "memory"]

#: a kubelet takes up a changed pod within seconds, and tries again after ten or more what it could not do at once
_EFFECT_TIMEOUT_S: Final = 75.0
#: pods are replaced one after the other, each with its grace and its start
_ROLLOUT_TIMEOUT_S: Final = 180.0
_FIX: Final = "see the pod's conditions PodResizePending and PodResizeInProgress: kubectl describe pod"

#: where there was no request: below any limit that a squeeze sets
_SMALL_REQUESTS = {"cpu": "1m", "memory": "1Mi"}

#: of a limit, where the former request would be above it: equal to it would make another QoS class
_REQUESTED: Final = Decimal("0.9")

#: no such subresource, or a change that this API server does not make in place
_CANNOT_RESIZE = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.UNPROCESSABLE_ENTITY}


def squeeze(cluster: Cluster, *, resource: Resource, limits: dict[str, str]) -> None:
    """Gives the controller's container in each of these pods a new limit, and returns when it is in effect.

    Where a cluster does not resize, other pods take their place, and all of them have the highest of the limits.

    Args:
        cluster: where.
        resource: which limit.
        limits: pod name -> limit as a Kubernetes quantity.

    Raises:
        CouldNotTellError: there is no pod, the API server refused both ways, or the node did not put it into effect;
            or a container ended under its new limit.
    """
    pods = [pod for pod in running_pods(cluster) if pod["metadata"]["name"] in limits]
    if not pods:
        raise CouldNotTellError(
            "there is no pod to squeeze",
            why="none of the controller's pods runs",
            fix="begin with a healthy controller",
        )
    for pod in pods:
        if not _squeeze_in_place(cluster, pod, resource, limits[pod["metadata"]["name"]]):
            roll_out(cluster, resource=resource, limit=max(limits.values(), key=parse_quantity))
            return
    before = {str(pod["metadata"]["name"]): container_ends(cluster, pod)[0] for pod in running_pods(cluster)}

    def in_effect() -> NotYet | None:
        there = [pod for pod in running_pods(cluster) if pod["metadata"]["name"] in limits]
        check_alive(cluster, before, resource=resource)
        return next(filter(None, (_not_in_effect(cluster, pod, resource) for pod in there)), None)

    wait_until(f"{resource} limit in effect", in_effect, timeout_s=_EFFECT_TIMEOUT_S, fix=_FIX)


def check_alive(cluster: Cluster, before: Mapping[str, int], *, resource: Resource) -> None:
    """Sees that the controller's containers live on.

    Args:
        cluster: where.
        before: pod name -> how often its container had ended before it was squeezed; one that is new has never ended.
        resource: which limit came down.

    Raises:
        CouldNotTellError: one of them has ended since.
    """
    for pod in running_pods(cluster):
        name, (ends, how) = str(pod["metadata"]["name"]), container_ends(cluster, pod)
        if ends > before.get(name, 0):
            limit = _container(cluster, pod).get("resources", {}).get("limits", {}).get(resource)
            raise CouldNotTellError(
                f"the {resource} squeeze ended the container of pod {name}",
                why=f"with a limit of {limit} ({how})",
                fix="what it does to other alerts is the fault's doing, not theirs; give the container steady work",
            )


def roll_out(cluster: Cluster, *, resource: Resource, limit: str) -> None:
    """Replaces the pods by ones with a new limit, and returns when they run and the old ones are gone.

    Raises:
        CouldNotTellError: the API server refused, or the roll-out did not come to its end.
    """
    pods = running_pods(cluster)
    container = {"name": cluster.subject.workload.container, "resources": _resources(cluster, pods[0], resource, limit)}
    former_spec.change(cluster, {"template": {"spec": {"containers": [container]}}})

    def rolled_out() -> NotYet | None:
        left = rollout_left(cluster)
        return NotYet(left) if left else None

    wait_until(f"pods with the new {resource} limit", rolled_out, timeout_s=_ROLLOUT_TIMEOUT_S, fix=_FIX)


def restore(cluster: Cluster) -> None:
    """Gives the pods of this run their former resources back, and the Deployment its former spec.

    A pod whose resources cannot be put back is deleted, and the Deployment brings one with the template's.

    Raises:
        CouldNotTellError: the API server refused.
    """
    for pod in cluster.api.items(cluster.paths.pods, labels=cluster.labels):
        former = pod["metadata"].get("annotations", {}).get(FORMER_RESOURCES)
        path = f"{cluster.paths.pods}/{pod['metadata']['name']}"
        if former is None or "deletionTimestamp" in pod["metadata"]:
            continue
        answer = _resize(cluster, path, _back(json.loads(former), _container(cluster, pod).get("resources", {})))
        if answer.accepted:
            marks = {"labels": {RUN_LABEL: None}, "annotations": {FORMER_RESOURCES: None}}
            cluster.api.send(ApiRequest(method="PATCH", path=path, body={"metadata": marks}))
        elif answer.status != HTTPStatus.NOT_FOUND:
            cluster.api.send(ApiRequest(method="DELETE", path=path))
    former_spec.restore(cluster)


def limit_of(cluster: Cluster, pod: Json, resource: Resource) -> float | None:
    """The limit in effect, in cores or bytes, by the pod's status; None without one, or when it is not told yet."""
    for status in pod.get("status", {}).get("containerStatuses", []):
        if status["name"] == cluster.subject.workload.container:
            text = status.get("resources", {}).get("limits", {}).get(resource)
            return None if text is None else float(parse_quantity(str(text)))
    return None


def _not_in_effect(cluster: Cluster, pod: Json, resource: Resource) -> NotYet | None:
    wanted = _container(cluster, pod)["resources"]["limits"][resource]
    if limit_of(cluster, pod, resource) == float(parse_quantity(str(wanted))):
        return None
    said = [
        f"{each['type']}: {each.get('message') or each.get('reason', '')}"
        for each in pod["status"].get("conditions", [])
        if str(each["type"]).startswith("PodResize")
    ]
    return NotYet(
        f"pod {pod['metadata']['name']} is to have {wanted}; {'; '.join(said) or 'its node has said nothing'}"
    )


def _squeeze_in_place(cluster: Cluster, pod: Json, resource: Resource, limit: str) -> bool:
    path = f"{cluster.paths.pods}/{pod['metadata']['name']}"
    kept = pod["metadata"].get("annotations", {}).get(FORMER_RESOURCES) or json.dumps(
        _container(cluster, pod).get("resources", {})
    )
    marks = {"labels": cluster.labels, "annotations": {FORMER_RESOURCES: kept}}
    cluster.api.ask(ApiRequest(method="PATCH", path=path, body={"metadata": marks}))
    answer = _resize(
        cluster, path, _resources(cluster, pod, resource, limit), container=cluster.subject.workload.container
    )
    if answer.accepted:
        return True
    unmarked = {"labels": {RUN_LABEL: None}, "annotations": {FORMER_RESOURCES: None}}
    cluster.api.send(ApiRequest(method="PATCH", path=path, body={"metadata": unmarked}))
    if answer.status in _CANNOT_RESIZE:
        return False
    raise CouldNotTellError(
        f"pod {pod['metadata']['name']} could not be resized",
        why=str(answer.body.get("message", answer.status)),
        fix="check that you may patch pods/resize",
    )


def _back(former: Json, present: Json) -> Json:
    """The former resources, with an explicit null for each one that a merge would otherwise leave behind."""
    return {part: {**dict.fromkeys(present.get(part, {})), **former.get(part, {})} for part in ("limits", "requests")}


def _resize(cluster: Cluster, path: str, resources: Json, *, container: str | None = None) -> ApiAnswer:
    name = container or cluster.subject.workload.container
    return cluster.api.send(
        ApiRequest(
            method="PATCH",
            path=f"{path}/resize",
            patch="strategic",
            body={"spec": {"containers": [{"name": name, "resources": resources}]}},
        )
    )


def _resources(cluster: Cluster, pod: Json, resource: Resource, limit: str) -> Json:
    """The limit, and a request that keeps the pod's QoS class, which a resize must not change.

    A Guaranteed pod has requests equal to limits. A Burstable one keeps its request as far as it stays below the limit:
    on a busy node less would make the kernel prefer others, and what is starved is not held back by its limit.
    """
    request = limit
    if pod.get("status", {}).get("qosClass") != "Guaranteed":
        former = _container(cluster, pod).get("resources", {}).get("requests", {}).get(resource)
        request = _SMALL_REQUESTS[resource] if former is None else _below(former, limit, resource)
    return {"limits": {resource: limit}, "requests": {resource: request}}


def _below(request: str, limit: str, resource: Resource) -> str:
    """The request, or what is well below the limit where the request is not."""
    most = parse_quantity(limit) * _REQUESTED
    if parse_quantity(request) <= most:
        return request
    return f"{math.floor(most * 1000)}m" if resource == "cpu" else str(math.floor(most))


def _container(cluster: Cluster, pod: Json) -> Json:
    name = cluster.subject.workload.container
    for container in pod["spec"]["containers"]:
        if container["name"] == name:
            found: Json = container
            return found
    raise CouldNotTellError(
        f"pod {pod['metadata']['name']} has no container {name}",
        why="the subject names another",
        fix="name the controller's container in the subject file",
    )
