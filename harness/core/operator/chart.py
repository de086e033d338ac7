"""The chart's values as the operator gets to see them: merged as Helm merges, read into settings.

Read from a subject's values they are documented ones; on the clock they are with `chart_at_speed` laid over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.duration import PromDuration
from harness.core.operator.chart_defaults import CHART_DEFAULTS
from harness.core.operator.installation import Installation, keeping_limits
from harness.core.operator.reading import Field, ShapeError, Yaml
from harness.core.operator.selector import LabelSelector
from harness.core.rules.speed import LOOKBACK

_NAME = "kube-prometheus-stack"
#: the operator's CRD fills an empty interval with this; Prometheus an empty timeout
_DEFAULT_INTERVAL, _DEFAULT_TIMEOUT = PromDuration(30_000), PromDuration(10_000)
#: where neither a time nor a size is given the operator says so much, by its `defaultRetention`
_DEFAULT_RETENTION = PromDuration(24 * 3_600_000)
#: values whose effect is not translated; set, they are refused rather than ignored
_NOT_TRANSLATED = (
    ("prometheus", "agentMode"),
    ("prometheus", "prometheusSpec", "additionalAlertRelabelConfigs"),
    ("prometheus", "prometheusSpec", "additionalScrapeConfigs"),
    ("prometheus", "prometheusSpec", "additionalConfig"),
    ("prometheus", "prometheusSpec", "enforcedNamespaceLabel"),
    ("prometheus", "prometheusSpec", "ignoreNamespaceSelectors"),
    ("prometheus", "prometheusSpec", "overrideHonorLabels"),
    ("prometheus", "prometheusSpec", "overrideHonorTimestamps"),
    ("prometheus", "prometheusSpec", "scrapeClasses"),
    ("prometheus", "prometheusSpec", "query"),
    ("alertmanager", "tplConfig"),
    ("alertmanager", "alertmanagerSpec", "alertmanagerConfiguration"),
    ("alertmanager", "alertmanagerSpec", "useExistingSecret"),
)


class Strategy(StrEnum):
    """`alertmanagerConfigMatcherStrategy`: which alerts a team's route sees."""

    ON_NAMESPACE = "OnNamespace"
    EXCEPT_FOR_ALERTMANAGER = "OnNamespaceExceptForAlertmanagerNamespace"
    NONE = "None"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusSettings:
    """What the values say about Prometheus."""

    #: `namespace/name` of the Prometheus object, and the name of its one pod
    object_name: str
    pod_name: str
    scrape_interval: PromDuration
    scrape_timeout: PromDuration
    evaluation_interval: PromDuration
    external_labels: Mapping[str, str]
    #: names of the two labels the operator adds; empty if cleared
    prometheus_label: str
    replica_label: str
    pod_target_labels: tuple[str, ...]
    #: kubernetes_sd's role for Services: `endpoints` or `endpointslice`
    discovery_role: str
    rule_selector: LabelSelector
    rule_namespaces: LabelSelector
    monitor_selector: LabelSelector
    monitor_namespaces: LabelSelector
    #: `--query.lookback-delta`
    lookback: PromDuration = LOOKBACK
    #: for how long samples are kept; None where a size alone limits them
    retention: PromDuration | None = None
    #: how much of a disk they may take before the oldest go, `50GB`; empty for any
    retention_size: str = ""
    #: how often what is not the subject's is scraped, on the clock at any speed; None where the speed divides that too
    others_interval: PromDuration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertmanagerSettings:
    """What the values say about Alertmanager."""

    enabled: bool
    #: `alertmanager.config`
    base: Field = field(repr=False)
    config_selector: LabelSelector
    #: None: only Alertmanager's own namespace
    config_namespaces: LabelSelector | None
    strategy: Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeJob:
    """A job of the chart itself that this stack's node serves."""

    #: `kubelet` or `kube-state-metrics`
    job: str
    namespace: str
    service: str
    #: the port's name
    endpoint: str
    #: the chart's settings: intervals, relabelings
    interval: PromDuration | None
    timeout: PromDuration | None
    honor_labels: bool
    honor_timestamps: bool | None
    track_staleness: bool | None
    relabelings: Field
    metric_relabelings: Field


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One installation of the chart, or of the same monitoring without it."""

    release: str
    #: where Prometheus, Alertmanager and the operator run
    namespace: str
    installation: Installation
    #: without the chart's own; may hold a token
    values: Field = field(repr=False)
    prometheus: PrometheusSettings
    alertmanager: AlertmanagerSettings
    #: None where the values switch the job off
    cadvisor: NodeJob | None
    kube_state_metrics: NodeJob | None

    @classmethod
    def read(
        cls, values: object, *, release: str, namespace: str, installation: Installation = Installation.CHART
    ) -> "Chart":
        """Reads a values file's content, None for an empty one, as this kind of installation follows it.

        Raises:
            ShapeError: a value has the wrong type, or an effect that is not translated here.
        """
        own = Field("", {} if values is None else Field("", values).yaml())
        merged = Field("", _merged(CHART_DEFAULTS, own.content))
        for path in _NOT_TRANSLATED:
            if merged.at(*path).filled:
                raise ShapeError(merged.at(*path).path, "is not translated by the embedded stack")
        fullname, plain = _fullname(merged, release), installation is Installation.OPERATOR
        return cls(
            release=release,
            namespace=namespace,
            installation=installation,
            values=own,
            prometheus=_prometheus(merged, release, namespace, fullname),
            alertmanager=_alertmanager(merged),
            cadvisor=_cadvisor(merged, fullname, plain=plain),
            kube_state_metrics=None if plain else _kube_state_metrics(merged, release, namespace),
        )

    def laid_over(self, values: Mapping[str, Yaml]) -> "Chart":
        """The chart with further values; they win.

        Raises:
            ShapeError: as `read`.
        """
        return Chart.read(
            _laid(self.values.content, values),
            release=self.release,
            namespace=self.namespace,
            installation=self.installation,
        )

    def with_configuration(self, config: Mapping[str, Yaml]) -> "Chart":
        """The chart with this as the whole configuration of Alertmanager: of the one that is there nothing stays.

        Raises:
            ShapeError: as `read`.
        """
        there = self.alertmanager.base
        own: dict[str, Yaml] = _deleting(there.names(), config)
        for key in ("global", "route"):
            given = config.get(key)
            own[key] = _deleting(there.at(key).names(), given if isinstance(given, Mapping) else {})
        return self.laid_over({"alertmanager": {"config": own}})


def _deleting(names: Iterable[str], kept: Mapping[str, Yaml]) -> dict[str, Yaml]:
    """The kept values, and a null for each other name."""
    return {**dict.fromkeys(names), **kept}


def _laid(values: object, over: object) -> object:
    """Values with others over them, as Helm takes one file after another: a null stays, to delete a default later."""
    if not isinstance(values, Mapping) or not isinstance(over, Mapping):
        return over
    return {**values, **{key: _laid(values.get(key), value) for key, value in over.items()}}


def _merged(defaults: object, values: object) -> object:
    """Helm's merge: mappings merge by key, everything else replaces, null deletes."""
    if not isinstance(defaults, Mapping) or not isinstance(values, Mapping):
        return values
    kept = {key: value for key, value in defaults.items() if key not in values}
    given = {key: _merged(defaults.get(key), value) for key, value in values.items() if value is not None}
    return kept | given


def _fullname(values: Field, release: str) -> str:
    """The chart's template `kube-prometheus-stack.fullname`."""
    override, name = values.at("fullnameOverride").text(), values.at("nameOverride").text() or _NAME
    full = override or (release if name in release else f"{release}-{name}")
    return full[:26].removesuffix("-")


def _prometheus(values: Field, release: str, namespace: str, fullname: str) -> PrometheusSettings:
    spec = values.at("prometheus", "prometheusSpec")
    name = fullname if values.at("cleanPrometheusOperatorObjectNames").flag() else f"{fullname}-prometheus"
    interval = spec.at("scrapeInterval").duration() or _DEFAULT_INTERVAL
    timeout = spec.at("scrapeTimeout").duration()
    if timeout is not None and timeout > interval:
        raise ShapeError(spec.at("scrapeTimeout").path, f"is {timeout}, longer than the scrape interval {interval}")
    role = spec.at("serviceDiscoveryRole").text() or "Endpoints"
    if role not in ("Endpoints", "EndpointSlice"):
        raise ShapeError(spec.at("serviceDiscoveryRole").path, f"must be Endpoints or EndpointSlice, but is {role!r}")
    return PrometheusSettings(
        object_name=f"{namespace}/{name}",
        pod_name=f"prometheus-{name}-0",
        scrape_interval=interval,
        scrape_timeout=timeout or _DEFAULT_TIMEOUT,
        evaluation_interval=spec.at("evaluationInterval").duration() or _DEFAULT_INTERVAL,
        external_labels=spec.at("externalLabels").text_map(),
        prometheus_label=_label(spec, "prometheusExternalLabelName", "prometheus"),
        replica_label=_label(spec, "replicaExternalLabelName", "prometheus_replica"),
        pod_target_labels=spec.at("podTargetLabels").texts(),
        discovery_role=role.lower(),
        rule_selector=_selector(spec, "ruleSelector", release),
        rule_namespaces=LabelSelector.read(spec.at("ruleNamespaceSelector")),
        monitor_selector=_selector(spec, "serviceMonitorSelector", release),
        monitor_namespaces=LabelSelector.read(spec.at("serviceMonitorNamespaceSelector")),
        retention=_retention(spec),
        retention_size=spec.at("retentionSize").text(),
    )


def _retention(spec: Field) -> PromDuration | None:
    """As the operator makes a flag of it: https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/prometheus/server/statefulset.go."""
    given = spec.at("retention").duration()
    return None if given is None and spec.at("retentionSize").text() else given or _DEFAULT_RETENTION


def _label(spec: Field, key: str, default: str) -> str:
    return "" if spec.at(f"{key}Clear").flag() else spec.at(key).text() or default


def _selector(spec: Field, key: str, release: str) -> LabelSelector:
    """A selector that is empty becomes `release: …`, unless the switch beside it says otherwise."""
    if not spec.at(key).filled and spec.at(f"{key}NilUsesHelmValues").flag():
        return LabelSelector(labels={"release": release})
    return LabelSelector.read(spec.at(key))


def _alertmanager(values: Field) -> AlertmanagerSettings:
    spec = values.at("alertmanager", "alertmanagerSpec")
    namespaces = spec.at("alertmanagerConfigNamespaceSelector")
    strategy = spec.at("alertmanagerConfigMatcherStrategy", "type")
    if strategy.text(Strategy.ON_NAMESPACE) not in tuple(Strategy):
        raise ShapeError(strategy.path, f"must be one of {', '.join(Strategy)}, but is {strategy.text()!r}")
    return AlertmanagerSettings(
        enabled=values.at("alertmanager", "enabled").flag(),
        base=values.at("alertmanager", "config"),
        config_selector=LabelSelector.read(spec.at("alertmanagerConfigSelector")),
        config_namespaces=LabelSelector.read(namespaces) if namespaces.present else None,
        strategy=Strategy(strategy.text(Strategy.ON_NAMESPACE)),
    )


def _cadvisor(values: Field, fullname: str, *, plain: bool) -> NodeJob | None:
    kubelet = values.at("kubelet")
    monitor = kubelet.at("serviceMonitor")
    switches = (
        kubelet.at("enabled"),
        monitor.at("enabled"),
        monitor.at("cAdvisor"),
        values.at("kubernetesServiceMonitors", "enabled"),
    )
    if not all(switch.flag() for switch in switches):
        return None
    track = monitor.at("trackTimestampsStaleness").flag()
    dropped = monitor.at("cAdvisorMetricRelabelings")
    return NodeJob(
        job="kubelet",
        namespace=kubelet.at("namespace").text(),
        service=f"{fullname}-kubelet",
        endpoint="https-metrics" if monitor.at("https").flag() else "http-metrics",
        interval=monitor.at("interval").duration() or monitor.at("cAdvisorInterval").duration(),
        timeout=monitor.at("scrapeTimeout").duration(),
        honor_labels=monitor.at("honorLabels").flag(),
        honor_timestamps=track or monitor.at("honorTimestamps").flag(),
        track_staleness=track,
        relabelings=monitor.at("cAdvisorRelabelings"),
        metric_relabelings=keeping_limits(dropped) if plain else dropped,
    )


def _kube_state_metrics(values: Field, release: str, namespace: str) -> NodeJob | None:
    monitor = values.at("kube-state-metrics", "prometheus", "monitor")
    if not (values.at("kubeStateMetrics", "enabled").flag() and monitor.at("enabled").flag()):
        return None
    http = monitor.at("http")
    return NodeJob(
        job="kube-state-metrics",
        namespace=namespace,
        service=f"{release}-kube-state-metrics",
        endpoint="http",
        interval=http.at("interval").duration() or monitor.at("interval").duration(),
        timeout=http.at("scrapeTimeout").duration() or monitor.at("scrapeTimeout").duration(),
        honor_labels=monitor.at("honorLabels").flag(),
        honor_timestamps=None,
        track_staleness=None,
        relabelings=monitor.at("relabelings"),
        metric_relabelings=monitor.at("metricRelabelings"),
    )
