"""In-place resize: what the kubelet refuses, and the limits of the pod's own group. Pure.

https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
"""

from harness.stacks.embedded.cgroups import Limits
from harness.stacks.embedded.node.pod import Resources


def refusal(before: Resources, wanted: Resources, *, used_bytes: int) -> str:
    """Why a lower memory limit is not put into effect now, in the kubelet's words; the empty text when it may be."""
    old, new = before.limit("memory"), wanted.limit("memory")
    if new is None or (old is not None and new >= old) or used_bytes < new:
        return ""
    return f"attempting to set container memory limit ({int(new)}) below current usage ({used_bytes})"


def restarts(before: Resources, wanted: Resources, *, restart_on: frozenset[str]) -> bool:
    """Whether the container's resizePolicy asks for a restart for what changed."""
    changed = {
        resource
        for resource in ("cpu", "memory")
        if (before.limit(resource), before.request(resource)) != (wanted.limit(resource), wanted.request(resource))
    }
    return bool(changed & restart_on)


def pod_limits(containers: tuple[Resources, ...]) -> Limits:
    """The pod's limits: the sum, as far as every container has one."""
    each = [resources.to_limits() for resources in containers]
    memory = [one.memory_bytes for one in each]
    cpu = [one.cpu_limit_millicores for one in each]
    return Limits(
        memory_bytes=None if None in memory else sum(value or 0 for value in memory),
        cpu_limit_millicores=None if None in cpu else sum(value or 0 for value in cpu),
        cpu_request_millicores=sum(one.cpu_request_millicores or 0 for one in each),
    )
