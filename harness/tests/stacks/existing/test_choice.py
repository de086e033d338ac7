"""The choice of somebody's cluster: what can be known is refused before anything is started."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from harness.clients.endpoint import UnreachableError
from harness.core.errors import HarnessError
from harness.core.rules.speed import Speed
from harness.stacks.base import Capability
from harness.stacks.cluster.stack import ClusterStack
from harness.stacks.existing.choice import ExistingChoice, ExistingOptions
from harness.stacks.existing.discovery import Asked, NoMonitoringError
from harness.stacks.existing.examination import AskedMonitoring, ConflictsError
from harness.stacks.existing.guard import NotAllowedError, NotConfirmedError
from harness.stacks.existing.kubeconfig import KubeconfigError
from harness.stacks.existing.permissions import NotPermittedError
from harness.stacks.kinds import SWEEP
from harness.stacks.scrape_profile import EXISTING
from harness.tests.stacks.existing.test_discovery import monitoring, selecting
from harness.tests.stacks.existing.test_kubeconfig import text, written
from harness.tests.stacks.existing.whole_cluster import (
    ALLOWED,
    DEPLOYMENT,
    DESTINATION,
    NAMESPACE,
    WholeCluster,
    entering,
    with_files,
)
from harness.toolchain import Progress, ResolvedTool, ToolName, ToolOrigin

NOWHERE = "http://127.0.0.1:9"


_KUBECTL = ResolvedTool(name=ToolName.KUBECTL, version="1", path=Path("kubectl"), source=ToolOrigin.PATH)


def chosen(api: WholeCluster, monitoring: AskedMonitoring | None = None) -> ExistingChoice:
    """With a context that was confirmed, which leads there."""
    return ExistingChoice(
        options=ExistingOptions(monitoring=monitoring or AskedMonitoring()),
        destination=DESTINATION,
        enter=partial(entering, api),
        bring=lambda _names, _progress: {ToolName.KUBECTL: _KUBECTL},
    )


@pytest.fixture
def api() -> WholeCluster:
    """Where the choice leads."""
    return WholeCluster()


def test_where_it_leads_is_settled_once(tmp_path: Path) -> None:
    """A kubeconfig that is changed afterwards changes nothing."""
    config = written(tmp_path / "config", text("https://dev.example", context="dev"))
    options = ExistingOptions(kubeconfig=config, context="dev", confirmation="dev")
    it = ExistingChoice.of(options, {})
    config.write_text(text("https://prod.example", context="dev"))
    assert it.destination.server == "https://dev.example"
    assert it.traits is EXISTING


@pytest.mark.parametrize(
    ("context", "confirmation", "error"),
    [
        (None, None, NotConfirmedError),
        ("dev", None, NotConfirmedError),
        ("dev", "prod", NotConfirmedError),
        ("prod", "prod", NotConfirmedError),
        ("broken", "broken", KubeconfigError),
    ],
)
def test_a_context_that_is_not_named_twice_is_refused(
    tmp_path: Path, context: str | None, confirmation: str | None, error: type[HarnessError]
) -> None:
    """Exit code 2, and no cluster is asked."""
    config = written(tmp_path / "config", text("https://dev.example", context="dev"))
    broken = written(tmp_path / "more", text(context="broken").replace('"cluster": "c"', '"cluster": "gone"'))
    options = ExistingOptions(context=context, confirmation=confirmation)
    with pytest.raises(error) as refused:
        ExistingChoice.of(options, {"KUBECONFIG": f"{config}:{broken}"})
    assert refused.value.exit_code == 2


def test_a_cluster_that_fits_is_only_looked_at(tmp_path: Path, api: WholeCluster) -> None:
    """And the chart's values are given back."""
    chart = chosen(api).check(with_files(tmp_path), Speed(1))
    assert chart.prometheus.scrape_interval.seconds == 30
    assert api.requests
    assert not api.changes


def test_the_times_of_the_prometheus_that_is_there_are_given_back(tmp_path: Path, api: WholeCluster) -> None:
    """No speed divides its lookback, nor how often it scrapes others."""
    own = selecting(query={"lookbackDelta": "10s"}, scrapeInterval="15s")
    monitoring(api, "Prometheus", "monitoring/k8s", own)
    settings = chosen(api).check(with_files(tmp_path), Speed(4)).prometheus
    assert (str(settings.lookback), str(settings.others_interval)) == ("10s", "15s")
    assert settings.scrape_interval.seconds == 30


def _somebodys(api: WholeCluster) -> None:
    api.put(NAMESPACE, {})


def _strange(api: WholeCluster) -> None:
    api.labelled(NAMESPACE, ALLOWED)
    api.put(DEPLOYMENT, {})


def _unpermitted(api: WholeCluster) -> None:
    api.refused.add(("create", "namespaces"))


def _unselected(api: WholeCluster) -> None:
    monitoring(api, "Prometheus", "monitoring/k8s", {})


@pytest.mark.parametrize(
    ("plant", "error"),
    [
        (_somebodys, NotAllowedError),
        (_strange, ConflictsError),
        (_unpermitted, NotPermittedError),
        (_unselected, NoMonitoringError),
    ],
)
def test_what_can_be_known_is_refused(
    tmp_path: Path, api: WholeCluster, plant: Callable[[WholeCluster], None], error: type[HarnessError]
) -> None:
    """Exit code 2, and nothing was changed."""
    plant(api)
    with pytest.raises(error) as refused:
        chosen(api).check(with_files(tmp_path), Speed(1))
    assert refused.value.exit_code == 2
    assert not api.changes


@pytest.mark.parametrize(
    "asked", [AskedMonitoring(prometheus=Asked(url=NOWHERE)), AskedMonitoring(alertmanager=Asked(url=NOWHERE))]
)
def test_a_url_where_nobody_answers_is_told_at_once(tmp_path: Path, asked: AskedMonitoring) -> None:
    """Not after everything was installed."""
    with pytest.raises(UnreachableError, match=NOWHERE):
        chosen(WholeCluster(), asked).check(with_files(tmp_path), Speed(1))


def test_a_speed_that_the_rules_do_not_bear_is_refused_first(tmp_path: Path, api: WholeCluster) -> None:
    """Before the cluster is asked anything."""
    with pytest.raises(HarnessError, match="too high"):
        chosen(api).check(with_files(tmp_path), Speed(10_000))
    assert not api.requests


def test_the_stack_is_built_and_asks_nothing(tmp_path: Path, api: WholeCluster) -> None:
    """It looks when it comes up."""
    stack = chosen(api).stack(with_files(tmp_path), Speed(1), Progress(), SWEEP)
    assert isinstance(stack, ClusterStack)
    assert not api.requests


def test_no_dashboard_is_brought_to_somebodys_grafana() -> None:
    """That is known before anything is started."""
    assert "--stack kind with --grafana" in chosen(WholeCluster()).cannot[Capability.GRAFANA]
