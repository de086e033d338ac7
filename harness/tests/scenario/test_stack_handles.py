"""The handles: promises by name, and connections that end with it."""

import itertools
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from harness.clients.controller import ControllerPage
from harness.core.contract.quantity import Exporter
from harness.core.errors import CouldNotTellError
from harness.core.exposition import parse_page
from harness.core.rules.speed import Speed
from harness.scenario.stack_handles import figures_of, offsets_of, open_handles
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes

_FIGURES = 'container_memory_working_set_bytes{namespace="other-system",container="manager",pod="a"} 7\n'


class _Door:
    """In place of the API server's door."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self.closed = 0

    def close(self) -> None:
        self.closed += 1


def test_everything_opened_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the cluster is told of the run, the subject, the webhook and what the controller has in use."""
    doors: list[_Door] = []

    def door(kubeconfig: Path) -> _Door:
        doors.append(_Door(kubeconfig))
        return doors[-1]

    monkeypatch.setattr("harness.scenario.stack_handles.KubeApi", door)
    instants = itertools.count()
    monkeypatch.setattr(
        ControllerPage, "take", lambda _page: parse_page(_FIGURES, at_s=next(instants), source="cadvisor")
    )
    facts, stack = fakes.facts(Speed(60), Path("run")), fakes.FakeStack(Speed(60), lambda _: None)
    with open_handles(stack, facts, fake_api.subject(), fakes.contract()) as handles:
        assert handles.cluster.run == facts.run_id
        assert handles.cluster.webhook_client_config == facts.webhook_client_config
        assert handles.cluster.usage.working_set_bytes("a") == 7
        assert doors[0].kubeconfig == Path("run/kubeconfig.yaml")
        assert doors[0].closed == 0
    assert doors[0].closed == 1


def _controller_on(node: str) -> fake_api.FakeApi:
    """An API server that leads to the kubelet of a node that runs the controller."""
    api = fake_api.FakeApi()
    fake_api.deployment(api)
    fake_api.pod(api, "a")["spec"]["nodeName"] = node
    return api


def test_figures_come_through_the_api_server_where_there_is_no_other_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the nodes that run the controller, and no others."""
    api, asked = _controller_on("n1"), list[str]()

    def text(path: str) -> str:
        asked.append(path)
        return _FIGURES

    monkeypatch.setattr(api, "text", text, raising=False)
    facts = fakes.facts(Speed(30))
    facts = replace(facts, access=replace(facts.access, cadvisor_url=""))
    (found,) = figures_of(facts, fake_api.cluster(api))()
    assert (found.pod, found.working_set_bytes) == ("a", 7)
    assert asked == ["/api/v1/nodes/n1/proxy/metrics/cadvisor"]


def test_figures_come_from_the_node_s_own_page_where_it_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The API server is not asked."""
    monkeypatch.setattr(ControllerPage, "take", lambda page: parse_page(_FIGURES, at_s=1, source=str(page)))
    api = fake_api.FakeApi()
    (found,) = figures_of(fakes.facts(Speed(60)), fake_api.cluster(api))()
    assert (found.pod, found.working_set_bytes) == ("a", 7)
    assert api.requests == []


@pytest.mark.parametrize(("refresh_s", "seconds"), [({}, 2), ({Exporter.CADVISOR: 20.0}, 20)], ids=["new", "seldom"])
def test_figures_are_looked_at_for_as_long_as_they_may_be_old(
    monkeypatch: pytest.MonkeyPatch, refresh_s: dict[Exporter, float], seconds: int
) -> None:
    """A working set that has not been renewed yet has not settled, but is old."""
    instants = itertools.count()
    monkeypatch.setattr(
        ControllerPage, "take", lambda _page: parse_page(_FIGURES, at_s=next(instants), source="cadvisor")
    )
    figures = figures_of(fakes.facts(Speed(60), refresh_s=refresh_s), fake_api.cluster(fake_api.FakeApi()))
    monkeypatch.setattr("harness.witness.container_figures._LOOK_S", 0.0)
    assert figures.working_set_bytes("a") == 7
    assert next(instants) == seconds + 1


def test_a_cluster_that_does_not_answer_is_not_told_from_a_verdict(tmp_path: Path) -> None:
    """No kubeconfig, no handles, no thread."""
    facts, stack = fakes.facts(Speed(60), tmp_path), fakes.FakeStack(Speed(60), lambda _: None)
    with pytest.raises(CouldNotTellError), open_handles(stack, facts, fake_api.subject(), fakes.contract()):
        pytest.fail("there is nothing to work on")
    assert not [thread for thread in threading.enumerate() if thread.name == "kube-api"]


def test_how_far_groups_look_back_is_known_from_the_rules_as_written(tmp_path: Path) -> None:
    """Divided by the speed; Prometheus's API does not tell, and without a file nothing does."""
    rules = tmp_path / "rules.yaml"
    rules.write_text("groups: [{name: a, query_offset: 1m, rules: []}, {name: b, rules: []}]")
    assert offsets_of(rules, Speed(60)) == {"a": 1.0}
    assert offsets_of(tmp_path / "none", Speed(60)) == {}
