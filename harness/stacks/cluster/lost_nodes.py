"""Nodes that are lost: a wait for pods ends when the node of one has not been ready for a while, with its name."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from harness.clients.kubernetes import ApiRequest, Json
from harness.stacks.cluster.wanted import PodWatch

#: a kubelet that comes back within a minute is forgiven; before that the control plane waits 50 s for its word
#: https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
PATIENCE_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class LostNodes(PodWatch):
    """Watches the nodes that the pods that are waited for are on."""

    patience_s: float = PATIENCE_S

    def hopeless(self) -> str | None:
        """Which node with pods that are not ready is not ready either, and what is said of it; None while all may be.

        None also of nodes that the kubeconfig's user may not look at, on a cluster of somebody's.

        Raises:
            CouldNotTellError: the API server refused pods, or did not answer.
        """
        troubled = {node: said for node in sorted(self._nodes()) if (said := self._problem(node))}
        for node, seconds in self.lasting(troubled).items():
            if seconds >= self.patience_s:
                return f"the node {node} has not been ready for {seconds:.0f} s: {troubled[str(node)]}"
        return None

    def _nodes(self) -> set[str]:
        placed = ((pod.get("spec", {}).get("nodeName"), pod) for pod in self.wanted.pods(self.api))
        return {str(node) for node, pod in placed if node and not _is_ready(pod)}

    def _problem(self, node: str) -> str:
        answer = self.api.send(ApiRequest(method="GET", path=f"/api/v1/nodes/{node}"))
        if answer.status == HTTPStatus.NOT_FOUND:
            return "it was removed"
        if not answer.accepted or _is_ready(answer.body):
            return ""
        said = _ready(answer.body)
        return f"{said.get('reason', 'it says nothing')} {said.get('message', '')}".rstrip()


def _is_ready(found: Json) -> bool:
    return bool(_ready(found).get("status") == "True")


def _ready(found: Json) -> Json:
    """The condition of this type, which nodes and pods both have; nothing where it is not there yet."""
    conditions: list[Json] = found.get("status", {}).get("conditions") or []
    return next((one for one in conditions if one["type"] == "Ready"), {})
