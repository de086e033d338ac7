"""The Node object and its Lease."""

import asyncio
from pathlib import Path

import pytest

from harness.stacks.embedded.node.api import Api, ApiRefusedError
from harness.stacks.embedded.node.config import NodeConfig
from harness.stacks.embedded.node.document import Document
from harness.stacks.embedded.node.machine import Machine
from harness.stacks.embedded.node.register import build_lease, build_node_status, keep_registered, register
from harness.tests.stacks.node.conftest import MiniApiServer

_MACHINE = Machine(
    cpu_cores=2,
    memory_bytes=1 << 30,
    architecture="amd64",
    kernel="6.1",
    boot_id="b",
    machine_id="m",
)
_NODE = "/api/v1/nodes/n1"
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


@pytest.fixture
def config(tmp_path: Path) -> NodeConfig:
    """A node named n1."""
    return NodeConfig(
        run_id="r1",
        kubeconfig=tmp_path / "kubeconfig",
        node_name="n1",
        state_dir=tmp_path,
        pod_prefix="198.18.7",
        listen_prefix="127.18.7",
        node_ip="127.18.7.1",
        kubelet_port=10250,
        metrics_port=10251,
    )


@pytest.fixture
def willing(server: MiniApiServer) -> MiniApiServer:
    """A server that accepts a node it did not know."""
    server.answers |= {
        "POST /api/v1/nodes": [(201, {"metadata": {"uid": "nu"}})],
        f"PATCH {_NODE}/status": [(200, {})],
        f"PATCH {_NODE}": [(200, {})],
        f"PATCH {_LEASES}/n1": [(404, {"message": "no lease"}), (200, {})],
        f"POST {_LEASES}": [(201, {})],
    }
    return server


def test_the_node_is_healthy_and_reachable(config: NodeConfig) -> None:
    """Ready, with the machine's capacity, the kubelet's port, and an address that needs no resolver."""
    status = Document({"status": build_node_status(config, _MACHINE, ready_since_s=0.0, now_s=10.0)}).at("status")
    conditions = {one.text("type"): one.text("status") for one in status.items("conditions")}
    assert conditions == {"Ready": "True", "MemoryPressure": "False", "DiskPressure": "False", "PIDPressure": "False"}
    assert (status.at("capacity").text("cpu"), status.at("allocatable").text("memory")) == ("2", "1048576Ki")
    assert [(one.text("type"), one.text("address")) for one in status.items("addresses")] == [
        ("InternalIP", "127.18.7.1")
    ]
    assert status.at("daemonEndpoints", "kubeletEndpoint").integer("Port") == 10250


def test_the_lease_is_renewed_to_the_microsecond(config: NodeConfig) -> None:
    """The API refuses a renewTime without six digits of fraction."""
    lease = Document({"lease": build_lease(config, owner_uid="nu", now_s=1.25)}).at("lease", "spec")
    assert lease.text("renewTime") == "1970-01-01T00:00:01.250000Z"


async def test_a_new_node_is_schedulable_at_once(willing: MiniApiServer, api: Api, config: NodeConfig) -> None:
    """Created, healthy, free of the taint that the server adds, with a Lease that goes with the node."""
    assert await register(api, config, _MACHINE, now_s=10.0) == "nu"
    assert [what for what, _ in willing.asked] == [
        "POST /api/v1/nodes",
        f"PATCH {_NODE}/status",
        f"PATCH {_NODE}",
        f"PATCH {_LEASES}/n1",
        f"POST {_LEASES}",
    ]
    assert willing.bodies(f"PATCH {_NODE}")[0].at("spec").content == {"taints": None, "unschedulable": None}
    (owner,) = willing.bodies(f"POST {_LEASES}")[0].at("metadata").items("ownerReferences")
    assert owner.text("uid") == "nu"


async def test_a_node_that_exists_is_taken_over(willing: MiniApiServer, api: Api, config: NodeConfig) -> None:
    """After a restart of the node; any other refusal is an error."""
    willing.answers["POST /api/v1/nodes"] = [(409, {"message": "exists"}), (403, {"message": "no"})]
    willing.answers[f"GET {_NODE}"] = [(200, {"metadata": {"uid": "old"}})]
    assert await register(api, config, _MACHINE, now_s=10.0) == "old"
    with pytest.raises(ApiRefusedError):
        await register(api, config, _MACHINE, now_s=10.0)


async def test_a_failed_renewal_is_tried_again(willing: MiniApiServer, api: Api, config: NodeConfig) -> None:
    """And it does not end the node."""
    willing.answers[f"PATCH {_LEASES}/n1"] = [(500, {"message": "not now"}), (200, {})]
    keeping = asyncio.create_task(
        keep_registered(api, config, _MACHINE, uid="nu", since_s=0.0, every_s=0.0, retry_s=0.0)
    )
    await willing.until(f"PATCH {_NODE}/status")
    keeping.cancel()
    assert len(willing.bodies(f"PATCH {_LEASES}/n1")) >= 30
