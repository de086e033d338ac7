"""An unreachable replica: one more controller that runs and stands by, and whose metrics nobody can scrape.

It is the controller's own pod but for one number: the port that it declares for its metrics is one at which nobody
listens. A Service that names the port resolves it pod by pod, so the pod's endpoint, and with it the target that is
scraped, leads nowhere: https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports
To Kubernetes it is ready, to the others a standby like any.
"""

import copy
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Final

from harness.clients.kubernetes import ApiRequest, Json
from harness.core.errors import CouldNotTellError, NotHereError
from harness.core.marks import ROLE_LABEL
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear

#: the discard protocol's, which nobody serves
NOWHERE: Final = 9
_ROLE: Final = "unreachable-replica"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreachableReplica:
    """One replica that answers is enough to be up: nobody is to be paged for this one."""

    name: ClassVar[str] = "unreachable-replica"
    wear: ClassVar[Wear] = Wear.NONE
    lingers_s: ClassVar[float] = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Makes the pod and does not wait for it.

        Raises:
            NotHereError: the Service addresses the metrics port by its number, which is the same in each pod.
            CouldNotTellError: the API server refused the pod.
        """
        answer = cluster.api.send(ApiRequest(method="POST", path=cluster.paths.pods, body=_pod(cluster)))
        if not answer.accepted and answer.status != HTTPStatus.CONFLICT:
            raise CouldNotTellError(
                "the unreachable replica could not be made",
                why=str(answer.body.get("message", answer.status)),
                fix="check that you may create pods in the controller's namespace",
            )

    def undo(self, cluster: Cluster) -> None:
        """Deletes the pod and does not wait for its end."""
        remove(cluster)


def remove(cluster: Cluster) -> None:
    """Deletes the run's unreachable replica; does nothing where there is none.

    Raises:
        CouldNotTellError: the API server refused.
    """
    path = f"{cluster.paths.pods}/{_name(cluster)}"
    found = cluster.api.find(path)
    if found is None or found["metadata"].get("labels", {}).get(ROLE_LABEL) != _ROLE:
        return
    answer = cluster.api.send(ApiRequest(method="DELETE", path=path))
    if not answer.accepted and answer.status != HTTPStatus.NOT_FOUND:
        raise CouldNotTellError(
            "the unreachable replica could not be deleted",
            why=str(answer.body.get("message", answer.status)),
            fix=f"delete the pod {_name(cluster)}",
        )


def _name(cluster: Cluster) -> str:
    """Begins as the Deployment's pods do: rules that select pods by their names mean this one too."""
    return f"{cluster.subject.workload.deployment}-{_ROLE}"


def _pod(cluster: Cluster) -> Json:
    deployment = cluster.api.ask(ApiRequest(method="GET", path=cluster.paths.deployment))
    template = copy.deepcopy(deployment["spec"]["template"])
    port = _port_name(cluster)
    for container in template["spec"]["containers"]:
        if container["name"] == cluster.subject.workload.container:
            _mislead(container, port, cluster.subject.workload.metrics_port)
    labels = {**template["metadata"].get("labels", {}), **cluster.labels, ROLE_LABEL: _ROLE}
    annotations = template["metadata"].get("annotations", {})
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": _name(cluster), "labels": labels, "annotations": annotations},
        "spec": template["spec"],
    }


def _port_name(cluster: Cluster) -> str:
    """By which the Service names the port that is scraped."""
    workload = cluster.subject.workload
    service = cluster.api.ask(ApiRequest(method="GET", path=cluster.paths.service))
    named = [port["targetPort"] for port in service["spec"].get("ports", []) if isinstance(port.get("targetPort"), str)]
    deployment = cluster.api.ask(ApiRequest(method="GET", path=cluster.paths.deployment))
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        for port in container.get("ports", []):
            if port.get("name") in named and int(port["containerPort"]) == workload.metrics_port:
                return str(port["name"])
    raise NotHereError(
        "no replica of this controller can be made unreachable",
        why=f"Service {workload.service} addresses port {workload.metrics_port} by its number, not by a name",
        fix="name the container's port, and the name as the Service's targetPort",
    )


def _mislead(container: Json, port: str, number: int) -> None:
    """The named port leads nowhere; probes that ask at it go on asking at its number."""
    for declared in container.get("ports", []):
        if declared.get("name") == port:
            declared["containerPort"] = NOWHERE
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        for way in ("httpGet", "tcpSocket"):
            asked = container.get(probe, {}).get(way, {})
            if asked.get("port") == port:
                asked["port"] = number
