"""Retiring: the rules go alone, and everything that they watch stays until nobody evaluates them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from harness.core.errors import CouldNotTellError
from harness.kube_api import KubeApi
from harness.stacks.existing import letting_go
from harness.stacks.existing.discovery import GivenUrl
from harness.stacks.existing.examination import Found
from harness.stacks.existing.guard import Tenancy
from harness.stacks.existing.retiring import retire
from harness.stacks.existing.way import AnyFound, Near
from harness.tests.observe.speaking_server import speaking
from harness.tests.stacks.existing.test_letting_go import DIRECTORY, OBJECTS, UID, servers
from harness.tests.stacks.existing.test_monitoring import PROMETHEUS
from harness.tests.stacks.existing.whole_cluster import Told, WholeCluster

RULE = "/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules/x"
FOUND = Found(
    tenancy=Tenancy.OWN,
    prometheus=replace(PROMETHEUS, at=replace(PROMETHEUS.at, replicas=2)),
    alertmanager=GivenUrl(url=""),
    objects=OBJECTS,
)


def retired(url: str, *, refused: str = "") -> tuple[bool, list[str], list[str], list[str]]:
    """What it says, what it did to the cluster, whom it asked, and what it told; there is no way to `refused`."""
    api, told, asked = WholeCluster(), Told(), list[str]()
    for path in (RULE, RULE.replace("prometheusrules", "servicemonitors")):
        api.put(path, {})

    @contextmanager
    def reach(_near: Near, _what: str, found: AnyFound) -> Iterator[str]:
        assert not isinstance(found, GivenUrl)
        asked.append(found.at.pod)
        if found.at.pod == refused:
            raise CouldNotTellError("no way", why="pods is forbidden", fix="-")
        yield url

    done = retire(cast("KubeApi", api), cast("Near", Path()), FOUND, told, reach=reach)
    return done, api.changes, asked, told.lines


def test_the_rules_go_alone_and_are_waited_for() -> None:
    """In each replica; the monitor stays, so that nothing is found missing meanwhile."""
    with speaking(servers(job="serviceMonitor/shop/x/0")) as server:
        done, changes, asked, _ = retired(server.url)
    assert done
    assert changes == [f"DELETE {RULE}"]
    assert asked == ["prometheus-k8s-0", "prometheus-k8s-1"]


def test_rules_that_stay_in_force_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody then takes the tear-down for quiet."""
    monkeypatch.setattr(letting_go, "_TIMEOUT_S", 0.0)
    with speaking(servers(file=f"{DIRECTORY}/shop-x-{UID}.yaml")) as server:
        done, changes, _, lines = retired(server.url)
    assert not done
    assert changes == [f"DELETE {RULE}"]
    assert "PrometheusRule shop/x" in lines[-1]


def test_a_replica_that_is_not_reached_is_told() -> None:
    """It may evaluate them still."""
    with speaking(servers()) as server:
        done, _, _, lines = retired(server.url, refused="prometheus-k8s-1")
    assert not done
    assert lines[-1] == "no way: pods is forbidden; what fires from now on is not seen"
