"""All kinds of faults, and which of them end whoever leads."""

from typing import Final

from harness.faults.cpu_squeeze import CpuSqueeze
from harness.faults.crash_loop import CrashLoop
from harness.faults.failing_api import FailingApi
from harness.faults.fault import Wear
from harness.faults.full_queue import FullQueue
from harness.faults.idle import Idle
from harness.faults.killed_pod import KilledPod
from harness.faults.memory_squeeze import MemorySqueeze
from harness.faults.queue_flood import QueueFlood
from harness.faults.removed_limits import RemovedLimits
from harness.faults.restarted_container import RestartedContainer
from harness.faults.rolling_update import RollingUpdate
from harness.faults.scaled_to_zero import ScaledToZero
from harness.faults.second_replica import SecondReplica
from harness.faults.slow_api import SlowApi
from harness.faults.stolen_lease import StolenLease
from harness.faults.unreachable_replica import UnreachableReplica

KINDS: Final = (
    CpuSqueeze,
    CrashLoop,
    FailingApi,
    FullQueue,
    Idle,
    KilledPod,
    MemorySqueeze,
    QueueFlood,
    RemovedLimits,
    RestartedContainer,
    RollingUpdate,
    ScaledToZero,
    SecondReplica,
    SlowApi,
    StolenLease,
    UnreachableReplica,
)

#: name -> what it is meant to do to the controller's pods
WEAR: Final = {kind.name: kind.wear for kind in KINDS}


def ends_the_leader(names: tuple[str, ...], *, resized_in_place: bool) -> bool:
    """Whether one of these faults ends the pod that leads.

    Args:
        names: of faults; what is none (`prometheus-restart`) ends nobody.
        resized_in_place: whether limits are changed in running pods; else those that come down replace them.
    """
    ending = {Wear.ENDS} if resized_in_place else {Wear.ENDS, Wear.REPLACES}
    return any(WEAR.get(name) in ending for name in names)
