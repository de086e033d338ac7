"""A second replica: no damage but a situation, in which one pod leads and the other stands by."""

from dataclasses import dataclass
from typing import ClassVar

from harness.faults import former_spec
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReplica:
    """A healthy standby is nobody's alarm."""

    name: ClassVar[str] = "second-replica"
    #: undoing it takes a pod away
    wear: ClassVar[Wear] = Wear.REPLACES
    lingers_s: ClassVar[float] = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Sets the replicas to 2 and does not wait for the second pod."""
        former_spec.change(cluster, {"replicas": 2})

    def undo(self, cluster: Cluster) -> None:
        """Puts the former number of replicas back and does not wait for the pod's end."""
        former_spec.restore(cluster)
