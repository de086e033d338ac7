"""The controller's pods, found as the Deployment finds them."""

from harness.clients.kubernetes import Json
from harness.clients.pods import container_end
from harness.faults.cluster import Cluster


def controller_pods(cluster: Cluster) -> list[Json]:
    """All pods that match the Deployment's selector, also ending ones; none when there is no Deployment.

    Raises:
        CouldNotTellError: the API server refused or did not answer.
    """
    deployment = cluster.api.find(cluster.paths.deployment)
    if deployment is None:
        return []
    return cluster.api.items(cluster.paths.pods, labels=selector_text(deployment["spec"]["selector"]))


def running_pods(cluster: Cluster) -> list[Json]:
    """The controller's pods that run and are not ending.

    Raises:
        CouldNotTellError: the API server refused or did not answer.
    """
    return [
        pod
        for pod in controller_pods(cluster)
        if "deletionTimestamp" not in pod["metadata"] and pod.get("status", {}).get("phase") == "Running"
    ]


def container_ends(cluster: Cluster, pod: Json) -> tuple[int, str]:
    """How often the controller's container has ended in this pod, and how the last time: `exit code 137, OOMKilled`."""
    for status in pod.get("status", {}).get("containerStatuses", []):
        if status["name"] == cluster.subject.workload.container:
            return container_end(status)
    return 0, ""


def controller_nodes(cluster: Cluster) -> set[str]:
    """The names of the nodes that run the controller's pods.

    Raises:
        CouldNotTellError: the API server refused or did not answer.
    """
    names = (str(pod["spec"].get("nodeName", "")) for pod in controller_pods(cluster))
    return {name for name in names if name}


def rollout_left(cluster: Cluster) -> str:
    """What a roll-out of the Deployment still has to do, in words; empty when there is none under way.

    By what `kubectl rollout status` asks for, and until the replaced pods are gone as well:
    https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#complete-deployment

    Raises:
        CouldNotTellError: the API server refused or did not answer.
    """
    deployment = cluster.api.find(cluster.paths.deployment)
    if deployment is None:
        return ""  # then no target is up either
    status, wanted = deployment.get("status", {}), int(deployment["spec"].get("replicas", 1))
    if int(status.get("observedGeneration", 0)) < int(deployment["metadata"].get("generation", 0)):
        return "the Deployment's last change has not been seen yet"
    there = {key: int(status.get(key, 0)) for key in ("updatedReplicas", "availableReplicas", "replicas")}
    if any(number != wanted for number in there.values()):
        return ", ".join(f"{number} {key}" for key, number in there.items()) + f" of {wanted} wanted"
    ending = [pod["metadata"]["name"] for pod in controller_pods(cluster) if "deletionTimestamp" in pod["metadata"]]
    return f"{', '.join(ending)} ending" if ending else ""


def selector_text(selector: Json) -> str:
    """A LabelSelector as the API's query parameter takes it."""
    parts = [f"{key}={value}" for key, value in selector.get("matchLabels", {}).items()]
    for rule in selector.get("matchExpressions", []):
        key, values = rule["key"], ",".join(rule.get("values", []))
        parts.append(
            {
                "In": f"{key} in ({values})",
                "NotIn": f"{key} notin ({values})",
                "Exists": str(key),
                "DoesNotExist": f"!{key}",
            }[rule["operator"]]
        )
    return ",".join(parts)
