"""The controller's pods, found as the Deployment finds them."""

from harness.faults.cluster import Cluster
from harness.kube_api import Json


def controller_pods(cluster: Cluster) -> list[Json]:
    """All pods that match the Deployment's selector, also ending ones; none when there is no Deployment.

    Raises:
        CouldNotTellError: the API server refused or did not answer.
    """
    deployment = cluster.api.find(cluster.paths.deployment)
    if deployment is None:
        return []
    return cluster.api.items(cluster.paths.pods, labels=selector_text(deployment["spec"]["selector"]))


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
