"""The two namespaces of a run: sources go into one, mirrors come into the other."""

from harness.faults.cluster import ROLE_LABEL, RUN_LABEL, Cluster
from harness.kube_api import ApiRequest, Json
from harness.waiting import NotYet, wait_until

#: the namespace controller works off a few hundred objects in seconds; a busy cluster gets more
_GONE_TIMEOUT_S = 60.0


def create_namespaces(cluster: Cluster) -> None:
    """Creates both, or leaves them as they are.

    Raises:
        ApiRefusedError: the user may not create namespaces.
    """
    for role, name in (("source", cluster.source_namespace), ("target", cluster.target_namespace)):
        cluster.api.ask(applied(f"/api/v1/namespaces/{name}", _namespace(cluster, role, name)))


def remove_namespaces(cluster: Cluster, *, wait: bool = False) -> None:
    """Deletes both namespaces of the run with all that is in them; those of the stack itself stay.

    Args:
        cluster: where.
        wait: whether to return only when they are gone.

    Raises:
        WaitTimeoutError: something in them does not go, e.g. for a finalizer.
    """
    ours = f"{RUN_LABEL}={cluster.run},{ROLE_LABEL}"
    for namespace in cluster.api.items("/api/v1/namespaces", labels=ours):
        cluster.api.send(ApiRequest(method="DELETE", path=f"/api/v1/namespaces/{namespace['metadata']['name']}"))
    if not wait:
        return

    def gone() -> bool | NotYet:
        left = [found["metadata"]["name"] for found in cluster.api.items("/api/v1/namespaces", labels=ours)]
        return NotYet(f"{', '.join(left)} still there") if left else True

    wait_until(
        f"namespaces of run {cluster.run} gone",
        gone,
        timeout_s=_GONE_TIMEOUT_S,
        interval_s=0.2,
        fix="look at the namespaces' status.conditions: they name what does not go",
    )


def applied(path: str, manifest: Json) -> ApiRequest:
    """The request that creates this object or makes it like this.

    Server-side apply: https://kubernetes.io/docs/reference/using-api/server-side-apply/
    """
    return ApiRequest(
        method="PATCH",
        path=path,
        body=manifest,
        patch="apply",
        query={"fieldManager": "kubemirror-harness", "force": "true"},
    )


def _namespace(cluster: Cluster, role: str, name: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {**cluster.labels, ROLE_LABEL: role}},
    }
