"""The node's two ports and its pods, served whole."""

import asyncio
import contextlib
import json
import os
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.embedded.cgroups import CgroupSupport
from harness.stacks.embedded.node import LocalImage, NodeConfig, container, serving
from harness.stacks.embedded.node.document import Json
from harness.stacks.embedded.node.process import Launch, Process
from harness.stacks.embedded.node.told import NodeTold
from harness.tests.stacks.node.conftest import MiniApiServer, eventually

_NO_GROUPS = CgroupSupport(version=None, reason="not in tests")
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def _pod(**more: Json) -> Json:
    runs: Json = {"name": "c", "image": "sh", "args": ["echo hello; exec sleep 60"], **more}
    return {
        "metadata": {"namespace": "shop", "name": "web-1", "uid": "u1", "resourceVersion": "5"},
        "spec": {"nodeName": "n1", "containers": [runs]},
    }


def _free_ports(address: str) -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind((address, 0))
        other.bind((address, 0))
        return one.getsockname()[1], other.getsockname()[1]


def _own_address() -> str:
    """A loopback address of this process's own, so that tests beside it cannot take a port between look and use."""
    return f"127.{64 + (os.getpid() >> 16 & 63)}.{os.getpid() >> 8 & 255}.{max(1, os.getpid() & 255)}"


@pytest.fixture
def config(server: MiniApiServer, tmp_path: Path) -> NodeConfig:
    """A node without groups, and a server that gives it one pod."""
    server.answers |= {
        "POST /api/v1/nodes": [(201, {"metadata": {"uid": "nu"}})],
        "PATCH /api/v1/nodes/n1/status": [(200, {})],
        "PATCH /api/v1/nodes/n1": [(200, {})],
        f"PATCH {_LEASES}/n1": [(200, {})],
        "GET /api/v1/pods": [(200, {"metadata": {"resourceVersion": "5"}, "items": [_pod()]})],
        "PATCH /api/v1/namespaces/shop/pods/web-1/status": [(200, {})],
    }
    node_ip = _own_address()
    kubelet_port, metrics_port = _free_ports(node_ip)
    return NodeConfig(
        run_id=f"r-ports-{os.getpid()}",  # a node ends what an earlier one of its run left
        kubeconfig=server.kubeconfig,
        node_name="n1",
        state_dir=tmp_path / "state",
        pod_prefix="198.18.7",
        listen_prefix="127.18.7",
        node_ip=node_ip,
        kubelet_port=kubelet_port,
        metrics_port=metrics_port,
        images={"sh": LocalImage(command=("sh", "-c"))},
    )


@pytest.fixture
async def node(config: NodeConfig) -> AsyncIterator[NodeConfig]:
    """The node, running, its pod started."""
    ready = asyncio.Event()
    running = asyncio.create_task(serving.serve(config, ready=ready, support=_NO_GROUPS))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({running, waiting}, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        await running  # why it ended
    assert ready.is_set()
    await eventually(lambda: any("hello" in file.read_text() for file in config.state_dir.glob("pods/*/c/0.log")))
    yield config
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def _get(url: str) -> tuple[int, str]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with aiohttp.ClientSession() as session, session.get(url, ssl=context) as response:
        return response.status, await response.text()


async def test_kubectl_logs_is_answered(node: NodeConfig) -> None:
    """As the API server asks it, over HTTPS; what is not offered says so."""
    base = f"https://{node.node_ip}:{node.kubelet_port}"
    assert await _get(f"{base}/healthz") == (200, "ok")
    assert await _get(f"{base}/containerLogs/shop/web-1/c?tailLines=1") == (200, "hello\n")
    status, text = await _get(f"{base}/containerLogs/shop/web-1/c?previous=true")
    assert (status, text) == (400, "container c of pod web-1 has no former instance with a log")
    assert (await _get(f"{base}/containerLogs/shop/web-1/*"))[0] == 400


@pytest.mark.parametrize(
    ("verb", "named"),
    [("exec", "kubectl exec (and cp)"), ("attach", "kubectl attach"), ("portForward", "kubectl port-forward")],
)
async def test_what_the_node_does_not_offer_says_so(node: NodeConfig, verb: str, named: str) -> None:
    """In a Status, of which kubectl shows the message; plain text with a colon is YAML to it, and empty."""
    status, text = await _get(f"https://{node.node_ip}:{node.kubelet_port}/{verb}/shop/web-1/c?command=ls")
    said = json.loads(text)
    assert (status, said["kind"], said["status"], said["code"]) == (501, "Status", "Failure", 501)
    assert said["message"].startswith(f"{named} does not work on the embedded stack: ")


async def test_metrics_are_served(node: NodeConfig) -> None:
    """The machine's capacity, and the pod."""
    base = f"http://{node.node_ip}:{node.metrics_port}"
    assert "machine_cpu_cores{" in (await _get(f"{base}/metrics/cadvisor"))[1]
    page = (await _get(f"{base}/metrics/kube-state-metrics"))[1]
    assert 'kube_pod_status_phase{namespace="shop",pod="web-1",uid="u1",phase="Running"} 1' in page


async def test_a_pod_that_vanishes_while_the_watch_is_down_is_ended(server: MiniApiServer, config: NodeConfig) -> None:
    """The new list does not have it any more, and nobody else will tell."""
    server.answers["GET /api/v1/pods"] = [
        (200, {"metadata": {"resourceVersion": "5"}, "items": [_pod()]}),
        (200, {"metadata": {"resourceVersion": "9"}, "items": []}),
    ]
    server.watches = [[{"type": "ERROR", "object": {"code": 410, "message": "too old"}}]]
    running = asyncio.create_task(serving.serve(config, support=_NO_GROUPS))
    page, url = "", f"http://{config.node_ip}:{config.metrics_port}/metrics/kube-state-metrics"
    async with asyncio.timeout(20):
        while len(server.watch_versions) < 2 or page:
            await asyncio.sleep(0.005)
            page = (await _get(url))[1] if server.watch_versions else ""
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_node_that_ends_reaps_its_processes(
    server: MiniApiServer, config: NodeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When `serve` returns, they are gone, not merely asked to go."""
    assert server.answers
    started: list[Process] = []

    class Noted(Process):
        def __init__(self, launch: Launch) -> None:
            super().__init__(launch)
            started.append(self)

    monkeypatch.setattr(container, "Process", Noted)
    running = asyncio.create_task(serving.serve(config, support=_NO_GROUPS))
    await eventually(lambda: bool(started))
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert [one.has_exited for one in started] == [True]


async def test_a_taken_port_is_told(server: MiniApiServer, config: NodeConfig) -> None:
    """The address is named."""
    assert server.answers
    with socket.socket() as taken:
        taken.bind((config.node_ip, config.metrics_port))
        taken.listen()
        with pytest.raises(CouldNotTellError, match=f"cannot listen on {config.node_ip}:{config.metrics_port}"):
            await serving.serve(config, support=_NO_GROUPS)


@pytest.fixture
def resized(server: MiniApiServer) -> None:
    """Somebody gives the pod a limit as soon as the node watches."""
    event: Json = {"type": "MODIFIED", "object": _pod(resources={"limits": {"cpu": "1"}})}
    server.watches.append([event])


@pytest.mark.usefixtures("resized")
async def test_a_node_without_groups_says_why(server: MiniApiServer, node: NodeConfig) -> None:
    """To whoever started it, and to whoever asks for a limit."""
    assert NodeTold.read(node.state_dir) == NodeTold(no_limits="not in tests")

    def conditions() -> dict[str, str]:
        statuses = server.bodies("PATCH /api/v1/namespaces/shop/pods/web-1/status")
        listed = statuses[-1].at("status").items("conditions") if statuses else ()
        return {one.text("type"): one.text("message") for one in listed if not one.has("$patch")}

    await eventually(lambda: conditions().get("PodResizeInProgress") == "not in tests")


async def test_a_node_with_groups_has_nothing_to_excuse(config: NodeConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so before it does anything else."""

    class StopHereError(Exception):
        """The test needs no more."""

    def stop(*_: object) -> None:
        raise StopHereError

    monkeypatch.setattr(serving, "kill_leftovers", stop)
    with pytest.raises(StopHereError):
        await serving.serve(config, support=CgroupSupport(version=1, reason="all of them"))
    assert NodeTold.read(config.state_dir) == NodeTold(no_limits="")
