"""What the pods of a namespace say: their status, the events about them, and the logs of their containers."""

from collections.abc import Iterator
from typing import Final

from harness.core.errors import CouldNotTellError
from harness.kube_api import Json, KubeApi

#: the end of a log, as much as a person reads and a report can hold
_TAIL: Final = {"tailLines": "2000", "limitBytes": str(1 << 20), "timestamps": "true"}


def pod_states(api: KubeApi, namespace: str) -> list[Json]:
    """Name, labels, node and status of each pod; of its specification, which may quote configuration, nothing more.

    Raises:
        CouldNotTellError: the API server refuses or does not answer.
    """
    return [
        {
            "name": pod["metadata"]["name"],
            "labels": pod["metadata"].get("labels", {}),
            "deletionTimestamp": pod["metadata"].get("deletionTimestamp"),
            "nodeName": pod.get("spec", {}).get("nodeName"),
            "status": pod.get("status", {}),
        }
        for pod in api.items(f"/api/v1/namespaces/{namespace}/pods")
    ]


def events(api: KubeApi, namespace: str) -> list[Json]:
    """The events there are, oldest first: when last, about what, why, in which words, how often.

    Raises:
        CouldNotTellError: the API server refuses or does not answer.
    """
    found = [
        {
            "at": one.get("lastTimestamp") or one.get("eventTime") or one["metadata"].get("creationTimestamp"),
            "about": f"{one['involvedObject'].get('kind', '')} {one['involvedObject'].get('name', '')}",
            "type": one.get("type"),
            "reason": one.get("reason"),
            "message": one.get("message"),
            "count": one.get("count") or one.get("series", {}).get("count") or 1,
        }
        for one in api.items(f"/api/v1/namespaces/{namespace}/events")
    ]
    return sorted(found, key=lambda one: str(one["at"]))


def pod_logs(api: KubeApi, namespace: str) -> dict[str, str]:
    """The end of each container's log, and of the one before if it was started again; why one cannot be had, instead.

    Raises:
        CouldNotTellError: the API server refuses to name the pods, or does not answer.
    """
    logs = {}
    for pod, container, previous in _containers(api.items(f"/api/v1/namespaces/{namespace}/pods")):
        name = f"{pod}.{container}{'.previous' if previous else ''}.log"
        query = {**_TAIL, "container": container, **({"previous": "true"} if previous else {})}
        try:
            logs[name] = api.text(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", query=query)
        except CouldNotTellError as error:
            logs[name] = f"{error.what}: {error.why}\n"
    return logs


def _containers(pods: list[Json]) -> Iterator[tuple[str, str, bool]]:
    """Pod, container, and whether it is the run before."""
    for pod in pods:
        status = pod.get("status", {})
        for one in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
            yield pod["metadata"]["name"], one["name"], False
            if one.get("restartCount"):
                yield pod["metadata"]["name"], one["name"], True
