"""Prometheus's configuration as the operator generates it."""

from collections.abc import Mapping, Sequence

from harness.core.operator.chart import Chart
from harness.core.operator.place import Place
from harness.core.operator.reading import Yaml
from harness.core.operator.scrape import node_job


def prometheus_config(chart: Chart, jobs: Sequence[Yaml], place: Place) -> Yaml:
    """The whole configuration around the jobs of the ServiceMonitors.

    Raises:
        ShapeError: a relabeling in the chart's values is refused.
    """
    settings = chart.prometheus
    node_jobs = [
        node_job(job, path, place)
        for job, path in (
            (chart.cadvisor, "/metrics/cadvisor"),
            (chart.kube_state_metrics, "/metrics/kube-state-metrics"),
        )
        if job is not None
    ]
    config: dict[str, Yaml] = {
        "global": {
            "scrape_interval": str(settings.scrape_interval),
            "scrape_timeout": str(min(settings.scrape_interval, settings.scrape_timeout)),
            "external_labels": external_labels(chart),
            "evaluation_interval": str(settings.evaluation_interval),
        },
        "rule_files": [f"{place.rules_dir}/*.yaml"],
        "scrape_configs": [*jobs, *node_jobs],
    }
    if chart.alertmanager.enabled:
        config["alerting"] = _alerting(settings.replica_label, place)
    return config


def external_labels(chart: Chart) -> Mapping[str, str]:
    """Labels on everything that leaves Prometheus; the operator's own two win over the values."""
    settings = chart.prometheus
    reserved = {settings.prometheus_label: settings.object_name, settings.replica_label: settings.pod_name}
    reserved.pop("", None)
    return {**settings.external_labels, **reserved}


def _alerting(replica_label: str, place: Place) -> Yaml:
    drop: list[Yaml] = [{"action": "labeldrop", "regex": replica_label}] if replica_label else []
    return {
        "alert_relabel_configs": drop,
        "alertmanagers": [
            {
                "path_prefix": "/",
                "scheme": "http",
                "api_version": "v2",
                "static_configs": [{"targets": [place.alertmanager_address]}],
            }
        ],
    }
