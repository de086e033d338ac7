"""Scrape jobs: one per endpoint of a ServiceMonitor, and the chart's own two that this stack's node serves.

Follows generateServiceMonitorConfig of
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/prometheus/promcfg.go in content and order.
Two rules are ours: a pod's address is mapped to the loopback address it listens on, and `instance` is set first, so
that it shows the pod's address as on a cluster.
"""

from collections.abc import Iterator

from harness.core.duration import PromDuration
from harness.core.operator.chart import NodeJob, PrometheusSettings
from harness.core.operator.place import Place
from harness.core.operator.reading import Custom, Field, ShapeError, Yaml
from harness.core.operator.relabel import relabelings, sanitized
from harness.core.operator.selector import LabelSelector, Operator

_MONITOR_KEYS = (
    *("selector", "endpoints", "namespaceSelector", "jobLabel", "targetLabels", "podTargetLabels", "attachMetadata"),
    *("sampleLimit", "targetLimit", "labelLimit", "labelNameLengthLimit", "labelValueLengthLimit"),
    *("keepDroppedTargets", "scrapeProtocols", "fallbackScrapeProtocol", "bodySizeLimit"),
)
_ENDPOINT_KEYS = (
    *("port", "targetPort", "path", "scheme", "params", "interval", "scrapeTimeout", "honorLabels", "honorTimestamps"),
    *("trackTimestampsStaleness", "relabelings", "metricRelabelings", "filterRunning", "followRedirects"),
    "enableHttp2",
)
_LIMITS = {
    "sampleLimit": "sample_limit",
    "targetLimit": "target_limit",
    "labelLimit": "label_limit",
    "labelNameLengthLimit": "label_name_length_limit",
    "labelValueLengthLimit": "label_value_length_limit",
    "keepDroppedTargets": "keep_dropped_targets",
}


def monitor_jobs(monitor: Custom, settings: PrometheusSettings, place: Place) -> list[Yaml]:
    """The scrape jobs of one ServiceMonitor.

    Raises:
        ShapeError: the operator would refuse it, or it needs a feature this stack does not have (credentials).
    """
    spec = monitor.spec
    spec.only(_MONITOR_KEYS)
    if not spec.at("selector").present:
        raise ShapeError(spec.at("selector").path, "is missing")
    selector = LabelSelector.read(spec.at("selector"))
    return [
        {
            "job_name": f"serviceMonitor/{monitor.namespace}/{monitor.name}/{index}",
            **_honored(endpoint),
            "kubernetes_sd_configs": [_discovery(monitor, settings, place)],
            **_endpoint_times(endpoint, settings),
            **_request(endpoint),
            "relabel_configs": [
                *_target_rules(spec, selector, endpoint, settings),
                *relabelings(endpoint.at("relabelings")),
                *_sharding(),
                *_loopback(),
            ],
            **_limits(spec),
            **_metric_rules(endpoint.at("metricRelabelings")),
        }
        for index, endpoint in enumerate(_endpoints(spec))
    ]


def node_job(job: NodeJob, path: str, place: Place) -> Yaml:
    """A job of the chart at the node's own address, with the target labels it has on a cluster."""
    target = {"job": job.job, "namespace": job.namespace, "service": job.service, "endpoint": job.endpoint}
    # the kubelet's target is a Node, kube-state-metrics's a Pod
    target |= {"node": place.node_name} if job.job == "kubelet" else {"container": job.job}
    fields: dict[str, Yaml] = {"job_name": f"chart/{job.job}{path}", "honor_labels": job.honor_labels}
    if job.honor_timestamps is not None:
        fields["honor_timestamps"] = job.honor_timestamps
    if job.track_staleness is not None:
        fields["track_timestamps_staleness"] = job.track_staleness
    fields |= _times(job.interval, job.timeout)
    fields["metrics_path"] = path
    fields["static_configs"] = [{"targets": [place.node_metrics_address], "labels": target}]
    if rules := relabelings(job.relabelings):
        fields["relabel_configs"] = rules
    return {**fields, **_metric_rules(job.metric_relabelings)}


def _endpoints(spec: Field) -> Iterator[Field]:
    for endpoint in spec.at("endpoints").items():
        endpoint.only(_ENDPOINT_KEYS)
        yield endpoint


def _honored(endpoint: Field) -> dict[str, Yaml]:
    names = {"honorTimestamps": "honor_timestamps", "trackTimestampsStaleness": "track_timestamps_staleness"}
    given = {name: endpoint.at(key).flag() for key, name in names.items() if endpoint.at(key).present}
    return {"honor_labels": endpoint.at("honorLabels").flag(), **given}


def _request(endpoint: Field) -> dict[str, Yaml]:
    verbatim = {"path": "metrics_path", "params": "params", "scheme": "scheme"}
    flags = {"followRedirects": "follow_redirects", "enableHttp2": "enable_http2"}
    return {
        **{name: endpoint.at(key).yaml() for key, name in verbatim.items() if endpoint.at(key).filled},
        **{name: endpoint.at(key).flag() for key, name in flags.items() if endpoint.at(key).present},
    }


def _metric_rules(source: Field) -> dict[str, Yaml]:
    rules = relabelings(source)
    return {"metric_relabel_configs": rules} if rules else {}


def _limits(spec: Field) -> dict[str, Yaml]:
    fields: dict[str, Yaml] = {name: spec.at(key).integer() for key, name in _LIMITS.items() if spec.at(key).present}
    if protocols := spec.at("scrapeProtocols").texts():
        fields["scrape_protocols"] = list(protocols)
    if fallback := spec.at("fallbackScrapeProtocol").text():
        fields["fallback_scrape_protocol"] = fallback
    if spec.at("bodySizeLimit").text() not in ("", "0"):
        fields["body_size_limit"] = spec.at("bodySizeLimit").text()
    return fields


def _discovery(monitor: Custom, settings: PrometheusSettings, place: Place) -> Yaml:
    namespaces = monitor.spec.at("namespaceSelector")
    namespaces.only(("any", "matchNames"))
    fields: dict[str, Yaml] = {"role": settings.discovery_role, "kubeconfig_file": place.kubeconfig_file}
    if not namespaces.at("any").flag():
        fields["namespaces"] = {"names": list(namespaces.at("matchNames").texts() or (monitor.namespace,))}
    if monitor.spec.at("attachMetadata").present:
        fields["attach_metadata"] = {"node": monitor.spec.at("attachMetadata", "node").flag()}
    return fields


def _endpoint_times(endpoint: Field, settings: PrometheusSettings) -> dict[str, Yaml]:
    interval, timeout = endpoint.at("interval").duration(), endpoint.at("scrapeTimeout").duration()
    if timeout is not None and timeout > (interval or settings.scrape_interval):
        raise ShapeError(
            endpoint.at("scrapeTimeout").path,
            f"is {timeout}, longer than the scrape interval {interval or settings.scrape_interval}",
        )
    return _times(interval, timeout)


def _times(interval: PromDuration | None, timeout: PromDuration | None) -> dict[str, Yaml]:
    """What is left out Prometheus takes from `global`, a timeout cut at the job's own interval."""
    given = {"scrape_interval": interval, "scrape_timeout": timeout}
    return {name: str(length) for name, length in given.items() if length is not None}


def _target_rules(spec: Field, selector: LabelSelector, endpoint: Field, settings: PrometheusSettings) -> list[Yaml]:
    meta, role = "__meta_kubernetes", "endpointslice" if settings.discovery_role == "endpointslice" else "endpoint"
    target: Yaml = [f"{meta}_{role}_address_target_kind", f"{meta}_{role}_address_target_name"]
    port = endpoint.at("port").text()
    target_port = endpoint.at("targetPort")
    rules: list[Yaml] = [{"source_labels": ["job"], "target_label": "__tmp_prometheus_job_name"}, *_selected(selector)]
    if port:
        rules.append({"action": "keep", "source_labels": [f"{meta}_{role}_port_name"], "regex": port})
    elif target_port.present:
        kind = "number" if isinstance(target_port.content, int) else "name"
        port = str(target_port.integer()) if kind == "number" else target_port.text()
        rules.append({"action": "keep", "source_labels": [f"{meta}_pod_container_port_{kind}"], "regex": port})
    rules += [
        {
            "source_labels": target,
            "separator": ";",
            "regex": f"{kind};(.*)",
            "replacement": "${1}",
            "target_label": kind.lower(),
        }
        for kind in ("Node", "Pod")
    ]
    rules += [
        {"source_labels": [f"{meta}_{source}"], "target_label": label}
        for source, label in (
            ("namespace", "namespace"),
            ("service_name", "service"),
            ("pod_name", "pod"),
            ("pod_container_name", "container"),
        )
    ]
    if endpoint.at("filterRunning").flag(default=True):
        rules.append({"action": "drop", "source_labels": [f"{meta}_pod_phase"], "regex": "(Failed|Succeeded)"})
    rules += [_copied("service", name, sanitized(name)) for name in spec.at("targetLabels").texts()]
    rules += [
        _copied("pod", name, sanitized(name))
        for name in (*spec.at("podTargetLabels").texts(), *settings.pod_target_labels)
    ]
    rules.append({"source_labels": [f"{meta}_service_name"], "target_label": "job", "replacement": "${1}"})
    if job_label := spec.at("jobLabel").text():
        rules.append(_copied("service", job_label, "job"))
    if port:
        rules.append({"target_label": "endpoint", "replacement": port})
    return rules


def _selected(selector: LabelSelector) -> list[Yaml]:
    """Keeps what the monitor selects; the label's presence is compared too, since an absent label reads as empty."""
    rules: list[Yaml] = [
        {"action": "keep", "source_labels": _label_and_presence(key), "regex": f"({value});true"}
        for key, value in sorted(selector.labels.items())
    ]
    for one in selector.requirements:
        action = "keep" if one.operator in (Operator.IN, Operator.EXISTS) else "drop"
        if one.values:
            regex = f"({'|'.join(one.values)});true"
            rules.append({"action": action, "source_labels": _label_and_presence(one.key), "regex": regex})
        else:
            rules.append({"action": action, "source_labels": [_label_and_presence(one.key)[1]], "regex": "true"})
    return rules


def _label_and_presence(key: str) -> list[str]:
    prefix = "__meta_kubernetes_service_label"
    return [f"{prefix}_{sanitized(key)}", f"{prefix}present_{sanitized(key)}"]


def _copied(source: str, name: str, target: str) -> Yaml:
    return {
        "source_labels": [f"__meta_kubernetes_{source}_label_{sanitized(name)}"],
        "target_label": target,
        "regex": "(.+)",
        "replacement": "${1}",
    }


def _sharding() -> list[Yaml]:
    """The operator's sharding with its one shard: it keeps everything, unless a monitor sets `__tmp_hash` itself."""
    return [
        {
            "source_labels": ["__address__", "__tmp_hash"],
            "target_label": "__tmp_hash",
            "regex": "(.+);",
            "replacement": "$1",
            "action": "replace",
        },
        {"source_labels": ["__tmp_hash"], "target_label": "__tmp_hash", "modulus": 1, "action": "hashmod"},
        {"source_labels": ["__tmp_hash", "__tmp_disable_sharding"], "regex": "0;|.+;.+", "action": "keep"},
    ]


def _loopback() -> list[Yaml]:
    return [
        {
            "source_labels": ["instance", "__address__"],
            "separator": ";",
            "regex": ";(.+)",
            "target_label": "instance",
            "replacement": "${1}",
        },
        {
            "source_labels": ["__address__"],
            "regex": r"198\.(18|19)\.(.+)",
            "target_label": "__address__",
            "replacement": "127.${1}.${2}",
        },
    ]
