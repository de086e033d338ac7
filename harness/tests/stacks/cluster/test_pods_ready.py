"""The wait for pods ends with what keeps them: at once or after a while where there is no hope, never by accident."""

from typing import cast

import pytest

from harness.clients.kubernetes import Json, KubeApi
from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.pods_ready import ImagePulls, LostNodes, NeverReadyError, crashed, wait_for_pods
from harness.stacks.cluster.waits import Waits
from harness.stacks.cluster.workloads import Workloads
from harness.tests.faults.fake_api import FakeApi, answer
from harness.waiting import AwaitedGoneError, WaitTimeoutError

_ONE_LOOK = Waits(pods_s=0.0)
_LOST = {
    "type": "Ready",
    "status": "Unknown",
    "reason": "NodeStatusUnknown",
    "message": "Kubelet stopped posting node status.",
}
_WELL = {"type": "Ready", "status": "True"}
_DISK = {"type": "DiskPressure", "status": "False"}


class _Images:
    """One pod, and a clock."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.now_s = 100.0
        self.wanted = Workloads(namespace="ns")
        self.pulls = ImagePulls(patience_s=90, clock=lambda: self.now_s)

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
        return self.pulls.hopeless(self.wanted.pods(cast("KubeApi", self.api)))


@pytest.mark.parametrize("init", [False, True], ids=["container", "init container"])
def test_an_image_that_is_tried_in_vain_ends_the_wait_after_a_while(init: bool) -> None:
    """Both states of a try count as one stretch; the image is named, and what was said of it."""
    images = _Images()
    images.says("ErrImagePull", init=init)
    assert images.after(0) is None
    images.says("ImagePullBackOff", init=init)
    assert images.after(89) is None
    assert images.after(1) == "a/c (x:1): no image for 90 s, ImagePullBackOff of x:1"


def test_an_image_that_comes_after_all_begins_anew() -> None:
    """And so does another pod."""
    images = _Images()
    images.says("ErrImagePull")
    images.after(0)
    images.says("")
    assert images.after(80) is None
    images.says("ErrImagePull")
    assert images.after(20) is None
    assert images.after(80) is None
    images.says("ErrImagePull", uid="2")
    assert images.after(20) is None


@pytest.mark.parametrize("reason", ["ErrImageNeverPull", "InvalidImageName"])
def test_what_is_never_tried_again_ends_the_wait_at_once(reason: str) -> None:
    """No time heals it."""
    images = _Images()
    images.says(reason)
    assert images.after(0) == f"a/c (x:1): {reason} {reason} of x:1"


@pytest.mark.parametrize("reason", ["ContainerCreating", "CrashLoopBackOff", "PodInitializing", ""])
def test_other_waiting_is_no_matter_of_images(reason: str) -> None:
    """A container that crashes has its image."""
    images = _Images()
    images.says(reason)
    assert images.after(0) is images.after(1_000) is None


def test_in_somebodys_namespace_others_images_are_not_waited_for() -> None:
    """Theirs may be tried in vain for years; the run's own counts as anywhere."""
    images = _Images()
    images.says("InvalidImageName")
    path = "/apis/apps/v1/namespaces/ns/deployments/web"
    images.wanted = Workloads(namespace="ns", expected=("web",), run="mine")
    images.api.put(path, {"spec": {"selector": {"matchLabels": {"app": "web"}}}})
    assert images.after(0) is None
    images.api.objects["/api/v1/namespaces/ns/pods/a"]["metadata"]["labels"] = {"app": "web"}
    assert images.after(0) == "a/c (x:1): InvalidImageName InvalidImageName of x:1"


def _restarted(times: int, state: Json) -> FakeApi:
    api = FakeApi()
    status = {"name": "c", "restartCount": times, "state": state, "lastState": {"terminated": {"exitCode": 1}}}
    api.put("/api/v1/namespaces/ns/pods/a", {"metadata": {}, "status": {"containerStatuses": [status]}})
    return api


_BACK_OFF: Json = {"waiting": {"reason": "CrashLoopBackOff"}}


@pytest.mark.parametrize(
    ("times", "state", "told"),
    [
        (3, _BACK_OFF, None),
        (4, _BACK_OFF, "a/c was started again 4 times, exit code 1"),
        (9, {"running": {}}, None),
        (9, {"waiting": {"reason": "ContainerCreating"}}, None),
    ],
    ids=["may wait for something", "crashes", "runs", "is made"],
)
def test_a_container_that_ends_again_and_again_ends_the_wait(times: int, state: Json, told: str | None) -> None:
    """What it waited for at its start would have come by then."""
    api = cast("KubeApi", _restarted(times, state))
    assert crashed(Workloads(namespace="ns").pods(api)) == told
    if told:
        with pytest.raises(NeverReadyError, match=told):
            wait_for_pods("a ready", api, [Workloads(namespace="ns", expected=["a"])], waits=Waits())


class _Nodes:
    """Two nodes, one pod that is not ready on the first, and a clock."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.now_s = 100.0
        self.lost = LostNodes(api=cast("KubeApi", self.api), patience_s=60, clock=lambda: self.now_s)
        self.node("n1", _WELL)
        self.node("n2", _WELL)
        self.pod("n1")

    def node(self, name: str, condition: Json | None) -> None:
        self.api.put(f"/api/v1/nodes/{name}", {"status": {"conditions": [_DISK, *([condition] if condition else [])]}})

    def pod(self, node: str, *, ready: bool = False) -> None:
        status = {"conditions": [{"type": "Ready", "status": str(ready)}]} if node else {}
        spec = {"nodeName": node} if node else {}
        self.api.put("/api/v1/namespaces/ns/pods/a", {"spec": spec, "status": status})

    def after(self, seconds: float) -> str | None:
        """What is said so much later."""
        self.now_s += seconds
        return self.lost.hopeless(Workloads(namespace="ns").pods(self.lost.api))


@pytest.fixture
def nodes() -> _Nodes:
    """All is well but for the pod."""
    return _Nodes()


def test_a_node_that_stays_lost_is_named_after_a_while(nodes: _Nodes) -> None:
    """With the control plane's words."""
    assert nodes.after(0) is None
    nodes.node("n1", _LOST)
    assert nodes.after(0) is None
    assert nodes.after(59) is None
    assert nodes.after(1) == (
        "the node n1 has not been ready for 60 s: NodeStatusUnknown Kubelet stopped posting node status."
    )


def test_one_that_is_removed_is_lost_too(nodes: _Nodes) -> None:
    """It says nothing any more."""
    del nodes.api.objects["/api/v1/nodes/n1"]
    nodes.after(0)
    assert nodes.after(60) == "the node n1 has not been ready for 60 s: it was removed"


def test_one_that_never_said_it_was_ready_is_lost_too(nodes: _Nodes) -> None:
    """Its kubelet has not told any condition of this kind."""
    nodes.node("n1", None)
    nodes.after(0)
    assert nodes.after(60) == "the node n1 has not been ready for 60 s: it says nothing"


def test_one_that_comes_back_begins_anew(nodes: _Nodes) -> None:
    """A kubelet that is started again is no reason to give up."""
    nodes.node("n1", _LOST)
    nodes.after(0)
    nodes.node("n1", _WELL)
    assert nodes.after(59) is None
    nodes.node("n1", _LOST)
    assert nodes.after(59) is None
    assert nodes.after(59) is None
    assert nodes.after(1) is not None


@pytest.mark.parametrize(
    ("node", "ready"),
    [
        pytest.param("n2", False, id="on another"),
        pytest.param("n1", True, id="ready"),
        pytest.param("", False, id="nowhere"),
    ],
)
def test_a_node_without_pods_that_are_waited_for_is_nobody_s_business(nodes: _Nodes, node: str, ready: bool) -> None:
    """A cluster that is somebody's may have nodes that are off."""
    nodes.pod(node, ready=ready)
    nodes.node("n1", _LOST)
    nodes.after(0)
    assert nodes.after(600) is None


@pytest.mark.parametrize("run", ["", "0a1b2c-run"], ids=["all of it", "a run's"])
def test_what_pods_said_goes_with_the_error_of_their_wait(nodes: _Nodes, run: str) -> None:
    """Of a namespace that is somebody's, only of what is waited for."""
    selector = {"matchLabels": {"app": "a"}}
    deployment = {"spec": {"replicas": 1, "selector": selector}, "metadata": {}}
    nodes.api.put("/apis/apps/v1/namespaces/ns/deployments/a", deployment)
    status = {"containerStatuses": [{"name": "c"}]}
    nodes.api.put("/api/v1/namespaces/ns/pods/a", {"metadata": {"labels": {"app": "a"}}, "status": status})
    nodes.api.put("/api/v1/namespaces/ns/pods/theirs", {"status": status})
    for about in ("a", "theirs"):
        nodes.api.put(f"/api/v1/namespaces/ns/events/{about}", {"involvedObject": {"kind": "Pod", "name": about}})
    wanted = Workloads(namespace="ns", expected=("a",), run=run)
    with pytest.raises(WaitTimeoutError) as caught:
        wait_for_pods("all ready", cast("KubeApi", nodes.api), [wanted], waits=_ONE_LOOK)
    logs = caught.value.logs
    theirs = set() if run else {"ns.theirs.c.log"}
    assert set(logs) == {"ns.pods.json", "ns.events.json", "ns.a.c.log", *theirs}
    assert ("theirs" in logs["ns.events.json"]) is not bool(run)
    assert ("theirs" in logs["ns.pods.json"]) is not bool(run)


class _Silent(FakeApi):
    """It answers nobody who asks for pods."""

    def items(self, *_: object, **__: object) -> list[Json]:
        """Nothing, not even that there are none."""
        raise CouldNotTellError("it does not answer", why="-", fix="-")


def test_an_api_server_that_says_nothing_keeps_no_error_back() -> None:
    """The reason is told without what pods said."""
    with pytest.raises(CouldNotTellError) as caught:
        wait_for_pods("all ready", cast("KubeApi", _Silent()), [Workloads(namespace="ns")], waits=_ONE_LOOK)
    assert caught.value.logs == {}


def test_nodes_that_may_not_be_looked_at_are_not_judged(nodes: _Nodes) -> None:
    """The kubeconfig's user may be somebody with rights in some namespaces only."""
    nodes.node("n1", _LOST)
    nodes.api.interfere = lambda request: answer(403) if request.path.startswith("/api/v1/nodes") else None
    nodes.after(0)
    assert nodes.after(600) is None


def test_the_wait_for_pods_ends_with_a_lost_node(nodes: _Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when its time is up; and what else ends it is asked first."""
    monkeypatch.setattr(LostNodes, "hopeless", lambda *_: "the node n1 has not been ready for 60 s: planted")
    wanted, waits = Workloads(namespace="ns", expected=("a",)), Waits(look_s=0.0)
    with pytest.raises(NeverReadyError) as caught:
        wait_for_pods("all ready", cast("KubeApi", nodes.api), [wanted], waits=waits)
    assert "planted" in str(caught.value)
    with pytest.raises(AwaitedGoneError) as gone:
        wait_for_pods("all ready", cast("KubeApi", nodes.api), [wanted], waits=waits, ended=lambda: "its own reason")
    assert "its own reason" in str(gone.value)
