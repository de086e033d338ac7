"""Measuring the handover of the subject's lease: one pod of it is replaced, once, before scenarios that do the same."""

import time
from collections.abc import Callable
from datetime import datetime

from harness.clients.kubernetes import ApiRequest, Json
from harness.clients.pods import holds
from harness.core.contract.quantity import Quantity
from harness.core.handover import Handover
from harness.core.judge.fault_window import FaultWindow
from harness.faults.controller_pods import controller_pods
from harness.scenario.healthy import healthy
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: a pod's grace and its start, and what was not over before
_HEALTHY_S = 90.0
#: somebody who gives a lease up does so before the pod is gone, or has it done in this time
_SETTLES_S = 1.0
#: a lease's duration and all attempts until it is taken
_TAKEN_LEASES = 4
_RENEWED_S = 30.0
_LOOK_S = 0.05
_WHY = "a pod was replaced, to measure how long nobody leads then"
_FIX = "see why no pod of the controller takes the lease"


def measure_handover(
    handles: StackHandles, is_healthy: Callable[[StackHandles], NotYet | None] = healthy
) -> Handover | None:
    """Replaces the pod that leads, and says how the lease went on; None where there is no Lease that anybody holds.

    Alerts about nobody's leading or serving may fire meanwhile: the stack's life has a window for it.

    Raises:
        CouldNotTellError: the subject does not get healthy, or nobody takes the Lease any more.
    """
    wait_until("healthy controller", lambda: is_healthy(handles), timeout_s=_HEALTHY_S, ended=handles.stack.ended)
    before, start_s = _lease(handles), time.time()
    if not before.get("holderIdentity") or not before.get("leaseDurationSeconds"):
        return None
    victim = _leader(handles, before)
    handles.cluster.api.ask(
        ApiRequest(method="DELETE", path=f"{handles.cluster.paths.pods}/{victim['metadata']['name']}")
    )
    try:
        wait_until(
            "end of the pod that leads", lambda: _gone(handles, victim), timeout_s=_HEALTHY_S, interval_s=_LOOK_S
        )
        gone_s = time.monotonic()
        released = _is_released(handles, before)
        wait_until("pod in its place", lambda: _ready(handles), timeout_s=_HEALTHY_S, interval_s=_LOOK_S)
        ready_s = time.monotonic() - gone_s
        held_s = float(before["leaseDurationSeconds"])
        retry_s = 0.0 if released else _retry_s(handles, before, within_s=_TAKEN_LEASES * held_s)
        wait_until("healthy controller", lambda: is_healthy(handles), timeout_s=_HEALTHY_S, ended=handles.stack.ended)
    finally:
        window = FaultWindow(start_s=start_s, end_s=time.time(), alerts=_may_fire(handles), because=_WHY)
        handles.history.windows.append(window)
    lease = handles.subject.workload.lease
    return Handover(
        lease="" if lease is None else f"{lease.namespace}/{lease.name}",
        lease_s=held_s,
        released=released,
        start_s=ready_s,
        retry_s=retry_s,
    )


def _lease(handles: StackHandles) -> Json:
    """The Lease's spec; empty where there is none."""
    path = handles.cluster.paths.lease
    found = path and handles.cluster.api.find(path)
    spec: Json = found["spec"] if found else {}
    return spec


def _leader(handles: StackHandles, lease: Json) -> Json:
    """The pod that the holder's identity begins with, as controller-runtime makes it; else any that is not ending."""
    pods = [pod for pod in controller_pods(handles.cluster) if "deletionTimestamp" not in pod["metadata"]]
    holder = str(lease.get("holderIdentity", ""))
    return next((pod for pod in pods if holder.startswith(str(pod["metadata"]["name"]))), pods[0])


def _gone(handles: StackHandles, victim: Json) -> NotYet | None:
    uid, there = victim["metadata"]["uid"], controller_pods(handles.cluster)
    return NotYet("it is still there") if any(pod["metadata"]["uid"] == uid for pod in there) else None


def _is_released(handles: StackHandles, before: Json) -> bool:
    """Whether the lease was given up, or is somebody else's, at once."""

    def released() -> NotYet | None:
        same = _lease(handles).get("holderIdentity") == before["holderIdentity"]
        return NotYet("it names who has ended") if same else None

    try:
        wait_until("lease given up", released, timeout_s=_SETTLES_S, interval_s=_LOOK_S)
    except WaitTimeoutError:
        return False
    return True


def _ready(handles: StackHandles) -> NotYet | None:
    """Whether as many pods are ready as before: where a standby is, one is at once."""
    for pod in controller_pods(handles.cluster):
        if "deletionTimestamp" not in pod["metadata"] and holds(pod, "Ready"):
            return None
    return NotYet("no pod is ready")


def _retry_s(handles: StackHandles, before: Json, *, within_s: float) -> float:
    """Seconds between two renewals of whoever takes the lease."""

    def taken() -> NotYet | None:
        held = _lease(handles)
        same = held.get("holderIdentity") in (before.get("holderIdentity"), "", None)
        return NotYet("nobody has taken it") if same else None

    wait_until("lease taken by another pod", taken, timeout_s=within_s, interval_s=_LOOK_S, fix=_FIX)
    first = _renewed(_lease(handles))

    def renewed() -> float | NotYet:
        return (_renewed(_lease(handles)) - first) or NotYet("not renewed since")

    return wait_until("renewal of the lease", renewed, timeout_s=_RENEWED_S, interval_s=_LOOK_S, fix=_FIX)


def _renewed(lease: Json) -> float:
    return datetime.fromisoformat(str(lease["renewTime"])).timestamp()


def _may_fire(handles: StackHandles) -> frozenset[str]:
    quantities = (Quantity.LEADING_REPLICAS, Quantity.SERVING_REPLICAS)
    return frozenset(one.name for one in handles.contract.alerts if one.threshold.quantity in quantities)
