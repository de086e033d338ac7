"""Removed limits: the controller's container runs without limits, so that there is nothing to be near to."""

from dataclasses import dataclass
from typing import ClassVar

from harness.faults import former_spec
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedLimits:
    """By a roll-out: in place, limits can be changed but not removed.

    https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/#limitations
    The requests stay. Where a LimitRange gives defaults, the new pods have limits all the same: ask the witness.
    """

    name: ClassVar[str] = "removed-limits"
    wear: ClassVar[Wear] = Wear.ENDS
    lingers_s: ClassVar[float] = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Changes the template and does not wait for the new pods."""
        container = {"name": cluster.subject.workload.container, "resources": {"limits": None}}
        former_spec.change(cluster, {"template": {"spec": {"containers": [container]}}})

    def undo(self, cluster: Cluster) -> None:
        """Puts the former template back, and with it the limits; the pods are replaced once more."""
        former_spec.restore(cluster)
