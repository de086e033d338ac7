"""A pod's whole life with real processes, against an API server in miniature."""

import asyncio
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from harness.stacks.embedded.node.api import Api, ClientConfig
from harness.stacks.embedded.node.config import LocalImage, NodeConfig
from harness.stacks.embedded.node.document import Document
from harness.stacks.embedded.node.machine import Machine
from harness.stacks.embedded.node.pod import Container, Pod, Resources, RestartPolicy
from harness.stacks.embedded.node.podworker import PodWorker, Surroundings
from harness.stacks.embedded.node.status import Running, Terminated, Waiting
from harness.tests.stacks.node.conftest import MiniApiServer, eventually

_PATH = "/api/v1/namespaces/shop/pods/web-1"
_STATUS, _DELETE = f"PATCH {_PATH}/status", f"DELETE {_PATH}"
_REQUEST = "POST /api/v1/namespaces/shop/serviceaccounts/default/token"


@pytest.fixture
def around(server: MiniApiServer, api: Api, tmp_path: Path) -> Surroundings:
    """A node without groups, whose API accepts everything."""
    server.answers[_STATUS] = [(200, {})]
    server.answers[_DELETE] = [(200, {})]
    server.answers[_REQUEST] = [(201, {"status": {"token": "t0k3n", "expirationTimestamp": "2100-01-01T00:00:00Z"}})]
    config = NodeConfig(
        run_id="r1",
        kubeconfig=server.kubeconfig,
        node_name="n1",
        state_dir=tmp_path / "state",
        pod_prefix="198.18.7",
        listen_prefix="127.18.7",
        node_ip="127.18.7.1",
        kubelet_port=1,
        metrics_port=2,
        images={"sh": LocalImage(command=("sh", "-c"))},
    )
    cluster, inherited = ClientConfig.read(server.kubeconfig), {"PATH": os.environ["PATH"]}
    return Surroundings(
        config=config, cluster=cluster, api=api, machine=Machine.read(), groups=None, inherited=inherited
    )


def _pod(script: str, *, policy: RestartPolicy = RestartPolicy.ALWAYS, image: str = "sh") -> Pod:
    container = Container(name="c", image=image, args=(script,))
    return Pod(namespace="shop", name="web-1", uid="u1", restart_policy=policy, containers=(container,))


def _state(status: Document) -> Document:
    (container,) = status.at("status").items("containerStatuses")
    return container.at("state")


def _resources(status: Document) -> object:
    (container,) = status.at("status").items("containerStatuses")
    return container.content["resources"]


def _phases(server: MiniApiServer) -> list[str]:
    return [body.at("status").text("phase") for body in server.bodies(_STATUS)]


async def _until(worker: PodWorker, *kinds: type) -> None:
    await eventually(lambda: bool(isinstance(worker.containers[0].view.state, kinds)))


async def test_a_job_runs_to_its_end_and_its_object_stays(server: MiniApiServer, around: Surroundings) -> None:
    """A finished pod is told as such, and waits for somebody to delete it."""
    worker = PodWorker(_pod("echo done; exit 3", policy=RestartPolicy.NEVER), around)
    life = asyncio.create_task(worker.run())
    await eventually(lambda: _phases(server)[-1:] == ["Failed"])
    last = server.bodies(_STATUS)[-1]

    assert _state(last).at("terminated").integer("exitCode") == 3
    assert last.at("metadata").text("uid") == "u1"
    assert (worker.directory / "c/0.log").read_text() == "done\n"
    worker.vanish()
    await life
    assert server.bodies(_DELETE) == []


async def test_a_deleted_pod_ends_in_order(server: MiniApiServer, around: Surroundings) -> None:
    """SIGTERM, the final status, and then the object goes: at once, and only this very pod."""
    pod = _pod("trap 'exit 0' TERM; while :; do sleep 0.01; done")
    worker = PodWorker(pod, around)
    life = asyncio.create_task(worker.run())
    await _until(worker, Running)

    worker.update(replace(pod, deletion_grace_s=30))
    await asyncio.wait_for(life, 20)

    assert isinstance(worker.containers[0].view.state, Terminated)
    assert server.asked[-1][0] == _DELETE
    assert server.asked[-1][1].integer("gracePeriodSeconds") == 0
    assert server.asked[-1][1].at("preconditions").text("uid") == "u1"
    assert _state(server.bodies(_STATUS)[-1]).has("terminated")


async def test_a_stubborn_pod_is_killed_when_its_grace_is_shortened(around: Surroundings) -> None:
    """A second, forced deletion overrides the first one's patience."""
    pod = _pod("trap '' TERM; while :; do sleep 0.01; done")
    worker = PodWorker(pod, around)
    life = asyncio.create_task(worker.run())
    await _until(worker, Running)

    worker.update(replace(pod, deletion_grace_s=3600))
    worker.update(replace(pod, deletion_grace_s=0))
    await asyncio.wait_for(life, 20)

    state = worker.containers[0].view.state
    assert isinstance(state, Terminated)
    assert state.exit_code in {137, 143}


async def test_a_failing_container_loops(server: MiniApiServer, around: Surroundings) -> None:
    """One immediate restart, then CrashLoopBackOff with the last end beside it, and logs per instance."""
    worker = PodWorker(_pod("echo run; exit 1"), around)
    life = asyncio.create_task(worker.run())
    await eventually(lambda: getattr(worker.containers[0].view.state, "reason", "") == "CrashLoopBackOff")
    view = worker.containers[0].view

    assert (view.restarts, view.last is not None and view.last.exit_code) == (1, 1)
    assert sorted(file.name for file in worker.directory.glob("c/*.log")) == ["0.log", "1.log"]
    worker.vanish()
    await life
    assert server.bodies(_DELETE) == []


async def test_an_unknown_image_cannot_be_pulled(around: Surroundings) -> None:
    """The message names the image and the table; nothing is started."""
    worker = PodWorker(_pod("", image="nginx:1"), around)
    life = asyncio.create_task(worker.run())
    await eventually(lambda: getattr(worker.containers[0].view.state, "reason", "") == "ErrImagePull")
    state = worker.containers[0].view.state
    assert isinstance(state, Waiting)
    assert "only images of its table: sh" in state.message
    worker.vanish()
    await life


async def test_a_program_that_is_not_there_is_a_start_error(around: Surroundings) -> None:
    """As a container runtime: exit code 128, and the restart policy decides."""
    container = Container(name="c", image="sh", command=("no-such-program",))
    pod = replace(_pod("", policy=RestartPolicy.NEVER), containers=(container,))
    worker = PodWorker(pod, around)
    life = asyncio.create_task(worker.run())
    await _until(worker, Terminated)
    state = worker.containers[0].view.state
    assert isinstance(state, Terminated)
    assert (state.exit_code, state.reason) == (128, "StartError")
    worker.vanish()
    await life


async def test_init_containers_come_first_and_one_by_one(around: Surroundings) -> None:
    """A failed one keeps the containers from starting."""
    fails = Container(name="i", image="sh", args=("exit 1",))
    pod = replace(_pod("echo never", policy=RestartPolicy.NEVER), init_containers=(fails,))
    worker = PodWorker(pod, around)
    life = asyncio.create_task(worker.run())
    await eventually(lambda: bool(isinstance(worker.view().init_containers[0].state, Terminated)))
    worker.vanish()
    await life
    assert not (worker.directory / "c").exists()


async def test_a_pod_that_may_use_the_api_gets_its_own_credentials(server: MiniApiServer, around: Surroundings) -> None:
    """A token bound to the pod, readable by this user only, named by KUBECONFIG, and gone with the pod."""
    pod = replace(_pod('cat "$KUBECONFIG"; env; exec sleep 60'), wants_token=True)
    worker = PodWorker(pod, around)
    life = asyncio.create_task(worker.run())
    log = worker.directory / "c/0.log"
    await eventually(lambda: log.exists() and "KUBEMIRROR_HARNESS_POD=u1" in log.read_text())
    token = worker.directory / "token"

    assert token.read_text() == "t0k3n"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert f'"tokenFile": "{token}"' in log.read_text()
    assert "KUBEMIRROR_HARNESS_RUN=r1" in log.read_text()
    assert server.bodies(_REQUEST)[0].at("spec", "boundObjectRef").text("uid") == "u1"
    worker.vanish()
    await life
    assert not token.exists()


async def test_a_status_that_was_not_written_is_written_later(
    server: MiniApiServer, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that fails for a moment does not lose the news."""
    monkeypatch.setattr("harness.stacks.embedded.node.podworker._RETRY_S", 0.0)
    server.answers[_STATUS] = [(500, {"message": "not now"}), (409, {"message": "conflict"}), (200, {})]
    worker = PodWorker(_pod("exit 0", policy=RestartPolicy.NEVER), around)
    life = asyncio.create_task(worker.run())
    await eventually(lambda: _phases(server)[2:][-1:] == ["Succeeded"])
    worker.vanish()
    await life


async def test_a_node_that_starts_again_goes_on_with_the_pods_history(around: Surroundings) -> None:
    """The same address, the next restart number, and the killed instance as the last one."""
    running = {"name": "c", "containerID": "process://x", "restartCount": 4, "state": {"running": {"startedAt": ""}}}
    status = {"podIP": "198.18.7.99", "startTime": "2030-01-01T00:00:00Z", "containerStatuses": [running]}
    worker = PodWorker(replace(_pod("exec sleep 60"), status=Document(status)), around)
    life = asyncio.create_task(worker.run())
    await _until(worker, Running)
    view = worker.view()

    assert (view.pod_ip, view.containers[0].restarts) == ("198.18.7.99", 5)
    assert view.containers[0].last is not None
    assert view.containers[0].last.exit_code == 137
    worker.vanish()
    await life


async def test_a_pod_deleted_before_the_node_saw_it_is_only_removed(
    server: MiniApiServer, around: Surroundings
) -> None:
    """Its processes died with an earlier life of the node; nothing is started for its last seconds."""
    worker = PodWorker(replace(_pod("echo never"), deletion_grace_s=30), around)
    await asyncio.wait_for(worker.run(), 20)
    assert len(server.bodies(_DELETE)) == 1
    assert not (worker.directory / "c").exists()


async def test_another_image_starts_the_container_anew(around: Surroundings) -> None:
    """The image is the one field of a running container's spec that changes what is run."""
    pod = _pod("exec sleep 60")
    worker = PodWorker(pod, around)
    life = asyncio.create_task(worker.run())
    await _until(worker, Running)
    worker.update(replace(pod, containers=(replace(pod.containers[0], image="nope"),)))
    await eventually(lambda: getattr(worker.containers[0].view.state, "reason", "") == "ErrImagePull")
    assert worker.containers[0].view.restarts == 1
    worker.vanish()
    await life


@pytest.mark.parametrize("policy", RestartPolicy)
async def test_another_name_of_the_image_restarts_the_container_in_its_pod(
    server: MiniApiServer, around: Surroundings, policy: RestartPolicy
) -> None:
    """Asked to end, counted as one restart, at the same address, whatever the policy; a label changes nothing."""
    pod = _pod("trap 'echo asked; exit 0' TERM; echo here; while :; do sleep 0.01; done", policy=policy)
    worker = PodWorker(pod, around)
    life = asyncio.create_task(worker.run())
    directory = worker.directory / "c"
    await eventually(lambda: (directory / "0.log").exists() and "here" in (directory / "0.log").read_text())
    address = worker.view().pod_ip

    worker.update(replace(pod, labels=(("a", "b"),)))
    renamed = replace(pod, containers=(replace(pod.containers[0], image="docker.io/library/sh"),))
    worker.update(renamed)
    await eventually(lambda: (directory / "1.log").exists() and "here" in (directory / "1.log").read_text())
    worker.update(renamed)
    view = worker.containers[0].view

    assert (directory / "0.log").read_text() == "here\nasked\n"
    assert (view.restarts, view.image, worker.view().pod_ip) == (1, "docker.io/library/sh", address)
    assert view.last is not None
    assert (view.last.exit_code, view.last.reason) == (0, "Completed")
    assert view.image_id.startswith("docker.io/library/sh@sha256:")
    assert server.bodies(_DELETE) == []
    worker.vanish()
    await life


async def test_a_restart_has_the_pods_own_grace(around: Surroundings) -> None:
    """A container that does not listen is killed when terminationGracePeriodSeconds are over."""
    pod = replace(_pod("trap '' TERM; echo deaf; while :; do sleep 0.01; done"), termination_grace_s=0)
    worker = PodWorker(pod, around)
    life = asyncio.create_task(worker.run())
    log = worker.directory / "c/0.log"
    await eventually(lambda: log.exists() and "deaf" in log.read_text())
    worker.update(replace(pod, containers=(replace(pod.containers[0], image="sh:latest"),)))
    await eventually(lambda: worker.containers[0].view.restarts == 1)
    last = worker.containers[0].view.last
    assert last is not None
    assert last.exit_code == 137
    worker.vanish()
    await life


async def test_without_groups_nothing_is_said_to_be_limited(server: MiniApiServer, around: Surroundings) -> None:
    """The status has no limits in effect, and a resize says why it is not done."""
    limited = Container(name="c", image="sh", args=("exec sleep 60",), resources=Resources(limits=(("cpu", "1"),)))
    pod = replace(_pod(""), containers=(limited,))
    worker = PodWorker(pod, replace(around, no_limits="no cgroups here"))
    life = asyncio.create_task(worker.run())
    await _until(worker, Running)
    assert worker.view().resize_error == ""
    less = replace(limited, resources=Resources(limits=(("cpu", "100m"),)))
    worker.update(replace(pod, containers=(less,)))
    await eventually(lambda: worker.view().resize_error == "no cgroups here")
    assert worker.containers[0].view.resources == Resources()
    worker.update(pod)
    await eventually(lambda: worker.view().resize_error == "")
    assert all(_resources(body) == {"requests": {}, "limits": {}} for body in server.bodies(_STATUS))
    worker.vanish()
    await life
