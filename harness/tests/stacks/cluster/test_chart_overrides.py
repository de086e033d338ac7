"""The chart at a speed: what is laid over a subject's values."""

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Field
from harness.core.timing_flags import TimingFlags
from harness.stacks.cluster import timing
from harness.stacks.cluster.chart_overrides import overrides
from harness.tests.stacks.cluster.installed import FLOOR, SPEED, at_speed, subject_values, text_of


def read(values: object) -> Chart:
    """The chart with these values."""
    return Chart.read(values, release="prometheus", namespace="monitoring")


def laid(values: object = None, *, grafana: bool = False) -> Field:
    """What is laid over these values."""
    chart = read(values)
    return Field("", overrides(chart, at_speed(chart), TimingFlags.at(SPEED, FLOOR), grafana=grafana))


def test_the_subjects_overrides_are_these(snapshot: SnapshotAssertion) -> None:
    """For the default subject at speed 15, word for word."""
    assert text_of([laid(subject_values()).yaml()]) == snapshot


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


def test_what_the_values_switch_off_stays_off() -> None:
    """Nothing is said about jobs that the subject's installation does not have."""
    made = laid({"kubelet": {"enabled": False}, "kubeStateMetrics": {"enabled": False}})
    assert not {"kubelet", "kube-state-metrics"} & set(made.names())


def test_grafana_is_off_unless_asked_for() -> None:
    """Then with none of the chart's dashboards, and unscraped."""
    assert laid().at("grafana").content == {"enabled": False}
    grafana = laid(grafana=True).at("grafana")
    assert grafana.at("enabled").flag()
    assert not grafana.at("defaultDashboardsEnabled").flag()
    assert not grafana.at("serviceMonitor", "enabled").flag()
