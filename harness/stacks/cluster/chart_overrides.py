"""Values laid over a subject's own that put an installation of kube-prometheus-stack at a speed.

Those that every installation has (`core.operator.chart_at_speed`), and what only Helm and the operator understand:
flags, the version of Alertmanager, parts that are off. Helm merges: mappings key by key, lists as a whole, null
deletes. Value names are those of 77.14.0
(https://github.com/prometheus-community/helm-charts/blob/kube-prometheus-stack-77.14.0/charts/kube-prometheus-stack/values.yaml).
The chart has no value for `spec.rules`; it comes by `additionalConfig`, which the template copies into the spec.
"""

from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest, fields
from harness.core.operator.reading import Field, Yaml
from harness.core.timing_flags import TimingFlags
from harness.stacks.cluster.monitoring_plan import MonitoringImages
from harness.stacks.cluster.timing import alertmanager_arguments, prometheus_arguments, query_clock, rules_clock

#: parts that are off. Scraped so many times as often as documented they would be the largest load of a small machine,
#: and the embedded stack has none of them either
_OFF = (
    *("kubeApiServer", "kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler"),
    *("coreDns", "nodeExporter"),
)
#: with what is needed to show a dashboard that somebody brings
_GRAFANA: Manifest = {"enabled": True, "defaultDashboardsEnabled": False, "serviceMonitor": {"enabled": False}}


def overrides(chart: Chart, at_speed: Manifest, flags: TimingFlags, *, grafana: bool = False) -> Manifest:
    """The values to lay over.

    Args:
        chart: read from the subject's values: arguments given there stay, beside those added here.
        at_speed: of `values_at` for this chart.
        flags: the clocks that are flags.
        grafana: whether it is installed, without the chart's own dashboards.
    """
    made, own = Field("", at_speed), chart.values
    switches: Manifest = {name: {"enabled": False} for name in _OFF}
    return {
        # the chart's own rules know no speed: with windows and waiting times of real time they are never right here
        "defaultRules": {"create": False},
        **switches,
        "grafana": _GRAFANA if grafana else {"enabled": False},
        **fields(made),
        "prometheus": {
            "prometheusSpec": {
                **fields(made.at("prometheus", "prometheusSpec")),
                "query": query_clock(flags),
                "additionalConfig": {"rules": rules_clock(flags)},
                "additionalArgs": [*_arguments(own.at("prometheus", "prometheusSpec")), *prometheus_arguments()],
            }
        },
        "alertmanager": {
            **fields(made.at("alertmanager")),
            "alertmanagerSpec": {
                **_newer_alertmanager(own.at("alertmanager", "alertmanagerSpec", "image")),
                "additionalArgs": [
                    *_arguments(own.at("alertmanager", "alertmanagerSpec")),
                    *alertmanager_arguments(flags),
                ],
            },
        },
        **_kubelet(made.at("kubelet", "serviceMonitor")),
    }


def _kubelet(times: Field) -> Manifest:
    """Of the kubelet's pages only cAdvisor's, as in the embedded stack."""
    monitor: Manifest = {"kubelet": False, "probes": False, **fields(times)}
    return {"kubelet": {"serviceMonitor": monitor}} if times.present else {}


def _arguments(spec: Field) -> list[Yaml]:
    return [one.yaml() for one in spec.at("additionalArgs").items()]


def _newer_alertmanager(image: Field) -> Manifest:
    """The version of the plain installation: the chart's own, v0.28.1, does not start with the arguments of a speed.

    A version that the values name stays (`rendered` refuses one that is too old).
    """
    named = any(image.at(key).filled for key in ("tag", "sha"))
    return {} if named else {"image": {"tag": MonitoringImages().alertmanager_version}}
