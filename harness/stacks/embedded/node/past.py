"""What a restarted node makes of a pod that it ran before: its processes died with it, its history goes on. Pure."""

import time

from harness.stacks.embedded.node.document import Document
from harness.stacks.embedded.node.pod import Container, Pod
from harness.stacks.embedded.node.status import ContainerView, Terminated, Waiting, read_terminated, read_timestamp

_KILLED = 137


def past_view(pod: Pod, container: Container, *, is_init: bool, now_s: float | None = None) -> ContainerView:
    """A container's first view: a fresh one, or one that continues what the API's status tells.

    A container that ran is counted as killed with the node and starts again under the next number. One that had ended
    keeps its end, and its restart policy decides what follows.
    """
    fresh = ContainerView(name=container.name, image=container.image, resources=container.resources)
    listed = pod.status.items("initContainerStatuses" if is_init else "containerStatuses")
    status = next((one for one in listed if one.text("name") == container.name), Document({}))
    if not status.text("containerID"):
        return fresh
    restarts = status.integer("restartCount")
    ended = read_terminated(status.at("state"))
    if ended is not None:
        return _continued(fresh, status, restarts=restarts, state=ended)
    if not status.at("state").has("running"):
        return _continued(fresh, status, restarts=restarts, state=read_terminated(status.at("lastState")) or Waiting())
    killed = Terminated(
        exit_code=_KILLED,
        reason="ContainerStatusUnknown",
        message="The process ended with the node",
        started_at_s=read_timestamp(status.at("state", "running").text("startedAt")),
        finished_at_s=time.time() if now_s is None else now_s,
        container_id=status.text("containerID"),
    )
    return _continued(fresh, status, restarts=restarts, state=killed)


def _continued(fresh: ContainerView, status: Document, *, restarts: int, state: Terminated | Waiting) -> ContainerView:
    return ContainerView(
        name=fresh.name,
        image=fresh.image,
        image_id=status.text("imageID"),
        resources=fresh.resources,
        state=state,
        last=read_terminated(status.at("lastState")),
        restarts=restarts,
        container_id=status.text("containerID"),
    )
