"""Nodes that are lost: a wait for pods ends when the node of one has not been ready for a while, with its name."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from harness.kube_api import ApiRequest, Json, KubeApi
from harness.stacks.operated.workloads import pods

#: a kubelet that comes back within a minute is forgiven; before that the control plane waits 50 s for its word
#: https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
PATIENCE_S: Final = 60.0


@dataclass(slots=True, kw_only=True)
class LostNodes:
    """Watches the nodes that some namespaces' pods are on, to be asked again and again: `wait_until`'s `ended`."""

    api: KubeApi
    namespaces: tuple[str, ...]
    #: as `workloads.unready`: in somebody's namespace others' pods are not waited for
    expected: Collection[str] = ()
    run: str = ""
    patience_s: float = PATIENCE_S
    #: monotonic seconds
    clock: Callable[[], float] = time.monotonic
    #: name of a node -> since when it is not ready
    _since_s: dict[str, float] = field(default_factory=dict)

    def hopeless(self) -> str | None:
        """Which node with pods that are not ready is not ready either, and what is said of it; None while all may be.

        None also of nodes that the kubeconfig's user may not look at, on a cluster of somebody's.

        Raises:
            CouldNotTellError: the API server refused pods, or did not answer.
        """
        now_s = self.clock()
        troubled = {node: said for node in sorted(self._nodes()) if (said := self._trouble(node))}
        self._since_s = {node: self._since_s.get(node, now_s) for node in troubled}
        for node, said in troubled.items():
            if now_s - self._since_s[node] >= self.patience_s:
                return f"the node {node} has not been ready for {now_s - self._since_s[node]:.0f} s: {said}"
        return None

    def _nodes(self) -> set[str]:
        found: set[str] = set()
        for namespace in self.namespaces:
            for pod in pods(self.api, namespace, expected=self.expected, run=self.run):
                node = pod.get("spec", {}).get("nodeName")
                if node and not _is_ready(pod):
                    found.add(str(node))
        return found

    def _trouble(self, node: str) -> str:
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
