"""An installation at a speed: what is laid over the values of kube-prometheus-stack, once, for every way to install it.

Helm gets it as a file of values; what the harness installs or translates by itself goes by the chart read from the
values with this laid over them (`Chart.laid_over`), as Helm merges them. Clocks that are flags: `core.timing_flags`.
"""

from harness.core.duration import PromDuration
from harness.core.operator.at_speed import scrape_timeout_at
from harness.core.operator.chart import Chart, NodeJob, PrometheusSettings
from harness.core.operator.manifest import Manifest, fields
from harness.core.operator.reading import Field
from harness.core.operator.routing_at_speed import base_at
from harness.core.rules.speed import Speed


def values_at(
    chart: Chart,
    speed: Speed,
    *,
    floor: PromDuration,
    cadvisor_floor: PromDuration,
    receiver_url: str,
    receiver_token: str,
) -> Manifest:
    """The values to lay over.

    Args:
        chart: as documented.
        speed: divides.
        floor: no interval becomes shorter.
        cadvisor_floor: the same for cAdvisor's.
        receiver_url: where every notification goes; ends with a slash, a receiver's name is appended to it.
        receiver_token: bearer token of the notifications; empty for none.

    Raises:
        ShapeError: the chart's own Alertmanager configuration is one that would be refused.
    """
    settings = chart.prometheus
    interval = speed.interval(settings.scrape_interval, floor)
    base = base_at(chart, speed, receiver_url=receiver_url, receiver_token=receiver_token)
    made: Manifest = {
        "prometheus": {
            "prometheusSpec": {
                "scrapeInterval": str(interval),
                "scrapeTimeout": str(scrape_timeout_at(interval, settings.scrape_timeout)),
                "evaluationInterval": str(speed.interval(settings.evaluation_interval, floor)),
            }
        },
        # merged, an old-style list would define each of its intervals a second time
        "alertmanager": {"config": {**base, "mute_time_intervals": None, "route": _whole_route(base)}},
    }
    if (cadvisor := chart.cadvisor) is not None:
        interval, timeout = _times(cadvisor, settings, speed, cadvisor_floor)
        # set, `interval` would win over cAdvisorInterval
        times: Manifest = {"interval": "", "cAdvisorInterval": str(interval), "scrapeTimeout": str(timeout)}
        made["kubelet"] = {"serviceMonitor": times}
    if (state := chart.kube_state_metrics) is not None:
        interval, timeout = _times(state, settings, speed, floor)
        # these win over the monitor's own `interval` and `scrapeTimeout`
        http: Manifest = {"interval": str(interval), "scrapeTimeout": str(timeout)}
        made["kube-state-metrics"] = {"prometheus": {"monitor": {"http": http}}}
    return made


def _whole_route(base: Manifest) -> Manifest:
    """The root route, to be merged: one that names no labels to group by would have the chart's."""
    route = fields(Field("", base).at("route"))
    return route if "group_by" in route else {**route, "group_by": None}


def _times(
    job: NodeJob, settings: PrometheusSettings, speed: Speed, floor: PromDuration
) -> tuple[PromDuration, PromDuration]:
    interval = speed.interval(job.interval or settings.scrape_interval, floor)
    return interval, scrape_timeout_at(interval, job.timeout or settings.scrape_timeout)
