"""The chart at a speed: what is laid over a subject's values."""

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.core.operator.alertmanager_config import alertmanager_config
from harness.core.operator.chart import Chart, _merged
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field, ShapeError
from harness.core.operator.routing_at_speed import routing_place
from harness.core.rules.speed import Speed
from harness.stacks.cluster import timing
from harness.stacks.cluster.chart_overrides import overrides
from harness.tests.stacks.cluster.installed import CADVISOR_FLOOR, FLOOR, RECEIVER_URL, SPEED, subject_values, text_of


def read(values: object) -> Chart:
    """The chart with these values."""
    return Chart.read(values, release="prometheus", namespace="monitoring")


def laid(values: object = None, *, speed: Speed = SPEED) -> Field:
    """What is laid over these values."""
    made: Manifest = overrides(
        read(values), speed, floor=FLOOR, cadvisor_floor=CADVISOR_FLOOR, receiver_url=RECEIVER_URL, values=values
    )
    return Field("", made)


def test_the_subjects_overrides_are_these(snapshot: SnapshotAssertion) -> None:
    """For the default subject at speed 15, word for word."""
    assert text_of([laid(subject_values()).yaml()]) == snapshot


def test_the_chart_read_back_is_at_the_speed() -> None:
    """Laid over the values, the settings that the harness itself reads are the divided ones."""
    values = {
        "prometheus": {"prometheusSpec": {"scrapeInterval": "1m", "scrapeTimeout": "20s"}},
        "kubelet": {"serviceMonitor": {"interval": "45s"}},
    }
    made = laid(values)
    spec = made.at("prometheus", "prometheusSpec")
    # what only Helm and the operator understand is left out: the harness refuses it in a subject's values
    times = {key: spec.at(key).text() for key in ("scrapeInterval", "scrapeTimeout", "evaluationInterval")}
    over = {
        "prometheus": {"prometheusSpec": times},
        **{key: made.at(key).yaml() for key in ("kubelet", "alertmanager")},
    }
    both = _merged(values, over)
    chart = read(both)
    assert [str(chart.prometheus.scrape_interval), str(chart.prometheus.scrape_timeout)] == ["4s", "4s"]
    assert str(chart.prometheus.evaluation_interval) == "2s"
    assert chart.cadvisor is not None
    assert [str(chart.cadvisor.interval), str(chart.cadvisor.timeout)] == ["3s", "3s"]
    again = alertmanager_config(chart, (), routing_place(Speed(1), RECEIVER_URL))
    assert again == alertmanager_config(read(values), (), routing_place(SPEED, RECEIVER_URL))


def test_floors_hold() -> None:
    """However high the speed, nothing is scraped or evaluated more often than the place can."""
    made = laid(speed=Speed(1_000))
    spec = made.at("prometheus", "prometheusSpec")
    assert {spec.at(key).text() for key in ("scrapeInterval", "scrapeTimeout", "evaluationInterval")} == {"500ms"}
    assert made.at("kubelet", "serviceMonitor", "cAdvisorInterval").text() == "1s"
    state = made.at("kube-state-metrics", "prometheus", "monitor", "http")
    assert state.text_map() == {"interval": "500ms", "scrapeTimeout": "500ms"}


def test_arguments_of_the_values_stay() -> None:
    """Helm replaces lists as a whole, so the subject's own are repeated."""
    own = {"name": "a", "value": "b"}
    values = {
        "prometheus": {"prometheusSpec": {"additionalArgs": [own]}},
        "alertmanager": {"alertmanagerSpec": {"additionalArgs": [own]}},
    }
    for path in (("prometheus", "prometheusSpec"), ("alertmanager", "alertmanagerSpec")):
        first, *added = laid(values).at(*path, "additionalArgs").items()
        assert first.yaml() == own
        assert added


def test_alertmanager_is_one_that_knows_its_arguments() -> None:
    """The chart's own is v0.28.1, which ends at once with an argument that it does not know."""
    tag = laid().at("alertmanager", "alertmanagerSpec", "image", "tag").text()
    major, minor = tag.removeprefix("v").split(".")[:2]
    assert (int(major), int(minor)) >= timing.ALERTMANAGER_SINCE


@pytest.mark.parametrize("own", [{"tag": "v0.30.0"}, {"sha": "0" * 64}], ids=["tag", "digest"])
def test_an_alertmanager_of_the_values_stays(own: Manifest) -> None:
    """Theirs is under test."""
    assert (
        "image"
        not in laid({"alertmanager": {"alertmanagerSpec": {"image": own}}})
        .at("alertmanager", "alertmanagerSpec")
        .names()
    )


def test_old_style_intervals_are_not_defined_twice() -> None:
    """They become time intervals; the old list is deleted, which Helm would otherwise merge back in."""
    interval = {"name": "n", "time_intervals": []}
    config = laid({"alertmanager": {"config": {"mute_time_intervals": [interval]}}}).at("alertmanager", "config")
    assert config.at("time_intervals").yaml() == [interval]
    assert "mute_time_intervals" in config.names()
    assert not config.at("mute_time_intervals").present


def test_what_the_values_switch_off_stays_off() -> None:
    """Nothing is said about jobs that the subject's installation does not have."""
    made = laid({"kubelet": {"enabled": False}, "kubeStateMetrics": {"enabled": False}})
    assert not {"kubelet", "kube-state-metrics"} & set(made.names())


def test_routing_that_would_be_refused_is_refused() -> None:
    """Snapshot Helm is asked to install it."""
    with pytest.raises(ShapeError, match="no list of integrations"):
        laid({"alertmanager": {"config": {"receivers": [{"name": "null", "slack": []}]}}})


def test_grafana_is_off_unless_asked_for() -> None:
    """Then with none of the chart's dashboards, and unscraped."""
    assert laid().at("grafana").content == {"enabled": False}
    made = overrides(
        read(None), SPEED, floor=FLOOR, cadvisor_floor=CADVISOR_FLOOR, receiver_url=RECEIVER_URL, grafana=True
    )
    grafana = Field("", made).at("grafana")
    assert grafana.at("enabled").flag()
    assert not grafana.at("defaultDashboardsEnabled").flag()
    assert not grafana.at("serviceMonitor", "enabled").flag()
