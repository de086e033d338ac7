"""What pods say: status, conditions (which nodes and others have as well), events, and logs of containers."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from harness.clients.kubernetes import Json, KubeApi
from harness.core.errors import CouldNotTellError

#: the end of a log, as much as a person reads and a report can hold
_TAIL: Final = {"tailLines": "2000", "limitBytes": str(1 << 20), "timestamps": "true"}


def pod_states(pods: Sequence[Json]) -> list[Json]:
    """Name, labels, node and status of each pod; of its specification, which may quote configuration, nothing more."""
    return [
        {
            "name": pod["metadata"]["name"],
            "labels": pod["metadata"].get("labels", {}),
            "deletionTimestamp": pod["metadata"].get("deletionTimestamp"),
            "nodeName": pod.get("spec", {}).get("nodeName"),
            "status": pod.get("status", {}),
        }
        for pod in pods
    ]


def container_statuses(pod: Json) -> list[Json]:
    """What is said of a pod's containers, the init containers first."""
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def condition(found: Json, name: str) -> Json:
    """The condition of this type, which pods, nodes and much else have; empty where it is not there yet."""
    conditions: list[Json] = found.get("status", {}).get("conditions") or []
    return next((one for one in conditions if one["type"] == name), {})


def holds(found: Json, name: str) -> bool:
    """Whether the condition of this type is there and true."""
    return bool(condition(found, name).get("status") == "True")


def container_end(status: Json) -> tuple[int, str]:
    """How often a container has ended, by its status, and how the last time: `exit code 137, OOMKilled`."""
    now, before = ((status.get(key) or {}).get("terminated") for key in ("state", "lastState"))
    last = now or before or {}
    how = f"exit code {last.get('exitCode', 'unknown')}, {last.get('reason') or '-'}"
    return int(status.get("restartCount", 0)) + (now is not None), how


def events(api: KubeApi, namespace: str, *, about: Collection[str] = ()) -> list[Json]:
    """The events there are, oldest first: when last, about what, why, in which words, how often.

    Args:
        api: of the cluster.
        namespace: whose.
        about: of objects with these names, and of those that are made of them: a name, a dash, and more; of all if
            none is given.

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
            "count": one.get("count") or (one.get("series") or {}).get("count") or 1,
        }
        for one in api.items(f"/api/v1/namespaces/{namespace}/events")
        if not about or _is_of(str(one["involvedObject"].get("name", "")), about)
    ]
    return sorted(found, key=lambda one: str(one["at"]))


def pod_logs(api: KubeApi, namespace: str, pods: Sequence[Json]) -> dict[str, str]:
    """The end of each container's log, and of the one before if it was started again; why one cannot be had, instead.

    Never raises.
    """
    logs = {}
    for pod, container, previous in _containers(pods):
        name = f"{pod}.{container}{'.previous' if previous else ''}.log"
        query = {**_TAIL, "container": container, **({"previous": "true"} if previous else {})}
        try:
            logs[name] = api.text(f"/api/v1/namespaces/{namespace}/pods/{pod}/log", query=query)
        except CouldNotTellError as error:
            logs[name] = f"{error.what}: {error.why}\n"
    return logs


def _is_of(name: str, names: Collection[str]) -> bool:
    return any(name == one or name.startswith(f"{one}-") for one in names)


def _containers(pods: Sequence[Json]) -> Iterator[tuple[str, str, bool]]:
    """Pod, container, and whether it is the run before."""
    for pod in pods:
        for one in container_statuses(pod):
            yield pod["metadata"]["name"], one["name"], False
            if one.get("restartCount"):
                yield pod["metadata"]["name"], one["name"], True
