"""Scaled to zero: the controller's Deployment is told to run no pod, as somebody's slip would."""

from dataclasses import dataclass
from typing import ClassVar

from harness.faults import former_spec
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledToZero:
    """No pod, no endpoint, no target: what watches only `up` sees nothing at all."""

    name: ClassVar[str] = "scaled-to-zero"
    wear: ClassVar[Wear] = Wear.ENDS
    lingers_s: ClassVar[float] = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Sets the replicas to 0 and does not wait for the pods' end."""
        former_spec.change(cluster, {"replicas": 0})

    def undo(self, cluster: Cluster) -> None:
        """Puts the former number of replicas back and does not wait for the pods."""
        former_spec.restore(cluster)
