"""Pods are ready when the last change of their owner is; until then it is told what they wait for."""

from typing import cast

import pytest

from harness.clients.kubernetes import Json, KubeApi
from harness.core.marks import RUN_LABEL
from harness.stacks.cluster.workloads import Workloads
from harness.tests.faults.fake_api import FakeApi

_NAMESPACE = "ns"
_DONE = {"observedGeneration": 2, "readyReplicas": 2, "updatedReplicas": 2}


def workload(api: FakeApi, name: str, kind: str = "deployments", **status: int) -> None:
    """One of two replicas, at its second change."""
    found: Json = {"metadata": {"generation": 2}, "spec": {"replicas": 2}, "status": {**_DONE, **status}}
    api.put(f"/apis/apps/v1/namespaces/{_NAMESPACE}/{kind}/{name}", found)


def pod(api: FakeApi, name: str, **status: object) -> None:
    """One of the namespace's pods."""
    api.put(f"/api/v1/namespaces/{_NAMESPACE}/pods/{name}", {"status": status})


def waits(reason: str, message: str = "") -> list[Json]:
    """A container that waits."""
    return [{"name": "c", "state": {"waiting": {"reason": reason, "message": message}}}]


def told(api: FakeApi, *expected: str) -> str:
    """What is said of the namespace."""
    return Workloads(namespace=_NAMESPACE, expected=expected).unready(cast("KubeApi", api))


def test_all_that_is_ready_is_nothing_to_tell() -> None:
    """Of both kinds; pods of a former owner may say what they like."""
    api = FakeApi()
    workload(api, "a")
    workload(api, "b", "statefulsets")
    pod(api, "old", containerStatuses=waits("CrashLoopBackOff"))
    assert told(api, "a", "b") == ""


@pytest.mark.parametrize("kind", ["deployments", "statefulsets"])
@pytest.mark.parametrize(
    "status",
    [
        pytest.param({"observedGeneration": 1}, id="not-seen"),
        pytest.param({"readyReplicas": 1}, id="not-ready"),
        pytest.param({"updatedReplicas": 1}, id="old-ones"),
        pytest.param({"readyReplicas": 3}, id="one-too-many"),
    ],
)
def test_what_is_late_is_named(kind: str, status: dict[str, int]) -> None:
    """Whatever its last change still lacks."""
    api = FakeApi()
    workload(api, "a", kind, **status)
    assert told(api).startswith("a: ")


def test_in_somebodys_namespace_only_the_runs_own_counts() -> None:
    """What carries its label, or is expected; what others have there may be broken for years."""
    api = FakeApi()
    for name, labels in (("ours", {RUN_LABEL: "mine"}), ("theirs", {RUN_LABEL: "other"}), ("expected", {})):
        selector = {"matchLabels": {"app": name}}
        path = f"/apis/apps/v1/namespaces/{_NAMESPACE}/deployments/{name}"
        api.put(path, {"metadata": {"labels": labels}, "spec": {"replicas": 1, "selector": selector}, "status": {}})
        api.put(f"/api/v1/namespaces/{_NAMESPACE}/pods/{name}-1", {"metadata": {"labels": {"app": name}}})
    api.put(f"/api/v1/namespaces/{_NAMESPACE}/pods/nobodys", {})
    it, ours = cast("KubeApi", api), Workloads(namespace=_NAMESPACE, expected=("expected",), run="mine")
    assert ours.unready(it) == "ours: 0 of 1 ready; expected: 0 of 1 ready"
    assert [one["metadata"]["name"] for one in ours.pods(it)] == ["ours-1", "expected-1"]
    everybodys = Workloads(namespace=_NAMESPACE)
    assert "theirs: 0 of 1 ready" in everybodys.unready(it)
    assert len(everybodys.pods(it)) == 4


def test_what_nobody_has_made_yet_is_named() -> None:
    """An operator takes a while; what is not there cannot be unready."""
    api = FakeApi()
    workload(api, "a")
    assert told(api, "a", "b") == "b is not there yet"


@pytest.mark.parametrize("statuses", ["containerStatuses", "initContainerStatuses"])
def test_why_a_container_waits_is_told(statuses: str) -> None:
    """Also one that only prepares the pod; an image that is not found is named."""
    api = FakeApi()
    workload(api, "a", readyReplicas=0)
    pod(api, "a-1", **{statuses: waits("ImagePullBackOff", 'pulling image "x:1"')})
    assert told(api) == 'a: 0 of 2 ready; a-1/c: ImagePullBackOff pulling image "x:1"'


def test_how_a_container_ended_is_told() -> None:
    """Without a message of its own, too."""
    api = FakeApi()
    workload(api, "a", readyReplicas=0)
    pod(api, "a-1", containerStatuses=[{"name": "c", "state": {"terminated": {"reason": "Error", "exitCode": 1}}}])
    assert told(api) == "a: 0 of 2 ready; a-1/c: Error"


@pytest.mark.parametrize("reason", ["ContainerCreating", "PodInitializing"])
def test_a_container_on_its_way_is_no_trouble(reason: str) -> None:
    """It only takes a while."""
    api = FakeApi()
    workload(api, "a", readyReplicas=0)
    pod(api, "a-1", containerStatuses=waits(reason))
    assert told(api) == "a: 0 of 2 ready"


def test_a_pod_without_a_node_says_why() -> None:
    """In the scheduler's words; scheduled ones have nothing to say."""
    api = FakeApi()
    workload(api, "a", readyReplicas=0)
    pod(api, "a-1", conditions=[{"type": "PodScheduled", "status": "False", "message": "Insufficient memory"}])
    pod(api, "a-2", conditions=[{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": "False"}])
    assert told(api) == "a: 0 of 2 ready; a-1: Insufficient memory"
