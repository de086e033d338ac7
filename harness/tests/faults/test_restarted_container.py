"""A container is restarted in its pod by another name of its image; nothing else changes and nothing is marked."""

import copy

import pytest

from harness.clients.kubernetes import Json
from harness.core.errors import CouldNotTellError
from harness.faults.restarted_container import RestartedContainer
from harness.tests.faults.fake_api import FakeApi, answer, cluster, deployment, pod

PODS = "/api/v1/namespaces/other-system/pods"
DIGEST = "sha256:" + "b" * 64


def running(api: FakeApi, name: str, image: str, *, image_id: str = "", **more: object) -> Json:
    """A pod of the controller whose container has this image."""
    found = pod(api, name, **more)  # type: ignore[arg-type]  # phase and metadata as `pod` takes them
    side, manager = found["spec"]["containers"]
    side["image"], manager["image"] = "side:1", image
    found["status"]["containerStatuses"] = [{"name": "manager", "imageID": image_id}]
    return found


def image(api: FakeApi, name: str) -> str:
    """The image of the controller's container now."""
    return str(api.objects[f"{PODS}/{name}"]["spec"]["containers"][1]["image"])


def test_every_running_pod_gets_another_name_of_the_same_image_and_back() -> None:
    """Only those that run, only the controller's container; once more restarts it again; undo does nothing."""
    api = FakeApi()
    deployment(api)
    before = {
        name: copy.deepcopy(running(api, name, text, **more))
        for name, text, more in (
            ("a", "manager:dev", {}),
            ("b", "docker.io/library/manager:dev", {}),
            ("c", "manager:dev", {"phase": "Pending"}),
            ("d", "manager:dev", {"deletionTimestamp": "now"}),
        )
    }
    RestartedContainer().inject(cluster(api))
    assert [image(api, name) for name in before] == [
        "docker.io/library/manager:dev",
        "manager:dev",
        "manager:dev",
        "manager:dev",
    ]
    RestartedContainer().undo(cluster(api))
    RestartedContainer().inject(cluster(api))
    for name, found in before.items():
        there = api.objects[f"{PODS}/{name}"]
        assert (there["spec"], there["metadata"]["labels"]) == (found["spec"], found["metadata"]["labels"])
        assert "annotations" not in there["metadata"]


def test_elsewhere_the_digest_in_use_is_the_other_name() -> None:
    """An image of another registry with a tag has no shorter name, but its content has one."""
    api = FakeApi()
    deployment(api)
    running(api, "a", "ghcr.io/team/m:v1", image_id=f"ghcr.io/team/m@{DIGEST}")
    RestartedContainer().inject(cluster(api))
    assert image(api, "a") == f"ghcr.io/team/m:v1@{DIGEST}"


def test_an_image_with_one_name_is_told() -> None:
    """No pod is restarted when one of them cannot be."""
    api = FakeApi()
    deployment(api)
    running(api, "a", "manager:dev")
    running(api, "b", "ghcr.io/team/m:v1")
    with pytest.raises(CouldNotTellError, match="pod b cannot be restarted in place"):
        RestartedContainer().inject(cluster(api))
    assert image(api, "a") == "manager:dev"


def test_nothing_to_restart_is_an_error() -> None:
    """Neither without pods nor without the container."""
    api = FakeApi()
    deployment(api)
    with pytest.raises(CouldNotTellError, match="no container to restart"):
        RestartedContainer().inject(cluster(api))
    running(api, "a", "manager:dev")["spec"]["containers"][1]["name"] = "renamed"
    with pytest.raises(CouldNotTellError, match="has no container manager"):
        RestartedContainer().inject(cluster(api))


@pytest.mark.parametrize(("status", "told"), [(403, True), (404, False)], ids=["refused", "gone meanwhile"])
def test_a_refusal_is_told_and_a_vanished_pod_is_not(*, status: int, told: bool) -> None:
    """A pod that went away needs no restart; its replacement begins from zero anyway."""
    api = FakeApi()
    deployment(api)
    running(api, "a", "manager:dev")
    api.interfere = lambda request: answer(status, {"message": "not you"}) if request.method == "PATCH" else None
    if told:
        with pytest.raises(CouldNotTellError, match="could not be restarted") as failed:
            RestartedContainer().inject(cluster(api))
        assert failed.value.why == "not you"
    else:
        RestartedContainer().inject(cluster(api))
