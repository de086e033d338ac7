"""A second replica: no damage but a situation, in which one pod leads and the other stands by."""

from dataclasses import dataclass
from typing import ClassVar, Final

from harness.clients.kubernetes import ApiRequest
from harness.faults import former_spec
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import running_pods
from harness.faults.fault import Wear

#: whose value is lower goes first; 0 where it is missing
_COST: Final = "controller.kubernetes.io/pod-deletion-cost"
_CHEAP: Final = "-1000"


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
        """Puts the former number of replicas back and does not wait for the pod's end: the newest is to go.

        Which one goes would else be left to chance where both are young, and with the leader goes what it leads.
        https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost
        """
        former = former_spec.kept(cluster)
        if former is None:
            return
        pods = sorted(running_pods(cluster), key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))
        for pod in pods[int(former.get("replicas", 1)) :]:
            body = {"metadata": {"annotations": {_COST: _CHEAP}}}
            path = f"{cluster.paths.pods}/{pod['metadata']['name']}"
            cluster.api.send(ApiRequest(method="PATCH", path=path, body=body))
        former_spec.restore(cluster)
