"""Memory squeeze: the memory limit comes down to just above what the controller has in use."""

import math
from dataclasses import dataclass
from typing import ClassVar, Final

from harness.core.errors import CouldNotTellError
from harness.faults import squeeze
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import running_pods

#: how far from the wanted ratio the pods of a roll-out may be: they started anew and use something else than the old
_NEAR: Final = 0.02
#: pods that start anew use about as much each time
_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySqueeze:
    """Makes working set / limit the wanted ratio, without a byte more of load.

    A kubelet lowers no limit below what is in use with all page cache, which a working set leaves out in part. Where
    that is in the way, or pods cannot be resized at all, they are replaced by ones that start under the limit, until
    the ratio is near enough.
    """

    name: ClassVar[str] = "memory-squeeze"
    disturbs_pods: ClassVar[bool] = True
    lingers_s: ClassVar[float] = 0.0

    #: working set / limit, above 0 and below 1; near 1 the kernel ends the process
    ratio: float = 0.95

    def inject(self, cluster: Cluster) -> None:
        """Returns when the limit is in effect.

        Raises:
            CouldNotTellError: the figures are not known, or no limit came near enough.
        """
        seen: list[str] = []
        for _ in range(_ROUNDS):
            limits = self._limits(cluster)
            in_the_way = {
                name: used for name in limits if (used := cluster.usage.memory_usage_bytes(name)) >= limits[name]
            }
            if not in_the_way:
                squeeze.squeeze(cluster, resource="memory", limits={name: str(limit) for name, limit in limits.items()})
                return
            seen += [f"{name} uses {used:.0f} of {limits[name]} bytes" for name, used in in_the_way.items()]
            squeeze.roll_out(cluster, resource="memory", limit=str(max(limits.values())))
            if self._near(cluster):
                return
        raise CouldNotTellError(
            f"memory could not be squeezed to {self.ratio:g} of its limit",
            why="; ".join(seen),
            fix="see what the controller's working set does: kubectl top pod, or cAdvisor's page",
        )

    def undo(self, cluster: Cluster) -> None:
        """Puts the former limit back."""
        squeeze.restore(cluster)

    def _limits(self, cluster: Cluster) -> dict[str, int]:
        names = [str(pod["metadata"]["name"]) for pod in running_pods(cluster)]
        return {name: math.ceil(cluster.usage.working_set_bytes(name) / self.ratio) for name in names}

    def _near(self, cluster: Cluster) -> bool:
        """Whether every pod's working set is at the wanted share of the limit in effect."""
        pods = running_pods(cluster)
        limits = {str(pod["metadata"]["name"]): squeeze.limit_of(cluster, pod, "memory") for pod in pods}
        ratios = [cluster.usage.working_set_bytes(name) / limit for name, limit in limits.items() if limit]
        return len(ratios) == len(pods) and all(abs(ratio - self.ratio) <= _NEAR for ratio in ratios)
