"""The chart's values: merged as Helm merges, defaults as the chart has them."""

import pytest

from harness.core.duration import PromDuration
from harness.core.operator.chart import Chart, Strategy
from harness.core.operator.installation import Installation
from harness.core.operator.prometheus_config import external_labels
from harness.core.operator.reading import ShapeError
from harness.core.operator.selector import LabelSelector
from harness.tests.core.operator.sample import chart


def spec(**fields: object) -> dict[str, object]:
    """Values of Prometheus."""
    return {"prometheus": {"prometheusSpec": fields}}


def test_defaults_are_the_charts() -> None:
    """An empty values file is the default install."""
    made = chart()
    assert made.prometheus.scrape_interval == made.prometheus.evaluation_interval == PromDuration(30_000)
    assert made.prometheus.scrape_timeout == PromDuration(10_000)
    assert made.prometheus.discovery_role == "endpoints"
    assert made.prometheus.rule_selector == LabelSelector(labels={"release": "prometheus"})
    assert made.prometheus.rule_namespaces == LabelSelector()
    assert made.alertmanager.config_namespaces == LabelSelector()
    assert made.alertmanager.strategy is Strategy.ON_NAMESPACE
    assert made.cadvisor is not None
    assert made.cadvisor.interval == PromDuration(10_000)
    assert made.cadvisor.service == "prometheus-kube-prometheus-kubelet"
    assert made.kube_state_metrics is not None
    assert made.kube_state_metrics.service == "prometheus-kube-state-metrics"


@pytest.mark.parametrize(
    ("values", "release", "name"),
    [
        (None, "prometheus", "monitoring/prometheus-kube-prometheus-prometheus"),
        (None, "kube-prometheus-stack", "monitoring/kube-prometheus-stack-prometheus"),
        ({"fullnameOverride": "kps"}, "r", "monitoring/kps-prometheus"),
        ({"nameOverride": "mon", "cleanPrometheusOperatorObjectNames": True}, "r", "monitoring/r-mon"),
    ],
)
def test_names_are_the_charts(values: object, release: str, name: str) -> None:
    """The name of the Prometheus object, which is a label on everything, follows the chart's template."""
    assert external_labels(chart(values, release))["prometheus"] == name


def test_external_labels_can_be_renamed_cleared_and_added() -> None:
    """The operator's own two labels win over the values', and can be taken away."""
    made = chart(
        spec(
            externalLabels={"cluster": "c", "prom": "mine"},
            prometheusExternalLabelName="prom",
            replicaExternalLabelNameClear=True,
        )
    )
    assert external_labels(made) == {"cluster": "c", "prom": "monitoring/prometheus-kube-prometheus-prometheus"}


def test_null_removes_a_default_and_lists_replace() -> None:
    """Helm: mappings merge, lists replace, null deletes."""
    made = chart({"kubelet": {"serviceMonitor": {"cAdvisorMetricRelabelings": None, "cAdvisorRelabelings": []}}})
    assert made.cadvisor is not None
    assert not made.cadvisor.metric_relabelings.present
    assert list(made.cadvisor.relabelings.items()) == []


@pytest.mark.parametrize(
    "values",
    [
        {"kubelet": {"enabled": False}},
        {"kubelet": {"serviceMonitor": {"cAdvisor": False}}},
        {"kubernetesServiceMonitors": {"enabled": False}},
    ],
)
def test_cadvisor_can_be_switched_off(values: object) -> None:
    """Each of the chart's switches takes the job away."""
    assert chart(values).cadvisor is None


def test_kube_state_metrics_can_be_switched_off() -> None:
    """Without it, the job is gone."""
    assert chart({"kubeStateMetrics": {"enabled": False}}).kube_state_metrics is None


_OWN = {"sourceLabels": ["__name__"], "action": "drop", "regex": "container_tasks.*"}
_LIMITS = {"sourceLabels": ["__name__"], "action": "drop", "regex": "container_spec_(cpu|memory).*"}


def test_without_the_chart_limits_come_from_cadvisor() -> None:
    """There is no kube-state-metrics; of the relabelings, the chart's or one's own, only what drops them goes."""
    made = chart(installation=Installation.OPERATOR)
    assert made.kube_state_metrics is None
    assert chart().cadvisor is not None
    assert _regexes(made) == [regex for regex in _regexes(chart()) if regex != "container_spec.*"]
    values = {"kubelet": {"serviceMonitor": {"cAdvisorMetricRelabelings": [_OWN, _LIMITS]}}}
    assert _regexes(chart(values)) == [_OWN["regex"], _LIMITS["regex"]]
    assert _regexes(chart(values, installation=Installation.OPERATOR)) == [_OWN["regex"]]
    labelled = {**_LIMITS, "sourceLabels": ["__name__", "pod"]}
    values = {"kubelet": {"serviceMonitor": {"cAdvisorMetricRelabelings": [labelled, {**_LIMITS, "action": "keep"}]}}}
    assert len(_regexes(chart(values, installation=Installation.OPERATOR))) == 2
    assert chart({"kubelet": {"enabled": False}}, installation=Installation.OPERATOR).cadvisor is None


def _regexes(made: Chart) -> list[str]:
    assert made.cadvisor is not None
    return [one.at("regex").text() for one in made.cadvisor.metric_relabelings.items()]


def test_the_kubelet_may_be_scraped_over_http() -> None:
    """The endpoint label follows the scheme; without staleness tracking, timestamps follow their own switch."""
    made = chart({"kubelet": {"serviceMonitor": {"https": False, "trackTimestampsStaleness": False}}})
    assert made.cadvisor is not None
    assert (made.cadvisor.endpoint, made.cadvisor.honor_timestamps) == ("http-metrics", True)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (spec(scrapeTimeout="1m"), "longer than the scrape interval"),
        (spec(scrapeInterval="soon"), "no duration"),
        (spec(serviceDiscoveryRole="Pod"), "must be Endpoints or EndpointSlice"),
        (spec(scrapeClasses=[{"name": "a"}]), "is not translated"),
        (
            {"alertmanager": {"alertmanagerSpec": {"alertmanagerConfigMatcherStrategy": {"type": "X"}}}},
            "must be one of",
        ),
        ({"prometheus": 5}, "must be a mapping"),
        ([], "must be a mapping"),
    ],
)
def test_values_that_cannot_be_followed_are_refused(values: object, words: str) -> None:
    """Nothing in the values is silently ignored if it changes what is scraped or told."""
    with pytest.raises(ShapeError, match=words):
        chart(values)


@pytest.mark.parametrize(
    ("given", "kept", "size"),
    [
        ({}, PromDuration(10 * 86_400_000), ""),
        ({"retention": "3d"}, PromDuration(3 * 86_400_000), ""),
        ({"retention": ""}, PromDuration(86_400_000), ""),
        ({"retention": "", "retentionSize": "5GB"}, None, "5GB"),
        ({"retention": "7d", "retentionSize": "5GB"}, PromDuration(7 * 86_400_000), "5GB"),
    ],
    ids=["the chart's", "its own", "the operator's", "by size", "by both"],
)
def test_samples_are_kept_for_as_long_as_the_operator_says_then(
    given: dict[str, object], kept: PromDuration | None, size: str
) -> None:
    """An empty time with a size is no time at all."""
    made = chart(spec(**given)).prometheus
    assert (made.retention, made.retention_size) == (kept, size)
