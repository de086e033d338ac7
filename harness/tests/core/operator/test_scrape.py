"""Scrape jobs: the operator's content and order, and the two rules of our own at the end."""

from typing import Any

import pytest

from harness.core.operator.reading import Field, ShapeError
from harness.core.operator.relabel import relabelings
from harness.core.operator.scrape import monitor_jobs, node_job
from harness.tests.core.operator.sample import PLACE, chart, endpoint, monitor, read


def job(document: object, values: object = None) -> Any:
    """The one job of a monitor."""
    (made,) = monitor_jobs(read(document), chart(values).prometheus, PLACE)
    return made


def rules(document: object, values: object = None) -> list[Any]:
    """The relabelings of the one job of a monitor."""
    return list(job(document, values)["relabel_configs"])


def test_times_are_the_objects_own() -> None:
    """As it says them; what it leaves out is `global`'s."""
    times = {"scrape_interval": "1h", "scrape_timeout": "20s"}
    made = job(endpoint(port="m", interval="1h", scrapeTimeout="20s"))
    assert times.items() <= made.items()
    for key, name in (("interval", "scrape_interval"), ("scrapeTimeout", "scrape_timeout")):
        made = job(endpoint(port="m", **{key: "15s"}))
        assert {one: made[one] for one in times if one in made} == {name: "15s"}
    assert not times.keys() & job(endpoint(port="m")).keys()


def test_namespaces_default_to_the_monitors_own() -> None:
    """Own namespace, named ones, or all of them."""

    def discovery(**selector: object) -> Any:
        return job(monitor(namespaceSelector=selector))["kubernetes_sd_configs"][0].get("namespaces")

    assert discovery() == {"names": ["shop"]}
    assert discovery(matchNames=["a", "b"]) == {"names": ["a", "b"]}
    assert discovery(any=True) is None


def test_the_selector_becomes_relabelings() -> None:
    """Every relation of a selector is compared with the label's presence, since an absent label reads as empty."""
    expressions = [
        {"key": "t", "operator": "In", "values": ["a", "b"]},
        {"key": "t", "operator": "NotIn", "values": ["c"]},
        {"key": "x.y/z", "operator": "Exists"},
        {"key": "no", "operator": "DoesNotExist"},
    ]
    prefix = "__meta_kubernetes_service_label"
    assert rules(monitor(selector={"matchExpressions": expressions}))[1:5] == [
        {"action": "keep", "source_labels": [f"{prefix}_t", f"{prefix}present_t"], "regex": "(a|b);true"},
        {"action": "drop", "source_labels": [f"{prefix}_t", f"{prefix}present_t"], "regex": "(c);true"},
        {"action": "keep", "source_labels": [f"{prefix}present_x_y_z"], "regex": "true"},
        {"action": "drop", "source_labels": [f"{prefix}present_no"], "regex": "true"},
    ]


@pytest.mark.parametrize(
    ("port", "source", "regex"),
    [
        ({"port": "m"}, "endpoint_port_name", "m"),
        ({"targetPort": "m"}, "pod_container_port_name", "m"),
        ({"targetPort": 8080}, "pod_container_port_number", "8080"),
    ],
)
def test_ports_are_chosen_by_name_or_number(port: dict[str, object], source: str, regex: str) -> None:
    """The port is kept by its name or number, and becomes the label `endpoint`."""
    made = rules(endpoint(**port))
    assert {"action": "keep", "source_labels": [f"__meta_kubernetes_{source}"], "regex": regex} in made
    assert {"target_label": "endpoint", "replacement": regex} in made


def test_without_a_port_all_are_scraped() -> None:
    """No port named: no port rule and no `endpoint` label."""
    assert not any(one.get("target_label") == "endpoint" for one in rules(endpoint(path="/metrics")))


def test_endpoint_slices_are_used_if_the_values_say_so() -> None:
    """The discovery role changes role and meta labels alike."""
    made = job(monitor(), {"prometheus": {"prometheusSpec": {"serviceDiscoveryRole": "EndpointSlice"}}})
    assert made["kubernetes_sd_configs"][0]["role"] == "endpointslice"
    assert "__meta_kubernetes_endpointslice_port_name" in str(made["relabel_configs"])
    assert "__meta_kubernetes_endpoint_" not in str(made["relabel_configs"])


def test_labels_are_copied_from_service_and_pod() -> None:
    """targetLabels, podTargetLabels of monitor and values, jobLabel."""
    made = rules(
        monitor(targetLabels=["a.b"], podTargetLabels=["p"], jobLabel="j"),
        {"prometheus": {"prometheusSpec": {"podTargetLabels": ["q"]}}},
    )
    copied = {(one["source_labels"][0], one["target_label"]) for one in made if one.get("regex") == "(.+)"}
    assert copied == {
        ("__meta_kubernetes_service_label_a_b", "a_b"),
        ("__meta_kubernetes_pod_label_p", "p"),
        ("__meta_kubernetes_pod_label_q", "q"),
        ("__meta_kubernetes_service_label_j", "job"),
    }


def test_ended_pods_are_dropped_unless_asked_for() -> None:
    """Only running pods are scraped by default."""
    assert "(Failed|Succeeded)" in str(rules(monitor()))
    assert "(Failed|Succeeded)" not in str(rules(endpoint(port="m", filterRunning=False)))


def test_the_monitors_own_relabelings_come_after_the_operators() -> None:
    """They see the labels the operator made; only sharding and the loopback mapping follow."""
    own = {"sourceLabels": ["pod"], "targetLabel": "instance", "replacement": "", "separator": ""}
    made = rules(endpoint(port="m", relabelings=[own]))
    assert made[-6] == {"source_labels": ["pod"], "target_label": "instance", "replacement": "", "separator": ""}
    assert [one["target_label"] for one in made[-2:]] == ["instance", "__address__"]


def test_everything_else_is_passed_on() -> None:
    """Paths, parameters, switches, limits, protocols and metric relabelings."""
    document = monitor(
        endpoints=[
            {
                "port": "m",
                "path": "/m",
                "scheme": "http",
                "params": {"a": ["b"]},
                "honorLabels": True,
                "honorTimestamps": False,
                "trackTimestampsStaleness": True,
                "followRedirects": False,
                "enableHttp2": True,
                "metricRelabelings": [{"sourceLabels": ["__name__"], "regex": "go_.*", "action": "Drop"}],
            }
        ],
        sampleLimit=10,
        attachMetadata={"node": True},
        scrapeProtocols=["PrometheusText0.0.4"],
        fallbackScrapeProtocol="PrometheusText0.0.4",
        bodySizeLimit="1MB",
    )
    made = job(document)
    assert made["kubernetes_sd_configs"][0]["attach_metadata"] == {"node": True}
    expected = {
        "metrics_path": "/m",
        "scheme": "http",
        "params": {"a": ["b"]},
        "honor_labels": True,
        "honor_timestamps": False,
        "track_timestamps_staleness": True,
        "follow_redirects": False,
        "enable_http2": True,
        "sample_limit": 10,
        "scrape_protocols": ["PrometheusText0.0.4"],
        "fallback_scrape_protocol": "PrometheusText0.0.4",
        "body_size_limit": "1MB",
        "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": "go_.*", "action": "drop"}],
    }
    assert {key: made[key] for key in expected} == expected


def test_the_charts_relabelings_apply_to_the_node() -> None:
    """The default drops are there; without rules there are no empty lists."""
    made = chart()
    assert made.cadvisor is not None
    assert made.kube_state_metrics is not None
    cadvisor: Any = node_job(made.cadvisor, "/metrics/cadvisor", PLACE)
    assert "container_spec.*" in str(cadvisor["metric_relabel_configs"])
    assert cadvisor["static_configs"][0]["labels"]["node"] == "node-1"
    state: Any = node_job(made.kube_state_metrics, "/metrics/kube-state-metrics", PLACE)
    assert "node" not in state["static_configs"][0]["labels"]
    assert not {"relabel_configs", "metric_relabel_configs", "honor_timestamps"} & set(state)


@pytest.mark.parametrize(
    ("relabeling", "words"),
    [
        ({"action": "explode"}, "must be one of"),
        ({"sourceLabels": ["a"]}, "targetLabel is missing"),
        ({"targetLabel": "1-2"}, "no label name"),
        ({"action": "hashmod", "targetLabel": "a"}, "modulus is missing"),
        ({"action": "drop", "regex": "(a"}, "no regular expression"),
        ({"action": "drop", "source_labels": ["a"]}, "is not known here"),
    ],
)
def test_relabelings_the_operator_refuses_are_refused(relabeling: object, words: str) -> None:
    """One wrong relabeling would keep Prometheus from loading anything."""
    with pytest.raises(ShapeError, match=words):
        relabelings(Field("r", [relabeling]))


def test_gos_own_regular_expressions_are_left_to_prometheus() -> None:
    """What Python cannot judge is not refused."""
    field = Field("r", [{"action": "drop", "regex": r"\pL+"}, {"action": "hashmod", "modulus": 2, "targetLabel": "a"}])
    assert relabelings(field) == [
        {"action": "drop", "regex": r"\pL+"},
        {"action": "hashmod", "modulus": 2, "target_label": "a"},
    ]
