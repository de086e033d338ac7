"""What the API is told, by the kubelet's rules."""

import json

import pytest

from harness.stacks.embedded.node.document import Document
from harness.stacks.embedded.node.pod import Container, Pod, Resources, RestartPolicy
from harness.stacks.embedded.node.status import (
    Condition,
    ContainerView,
    PodView,
    Running,
    State,
    Terminated,
    Waiting,
    build_status,
    conditions,
    phase,
    read_conditions,
    read_terminated,
)

_RUNNING = Running(started_at_s=100.0)


def _ended(code: int) -> Terminated:
    reason = "Error" if code else "Completed"
    return Terminated(exit_code=code, reason=reason, started_at_s=100.0, finished_at_s=101.0)


def _view(
    *states: State,
    init: tuple[State, ...] = (),
    last: Terminated | None = None,
    policy: RestartPolicy = RestartPolicy.ALWAYS,
    deleted: bool = False,
    ready: bool = True,
) -> PodView:
    pod = Pod(
        namespace="shop",
        name="web-1",
        uid="u1",
        generation=3,
        restart_policy=policy,
        containers=tuple(Container(name=f"c{number}", image="i") for number in range(len(states))),
        deletion_grace_s=30 if deleted else None,
    )
    return PodView(
        pod=pod,
        pod_ip="198.18.7.10",
        host_ip="127.18.7.1",
        started_at_s=90.0,
        init_containers=tuple(ContainerView(name=f"i{n}", image="i", state=state) for n, state in enumerate(init)),
        containers=tuple(
            ContainerView(name=f"c{n}", image="i", state=state, last=last, ready=ready)
            for n, state in enumerate(states)
        ),
    )


_ALWAYS, _ON_FAILURE, _NEVER = RestartPolicy


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        pytest.param(_view(Waiting()), "Pending", id="creating"),
        pytest.param(_view(_RUNNING), "Running", id="running"),
        pytest.param(_view(_RUNNING, Waiting()), "Pending", id="one-still-creating"),
        pytest.param(_view(_RUNNING, _ended(1)), "Running", id="one-ended"),
        pytest.param(_view(Waiting(reason="CrashLoopBackOff"), last=_ended(1)), "Running", id="crash-loop"),
        pytest.param(_view(_ended(1)), "Running", id="about-to-restart"),
        pytest.param(_view(_ended(0), policy=_NEVER), "Succeeded", id="job-done"),
        pytest.param(_view(_ended(3), policy=_NEVER), "Failed", id="job-failed"),
        pytest.param(_view(_ended(0), _ended(1), policy=_NEVER), "Failed", id="one-of-two-failed"),
        pytest.param(_view(_ended(0), policy=_ON_FAILURE), "Succeeded", id="on-failure-done"),
        pytest.param(_view(_ended(1), policy=_ON_FAILURE), "Running", id="on-failure-restarts"),
        pytest.param(_view(_ended(143), deleted=True), "Failed", id="deleted"),
        pytest.param(_view(_ended(0), deleted=True), "Succeeded", id="deleted-in-order"),
        pytest.param(_view(Waiting(), init=(_RUNNING,)), "Pending", id="initializing"),
        pytest.param(_view(Waiting(), init=(_ended(1),), policy=_NEVER), "Failed", id="init-failed"),
        pytest.param(_view(Waiting(), init=(_ended(1),)), "Pending", id="init-restarts"),
        pytest.param(_view(_RUNNING, init=(_ended(0),)), "Running", id="initialized"),
    ],
)
def test_the_phase_follows_the_containers(view: PodView, expected: str) -> None:
    """One row per case of the kubelet's getPhase."""
    assert phase(view) == expected


def _by_type(view: PodView, previous: tuple[Condition, ...] = (), now_s: float = 200.0) -> dict[str, Condition]:
    return {one.type: one for one in conditions(view, previous=previous, now_s=now_s)}


def test_a_pod_is_ready_when_every_container_runs_and_is_ready() -> None:
    """A container that is ready by its probe but has ended is not."""
    assert _by_type(_view(_RUNNING))["Ready"].status
    assert not _by_type(_view(_RUNNING, ready=False))["Ready"].status
    unready = _by_type(_view(_RUNNING, _ended(1)))["Ready"]
    assert (unready.status, unready.reason) == (False, "ContainersNotReady")
    assert unready.message == "containers with unready status: [c1]"


def test_a_finished_pod_is_not_ready_for_its_own_reason() -> None:
    """Completed is told apart from failing."""
    assert _by_type(_view(_ended(0), policy=_NEVER))["Ready"].reason == "PodCompleted"
    assert _by_type(_view(_ended(1), policy=_NEVER))["ContainersReady"].reason == "PodFailed"


def test_waiting_for_init_containers_is_told() -> None:
    """The condition names those that are missing."""
    initialized = _by_type(_view(Waiting(), init=(_ended(0), _RUNNING)))["Initialized"]
    assert (initialized.status, initialized.message) == (False, "containers with incomplete status: [i1]")


def test_the_instant_of_transition_changes_with_the_status_only() -> None:
    """A later write of the same status keeps the instant; a flip renews it."""
    first = conditions(_view(_RUNNING), previous=(), now_s=200.0)
    same = _by_type(_view(_RUNNING), first, 300.0)
    flipped = _by_type(_view(_ended(1)), first, 300.0)
    assert same["Ready"].since_s == 200.0
    assert (flipped["Ready"].since_s, flipped["Initialized"].since_s) == (300.0, 200.0)


def test_a_refused_resize_is_a_condition_and_a_finished_one_removes_it() -> None:
    """Strategic merge keeps what is not mentioned, so removal has to be said."""
    view = _view(_RUNNING)
    refused = PodView(**{name: getattr(view, name) for name in view.__slots__} | {"resize_error": "too low"})
    assert _by_type(refused)["PodResizeInProgress"].message == "too low"
    status = build_status(view, conditions(view, previous=(), now_s=1.0))
    assert {"$patch": "delete", "type": "PodResizeInProgress"} in json.loads(json.dumps(status["conditions"]))


def test_the_status_reads_back_as_it_was_written() -> None:
    """A restarted node continues from what the API holds."""
    view = _view(Waiting(reason="CrashLoopBackOff"), last=_ended(1))
    known = conditions(view, previous=(), now_s=200.0)
    document = Document(json.loads(json.dumps(build_status(view, known))))

    assert read_conditions(document)[: len(known)] == known
    (container,) = document.items("containerStatuses")
    assert read_terminated(container.at("lastState")) == _ended(1)
    assert read_terminated(container.at("state")) is None


def test_the_status_of_a_running_container_is_complete() -> None:
    """Golden: every field that kubectl, controllers and kube-state-metrics read."""
    view = _view(_RUNNING)
    container = ContainerView(
        name="c0",
        image="web:1",
        image_id="docker.io/library/web@sha256:0",
        state=_RUNNING,
        ready=True,
        started=True,
        restarts=2,
        container_id="process://abc",
        resources=Resources(requests=(("cpu", "50m"),), limits=(("cpu", "200m"),)),
    )
    view = PodView(**{name: getattr(view, name) for name in view.__slots__} | {"containers": (container,)})
    status = json.loads(json.dumps(build_status(view, ())))
    assert status == {
        "observedGeneration": 3,
        "phase": "Running",
        "conditions": [{"$patch": "delete", "type": "PodResizeInProgress"}],
        "hostIP": "127.18.7.1",
        "hostIPs": [{"ip": "127.18.7.1"}],
        "podIP": "198.18.7.10",
        "podIPs": [{"ip": "198.18.7.10"}],
        "startTime": "1970-01-01T00:01:30Z",
        "initContainerStatuses": [],
        "containerStatuses": [
            {
                "name": "c0",
                "image": "web:1",
                "imageID": "docker.io/library/web@sha256:0",
                "ready": True,
                "started": True,
                "restartCount": 2,
                "state": {"running": {"startedAt": "1970-01-01T00:01:40Z"}},
                "lastState": {},
                "resources": {"requests": {"cpu": "50m"}, "limits": {"cpu": "200m"}},
                "allocatedResources": {"cpu": "50m"},
                "containerID": "process://abc",
            }
        ],
    }
