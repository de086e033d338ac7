"""A killed pod: one pod of the controller is deleted, and the Deployment brings another."""

from dataclasses import dataclass
from typing import ClassVar

from harness.clients.kubernetes import ApiRequest
from harness.core.errors import CouldNotTellError
from harness.faults.cluster import Cluster
from harness.faults.controller_pods import controller_pods
from harness.faults.fault import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class KilledPod:
    """Deletes the pod that comes first by name. One kill heals by itself and must not page anybody."""

    name: ClassVar[str] = "killed-pod"
    wear: ClassVar[Wear] = Wear.ENDS
    lingers_s: ClassVar[float] = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Deletes one pod and does not wait for its end.

        Raises:
            CouldNotTellError: there is no pod to kill.
        """
        pods = [pod for pod in controller_pods(cluster) if "deletionTimestamp" not in pod["metadata"]]
        if not pods:
            raise CouldNotTellError(
                "there is no pod to kill",
                why=f"Deployment {cluster.subject.workload.deployment} has none",
                fix="begin with a healthy controller",
            )
        victim = min(str(pod["metadata"]["name"]) for pod in pods)
        cluster.api.ask(ApiRequest(method="DELETE", path=f"{cluster.paths.pods}/{victim}"))

    def undo(self, cluster: Cluster) -> None:
        """Nothing: the Deployment replaces the pod by itself."""
