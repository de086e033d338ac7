"""An installation at a speed: the chart that is read from the values with this laid over them."""

from typing import Any

import pytest

from harness.core.duration import PromDuration
from harness.core.operator.alertmanager_config import alertmanager_config
from harness.core.operator.chart import Chart
from harness.core.operator.chart_at_speed import values_at
from harness.core.operator.manifest import Manifest
from harness.core.operator.routing_at_speed import base_at
from harness.core.rules.speed import Speed
from harness.tests.core.operator.sample import chart

_SPEED = Speed(15)
_NOTIFY: dict[str, Any] = {"receiver_url": "http://receiver/", "receiver_token": "secret"}


def laid(values: object = None, *, speed: Speed = _SPEED) -> Manifest:
    """What is laid over these values."""
    return values_at(chart(values), speed, floor=PromDuration(500), cadvisor_floor=PromDuration(1_000), **_NOTIFY)


def at(values: object = None, *, speed: Speed = _SPEED) -> Chart:
    """The chart at a speed."""
    return chart(values).laid_over(laid(values, speed=speed))


def state_metrics(**monitor: object) -> dict[str, object]:
    """Values of the monitor of kube-state-metrics."""
    return {"kube-state-metrics": {"prometheus": {"monitor": monitor}}}


def test_prometheus_s_intervals_are_divided() -> None:
    """The timeout is real time, cut at the interval."""
    spec = {"scrapeInterval": "1m", "scrapeTimeout": "20s", "evaluationInterval": "30s"}
    settings = at({"prometheus": {"prometheusSpec": spec}}).prometheus
    assert [str(settings.scrape_interval), str(settings.scrape_timeout)] == ["4s", "4s"]
    assert str(settings.evaluation_interval) == "2s"


@pytest.mark.parametrize(
    ("values", "cadvisor", "state"),
    [
        (None, ("1s", "1s"), ("2s", "2s")),
        ({"kubelet": {"serviceMonitor": {"interval": "45s"}}}, ("3s", "3s"), ("2s", "2s")),
        ({"kubelet": {"serviceMonitor": {"cAdvisorInterval": ""}}}, ("2s", "2s"), ("2s", "2s")),
        (state_metrics(interval="1m", scrapeTimeout="3s"), ("1s", "1s"), ("4s", "3s")),
        (state_metrics(interval="1h", http={"interval": "1m", "scrapeTimeout": "3s"}), ("1s", "1s"), ("4s", "3s")),
    ],
    ids=["the chart's", "the kubelet's", "Prometheus's", "its own", "its own of http, which wins"],
)
def test_the_chart_s_own_jobs_are_scraped_on_the_clock(
    values: object, cadvisor: tuple[str, str], state: tuple[str, str]
) -> None:
    """Whatever says how often; what says nothing goes by Prometheus's own interval."""
    made = at(values)
    for job, times in ((made.cadvisor, cadvisor), (made.kube_state_metrics, state)):
        assert job is not None
        assert (str(job.interval), str(job.timeout)) == times


def test_floors_hold() -> None:
    """However high the speed, nothing is scraped or evaluated more often than the place can."""
    made = at(speed=Speed(1_000))
    settings = made.prometheus
    lengths = {settings.scrape_interval, settings.scrape_timeout, settings.evaluation_interval}
    assert made.cadvisor is not None
    assert made.kube_state_metrics is not None
    assert {*lengths, made.kube_state_metrics.interval} == {PromDuration(500)}
    assert made.cadvisor.interval == PromDuration(1_000)


def test_alertmanager_s_configuration_is_the_one_at_the_speed() -> None:
    """Whatever stood there in its place is gone."""
    pager = {"name": "pager", "pagerduty_configs": [{"routing_key": "x"}]}
    route = {"group_wait": "1m", "routes": [{"receiver": "pager", "group_wait": "30s"}]}
    values = {"alertmanager": {"config": {"route": route, "receivers": [{"name": "null"}, pager]}}}
    assert alertmanager_config(at(values), ()) == base_at(chart(values), _SPEED, **_NOTIFY)


def test_old_style_intervals_are_not_defined_twice() -> None:
    """They become time intervals; the old list is deleted, which Helm would otherwise merge back in."""
    interval = {"name": "n", "time_intervals": []}
    base = at({"alertmanager": {"config": {"mute_time_intervals": [interval]}}}).alertmanager.base
    assert base.at("time_intervals").yaml() == [interval]
    assert "mute_time_intervals" not in base.names()


def test_what_the_values_switch_off_stays_off() -> None:
    """Nothing is said about jobs that the subject's installation does not have."""
    assert laid({"kubelet": {"enabled": False}, "kubeStateMetrics": {"enabled": False}}).keys() == {
        "prometheus",
        "alertmanager",
    }


def test_what_the_values_delete_stays_deleted() -> None:
    """A default that is taken away does not come back with the speed."""
    values = {"alertmanager": {"alertmanagerSpec": {"alertmanagerConfigNamespaceSelector": None}}}
    assert at(values).alertmanager.config_namespaces is None
