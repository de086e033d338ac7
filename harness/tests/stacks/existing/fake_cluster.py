"""A whole cluster in memory: it says which types it has, lists them everywhere, and deletes what an object owns."""

import copy
import itertools
from typing import cast

from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json, KubeApi
from harness.tests.faults.fake_api import FakeApi, answer

_ALL = ["create", "delete", "get", "list", "patch"]
_API = "/api/v1"
#: path of the API -> resource, kind, namespaced, verbs
TYPES: dict[str, list[tuple[str, str, bool, list[str]]]] = {
    _API: [
        ("namespaces", "Namespace", False, _ALL),
        ("nodes", "Node", False, _ALL),
        ("configmaps", "ConfigMap", True, _ALL),
        ("secrets", "Secret", True, _ALL),
        ("services", "Service", True, _ALL),
        ("endpoints", "Endpoints", True, _ALL),
        ("serviceaccounts", "ServiceAccount", True, _ALL),
        ("pods", "Pod", True, _ALL),
        ("pods/log", "Pod", True, ["get"]),
        ("events", "Event", True, _ALL),
        ("componentstatuses", "ComponentStatus", False, ["get", "list"]),
    ],
    "/apis/apps/v1": [("deployments", "Deployment", True, _ALL), ("replicasets", "ReplicaSet", True, _ALL)],
    "/apis/coordination.k8s.io/v1": [("leases", "Lease", True, _ALL)],
    "/apis/rbac.authorization.k8s.io/v1": [
        ("clusterroles", "ClusterRole", False, _ALL),
        ("clusterrolebindings", "ClusterRoleBinding", False, _ALL),
        ("roles", "Role", True, _ALL),
        ("rolebindings", "RoleBinding", True, _ALL),
    ],
    "/apis/admissionregistration.k8s.io/v1": [
        ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration", False, _ALL)
    ],
    "/apis/metrics.k8s.io/v1beta1": [("pods", "PodMetrics", True, ["get", "list"])],
    # the preferred version lacks a type, and both have one
    "/apis/monitoring.coreos.com/v1": [
        ("prometheusrules", "PrometheusRule", True, _ALL),
        ("servicemonitors", "ServiceMonitor", True, _ALL),
    ],
    "/apis/monitoring.coreos.com/v1alpha1": [
        ("alertmanagerconfigs", "AlertmanagerConfig", True, _ALL),
        ("prometheusrules", "PrometheusRule", True, _ALL),
    ],
}


class ClusterApi(FakeApi):
    """Objects have uids; what is deleted takes along what it owns, and a namespace what is in it."""

    def __init__(self) -> None:
        super().__init__()
        self._uids = itertools.count(1)
        #: paths of what a finalizer holds
        self.held: set[str] = set()

    @property
    def api(self) -> KubeApi:
        """As the code under test takes it."""
        return cast("KubeApi", self)

    def put(self, path: str, manifest: Json) -> Json:
        """With a uid and the namespace of its path."""
        metadata = {**manifest.get("metadata", {})}
        kept = self.objects.get(path, {}).get("metadata", {})
        metadata.setdefault("uid", kept.get("uid") or f"u{next(self._uids)}")
        parts = path.split("/")
        if "namespaces" in parts[:-2]:
            metadata["namespace"] = parts[parts.index("namespaces") + 1]
        return super().put(path, {**manifest, "metadata": metadata})

    def labelled(self, path: str, labels: dict[str, str], *, owner: str = "", **annotations: str) -> Json:
        """Puts an object with these labels there, owned by the one at another path."""
        metadata: Json = {"labels": labels, "annotations": annotations}
        if owner:
            metadata["ownerReferences"] = [{"uid": self.objects[owner]["metadata"]["uid"]}]
        return self.put(path, {"metadata": metadata})

    def deleted(self) -> list[str]:
        """The paths of all deletions, in their order."""
        return [one.path for one in self.requests if one.method == "DELETE"]

    def _answer(self, request: ApiRequest) -> ApiAnswer:
        if request.method == "GET" and request.path == "/apis":
            return answer(200, {"groups": _groups()})
        if request.method == "GET" and request.path in TYPES:
            keys = ("name", "kind", "namespaced", "verbs")
            return answer(200, {"resources": [dict(zip(keys, one, strict=True)) for one in TYPES[request.path]]})
        api, _, resource = request.path.rpartition("/")
        if request.method == "GET" and any(resource == one[0] for one in TYPES.get(api, [])):
            return answer(200, {"items": self._everywhere(api, resource, request.query.get("labelSelector", ""))})
        if request.method == "DELETE" and request.path in self.objects:
            return self._delete(request)
        return super()._answer(request)

    def _everywhere(self, api: str, resource: str, selector: str) -> list[Json]:
        collections = {path.rpartition("/")[0] for path in self.objects}
        chosen = [one for one in collections if one.startswith(f"{api}/") and one.rpartition("/")[2] == resource]
        return [copy.deepcopy(self.objects[path]) for one in sorted(chosen) for path in self._selected(one, selector)]

    def _delete(self, request: ApiRequest) -> ApiAnswer:
        uid = self.objects[request.path]["metadata"]["uid"]
        body = cast("Json", request.body or {})
        if body.get("preconditions", {}).get("uid", uid) != uid:
            return answer(409)
        if request.path not in self.held:
            self.vanish(request.path)
        return answer(200)

    def vanish(self, path: str) -> None:
        """The object goes, with what it owns and, of a namespace, what is in it."""
        found = self.objects.pop(path)
        for other, one in list(self.objects.items()):
            owners = [owner["uid"] for owner in one["metadata"].get("ownerReferences", [])]
            within = f"/namespaces/{path.rpartition('/')[2]}/" in other if path.startswith(f"{_API}/namespaces/") else 0
            if other in self.objects and (found["metadata"]["uid"] in owners or (within and path.count("/") == 4)):
                self.vanish(other)


def _groups() -> list[Json]:
    versions: dict[str, list[str]] = {}
    for path in TYPES:
        if path != _API:
            _, _, group, version = path.split("/")
            versions.setdefault(group, []).append(version)
    return [
        {"name": group, "preferredVersion": {"version": those[0]}, "versions": [{"version": one} for one in those]}
        for group, those in versions.items()
    ]
