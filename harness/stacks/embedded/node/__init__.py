"""The process node: a Kubernetes node whose containers are plain processes of this machine.

`serving.serve` is the node (also `python -m` this package); `NodeConfig` is what it is told. What decides is pure and
has a module of its own (environment, backoff, status, resize, past, the pages of metrics); what acts is thin (process,
container, podworker, manager, register, ports).

A container here is a process with limits and with credentials of its own, not a jail: it sees this machine's files and
network, and volumes are not mounted. The address it listens on is `127.x.y.b`, which is also what `status.podIP` gives
in its environment; the pod's status says `198.18.y.b`, because EndpointSlices refuse loopback addresses.
"""

from harness.stacks.embedded.node.config import LocalImage, NodeConfig

__all__ = ["LocalImage", "NodeConfig"]
