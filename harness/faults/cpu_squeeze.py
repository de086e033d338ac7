"""CPU squeeze: the CPU limit comes down below what the controller needs under its load."""

from dataclasses import dataclass
from typing import ClassVar

from harness.faults import squeeze
from harness.faults.cluster import Cluster


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuSqueeze:
    """An idle controller is not throttled by any limit: give it work as well."""

    name: ClassVar[str] = "cpu-squeeze"
    disturbs_pods: ClassVar[bool] = True

    #: thousandths of a core, at least 1
    limit_millicores: int = 20

    def inject(self, cluster: Cluster) -> None:
        """Returns when the API server has the new limit; the node applies it a moment later."""
        names = [str(pod["metadata"]["name"]) for pod in squeeze.running_pods(cluster)]
        squeeze.squeeze(cluster, resource="cpu", limits=dict.fromkeys(names, f"{self.limit_millicores}m"))

    def undo(self, cluster: Cluster) -> None:
        """Puts the former limit back."""
        squeeze.restore(cluster)
