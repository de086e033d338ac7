"""The chart's installation: the subject's values, then the speed's, then the user's; and what is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest

from harness.clients.kubernetes import KubeApi
from harness.core.errors import MisuseError
from harness.core.marks import RUN_MARK
from harness.core.operator.chart import Chart
from harness.core.operator.reading import Field
from harness.core.rules.speed import Speed
from harness.stacks.checked import chart_values
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.cluster.helm import HelmMonitoring
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.monitored import Monitored
from harness.stacks.cluster.waits import Waits
from harness.stacks.command import CommandFailedError
from harness.stacks.run import Run
from harness.stacks.scrape_profile import KIND
from harness.subject_reader import read_subject
from harness.tests.stacks.cluster.chart_text import CHART, GRAFANA, PROMETHEUS
from harness.tests.stacks.cluster.fake_helm import FakeHelm
from harness.toolchain import Progress
from harness.waiting import WaitTimeoutError

_SUBJECT, _ = read_subject(Path(__file__).parents[4] / "monitoring" / "subject.yaml")
_VALUES = str(_SUBJECT.files.chart_values)
_SPEED = Speed(30)
_ONE_LOOK = Waits(pods_s=0.0)
_PAGER = """
prometheus: {prometheusSpec: {scrapeInterval: 1m}}
alertmanager:
  config:
    route: {receiver: pager}
    receivers:
      - name: "null"
      - name: pager
        pagerduty_configs: [{routing_key: x}]
"""


@dataclass
class Cluster:
    """What stands in for an API server: the StatefulSets of a namespace, all ready, and Deployments that are not."""

    stateful_sets: list[str] = field(default_factory=list)
    starting: list[str] = field(default_factory=list)

    def items(self, path: str) -> list[dict[str, Any]]:
        """Those objects."""
        ready, late = {"readyReplicas": 1, "updatedReplicas": 1}, dict[str, int]()
        kinds = {"statefulsets": (self.stateful_sets, ready), "deployments": (self.starting, late)}
        names, status = kinds.get(path.removeprefix("/apis/apps/v1/namespaces/monitoring/"), ([], late))
        return [{"metadata": {"name": name}, "spec": {"replicas": 1}, "status": status} for name in names]


@pytest.fixture
def helm(tmp_path: Path) -> FakeHelm:
    """One whose chart has one of everything."""
    return FakeHelm.at(tmp_path / "helm", rendered=CHART)


def monitoring(helm: FakeHelm, options: ChartOptions | None = None, *, values: Path | None = None) -> HelmMonitoring:
    """The default subject's installation, or one with other values."""
    files = replace(_SUBJECT.files, chart_values=values or _SUBJECT.files.chart_values)
    subject = replace(_SUBJECT, files=files)
    return HelmMonitoring(
        subject=subject,
        chart=Chart.read(chart_values(subject), release=subject.release, namespace="monitoring"),
        traits=KIND,
        progress=Progress(),
        options=options or ChartOptions(),
        settings=helm.settings(),
    )


def site(cluster: Cluster | None = None) -> Site:
    """A cluster, and a run on it."""
    run = Run.create()
    return Site(
        run=run,
        kubectl=Path("/no/kubectl"),
        kubeconfig=run.directory / "kubeconfig",
        api=cast("KubeApi", cluster or Cluster()),
        receiver_token="secret",  # noqa: S106 - of an invented receiver
        receiver_service="receiver",
        receiver_port=9094,
    )


def laid_over(call: Mapping[str, Any]) -> Field:
    """The values that were written for a command."""
    (made,) = call["values"]
    return Field("", made)


def test_the_chart_is_installed_as_documented(helm: FakeHelm, tmp_path: Path) -> None:
    """The release and namespace of the documentation, from the kept archive; the last file of values wins."""
    mine = tmp_path / "mine.yaml"
    mine.touch()
    place = site()
    monitoring(helm, ChartOptions(values=(mine,))).install(place, _SPEED)
    (words,) = helm.asked("upgrade")
    (archive,) = (helm.settings().cache / "charts").glob("*/*.tgz")
    over = place.run.directory / "secrets" / "chart-overrides.json"
    assert words == [
        *("--install", "prometheus", str(archive), "--namespace", "monitoring"),
        *("--values", _VALUES, "--values", str(over), "--values", str(mine)),
        *("--create-namespace", "--hide-notes", "--timeout", "600s"),
    ]


def test_what_is_laid_over_is_the_runs(helm: FakeHelm, tmp_path: Path) -> None:
    """Its speed, and its receiver with the token, which only this user can read."""
    own = tmp_path / "own.yaml"
    own.write_text(_PAGER)
    place = site()
    monitoring(helm, values=own).install(place, _SPEED)
    made = laid_over(helm.calls[-1])
    assert made.at("prometheus", "prometheusSpec", "scrapeInterval").text() == "2s"
    (_, pager) = made.at("alertmanager", "config", "receivers").items()
    (webhook,) = pager.at("webhook_configs").items()
    assert webhook.at("url").text() == f"{place.receiver_url}pager?destination=pagerduty-1&send_resolved=true"
    assert webhook.at("http_config", "authorization", "credentials").text() == "secret"
    over = place.run.directory / "secrets" / "chart-overrides.json"
    assert over.stat().st_mode & 0o777 == 0o600
    assert made.at("grafana").content == {"enabled": False}


def test_grafana_comes_if_it_is_asked_for(helm: FakeHelm) -> None:
    """With room for the subject's dashboard and none of the chart's."""
    monitoring(helm, ChartOptions(grafana=True)).install(site(), _SPEED)
    grafana = laid_over(helm.calls[-1]).at("grafana")
    assert grafana.at("enabled").flag()
    assert not grafana.at("defaultDashboardsEnabled").flag()


def test_installing_is_the_runs_and_on_its_cluster(helm: FakeHelm) -> None:
    """Helm's state lies in the run's directory and goes with it."""
    place = site()
    monitoring(helm).install(place, _SPEED)
    found = helm.calls[-1]["env"]
    assert found[RUN_MARK] == place.run.id
    assert found["KUBECONFIG"] == str(place.kubeconfig)
    assert Path(found["HELM_CONFIG_HOME"]).is_relative_to(place.run.directory)


def test_an_installation_that_fails_is_told_in_helms_words(helm: FakeHelm) -> None:
    """With the files to try it by hand."""
    helm.fails("upgrade", "Error: failed pre-install: timed out waiting for the condition")
    with pytest.raises(CommandFailedError, match="cannot be installed") as caught:
        monitoring(helm).install(site(), _SPEED)
    assert caught.value.why.endswith("timed out waiting for the condition")
    assert _VALUES in caught.value.fix


def test_the_images_are_known_before_there_is_a_cluster(helm: FakeHelm) -> None:
    """Rendered with the values of the installation and without a cluster; tests of the chart are no part of it."""
    images = monitoring(helm).images()
    assert {"quay.io/prometheus:v3.6.0", "quay.io/reloader:v0.85.0", "registry/certgen:v1"} <= set(images)
    (words,) = helm.asked("template")
    assert "--skip-tests" in words
    assert words[words.index("--values") + 1] == _VALUES
    call = helm.calls[-1]
    assert call["env"]["KUBECONFIG"] == "/dev/null"
    assert laid_over(call).at("defaultRules", "create").content is False
    assert not Path(call["env"]["HELM_CONFIG_HOME"]).parent.exists()


def test_what_rendering_takes_goes_with_its_run(helm: FakeHelm) -> None:
    """Whoever is killed meanwhile leaves neither Helm nor its files."""
    run = Run.create()
    monitoring(helm).images(run)
    env = helm.calls[-1]["env"]
    assert Path(env["HELM_CONFIG_HOME"]).is_relative_to(run.temporary)
    assert env[RUN_MARK] == run.id


def test_values_that_the_chart_refuses_are_refused_before_there_is_a_cluster(helm: FakeHelm, tmp_path: Path) -> None:
    """All files that can be the reason are named."""
    mine = tmp_path / "mine.yaml"
    mine.touch()
    helm.fails("template", "Error: YAML parse error on kube-prometheus-stack/templates/prometheus/prometheus.yaml")
    with pytest.raises(CommandFailedError, match="cannot be rendered with these values") as caught:
        _ = monitoring(helm, ChartOptions(values=(mine,))).images()
    assert "YAML parse error" in caught.value.why
    assert caught.value.fix.startswith(f"correct {_VALUES}, {mine}")


def test_what_is_there_is_told_by_the_release(helm: FakeHelm) -> None:
    """Names of pods, and the clocks that are in force, also where a user's own values changed them."""
    helm.renders(CHART.replace("scrapeInterval: 1s", "scrapeInterval: 5s"))
    place = site(Cluster(["prometheus-kps-prometheus", "alertmanager-kps-alertmanager"]))
    assert monitoring(helm).wait(place, _SPEED) == Monitored(
        namespace="monitoring",
        prometheus="pod/prometheus-kps-prometheus-0",
        prometheus_port=9090,
        alertmanager="pod/alertmanager-kps-alertmanager-0",
        alertmanager_port=9093,
        scrape_s=5,
        evaluation_s=2,
        resend_s=3,
    )
    assert helm.asked("get") == [["manifest", "prometheus", "--namespace", "monitoring"]]
    assert helm.calls[-1]["env"]["KUBECONFIG"] == str(place.kubeconfig)


def test_what_the_operator_has_not_made_is_waited_for(helm: FakeHelm) -> None:
    """An object of the operator's is no pod yet."""
    with pytest.raises(WaitTimeoutError) as caught:
        monitoring(helm).wait(replace(site(Cluster(["prometheus-kps-prometheus"])), waits=_ONE_LOOK), _SPEED)
    assert "alertmanager-kps-alertmanager is not there yet" in caught.value.why
    assert "docker pull" in caught.value.fix


def test_a_chart_that_tells_nobody_is_refused(helm: FakeHelm) -> None:
    """Before there is a cluster, too."""
    helm.renders(PROMETHEUS)
    with pytest.raises(MisuseError, match="no objects of the kind Alertmanager"):
        _ = monitoring(helm).images()


def test_grafana_is_where_its_service_is(helm: FakeHelm) -> None:
    """Only where the release has one."""
    place = site(Cluster(["prometheus-kps-prometheus", "alertmanager-kps-alertmanager"]))
    assert monitoring(helm).wait(place, _SPEED).grafana == ""
    helm.renders(CHART + GRAFANA)
    found = monitoring(helm).wait(place, _SPEED)
    assert (found.grafana, found.grafana_port) == ("svc/kps-grafana", 80)


def test_grafana_is_waited_for(helm: FakeHelm) -> None:
    """It is a Deployment of the release, which is there since Helm is done."""
    helm.renders(CHART + GRAFANA)
    cluster = Cluster(["prometheus-kps-prometheus", "alertmanager-kps-alertmanager"], ["kps-grafana"])
    with pytest.raises(WaitTimeoutError) as caught:
        monitoring(helm).wait(replace(site(cluster), waits=_ONE_LOOK), _SPEED)
    assert "kps-grafana: 0 of 1 ready" in caught.value.why
