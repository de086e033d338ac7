"""A witness named in a scenario is made for the stack's pods and the promise's threshold."""

import pytest

from harness.core.exposition import Family, Page, PageSample
from harness.observe.witness.pods import ControllerPods, PodPage, PodState
from harness.scene.watching import AnsweringPods, WaitingItems, controller_pods
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scene import fakes


def _page(depth: float) -> Page:
    samples = (
        PageSample(name="workqueue_depth", labels={"name": "configmap"}, value=depth),
        PageSample(name="workqueue_depth", labels={"name": "secret"}, value=500),
    )
    return Page(at_s=1, source="p", families=(Family(name="workqueue_depth", type="gauge", samples=samples),))


@pytest.mark.parametrize(("depth", "holds"), [(100, False), (101, True)])
def test_waiting_items_are_those_of_the_named_queue(monkeypatch: pytest.MonkeyPatch, depth: float, holds: bool) -> None:
    """Against the threshold of the promise; another queue's items do not count."""
    monkeypatch.setattr(ControllerPods, "answered", lambda _self: (_page(depth),))
    reading = WaitingItems(queue="configmap").on(fakes.arena(), PROMISE).observe()
    assert (reading.value, reading.holds) == (depth, holds)


def test_answering_pods_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod that does not answer is none."""
    pod = PodState(name="a", ip="198.18.0.4", phase="Running", restarts=0, waiting="", ending=False)
    pages = (PodPage(pod=pod, page=_page(0), error=""), PodPage(pod=pod, page=None, error="refused"))
    monkeypatch.setattr(ControllerPods, "pages", lambda _self: pages)
    assert AnsweringPods().on(fakes.arena(), PROMISE).observe().value == 1


def test_pods_are_found_through_the_stack_s_own_api() -> None:
    """By the Service in front of them."""
    api = fake_api.FakeApi()
    api.put("/api/v1/namespaces/other-system/services/other-metrics", {"spec": {"selector": {"app": "other"}}})
    fake_api.pod(api, "manager-1")
    states = controller_pods(fakes.arena(cluster=fake_api.cluster(api))).states()
    assert [state.name for state in states] == ["manager-1"]
