"""The two namespaces of a run: sources go into one, mirrors come into the other."""

from harness.clients.kubernetes import ApiRequest, Json
from harness.core.marks import ROLE_LABEL
from harness.faults.cluster import Cluster


def create_namespaces(cluster: Cluster) -> None:
    """Creates both, or leaves them as they are.

    Raises:
        ApiRefusedError: the user may not create namespaces.
    """
    for role, name in (("source", cluster.source_namespace), ("target", cluster.target_namespace)):
        cluster.api.ask(applied(f"/api/v1/namespaces/{name}", _namespace(cluster, role, name)))


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
