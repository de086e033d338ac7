"""What the API is told about a pod: pure, from what is observed of its containers.

Phase and conditions follow the kubelet (pkg/kubelet/kubelet_pods.go getPhase, pkg/kubelet/status/generate.go).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, TypeAlias

from harness.stacks.embedded.node.document import Document, Json
from harness.stacks.embedded.node.pod import Pod, Resources, RestartPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Not running yet, or not again."""

    reason: str = "ContainerCreating"
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process is there."""

    #: seconds since the epoch, as all instants here
    started_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminated:
    """The process ended."""

    #: 128 + number for a process that a signal ended
    exit_code: int
    reason: str
    message: str = ""
    started_at_s: float
    finished_at_s: float
    container_id: str = ""


State: TypeAlias = Waiting | Running | Terminated


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerView:
    """What is known of one container at one instant."""

    name: str
    image: str
    #: `REPOSITORY@DIGEST` of what runs; empty before the first start
    image_id: str = ""
    state: State = Waiting()
    last: Terminated | None = None
    #: what its readiness probe says; true without one
    ready: bool = False
    #: its startup probe passed
    started: bool = False
    restarts: int = 0
    #: empty before the first start
    container_id: str = ""
    #: what is in effect
    resources: Resources = Resources()  # noqa: RUF009 - immutable


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a pod; `since_s` is when `status` last changed."""

    type: str
    status: bool
    reason: str = ""
    message: str = ""
    since_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PodView:
    """What is known of one pod at one instant."""

    pod: Pod
    pod_ip: str
    host_ip: str
    started_at_s: float
    init_containers: tuple[ContainerView, ...]
    containers: tuple[ContainerView, ...]
    #: why a resize is not in effect yet; empty when it is
    resize_error: str = ""


_RESIZE: Final = "PodResizeInProgress"


def phase(view: PodView) -> str:
    """The pod's phase, by the kubelet's rules."""
    if not _initialized(view):
        failed = any(_exit_code(one.state) not in {None, 0} for one in view.init_containers)
        return "Failed" if failed and view.pod.restart_policy is RestartPolicy.NEVER else "Pending"
    states = [one.state for one in view.containers]
    if any(isinstance(one.state, Waiting) and one.last is None for one in view.containers):
        return "Pending"
    if any(isinstance(state, Running) for state in states):
        return "Running"
    ended = [_exit_code(state) for state in states]
    deleted = view.pod.deletion_grace_s is not None
    if all(code == 0 for code in ended) and (deleted or view.pod.restart_policy is not RestartPolicy.ALWAYS):
        return "Succeeded"
    if None not in ended and (deleted or view.pod.restart_policy is RestartPolicy.NEVER):
        return "Failed"
    return "Running"


def conditions(view: PodView, *, previous: tuple[Condition, ...], now_s: float) -> tuple[Condition, ...]:
    """The conditions that a node owns; an unchanged one keeps its instant of transition."""
    unready = [one.name for one in view.containers if not (one.ready and isinstance(one.state, Running))]
    ended = {"Succeeded": "PodCompleted", "Failed": "PodFailed"}.get(phase(view))
    if ended is not None:
        ready = Condition(type="Ready", status=False, reason=ended)
    elif unready:
        message = f"containers with unready status: [{' '.join(unready)}]"
        ready = Condition(type="Ready", status=False, reason="ContainersNotReady", message=message)
    else:
        ready = Condition(type="Ready", status=True)
    waiting_for = [one.name for one in view.init_containers if _exit_code(one.state) != 0]
    initialized = Condition(type="Initialized", status=True)
    if not _initialized(view):
        message = f"containers with incomplete status: [{' '.join(waiting_for)}]"
        initialized = replace(initialized, status=False, reason="ContainersNotInitialized", message=message)
    now = [
        Condition(type="PodReadyToStartContainers", status=bool(view.pod_ip)),
        initialized,
        ready,
        replace(ready, type="ContainersReady"),
    ]
    if view.resize_error:
        now.append(Condition(type=_RESIZE, status=True, reason="Error", message=view.resize_error))
    before = {one.type: one for one in previous}
    return tuple(_dated(one, before.get(one.type), now_s) for one in now)


def build_status(view: PodView, now: tuple[Condition, ...]) -> dict[str, Json]:
    """The status as a strategic merge patch: the scheduler's condition is left alone, a finished resize is removed."""
    generation = view.pod.generation
    listed: list[Json] = [_condition(one, generation) for one in now]
    if all(one.type != _RESIZE for one in now):
        listed.append({"$patch": "delete", "type": _RESIZE})
    return {
        "observedGeneration": generation,
        "phase": phase(view),
        "conditions": listed,
        "hostIP": view.host_ip,
        "hostIPs": [{"ip": view.host_ip}],
        "podIP": view.pod_ip,
        "podIPs": [{"ip": view.pod_ip}],
        "startTime": timestamp(view.started_at_s),
        "initContainerStatuses": [_container(one, is_init=True) for one in view.init_containers],
        "containerStatuses": [_container(one, is_init=False) for one in view.containers],
    }


def read_conditions(status: Document) -> tuple[Condition, ...]:
    """The conditions that the API holds, so that a restarted node keeps the instants."""
    return tuple(
        Condition(
            type=one.text("type"),
            status=one.text("status") == "True",
            reason=one.text("reason"),
            message=one.text("message"),
            since_s=read_timestamp(one.text("lastTransitionTime")),
        )
        for one in status.items("conditions")
        if one.text("type") != "PodScheduled"
    )


def read_terminated(state: Document) -> Terminated | None:
    """`terminated` of a container's state; None when it is in another one."""
    if not state.has("terminated"):
        return None
    ended = state.at("terminated")
    return Terminated(
        exit_code=ended.integer("exitCode"),
        reason=ended.text("reason"),
        message=ended.text("message"),
        started_at_s=read_timestamp(ended.text("startedAt")),
        finished_at_s=read_timestamp(ended.text("finishedAt")),
        container_id=ended.text("containerID"),
    )


def timestamp(instant_s: float) -> str:
    """Whole seconds, as the API keeps them."""
    return datetime.fromtimestamp(instant_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_timestamp(text: str) -> float:
    """Seconds since the epoch; 0 for the empty text."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


def _initialized(view: PodView) -> bool:
    return all(_exit_code(one.state) == 0 for one in view.init_containers)


def _exit_code(state: State) -> int | None:
    return state.exit_code if isinstance(state, Terminated) else None


def _dated(condition: Condition, before: Condition | None, now_s: float) -> Condition:
    same = before is not None and before.status == condition.status and before.since_s
    return replace(condition, since_s=before.since_s if same and before is not None else now_s)


def _condition(condition: Condition, generation: int) -> Json:
    return {
        "type": condition.type,
        "status": str(condition.status),
        "reason": condition.reason,
        "message": condition.message,
        "lastTransitionTime": timestamp(condition.since_s),
        "lastProbeTime": None,
        "observedGeneration": generation,
    }


def _container(view: ContainerView, *, is_init: bool) -> Json:
    running = isinstance(view.state, Running)
    status: dict[str, Json] = {
        "name": view.name,
        "image": view.image,
        "imageID": view.image_id,
        "ready": _exit_code(view.state) == 0 if is_init else running and view.ready,
        "started": running and view.started,
        "restartCount": view.restarts,
        "state": _state(view.state),
        "lastState": {} if view.last is None else _state(view.last),
        "resources": {"requests": dict(view.resources.requests), "limits": dict(view.resources.limits)},
    }
    if view.resources.requests:
        status["allocatedResources"] = dict(view.resources.requests)
    if view.container_id:
        status["containerID"] = view.container_id
    return status


def _state(state: State) -> Json:
    match state:
        case Waiting():
            return {"waiting": {"reason": state.reason, "message": state.message}}
        case Running():
            return {"running": {"startedAt": timestamp(state.started_at_s)}}
        case Terminated():
            return {
                "terminated": {
                    "exitCode": state.exit_code,
                    "reason": state.reason,
                    "message": state.message,
                    "startedAt": timestamp(state.started_at_s),
                    "finishedAt": timestamp(state.finished_at_s),
                    "containerID": state.container_id,
                }
            }
