"""Own monitoring: its rules are retired with the kubelet hurried; whatever keeps them is told."""

from collections.abc import Mapping
from typing import cast

from harness.clients.kubernetes import KubeApi
from harness.clients.prometheus import PrometheusReader
from harness.stacks.cluster.own_monitoring import OwnMonitoring
from harness.stacks.cluster.waits import USUAL, Waits
from harness.tests.clients.speaking_server import Answer, data, speaking
from harness.tests.faults.fake_api import FakeApi, answer
from harness.tests.stacks.existing.whole_cluster import Told

RULE = "/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules/x"
POD = "/api/v1/namespaces/monitoring/pods/prometheus-0"
OTHER = "/api/v1/namespaces/monitoring/pods/alertmanager-0"
GROUP = {"name": "g", "file": "f", "interval": 1, "rules": []}
LEFT: Mapping[str, Answer] = {"/api/v1/rules": data({"groups": [GROUP]})}
GONE: Mapping[str, Answer] = {"/api/v1/rules": data({"groups": []})}


def retired(
    api: FakeApi, answers: Mapping[str, Answer], *, dead: str | None = None, waits: Waits = USUAL
) -> tuple[bool, list[str]]:
    """Whether the rules are out of force, and what was told."""
    told = Told()
    with speaking(answers) as server, PrometheusReader(server.url) as prometheus:
        own = OwnMonitoring(
            api=cast("KubeApi", api),
            rule={"kind": "PrometheusRule", "metadata": {"name": "x", "namespace": "shop"}},
            groups=("g",),
            prometheus=prometheus,
            pods=(POD, OTHER),
            waits=waits,
        )
        return own.remove_rules(told, ended=lambda: dead), told.lines


def with_rule() -> FakeApi:
    """A cluster that has it."""
    api = FakeApi()
    api.put(RULE, {})
    api.put(POD, {})
    return api


def test_rules_that_are_gone_are_out_of_force() -> None:
    """The object and nothing else; a kubelet that has looked is not hurried."""
    api = with_rule()
    assert retired(api, GONE) == (True, [])
    assert [f"{one.method} {one.path}" for one in api.requests] == [f"DELETE {RULE}"]


def test_rules_that_stay_are_told_and_the_pods_are_touched() -> None:
    """What fires then is seen by nobody."""
    api = with_rule()
    done, (line,) = retired(api, LEFT, waits=Waits(rules_gone_s=0.0))
    assert not done
    assert "groups g are loaded" in line
    assert [f"{one.method} {one.path}" for one in api.requests] == [f"DELETE {RULE}", f"PATCH {POD}", f"PATCH {OTHER}"]


def test_a_refusal_and_a_dead_component_end_the_wait() -> None:
    """With their reasons."""
    api = with_rule()
    api.interfere = lambda request: answer(403) if request.method == "DELETE" else None
    assert not retired(api, GONE)[0]
    done, (line,) = retired(with_rule(), LEFT, dead="the node is gone")
    assert not done
    assert "the node is gone" in line
