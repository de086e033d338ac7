"""The plain installation: the chart's names, selectors and routing, at a speed, and with few rights."""

import json

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.core.errors import MisuseError
from harness.core.operator.installation import Installation
from harness.core.operator.reading import Field
from harness.core.operator.selector import LabelSelector
from harness.core.rules.speed import Speed
from harness.stacks.cluster.monitoring import MonitoringImages, monitoring_objects
from harness.tests.stacks.cluster.installed import SPEED, found, plan, subject_values, text_of

_NAME = "prometheus-kube-prometheus"
_SELECTING = {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "In", "values": ["d", "e"]}]}


def prometheus_values(**fields: object) -> dict[str, object]:
    """Values of Prometheus."""
    return {"prometheus": {"prometheusSpec": fields}}


def kubelet_values(**fields: object) -> dict[str, object]:
    """Values of the kubelet's monitor."""
    return {"kubelet": {"serviceMonitor": fields}}


def cadvisor(values: object = None, *, speed: Speed = SPEED, installation: Installation = Installation.CHART) -> Field:
    """The endpoint of the kubelet's monitor."""
    monitor = found("ServiceMonitor", plan(values, speed=speed, installation=installation))
    (endpoint,) = monitor.at("spec", "endpoints").items()
    return endpoint


def arguments(values: object = None) -> tuple[str, ...]:
    """The operator's command line."""
    (container,) = found("Deployment", plan(values)).at("spec", "template", "spec", "containers").items()
    return container.at("args").texts()


def test_the_subjects_installation_is_this(snapshot: SnapshotAssertion) -> None:
    """All objects for the default subject at speed 15, in order, word for word."""
    assert text_of(monitoring_objects(plan(subject_values()))) == snapshot


def test_everything_carries_the_run() -> None:
    """Each object, the pods of each, and what the operator makes by itself."""
    run = {"kubemirror-harness/run": "r1"}
    objects = [Field("", one) for one in monitoring_objects(plan())]
    labels = [one.at("metadata", "labels").text_map() for one in objects]
    labels += [
        found(kind, plan()).at("spec", "podMetadata", "labels").text_map() for kind in ("Prometheus", "Alertmanager")
    ]
    labels.append(found("Deployment", plan()).at("spec", "template", "metadata", "labels").text_map())
    assert all(run.items() <= one.items() for one in labels)
    assert "--labels=kubemirror-harness/run=r1" in arguments()


def test_no_object_replaces_another() -> None:
    """Kind, namespace and name are each object's own, also where the kubelet's Service is in the same namespace."""
    for values in (None, {"kubelet": {"namespace": "monitoring"}}):
        roots = [Field("", one) for one in monitoring_objects(plan(values))]
        identities = [
            (one.at("kind").text(), *(one.at("metadata", key).text() for key in ("namespace", "name"))) for one in roots
        ]
        assert len(set(identities)) == len(identities)


def test_the_names_are_the_charts() -> None:
    """Prometheus puts namespace and name of its object on everything; the release decides both."""
    assert found("Prometheus", plan()).at("metadata", "name").text() == f"{_NAME}-prometheus"
    assert found("Alertmanager", plan()).at("metadata", "name").text() == f"{_NAME}-alertmanager"
    assert (
        found("Prometheus", plan(release="kps")).at("metadata", "name").text() == "kps-kube-prometheus-stack-prometheus"
    )


def test_every_clock_of_prometheus_is_divided() -> None:
    """Intervals down to the floor; the timeout is cut at the interval; and the three clocks of its flags."""
    spec = found("Prometheus", plan(prometheus_values(evaluationInterval="1m"), speed=Speed(60))).at("spec")
    times = [spec.at(key).text() for key in ("scrapeInterval", "scrapeTimeout", "evaluationInterval")]
    assert times == ["500ms", "500ms", "1s"]
    assert spec.at("query", "lookbackDelta").text() == "5s"
    assert spec.at("rules", "alert").text_map() == {
        "resendDelay": "1s",
        "forGracePeriod": "10s",
        "forOutageTolerance": "1m",
    }
    assert found("Prometheus", plan(speed=Speed(600))).at("spec", "rules", "alert", "resendDelay").text() == "500ms"


def test_selectors_are_the_values() -> None:
    """What is selected in an installation is what the values select."""
    values = prometheus_values(ruleSelector=_SELECTING, ruleNamespaceSelector={"matchLabels": {"t": "1"}})
    spec = found("Prometheus", plan(values)).at("spec")
    assert spec.at("ruleSelector").yaml() == _SELECTING
    assert spec.at("ruleNamespaceSelector").yaml() == {"matchLabels": {"t": "1"}}
    assert spec.at("serviceMonitorSelector").yaml() == {"matchLabels": {"release": "prometheus"}}
    assert spec.at("serviceMonitorNamespaceSelector").yaml() == {}


def test_labels_and_discovery_are_the_values() -> None:
    """External labels, the names of the operator's own two, targets' labels, and where targets are looked up."""
    values = prometheus_values(
        externalLabels={"cluster": "c"},
        prometheusExternalLabelName="prom",
        replicaExternalLabelNameClear=True,
        podTargetLabels=["team"],
        serviceDiscoveryRole="EndpointSlice",
    )
    spec = found("Prometheus", plan(values)).at("spec")
    assert spec.at("externalLabels").text_map() == {"cluster": "c"}
    names = [spec.at(key).text() for key in ("prometheusExternalLabelName", "replicaExternalLabelName")]
    assert names == ["prom", ""]
    assert spec.at("podTargetLabels").texts() == ("team",)
    assert spec.at("serviceDiscoveryRole").text() == "EndpointSlice"
    assert {"--kubelet-endpoints=false", "--kubelet-endpointslice=true"} <= set(arguments(values))


def test_alertmanager_gets_the_charts_routing_at_the_speed() -> None:
    """Times divided, every destination the receiver's; the rest is the operator's to add."""
    values = {
        "alertmanager": {
            "config": {"receivers": [{"name": "null"}, {"name": "pager", "pagerduty_configs": [{"routing_key": "x"}]}]}
        }
    }
    text = found("Secret", plan(values)).at("stringData", "alertmanager.yaml").text()
    config = Field("", json.loads(text))
    assert config.at("route", "group_interval").text() == "20s"
    (_, pager) = config.at("receivers").items()
    (webhook,) = pager.at("webhook_configs").items()
    assert webhook.at("url").text() == "http://receiver:9094/notify/pager?destination=pagerduty-1&send_resolved=true"
    assert webhook.at("http_config", "authorization", "credentials").text() == "secret"
    assert "routing_key" not in text


def test_alertmanager_selects_as_the_values_say() -> None:
    """An absent namespace selector means Alertmanager's own namespace, an empty one all: the two are told apart."""
    fields = {
        "alertmanagerConfigSelector": _SELECTING,
        "alertmanagerConfigNamespaceSelector": None,
        "alertmanagerConfigMatcherStrategy": {"type": "None"},
    }
    spec = found("Alertmanager", plan({"alertmanager": {"alertmanagerSpec": fields}})).at("spec")
    assert spec.at("alertmanagerConfigSelector").yaml() == _SELECTING
    assert "alertmanagerConfigNamespaceSelector" not in spec.names()
    assert spec.at("alertmanagerConfigMatcherStrategy", "type").text() == "None"
    assert found("Alertmanager", plan()).at("spec", "alertmanagerConfigNamespaceSelector").content == {}


def test_prometheus_finds_alertmanager_by_its_service() -> None:
    """Name, namespace and port of the alerting are those of the Service, whose port is the pods'."""
    (target,) = found("Prometheus", plan()).at("spec", "alerting", "alertmanagers").items()
    service = found("Service", plan(), name=target.at("name").text())
    (port,) = service.at("spec", "ports").items()
    assert service.at("metadata", "namespace").text() == target.at("namespace").text()
    port_name = found("Alertmanager", plan()).at("spec", "portName").text()
    assert port.at("name").text() == target.at("port").text() == port.at("targetPort").text() == port_name


def test_without_alertmanager_nobody_is_told() -> None:
    """Switched off in the values, it is neither installed nor sent to."""
    off = plan({"alertmanager": {"enabled": False}})
    assert not found("Prometheus", off).at("spec", "alerting").present
    kinds = [Field("", one).at("kind").text() for one in monitoring_objects(off)]
    assert not {"Alertmanager", "Secret"} & set(kinds)


@pytest.mark.parametrize(
    ("values", "speed", "times"),
    [
        (None, 5, ("2s", "2s")),
        (None, 15, ("1s", "1s")),
        (kubelet_values(interval="1m", scrapeTimeout="3s"), 15, ("4s", "3s")),
        (kubelet_values(cAdvisorInterval=""), 15, ("2s", "2s")),
    ],
    ids=["divided", "floor", "its own", "Prometheus's"],
)
def test_cadvisor_is_scraped_on_the_clock(values: object, speed: float, times: tuple[str, str]) -> None:
    """Down to a floor of its own: it has nothing new to say more often."""
    endpoint = cadvisor(values, speed=Speed(speed))
    assert (endpoint.at("interval").text(), endpoint.at("scrapeTimeout").text()) == times


def test_the_kubelet_may_be_scraped_over_http() -> None:
    """No credentials are sent in the clear, and timestamps follow their own switch."""
    endpoint = cadvisor(kubelet_values(https=False, trackTimestampsStaleness=False, honorTimestamps=False))
    assert (endpoint.at("scheme").text(), endpoint.at("port").text()) == ("http", "http-metrics")
    assert not endpoint.at("bearerTokenFile").present
    assert not endpoint.at("tlsConfig").present
    assert (endpoint.at("honorTimestamps").flag(), endpoint.at("trackTimestampsStaleness").flag()) == (False, False)


def test_the_kubelets_monitor_is_selected() -> None:
    """Whatever labels the values' selector asks for."""
    values = prometheus_values(serviceMonitorSelector=_SELECTING)
    labels = found("ServiceMonitor", plan(values)).at("metadata", "labels").text_map()
    assert plan(values).chart.prometheus.monitor_selector.mismatch(labels) is None


def test_limits_of_cadvisor_are_kept_without_the_chart() -> None:
    """Only the one relabeling that drops them goes: nobody else tells them."""
    dropped = [one.at("regex").text() for one in cadvisor().at("metricRelabelings").items()]
    kept = [
        one.at("regex").text() for one in cadvisor(installation=Installation.OPERATOR).at("metricRelabelings").items()
    ]
    assert "container_spec.*" in dropped
    assert kept == [regex for regex in dropped if regex != "container_spec.*"]


def test_relabelings_that_the_values_take_away_are_away() -> None:
    """Empty lists are not written."""
    endpoint = cadvisor(kubelet_values(cAdvisorRelabelings=[], cAdvisorMetricRelabelings=None))
    assert not {"relabelings", "metricRelabelings"} & set(endpoint.names())


def test_without_cadvisor_the_kubelet_is_left_alone() -> None:
    """No monitor, no Service of the kubelet, no rights in its namespace."""
    values = kubelet_values(cAdvisor=False)
    kinds = [Field("", one).at("kind").text() for one in monitoring_objects(plan(values))]
    assert "ServiceMonitor" not in kinds
    assert kinds.count("Role") == 1
    assert not any(argument.startswith("--kubelet") for argument in arguments(values))


def test_the_operator_writes_in_its_own_namespace_only() -> None:
    """Across the cluster it reads, and tells of events."""
    for role in ("operator", "prometheus"):
        for rule in found("ClusterRole", plan(), name=f"{_NAME}-{role}").at("rules").items():
            if rule.at("resources").texts() != ("events",):
                assert set(rule.at("verbs").texts()) <= {"get", "list", "watch"}
    assert "--prometheus-instance-namespaces=monitoring" in arguments()


def test_versions_are_read_from_the_images() -> None:
    """The operator derives flags from them, so they must be what runs."""
    images = MonitoringImages(prometheus="registry:5000/p:v3.1.2@sha256:0", alertmanager="am:0.30.0")
    assert (images.prometheus_version, images.alertmanager_version) == ("v3.1.2", "0.30.0")


@pytest.mark.parametrize("image", ["registry:5000/p", "p:latest", "p@sha256:0"])
def test_an_image_without_a_version_is_refused(image: str) -> None:
    """No version is guessed from a tag that is none."""
    with pytest.raises(MisuseError, match="cannot be used"):
        _ = MonitoringImages(prometheus=image).prometheus_version


@pytest.mark.parametrize(
    "selector",
    [
        {},
        {"matchLabels": {"a": "b"}},
        _SELECTING,
        {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
    ],
    ids=["everything", "labels", "both", "present"],
)
def test_selectors_are_written_as_read(selector: object) -> None:
    """There and back; and labels can be given that they take."""
    read = LabelSelector.read(Field("", selector))
    assert read.written() == selector
    assert read.mismatch(read.satisfying()) is None
