"""A source: a secret or configmap of the run that the controller is to mirror."""

import base64
from enum import StrEnum

from harness.clients.kubernetes import ApiRequest, Json
from harness.core.contract.subject import Subject
from harness.core.errors import CouldNotTellError
from harness.core.marks import GROUP_LABEL
from harness.faults.cluster import Cluster


class SourceKind(StrEnum):
    """What can be mirrored; the values are Kubernetes' kinds, which the subject maps to workqueues."""

    CONFIGMAP = "ConfigMap"
    SECRET = "Secret"  # noqa: S105 - a kind of object

    def collection(self, namespace: str) -> str:
        """The path of all objects of this kind in a namespace."""
        return f"/api/v1/namespaces/{namespace}/{self.value.lower()}s"


def source_kinds(subject: Subject) -> tuple[SourceKind, ...]:
    """The kinds of sources that the subject mirrors and that can be made here; the work of scenarios is the first.

    Raises:
        CouldNotTellError: it mirrors none of them.
    """
    kinds = tuple(kind for kind in SourceKind if kind.value in subject.sources.queues)
    if not kinds:
        raise CouldNotTellError(
            f"{subject.name} cannot be given work",
            why=f"its sources are {', '.join(subject.sources.queues)}, and only "
            f"{' and '.join(kind.value for kind in SourceKind)} can be made here",
            fix="alerts that need work cannot be proved on this subject",
        )
    return kinds


def creation(cluster: Cluster, *, kind: SourceKind, group: str, name: str, serial: int) -> ApiRequest:
    """The request that creates a source (409 if it is there)."""
    manifest: Json = {
        "metadata": {
            "name": name,
            "labels": {**cluster.subject.sources.labels, **cluster.labels, GROUP_LABEL: group},
            "annotations": cluster.subject.sources.annotations_for((cluster.target_namespace,)),
        },
        "data": _data(kind, serial),
    }
    return ApiRequest(method="POST", path=kind.collection(cluster.source_namespace), body=manifest)


def touch(cluster: Cluster, *, kind: SourceKind, name: str, serial: int) -> ApiRequest:
    """The request that gives a source other content, so that its mirror has to be written again."""
    path = f"{kind.collection(cluster.source_namespace)}/{name}"
    return ApiRequest(method="PATCH", path=path, body={"data": _data(kind, serial)})


def removal(cluster: Cluster, *, kind: SourceKind, group: str) -> ApiRequest:
    """The request that deletes all sources of a group at once."""
    selector = ",".join(f"{key}={value}" for key, value in {**cluster.labels, GROUP_LABEL: group}.items())
    return ApiRequest(
        method="DELETE", path=kind.collection(cluster.source_namespace), query={"labelSelector": selector}
    )


def _data(kind: SourceKind, serial: int) -> dict[str, str]:
    text = str(serial)
    return {"serial": base64.b64encode(text.encode()).decode() if kind is SourceKind.SECRET else text}
