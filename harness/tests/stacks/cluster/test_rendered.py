"""What is read from a rendered chart: every image that its pods take, the names, the clocks, and Grafana."""

import pytest

from harness.core.errors import MisuseError
from harness.stacks.cluster.rendered import Rendered
from harness.tests.stacks.cluster.chart_text import ALERTMANAGER, CHART, GRAFANA, OPERATOR, PROMETHEUS


def test_the_images_are_those_of_the_pods() -> None:
    """Hooks and the operator's sidecar too, each once; neither what somebody's text calls an image, nor Thanos."""
    assert Rendered.read(CHART).images == (
        "registry/first:1",
        "quay.io/operator:v0.85.0",
        "quay.io/reloader:v0.85.0",
        "quay.io/prometheus:v3.6.0",
        "quay.io/alertmanager:v0.31.1",
        "registry/certgen:v1",
    )


def test_names_and_clocks_are_the_objects() -> None:
    """Whatever values gave them."""
    found = Rendered.read(CHART)
    assert (found.prometheus, found.alertmanager) == ("kps-prometheus", "kps-alertmanager")
    assert [found.scrape.seconds, found.evaluation.seconds, found.resend.seconds] == [1, 2, 3]


def test_clocks_that_nobody_set_are_the_operators_and_prometheus_own() -> None:
    """The CRD's 30 s, and the flag's minute."""
    bare = PROMETHEUS.partition("  scrapeInterval")[0]
    found = Rendered.read(bare + ALERTMANAGER)
    assert [found.scrape.seconds, found.evaluation.seconds, found.resend.seconds] == [30, 30, 60]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (OPERATOR + ALERTMANAGER, "no objects of the kind Prometheus"),
        (OPERATOR + PROMETHEUS, "no objects of the kind Alertmanager"),
        (CHART + PROMETHEUS, "2 objects of the kind Prometheus"),
        ("", "no objects of the kind Prometheus"),
    ],
    ids=["no Prometheus", "no Alertmanager", "two", "nothing"],
)
def test_one_of_each_is_needed(text: str, count: str) -> None:
    """Otherwise nobody knows whom to ask."""
    with pytest.raises(MisuseError, match=count):
        Rendered.read(text)


@pytest.mark.parametrize("version", ["v0.28.1", "0.28.0"])
def test_an_alertmanager_that_would_not_start_is_refused(version: str) -> None:
    """Whoever's values named it; the chart's own default is one."""
    with pytest.raises(MisuseError, match=f"Alertmanager {version} cannot be put at a speed") as caught:
        Rendered.read(CHART.replace("version: v0.31.1", f"version: {version}"))
    assert "--dispatch.maintenance-interval, which came with 0.29" in caught.value.why


@pytest.mark.parametrize("version", ["v0.29.0", "v1.0.0", "main", ""])
def test_an_alertmanager_that_may_start_is_tried(version: str) -> None:
    """Also one whose version nobody can read."""
    text = CHART.replace("version: v0.31.1", f"version: '{version}'")
    assert Rendered.read(text).alertmanager == "kps-alertmanager"


def test_grafana_is_found_by_its_service() -> None:
    """By the label of its chart, among other Services and beside one without an address; with its images."""
    found = Rendered.read(CHART + GRAFANA)
    assert (found.grafana, found.grafana_port) == ("kps-grafana", 80)
    assert {"docker.io/grafana:12.2.0", "quay.io/k8s-sidecar:1.30.10"} <= set(found.images)


def test_without_grafana_there_is_none() -> None:
    """It is off unless somebody asks for it."""
    found = Rendered.read(CHART)
    assert (found.grafana, found.grafana_port) == ("", 0)
