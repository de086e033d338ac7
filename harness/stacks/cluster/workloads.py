"""Whether the pods of a namespace run, and if not, why: a wait that fails names the image that was not found."""

from collections.abc import Collection, Iterable

from harness.clients.kubernetes import Json, KubeApi
from harness.core.marks import RUN_LABEL
from harness.core.operator.reading import Field
from harness.core.operator.selector import LabelSelector

#: kinds whose status counts ready replicas
_KINDS = ("deployments", "statefulsets")
#: what a container says on its way, or at a proper end
_NO_TROUBLE = frozenset({"ContainerCreating", "PodInitializing", "Completed"})


def unready(api: KubeApi, namespace: str, *, expected: Collection[str] = (), run: str = "") -> str:
    """What is not ready yet in this namespace, in words; empty when all of it is.

    Args:
        api: of the cluster.
        namespace: whose Deployments and StatefulSets.
        expected: names that must be among them: what a controller has not made yet cannot be unready.
        run: if given, only what carries its label or is expected counts: the rest is the namespace's owner's.

    Raises:
        CouldNotTellError: the API server refused or did not answer.
    """
    found = _workloads(api, namespace, expected=expected, run=run)
    names = {str(one["metadata"]["name"]) for one in found}
    missing = [f"{name} is not there yet" for name in expected if name not in names]
    late = [_late(one) for one in found]
    left = [*missing, *filter(None, late)]
    if not left:
        return ""
    waiting = _waiting(pods(api, namespace, expected=expected, run=run))
    return "; ".join([*left, *waiting])


def pods(api: KubeApi, namespace: str, *, expected: Collection[str] = (), run: str = "") -> list[Json]:
    """The pods of this namespace; of a run alone, where one is given, those of the workloads that `unready` counts.

    Raises:
        CouldNotTellError: the API server refused or did not answer.
    """
    found = api.items(f"/api/v1/namespaces/{namespace}/pods")
    if not run:
        return found
    owners = _workloads(api, namespace, expected=expected, run=run)
    # a pod has the labels of its template, among which is no run's
    selectors = [LabelSelector.read(Field("spec", one["spec"]).at("selector")) for one in owners]
    return [pod for pod in found if any(one.mismatch(_labels(pod)) is None for one in selectors)]


def _workloads(api: KubeApi, namespace: str, *, expected: Collection[str], run: str) -> list[Json]:
    found = [one for kind in _KINDS for one in api.items(f"/apis/apps/v1/namespaces/{namespace}/{kind}")]
    return [
        one for one in found if not run or _labels(one).get(RUN_LABEL) == run or one["metadata"]["name"] in expected
    ]


def _labels(one: Json) -> dict[str, str]:
    return one["metadata"].get("labels") or {}


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
        status = pod.get("status", {})
        name = pod["metadata"]["name"]
        for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
            state = container.get("state", {})
            why = state.get("waiting") or state.get("terminated") or {}
            if why and why.get("reason") not in _NO_TROUBLE:
                said.append(f"{name}/{container['name']}: {why.get('reason', '')} {why.get('message', '')}".rstrip())
        said += [
            f"{name}: {one.get('message', '')}"
            for one in status.get("conditions") or []
            if one["type"] == "PodScheduled" and one["status"] == "False"
        ]
    return said
