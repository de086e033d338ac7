"""Memory squeeze: the memory limit comes down to just above what the controller has in use."""

import math
from dataclasses import dataclass
from typing import ClassVar

from harness.faults import squeeze
from harness.faults.cluster import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySqueeze:
    """Makes working set / limit the wanted ratio, without a byte more of load.

    Where pods cannot be resized in place their replacements start with another working set, so the ratio is then only
    near the wanted one: ask the witness.
    """

    name: ClassVar[str] = "memory-squeeze"
    disturbs_pods: ClassVar[bool] = True

    #: working set / limit, above 0 and below 1; near 1 the kernel ends the process
    ratio: float = 0.95

    def inject(self, cluster: Cluster) -> None:
        """Returns when the API server has the new limit; the node applies it a moment later."""
        names = [str(pod["metadata"]["name"]) for pod in squeeze.running_pods(cluster)]
        limits = {name: str(math.ceil(cluster.working_set_bytes(name) / self.ratio)) for name in names}
        squeeze.squeeze(cluster, resource="memory", limits=limits)

    def undo(self, cluster: Cluster) -> None:
        """Puts the former limit back."""
        squeeze.restore(cluster)
