"""Values laid over a subject's own that put an installation of kube-prometheus-stack at a speed.

Helm merges: mappings key by key, lists as a whole, null deletes. Value names are those of 77.14.0
(https://github.com/prometheus-community/helm-charts/blob/kube-prometheus-stack-77.14.0/charts/kube-prometheus-stack/values.yaml).
The chart has no value for `spec.rules`; it comes by `additionalConfig`, which the template copies into the spec.
"""

from harness.core.duration import PromDuration
from harness.core.operator.alertmanager_config import alertmanager_config
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest, fields
from harness.core.operator.reading import Field, Yaml
from harness.core.operator.routing_at_speed import routing_place
from harness.core.operator.scrape import scrape_timeout
from harness.core.rules.speed import Speed
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


def overrides(
    chart: Chart,
    speed: Speed,
    *,
    floor: PromDuration,
    cadvisor_floor: PromDuration,
    receiver_url: str,
    receiver_token: str = "",
    values: object = None,
    grafana: bool = False,
) -> Manifest:
    """The values to lay over.

    Args:
        chart: read from the subject's values.
        speed: divides.
        floor: no interval becomes shorter.
        cadvisor_floor: the same for cAdvisor's.
        receiver_url: where every notification goes; ends with a slash, a receiver's name is appended to it.
        receiver_token: bearer token of the notifications; empty for none.
        values: the subject's own, as parsed: arguments given there stay, beside those added here.
        grafana: whether it is installed, without the chart's own dashboards.

    Raises:
        ShapeError: the chart's own Alertmanager configuration is one that would be refused.
    """
    settings = chart.prometheus
    interval = max(speed.scale(settings.scrape_interval), floor)
    own = Field("", values)
    switches: Manifest = {name: {"enabled": False} for name in _OFF}
    return {
        # the chart's own rules know no speed: with windows and waiting times of real time they are never right here
        "defaultRules": {"create": False},
        **switches,
        "grafana": _GRAFANA if grafana else {"enabled": False},
        "prometheus": {
            "prometheusSpec": {
                "scrapeInterval": str(interval),
                "scrapeTimeout": str(scrape_timeout(interval, settings.scrape_timeout)),
                "evaluationInterval": str(max(speed.scale(settings.evaluation_interval), floor)),
                "query": query_clock(speed),
                "additionalConfig": {"rules": rules_clock(speed, floor)},
                "additionalArgs": [
                    *_arguments(own.at("prometheus", "prometheusSpec")),
                    *prometheus_arguments(),
                ],
            }
        },
        "alertmanager": {
            "config": _alertmanager(chart, speed, receiver_url, receiver_token),
            "alertmanagerSpec": {
                **_newer_alertmanager(own.at("alertmanager", "alertmanagerSpec", "image")),
                "additionalArgs": [
                    *_arguments(own.at("alertmanager", "alertmanagerSpec")),
                    *alertmanager_arguments(speed),
                ],
            },
        },
        **_node(chart, speed, floor=floor, cadvisor_floor=cadvisor_floor),
    }


def _arguments(spec: Field) -> list[Yaml]:
    return [one.yaml() for one in spec.at("additionalArgs").items()]


def _newer_alertmanager(image: Field) -> Manifest:
    """The version of the plain installation: the chart's own, v0.28.1, does not start with the arguments of a speed.

    A version that the values name stays (`rendered` refuses one that is too old).
    """
    named = any(image.at(key).filled for key in ("tag", "sha"))
    return {} if named else {"image": {"tag": MonitoringImages().alertmanager_version}}


def _alertmanager(chart: Chart, speed: Speed, receiver_url: str, receiver_token: str) -> Manifest:
    config = alertmanager_config(chart, (), routing_place(speed, receiver_url, receiver_token))
    # merged, an old-style list would define each of its intervals a second time
    return fields(Field("alertmanager.config", config)) | {"mute_time_intervals": None}


def _node(chart: Chart, speed: Speed, *, floor: PromDuration, cadvisor_floor: PromDuration) -> Manifest:
    """What is known of nodes and objects; of the kubelet's pages only cAdvisor's, as in the embedded stack."""
    made: Manifest = {}
    settings = chart.prometheus
    if (cadvisor := chart.cadvisor) is not None:
        interval = max(speed.scale(cadvisor.interval or settings.scrape_interval), cadvisor_floor)
        made["kubelet"] = {
            "serviceMonitor": {
                "kubelet": False,
                "probes": False,
                # set, it would win over cAdvisorInterval
                "interval": "",
                "cAdvisorInterval": str(interval),
                "scrapeTimeout": str(scrape_timeout(interval, cadvisor.timeout or settings.scrape_timeout)),
            }
        }
    if (state := chart.kube_state_metrics) is not None:
        interval = max(speed.scale(state.interval or settings.scrape_interval), floor)
        timeout = scrape_timeout(interval, state.timeout or settings.scrape_timeout)
        # these win over the monitor's own `interval` and `scrapeTimeout`
        http: Manifest = {"interval": str(interval), "scrapeTimeout": str(timeout)}
        made["kube-state-metrics"] = {"prometheus": {"monitor": {"http": http}}}
    return made
