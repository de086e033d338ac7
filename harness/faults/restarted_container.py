"""A restarted container: the controller's container ends and starts again in the same pod, its counters at zero.

The `image` of a running pod's container is one of the few fields that may be changed; the kubelet then ends that
container in good order and starts it anew, in the same pod and at the same address:
https://kubernetes.io/docs/concepts/workloads/pods/#pod-update-and-replacement
Here it becomes another name of the image that it is already, so the same program starts again.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar

from harness.clients.kubernetes import ApiRequest, Json
from harness.core.errors import CouldNotTellError
from harness.core.image_name import other_name
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import running_pods
from harness.faults.fault import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartedContainer:
    """Restarts the controller's container in each running pod, once. Nobody is to be paged for it."""

    name: ClassVar[str] = "restarted-container"
    wear: ClassVar[Wear] = Wear.ENDS
    lingers_s: ClassVar[float] = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Returns when the API server has the other names; the containers end and start a moment later.

        Raises:
            CouldNotTellError: no pod runs, an image has one name only, or the API server refused.
        """
        pods = running_pods(cluster)
        if not pods:
            raise CouldNotTellError(
                "there is no container to restart",
                why="none of the controller's pods runs",
                fix="begin with a healthy controller",
            )
        names = {str(pod["metadata"]["name"]): _other_name(cluster, pod) for pod in pods}
        for pod, image in names.items():
            _rename(cluster, pod, image)

    def undo(self, cluster: Cluster) -> None:
        """Nothing: the container runs again, the image is the same, and a second restart would be another fault."""


def _other_name(cluster: Cluster, pod: Json) -> str:
    wanted = cluster.subject.workload.container
    images = {str(each["name"]): str(each["image"]) for each in pod["spec"]["containers"]}
    identities = {
        str(each["name"]): str(each.get("imageID", "")) for each in pod["status"].get("containerStatuses", [])
    }
    name, image = pod["metadata"]["name"], images.get(wanted)
    if image is None:
        raise CouldNotTellError(
            f"pod {name} has no container {wanted}",
            why=f"it has {', '.join(images)}",
            fix="name the controller's container in the subject file",
        )
    found = other_name(image, image_id=identities.get(wanted, ""))
    if found is None:
        raise CouldNotTellError(
            f"the container of pod {name} cannot be restarted in place",
            why=f"its image {image} has no other name, and its status does not tell the digest",
            fix="give the image a tag, or begin when the container runs",
        )
    return found


def _rename(cluster: Cluster, pod: str, image: str) -> None:
    container = {"name": cluster.subject.workload.container, "image": image}
    answer = cluster.api.send(
        ApiRequest(
            method="PATCH",
            path=f"{cluster.paths.pods}/{pod}",
            patch="strategic",
            body={"spec": {"containers": [container]}},
        )
    )
    if not answer.accepted and answer.status != HTTPStatus.NOT_FOUND:
        raise CouldNotTellError(
            f"the container of pod {pod} could not be restarted",
            why=str(answer.body.get("message", answer.status)),
            fix="check that you may patch pods",
        )
