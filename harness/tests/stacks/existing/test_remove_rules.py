"""Retiring: the rules go alone, and everything that they watch stays until nobody evaluates them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import cast

import pytest

from harness.clients.kubernetes import ApiAnswer, ApiRequest
from harness.core.marks import RUN_LABEL
from harness.stacks.existing import wait_for_unload
from harness.stacks.existing.cleanup import Cleanup
from harness.stacks.existing.connection import PROMETHEUS, ClusterAccess
from harness.stacks.existing.discovery import AnyFound
from harness.stacks.existing.remove_rules import remove_rules_ahead
from harness.tests.clients.speaking_server import speaking
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing import test_monitoring as sample
from harness.tests.stacks.existing.test_wait_for_unload import DIRECTORY, OBJECTS, UID, servers
from harness.tests.stacks.existing.whole_cluster import Told, WholeCluster

RULE = "/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules/x"
_Interfere = Callable[[ApiRequest], ApiAnswer | None]


def retired(file: str = "", interfere: _Interfere = lambda _: None) -> tuple[bool, list[str], list[str]]:
    """What it says, what it did to the cluster, and what it told; Prometheus has loaded that file."""
    api, told = WholeCluster(), Told()
    for path in (RULE, RULE.replace("prometheusrules", "servicemonitors")):
        api.labelled(path, {RUN_LABEL: "mine"})
    api.labelled(f"{RULE}-theirs", {RUN_LABEL: "other"})
    api.interfere = interfere
    with speaking(servers(file=file, job="serviceMonitor/shop/x/0")) as server:

        @contextmanager
        def reach(_near: ClusterAccess, _what: str, _found: AnyFound) -> Iterator[str]:
            assert RULE not in api.objects
            yield server.url

        cleanup = Cleanup(
            enter=lambda: nullcontext(cast("ClusterAccess", Path())),
            where={PROMETHEUS: sample.PROMETHEUS},
            objects=OBJECTS,
            progress=told,
            reach=reach,
        )
        return remove_rules_ahead(api.api, "mine", cleanup, told), api.changes, told.lines


def test_the_rules_go_alone_and_are_waited_for() -> None:
    """The run's; the monitor stays, so that nothing is found missing meanwhile."""
    assert retired() == (True, [f"DELETE {RULE}"], [])


def test_rules_that_stay_in_force_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody then takes the tear-down for quiet."""
    monkeypatch.setattr(wait_for_unload, "_TIMEOUT_S", 0.0)
    done, changes, (line,) = retired(f"{DIRECTORY}/shop-x-{UID}.yaml")
    assert not done
    assert changes == [f"DELETE {RULE}"]
    assert "it has PrometheusRule shop/x; what fires from now on is not seen" in line


def test_rules_that_may_not_be_deleted_are_told() -> None:
    """They stay in force."""
    done, _, (line,) = retired(interfere=lambda one: answer(403) if one.method == "DELETE" else None)
    assert not done
    assert "prometheusrules.monitoring.coreos.com shop/x: fake 403; what fires from now on is not seen" in line
