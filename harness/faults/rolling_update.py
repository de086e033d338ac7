"""A rolling update: the pods' template gets another annotation; the Deployment replaces its pods by its strategy."""

from dataclasses import dataclass
from typing import ClassVar

from harness.clients.kubernetes import ApiRequest
from harness.faults import former_spec
from harness.faults.cluster import Cluster
from harness.faults.fault import Wear

#: on the pods' template: how many updates of this run there were
ROLLED = "kubemirror-harness/rolled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RollingUpdate:
    """As `kubectl rollout restart` does it; each further injection is one more update. Nobody is to be paged for it."""

    name: ClassVar[str] = "rolling-update"
    wear: ClassVar[Wear] = Wear.ENDS
    lingers_s: ClassVar[float] = 0.0

    def inject(self, cluster: Cluster) -> None:
        """Changes the template and does not wait for the new pods.

        Raises:
            ApiRefusedError: there is no such Deployment, or the change is not allowed.
        """
        found = cluster.api.ask(ApiRequest(method="GET", path=cluster.paths.deployment))
        annotations = found["spec"]["template"].get("metadata", {}).get("annotations", {})
        rolled = str(int(annotations.get(ROLLED, "0")) + 1)
        former_spec.change(cluster, {"template": {"metadata": {"annotations": {ROLLED: rolled}}}})

    def undo(self, cluster: Cluster) -> None:
        """Puts the exact former template back, which is an update like the first: the pods are replaced once more.

        Anything less would leave the Deployment changed on a cluster that lives on.
        """
        former_spec.restore(cluster)
