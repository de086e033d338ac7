"""A roll-out is over when every pod is of the last template, available, and the replaced ones are gone."""

import pytest

from harness.clients.kubernetes import Json
from harness.faults.controller_pods import controller_nodes, rollout_left
from harness.tests.faults.fake_api import FakeApi, cluster, deployment, pod

DONE = {"observedGeneration": 3, "updatedReplicas": 2, "availableReplicas": 2, "replicas": 2}


def place(*, generation: int = 3, **status: int) -> FakeApi:
    """A Deployment of two replicas with this status, and its pods."""
    api = FakeApi()
    found: Json = deployment(api)
    found["metadata"]["generation"] = generation
    found["status"] = {**DONE, **status}
    for name in ("a", "b"):
        pod(api, name)
    return api


def test_nothing_is_left_of_a_roll_out_that_is_over() -> None:
    """Nor where there is no Deployment."""
    assert rollout_left(cluster(place())) == ""
    assert rollout_left(cluster(FakeApi())) == ""


@pytest.mark.parametrize(
    ("api", "left"),
    [
        pytest.param(place(generation=4), "last change has not been seen yet", id="not-seen"),
        pytest.param(place(updatedReplicas=1), "1 updatedReplicas", id="old-ones"),
        pytest.param(place(availableReplicas=1), "1 availableReplicas", id="not-available"),
        pytest.param(place(replicas=3), "3 replicas of 2 wanted", id="one-too-many"),
    ],
)
def test_what_is_left_is_told(api: FakeApi, left: str) -> None:
    """Each thing that a roll-out does one after the other."""
    assert left in rollout_left(cluster(api))


def test_a_replaced_pod_that_still_ends_is_left() -> None:
    """It is no replica of the Deployment any more, but Prometheus may still scrape it."""
    api = place()
    pod(api, "old", deletionTimestamp="now")
    assert rollout_left(cluster(api)) == "old ending"


def test_nodes_are_those_that_run_the_controller() -> None:
    """Each once; a pod without a node has none, and strangers' nodes do not count."""
    api = place()
    pod(api, "c")
    for name, node in (("a", "n1"), ("b", "n1"), ("c", "n2")):
        api.objects[f"/api/v1/namespaces/other-system/pods/{name}"]["spec"]["nodeName"] = node
    pod(api, "pending", phase="Pending")
    pod(api, "stranger", labels={"app": "stranger"})["spec"]["nodeName"] = "n3"
    assert controller_nodes(cluster(api)) == {"n1", "n2"}
    assert controller_nodes(cluster(FakeApi())) == set()
