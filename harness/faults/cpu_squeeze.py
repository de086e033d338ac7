"""CPU squeeze: the CPU limit comes down to about what the controller uses under its load."""

import math
from dataclasses import dataclass
from typing import ClassVar

from harness.faults import squeeze
from harness.faults.cluster import Cluster

#: the smallest quota that the kernel takes is 1 ms per period of 100 ms
#: https://docs.kernel.org/scheduler/sched-bwc.html
_LEAST_MILLICORES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuSqueeze:
    """Makes limit / average use the wanted number, whatever the machine's speed.

    An idle controller is hardly throttled by any limit: give it work as well, and let it work for some seconds before.
    Work comes in bursts, so it is held back in many periods well before the limit is below the average; below it, what
    it has to do piles up.
    """

    name: ClassVar[str] = "cpu-squeeze"
    disturbs_pods: ClassVar[bool] = True

    #: limit / average use, above 0
    times_use: float = 1.1

    def inject(self, cluster: Cluster) -> None:
        """Returns when the limit is in effect."""
        names = [str(pod["metadata"]["name"]) for pod in squeeze.running_pods(cluster)]
        limits = {
            name: max(_LEAST_MILLICORES, math.ceil(cluster.usage.cpu_cores(name) * self.times_use * 1000))
            for name in names
        }
        squeeze.squeeze(cluster, resource="cpu", limits={name: f"{limit}m" for name, limit in limits.items()})

    def undo(self, cluster: Cluster) -> None:
        """Puts the former limit back."""
        squeeze.restore(cluster)
