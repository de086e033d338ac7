"""The Node object and its Lease: what makes the cluster believe in this node, and keeps it believing.

The node controller watches the Lease; its grace is 50 s (https://kubernetes.io/docs/concepts/architecture/leases/).
"""

import asyncio
import logging
from datetime import UTC, datetime

from harness.core.errors import RetryableError
from harness.core.marks import RUN_LABEL
from harness.stacks.embedded.node.api import Api, ApiRefusedError
from harness.stacks.embedded.node.config import NodeConfig
from harness.stacks.embedded.node.document import Document, Json
from harness.stacks.embedded.node.machine import Machine
from harness.stacks.embedded.node.status import timestamp

LEASE_EVERY_S = 10.0
_LEASE_S = 40
#: a status is written with every so many renewals, as a kubelet does every 5 min
_STATUS_EVERY = 30
_RETRY_S = 0.5
_PODS = 200
_LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
_CONFLICT = 409
_NOT_FOUND = 404
_log = logging.getLogger(__name__)


def build_node(config: NodeConfig, machine: Machine) -> Json:
    """The Node object as it is created."""
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": config.node_name,
            "labels": {
                "kubernetes.io/hostname": config.node_name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": machine.architecture,
                RUN_LABEL: config.run_id,
            },
        },
    }


def build_node_status(config: NodeConfig, machine: Machine, *, ready_since_s: float, now_s: float) -> Json:
    """The Node's status: a healthy machine with all its cores and memory."""
    capacity: Json = {
        "cpu": str(machine.cpu_cores),
        "memory": f"{machine.memory_bytes // 1024}Ki",
        "pods": str(_PODS),
        "ephemeral-storage": "100Gi",
    }
    healthy = [
        ("Ready", "True", "KubeletReady", "the process node runs"),
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "memory is not watched"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "disks are not watched"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "processes are not counted"),
    ]
    return {
        "capacity": capacity,
        "allocatable": capacity,
        "conditions": [
            {
                "type": kind,
                "status": status,
                "reason": reason,
                "message": message,
                "lastHeartbeatTime": timestamp(now_s),
                "lastTransitionTime": timestamp(ready_since_s),
            }
            for kind, status, reason, message in healthy
        ],
        # no Hostname: the API server would prefer it, and no resolver knows the node's name
        "addresses": [{"type": "InternalIP", "address": config.node_ip}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": config.kubelet_port}},
        "nodeInfo": {
            "architecture": machine.architecture,
            "bootID": machine.boot_id,
            "containerRuntimeVersion": "process://1",
            "kernelVersion": machine.kernel,
            "kubeProxyVersion": "",
            "kubeletVersion": "v1.34.4",
            "machineID": machine.machine_id,
            "operatingSystem": "linux",
            "osImage": "this machine",
            "systemUUID": machine.machine_id,
        },
    }


def build_lease(config: NodeConfig, *, owner_uid: str, now_s: float) -> Json:
    """The node's Lease, renewed now; it goes with the Node."""
    renewed = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {
            "name": config.node_name,
            "namespace": "kube-node-lease",
            "ownerReferences": [
                {"apiVersion": "v1", "kind": "Node", "name": config.node_name, "uid": owner_uid},
            ],
        },
        "spec": {"holderIdentity": config.node_name, "leaseDurationSeconds": _LEASE_S, "renewTime": renewed},
    }


async def register(api: Api, config: NodeConfig, machine: Machine, *, now_s: float) -> str:
    """Creates the Node or takes over the one of that name, and makes it schedulable at once; returns its uid.

    The API server taints every new node as not ready, and the node controller takes the taint away some time after
    the first healthy status; the node does so itself, because the start of a stack waits for it.

    Raises:
        ApiRefusedError: the server refused.
        ApiUnreachableError: it did not answer.
    """
    try:
        node = await api.post("/api/v1/nodes", build_node(config, machine))
    except ApiRefusedError as error:
        if error.status != _CONFLICT:
            raise
        node = await api.get(f"/api/v1/nodes/{config.node_name}")
    await _write_status(api, config, machine, ready_since_s=now_s, now_s=now_s)
    await api.merge(f"/api/v1/nodes/{config.node_name}", {"spec": {"taints": None, "unschedulable": None}})
    uid = node.at("metadata").text("uid")
    await _renew(api, config, owner_uid=uid, now_s=now_s)
    return uid


async def keep_registered(
    api: Api,
    config: NodeConfig,
    machine: Machine,
    *,
    uid: str,
    since_s: float,
    every_s: float = LEASE_EVERY_S,
    retry_s: float = _RETRY_S,
) -> None:
    """Renews the Lease, and now and then the status, until cancelled; a failed renewal is tried again soon."""
    turn = 0
    while True:
        await asyncio.sleep(every_s if turn >= 0 else retry_s)
        now_s = datetime.now(UTC).timestamp()
        try:
            await _renew(api, config, owner_uid=uid, now_s=now_s)
            turn = max(turn, 0) + 1
            if turn % _STATUS_EVERY == 0:
                await _write_status(api, config, machine, ready_since_s=since_s, now_s=now_s)
        except RetryableError as error:
            _log.warning("the node's lease was not renewed: %s", error.why)
            turn = -1


async def _write_status(
    api: Api, config: NodeConfig, machine: Machine, *, ready_since_s: float, now_s: float
) -> Document:
    status = build_node_status(config, machine, ready_since_s=ready_since_s, now_s=now_s)
    return await api.strategic(f"/api/v1/nodes/{config.node_name}/status", {"status": status})


async def _renew(api: Api, config: NodeConfig, *, owner_uid: str, now_s: float) -> None:
    lease = build_lease(config, owner_uid=owner_uid, now_s=now_s)
    try:
        await api.merge(f"{_LEASES}/{config.node_name}", lease)
    except ApiRefusedError as error:
        if error.status != _NOT_FOUND:
            raise
        await api.post(_LEASES, lease)
