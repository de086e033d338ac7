"""Images that do not come end a wait: at once where nobody tries again, else after a while, and never by accident."""

from typing import cast

import pytest

from harness.clients.kubernetes import Json, KubeApi
from harness.stacks.cluster.pulls import Pulls
from harness.stacks.cluster.wanted import Wanted
from harness.tests.faults.fake_api import FakeApi


class _Place:
    """One pod, and a clock."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.now_s = 100.0
        self.pulls = Pulls(
            api=cast("KubeApi", self.api), wanted=Wanted(namespace="ns"), patience_s=90, clock=lambda: self.now_s
        )

    def says(self, reason: str, *, uid: str = "1", init: bool = False) -> None:
        """The pod's container waits for this reason; running for an empty one."""
        waiting: Json = {"waiting": {"reason": reason, "message": f"{reason} of x:1"}} if reason else {"running": {}}
        statuses = "initContainerStatuses" if init else "containerStatuses"
        found: Json = {
            "metadata": {"uid": uid},
            "status": {statuses: [{"name": "c", "image": "x:1", "state": waiting}]},
        }
        self.api.put("/api/v1/namespaces/ns/pods/a", found)

    def after(self, seconds: float) -> str | None:
        """What is said so much later."""
        self.now_s += seconds
        return self.pulls.hopeless()


@pytest.mark.parametrize("init", [False, True], ids=["container", "init container"])
def test_an_image_that_is_tried_in_vain_ends_the_wait_after_a_while(init: bool) -> None:
    """Both states of a try count as one stretch; the image is named, and what was said of it."""
    place = _Place()
    place.says("ErrImagePull", init=init)
    assert place.after(0) is None
    place.says("ImagePullBackOff", init=init)
    assert place.after(89) is None
    assert place.after(1) == "a/c (x:1): no image for 90 s, ImagePullBackOff of x:1"


def test_an_image_that_comes_after_all_begins_anew() -> None:
    """And so does another pod."""
    place = _Place()
    place.says("ErrImagePull")
    place.after(0)
    place.says("")
    assert place.after(80) is None
    place.says("ErrImagePull")
    assert place.after(20) is None
    assert place.after(80) is None
    place.says("ErrImagePull", uid="2")
    assert place.after(20) is None


@pytest.mark.parametrize("reason", ["ErrImageNeverPull", "InvalidImageName"])
def test_what_is_never_tried_again_ends_the_wait_at_once(reason: str) -> None:
    """No time heals it."""
    place = _Place()
    place.says(reason)
    assert place.after(0) == f"a/c (x:1): {reason} {reason} of x:1"


@pytest.mark.parametrize("reason", ["ContainerCreating", "CrashLoopBackOff", "PodInitializing", ""])
def test_other_waiting_is_no_matter_of_images(reason: str) -> None:
    """A container that crashes has its image."""
    place = _Place()
    place.says(reason)
    assert place.after(0) is place.after(1_000) is None


def test_in_somebodys_namespace_others_images_are_not_waited_for() -> None:
    """Theirs may be tried in vain for years; the run's own counts as anywhere."""
    place = _Place()
    place.says("InvalidImageName")
    path = "/apis/apps/v1/namespaces/ns/deployments/web"
    place.pulls.wanted = Wanted(namespace="ns", expected=("web",), run="mine")
    place.api.put(path, {"spec": {"selector": {"matchLabels": {"app": "web"}}}})
    assert place.after(0) is None
    place.api.objects["/api/v1/namespaces/ns/pods/a"]["metadata"]["labels"] = {"app": "web"}
    assert place.after(0) == "a/c (x:1): InvalidImageName InvalidImageName of x:1"
