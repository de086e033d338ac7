"""Some workloads of one namespace: whether their pods run, and if not, why."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from harness.clients.kubernetes import Json, KubeApi, labels_of
from harness.clients.pods import condition, container_statuses
from harness.core.marks import RUN_LABEL
from harness.core.operator.reading import Field
from harness.core.operator.selector import LabelSelector

#: kinds whose status counts ready replicas
_KINDS = ("deployments", "statefulsets")
#: what a container says on its way, or at a proper end
_NO_TROUBLE = frozenset({"ContainerCreating", "PodInitializing", "Completed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Workloads:
    """Deployments and StatefulSets that are waited for. Each method raises CouldNotTellError without an answer."""

    namespace: str
    #: names that must be among them: what a controller has not made yet cannot be unready
    expected: Collection[str] = ()
    #: if given, only what carries this run's label or is expected counts: the rest is the namespace's owner's
    run: str = ""

    def unready(self, api: KubeApi) -> str:
        """What is not ready yet, in words that name an image that was not found; empty when all of it is."""
        found = self._found(api)
        names = {str(one["metadata"]["name"]) for one in found}
        missing = [f"{name} is not there yet" for name in self.expected if name not in names]
        left = [*missing, *filter(None, map(_late, found))]
        return "; ".join([*left, *_waiting(self.pods(api))]) if left else ""

    def pods(self, api: KubeApi) -> list[Json]:
        """The namespace's pods; of a run alone, where one is given, those of the workloads that count."""
        found = api.items(f"/api/v1/namespaces/{self.namespace}/pods")
        if not self.run:
            return found
        # a pod has the labels of its template, among which is no run's
        selectors = [LabelSelector.read(Field("spec", one["spec"]).at("selector")) for one in self._found(api)]
        return [pod for pod in found if any(one.mismatch(labels_of(pod)) is None for one in selectors)]

    def _found(self, api: KubeApi) -> list[Json]:
        found = [one for kind in _KINDS for one in api.items(f"/apis/apps/v1/namespaces/{self.namespace}/{kind}")]
        return [one for one in found if not self.run or self._counts(one)]

    def _counts(self, one: Json) -> bool:
        return labels_of(one).get(RUN_LABEL) == self.run or one["metadata"]["name"] in self.expected


def _late(workload: Json) -> str:
    metadata, status = workload["metadata"], workload.get("status", {})
    wanted, ready = int(workload["spec"].get("replicas", 1)), int(status.get("readyReplicas", 0))
    seen = int(status.get("observedGeneration", 0)) >= int(metadata.get("generation", 0))
    if seen and ready == wanted == int(status.get("updatedReplicas", 0)):
        return ""
    return f"{metadata['name']}: {ready} of {wanted} ready"


def _waiting(pods: Iterable[Json]) -> list[str]:
    """Why containers wait or have ended, and why pods have no node."""
    said = []
    for pod in pods:
        name = pod["metadata"]["name"]
        for container in container_statuses(pod):
            state = container.get("state", {})
            why = state.get("waiting") or state.get("terminated") or {}
            if why and why.get("reason") not in _NO_TROUBLE:
                said.append(f"{name}/{container['name']}: {why.get('reason', '')} {why.get('message', '')}".rstrip())
        placed = condition(pod, "PodScheduled")
        if placed.get("status") == "False":
            said.append(f"{name}: {placed.get('message', '')}")
    return said
