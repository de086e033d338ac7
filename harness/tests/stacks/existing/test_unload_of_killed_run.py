"""The unloading of a killed run: who acts on its rules is found by them, waited for, or told."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_LABEL
from harness.stacks.existing.connection import ClusterAccess
from harness.stacks.existing.discovery import AnyFound, GivenUrl
from harness.stacks.existing.wait_for_unload import unload_of_killed_run
from harness.stacks.run import known_runs
from harness.tests.clients.speaking_server import speaking
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.test_discovery import monitoring, selecting
from harness.tests.stacks.existing.test_wait_for_unload import servers
from harness.tests.stacks.existing.whole_cluster import DESTINATION, NAMESPACE, Told, WholeCluster
from harness.toolchain import Ensure, ResolvedTool, ToolName, ToolOrigin

LABELS = {RUN_LABEL: "killed", "release": "prometheus"}
V1 = "/apis/monitoring.coreos.com/v1/namespaces/shop"
RULE, MONITOR = f"{V1}/prometheusrules/x", f"{V1}/servicemonitors/x"
ROUTE = "/apis/monitoring.coreos.com/v1alpha1/namespaces/shop/alertmanagerconfigs/x"


def kubectl(*_: object) -> Mapping[ToolName, ResolvedTool]:
    """One that is there."""
    tool = ResolvedTool(name=ToolName.KUBECTL, version="1", path=Path("kubectl"), source=ToolOrigin.PATH)
    return {ToolName.KUBECTL: tool}


def there(*paths: str) -> WholeCluster:
    """A cluster with these of the run, of the kinds that their paths say."""
    api = WholeCluster()
    api.labelled(NAMESPACE, {RUN_LABEL: "killed"})
    for path in paths:
        api.labelled(path, LABELS)
    return api


def gone(api: WholeCluster, *, refused: bool = False, bring: Ensure = kubectl) -> tuple[list[str], list[str]]:
    """Which pods were asked in all three waits, and what was told."""
    asked: list[str] = []
    told = Told()
    with speaking(servers()) as server:

        @contextmanager
        def reach(near: ClusterAccess, _what: str, found: AnyFound) -> Iterator[str]:
            assert not isinstance(found, GivenUrl)
            assert near.kubeconfig.read_text() == DESTINATION.kubeconfig
            assert (near.run.directory / "logs").is_dir()
            asked.append(found.at.pod)
            if refused:
                raise CouldNotTellError("no way", why="-", fix="-")
            yield server.url

        monitoring = unload_of_killed_run(api.api, DESTINATION, "killed", told, reach=reach, bring=bring)
        assert not asked
        monitoring.without_rules()
        monitoring.without_alerts()
        monitoring.without_anything()
    assert known_runs() == ()
    assert api.changes == []
    return asked, told.lines


def test_both_are_found_by_what_is_there_and_asked_when_it_is_gone() -> None:
    """The options of the run are not known any more; the credentials do not stay."""
    assert gone(there(RULE, MONITOR, ROUTE)) == (["prometheus-k8s-0", "alertmanager-main-0"] * 2, [])


@pytest.mark.parametrize(
    ("paths", "asked"),
    [((), []), ((RULE,), ["prometheus-k8s-0"] * 2), ((ROUTE,), ["alertmanager-main-0"] * 2)],
    ids=["nothing", "rules", "route"],
)
def test_nobody_is_asked_of_what_is_not_there(paths: tuple[str, ...], asked: list[str]) -> None:
    """A run that was killed early has applied only part of it."""
    assert gone(there(*paths)) == (asked, [])


def _two(api: WholeCluster) -> None:
    monitoring(api, "Prometheus", "monitoring/other", selecting())


def _behind_tls(api: WholeCluster) -> None:
    monitoring(api, "Prometheus", "monitoring/k8s", selecting(web={"tlsConfig": {}}))


@pytest.mark.parametrize("plant", [_two, _behind_tls])
def test_who_is_not_found_is_told_and_keeps_nobody(plant: Callable[[WholeCluster], None]) -> None:
    """Which of two it was, nobody knows; the other one is waited for."""
    api = there(RULE, ROUTE)
    plant(api)
    asked, (line,) = gone(api)
    assert asked == ["alertmanager-main-0"] * 2
    assert line.startswith("Prometheus: ")
    assert "it is not waited for" in line


def test_who_does_not_let_go_is_told() -> None:
    """As at the end of a run."""
    asked, told = gone(there(RULE, ROUTE), refused=True)
    assert len(asked) == len(told) == 4


def test_a_look_that_is_refused_is_told() -> None:
    """The removal itself will say more."""
    api = there(RULE)
    api.interfere = lambda one: answer(500) if one.path == "/apis" else None
    asked, (line,) = gone(api)
    assert asked == []
    assert "it is not waited for" in line


def test_without_a_kubectl_it_is_told() -> None:
    """What it takes to ask may not be had here."""

    def none(*_: object) -> Mapping[ToolName, ResolvedTool]:
        raise CouldNotTellError("there is no kubectl", why="-", fix="-")

    asked, lines = gone(there(RULE), bring=none)
    assert asked == []
    assert lines == [
        "there is no kubectl: -; they may still find the controller down",
        "there is no kubectl: -; the next run has to wait for it",
    ]
