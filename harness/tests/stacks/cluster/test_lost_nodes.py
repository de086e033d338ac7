"""Nodes that are lost end a wait for the pods on them: after a while, with their names, and nobody else's wait."""

from typing import cast

import pytest

from harness.clients.kubernetes import Json, KubeApi
from harness.core.errors import CouldNotTellError
from harness.stacks.cluster import pods_ready
from harness.stacks.cluster.lost_nodes import LostNodes
from harness.stacks.cluster.pods_ready import NeverReadyError, wait_for_pods
from harness.stacks.cluster.wanted import Wanted
from harness.tests.faults.fake_api import FakeApi, answer
from harness.waiting import AwaitedGoneError, WaitTimeoutError

_LOST = {
    "type": "Ready",
    "status": "Unknown",
    "reason": "NodeStatusUnknown",
    "message": "Kubelet stopped posting node status.",
}
_WELL = {"type": "Ready", "status": "True"}
_DISK = {"type": "DiskPressure", "status": "False"}


class _Place:
    """Two nodes, one pod that is not ready on the first, and a clock."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.now_s = 100.0
        self.nodes = LostNodes(
            api=cast("KubeApi", self.api), wanted=Wanted(namespace="ns"), patience_s=60, clock=lambda: self.now_s
        )
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
        return self.nodes.hopeless()


@pytest.fixture
def place() -> _Place:
    """All is well but for the pod."""
    return _Place()


def test_a_node_that_stays_lost_is_named_after_a_while(place: _Place) -> None:
    """With the control plane's words."""
    assert place.after(0) is None
    place.node("n1", _LOST)
    assert place.after(0) is None
    assert place.after(59) is None
    assert place.after(1) == (
        "the node n1 has not been ready for 60 s: NodeStatusUnknown Kubelet stopped posting node status."
    )


def test_one_that_is_removed_is_lost_too(place: _Place) -> None:
    """It says nothing any more."""
    del place.api.objects["/api/v1/nodes/n1"]
    place.after(0)
    assert place.after(60) == "the node n1 has not been ready for 60 s: it was removed"


def test_one_that_never_said_it_was_ready_is_lost_too(place: _Place) -> None:
    """Its kubelet has not told any condition of this kind."""
    place.node("n1", None)
    place.after(0)
    assert place.after(60) == "the node n1 has not been ready for 60 s: it says nothing"


def test_one_that_comes_back_begins_anew(place: _Place) -> None:
    """A kubelet that is started again is no reason to give up."""
    place.node("n1", _LOST)
    place.after(0)
    place.node("n1", _WELL)
    assert place.after(59) is None
    place.node("n1", _LOST)
    assert place.after(59) is None
    assert place.after(59) is None
    assert place.after(1) is not None


@pytest.mark.parametrize(
    ("node", "ready"),
    [
        pytest.param("n2", False, id="on another"),
        pytest.param("n1", True, id="ready"),
        pytest.param("", False, id="nowhere"),
    ],
)
def test_a_node_without_pods_that_are_waited_for_is_nobody_s_business(place: _Place, node: str, ready: bool) -> None:
    """A cluster that is somebody's may have nodes that are off."""
    place.pod(node, ready=ready)
    place.node("n1", _LOST)
    place.after(0)
    assert place.after(600) is None


@pytest.mark.parametrize("run", ["", "0a1b2c-run"], ids=["all of it", "a run's"])
def test_what_pods_said_goes_with_the_error_of_their_wait(
    place: _Place, monkeypatch: pytest.MonkeyPatch, run: str
) -> None:
    """Of a namespace that is somebody's, only of what is waited for."""
    monkeypatch.setattr(pods_ready, "_TIMEOUT_S", 0.0)
    selector = {"matchLabels": {"app": "a"}}
    deployment = {"spec": {"replicas": 1, "selector": selector}, "metadata": {}}
    place.api.put("/apis/apps/v1/namespaces/ns/deployments/a", deployment)
    status = {"containerStatuses": [{"name": "c"}]}
    place.api.put("/api/v1/namespaces/ns/pods/a", {"metadata": {"labels": {"app": "a"}}, "status": status})
    place.api.put("/api/v1/namespaces/ns/pods/theirs", {"status": status})
    for about in ("a", "theirs"):
        place.api.put(f"/api/v1/namespaces/ns/events/{about}", {"involvedObject": {"kind": "Pod", "name": about}})
    with pytest.raises(WaitTimeoutError) as caught:
        wait_for_pods("all ready", cast("KubeApi", place.api), [Wanted(namespace="ns", expected=("a",), run=run)])
    logs = caught.value.logs
    theirs = set() if run else {"ns.theirs.c.log"}
    assert set(logs) == {"ns.pods.json", "ns.events.json", "ns.a.c.log", *theirs}
    assert ("theirs" in logs["ns.events.json"]) is not bool(run)
    assert ("theirs" in logs["ns.pods.json"]) is not bool(run)


def test_an_api_server_that_says_nothing_keeps_no_error_back(place: _Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason is told without what pods said."""
    monkeypatch.setattr(pods_ready, "_TIMEOUT_S", 0.0)

    def silent(*_: object, **__: object) -> list[Json]:
        raise CouldNotTellError("it does not answer", why="-", fix="-")

    monkeypatch.setattr(FakeApi, "items", silent)
    with pytest.raises(CouldNotTellError) as caught:
        wait_for_pods("all ready", cast("KubeApi", place.api), [Wanted(namespace="ns")])
    assert caught.value.logs == {}


def test_nodes_that_may_not_be_looked_at_are_not_judged(place: _Place) -> None:
    """The kubeconfig's user may be somebody with rights in some namespaces only."""
    place.node("n1", _LOST)
    place.api.interfere = lambda request: answer(403) if request.path.startswith("/api/v1/nodes") else None
    place.after(0)
    assert place.after(600) is None


def test_the_wait_for_pods_ends_with_a_lost_node(place: _Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when its time is up; and what else ends it is asked first."""
    monkeypatch.setattr(pods_ready, "_LOOK_S", 0.0)
    monkeypatch.setattr(LostNodes, "hopeless", lambda _: "the node n1 has not been ready for 60 s: planted")
    wanted = Wanted(namespace="ns", expected=("a",))
    with pytest.raises(NeverReadyError) as caught:
        wait_for_pods("all ready", cast("KubeApi", place.api), [wanted])
    assert "planted" in str(caught.value)
    with pytest.raises(AwaitedGoneError) as gone:
        wait_for_pods("all ready", cast("KubeApi", place.api), [wanted], ended=lambda: "its own reason")
    assert "its own reason" in str(gone.value)
