"""The plain way installs kinds before objects of them, and waits for what the operator makes of those."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from harness.clients.kubernetes import Json, KubeApi
from harness.core.marks import RUN_LABEL
from harness.core.operator.chart import Chart
from harness.core.rules.speed import Speed
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.plain import PlainMonitoring
from harness.stacks.cluster.waits import Waits
from harness.stacks.run import Run
from harness.stacks.scrape_profile import KIND
from harness.tests.faults.fake_api import FakeApi
from harness.tests.stacks.cluster.installed import subject_values
from harness.toolchain import Progress, Settings
from harness.toolchain.module_files import OPERATOR_CRDS
from harness.waiting import WaitTimeoutError

_DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_PLURALS = (
    "alertmanagers",
    "prometheuses",
    "probes",
    *(f"others{number}" for number in range(OPERATOR_CRDS.count - 3)),
)
_APPS = "/apis/apps/v1/namespaces/monitoring"
_WORKLOADS = (
    "deployments/prometheus-kube-prometheus-operator",
    "statefulsets/prometheus-prometheus-kube-prometheus-prometheus",
    "statefulsets/alertmanager-prometheus-kube-prometheus-alertmanager",
)


def definition(*, served: bool) -> Json:
    """A custom resource definition, as the API server tells it."""
    conditions = [{"type": "NamesAccepted", "status": "True"}, {"type": "Established", "status": str(served)}]
    return {"spec": {"group": "monitoring.coreos.com"}, "status": {"conditions": conditions}}


@pytest.fixture
def monitoring(tmp_path: Path) -> PlainMonitoring:
    """That of the default subject, with definitions that say nothing."""
    for plural in _PLURALS:
        (tmp_path / f"monitoring.coreos.com_{plural}.yaml").write_text(json.dumps({"kind": plural}))
    environment = {"HOME": str(tmp_path), OPERATOR_CRDS.setting: str(tmp_path)}
    return PlainMonitoring(
        chart=Chart.read(subject_values(), release="prometheus", namespace="monitoring"),
        traits=KIND,
        progress=Progress(),
        settings=Settings.of(environment, machine="x86_64"),
    )


class Applied:
    """What is applied, time after time; the API server knows what it was given."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.times: list[list[Json]] = []
        #: which of the definitions, by their plurals
        self.serves: Callable[[str], bool] = lambda _: True

    def __call__(self, _kubectl: Path, _kubeconfig: Path, manifests: str, **_env: object) -> None:
        self.times.append([json.loads(one) for one in manifests.split("\n---\n")])
        if len(self.times) == 1:
            for plural in _PLURALS:
                path = f"{_DEFINITIONS}/{plural}.monitoring.coreos.com"
                self.api.put(path, definition(served=self.serves(plural)))


@pytest.fixture
def applied() -> Applied:
    """Nothing yet."""
    return Applied()


@pytest.fixture
def site(applied: Applied) -> Site:
    """A new run's, on a cluster that knows nothing yet."""
    return Site(
        run=Run.create(),
        kubectl=Path("/kubectl"),
        kubeconfig=Path("/kubeconfig"),
        api=cast("KubeApi", applied.api),
        receiver_token="secret",  # noqa: S106 - of an invented receiver
        receiver_service="receiver",
        receiver_port=9094,
        apply_with=applied,
    )


def test_kinds_come_before_objects_of_them(monitoring: PlainMonitoring, site: Site, applied: Applied) -> None:
    """All definitions at once, then all objects, marked with the run."""
    monitoring.install(site, Speed(15))
    kinds, objects = applied.times
    assert sorted(one["kind"] for one in kinds) == sorted(_PLURALS)
    assert {"Prometheus", "Alertmanager", "Deployment"} <= {one["kind"] for one in objects}
    assert {one["metadata"]["labels"][RUN_LABEL] for one in objects} == {site.run.id}


def test_the_chart_s_own_receivers_are_the_harness_s(monitoring: PlainMonitoring, site: Site, applied: Applied) -> None:
    """With its token, at the address that is good inside of the cluster."""
    receivers = [{"name": "r", "webhook_configs": [{"url": "http://somebody/"}]}]
    values = {"alertmanager": {"config": {"route": {"receiver": "r", "routes": []}, "receivers": receivers}}}
    chart = Chart.read(values, release="prometheus", namespace="monitoring")
    replace(monitoring, chart=chart).install(site, Speed(15))
    text = json.dumps(applied.times[1])
    assert site.receiver_url in text
    assert site.receiver_token in text
    assert "http://somebody/" not in text


def test_objects_wait_until_each_kind_is_served(monitoring: PlainMonitoring, site: Site, applied: Applied) -> None:
    """Each by its name: as many others of the operator's do not make up for one; it is named."""
    applied.serves = lambda plural: plural != "probes"
    for number in range(OPERATOR_CRDS.count):
        applied.api.put(f"{_DEFINITIONS}/more{number}.monitoring.coreos.com", definition(served=True))
    with pytest.raises(WaitTimeoutError, match="the operator's kinds") as caught:
        monitoring.install(replace(site, waits=Waits(kinds_s=0.0)), Speed(15))
    assert caught.value.why == "last seen: not served yet: probes.monitoring.coreos.com"
    assert len(applied.times) == 1


def test_everything_ready_is_there_at_its_clocks(monitoring: PlainMonitoring, site: Site) -> None:
    """Pods by their names, ports as they listen, and seconds of the clock at this speed."""
    for path in _WORKLOADS:
        status = {"readyReplicas": 1, "updatedReplicas": 1}
        cast("FakeApi", site.api).put(f"{_APPS}/{path}", {"spec": {"replicas": 1}, "status": status})
    found = monitoring.wait(site, Speed(15))
    assert (found.prometheus, found.prometheus_port) == (f"pod/{_WORKLOADS[1].partition('/')[2]}-0", 9090)
    assert (found.alertmanager, found.alertmanager_port) == (f"pod/{_WORKLOADS[2].partition('/')[2]}-0", 9093)
    assert (found.namespace, found.scrape_s, found.evaluation_s, found.resend_s) == ("monitoring", 2.0, 2.0, 4.0)
    assert monitoring.wait(site, Speed(1_000)).scrape_s == KIND.floor.seconds


@pytest.mark.parametrize("missing", _WORKLOADS)
def test_what_is_not_ready_is_named(monitoring: PlainMonitoring, site: Site, missing: str) -> None:
    """Operator, Prometheus or Alertmanager; also one that the operator has not made yet."""
    for path in set(_WORKLOADS) - {missing}:
        status = {"readyReplicas": 1, "updatedReplicas": 1}
        cast("FakeApi", site.api).put(f"{_APPS}/{path}", {"spec": {"replicas": 1}, "status": status})
    with pytest.raises(WaitTimeoutError) as caught:
        monitoring.wait(replace(site, waits=Waits(pods_s=0.0)), Speed(15))
    assert caught.value.why == f"last seen: {missing.partition('/')[2]} is not there yet"
    assert "docker pull" in caught.value.fix


def test_all_images_are_known_before(monitoring: PlainMonitoring) -> None:
    """Those of operator, reloader, Prometheus and Alertmanager, for a node that reaches no registry."""
    assert [name.rpartition("/")[2].partition(":")[0] for name in monitoring.images()] == [
        "prometheus-operator",
        "prometheus-config-reloader",
        "prometheus",
        "alertmanager",
    ]
