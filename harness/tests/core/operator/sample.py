"""Objects to translate: a rule, a monitor and a route of an invented team."""

from collections.abc import Mapping
from typing import Any

from harness.core.operator.chart import Chart
from harness.core.operator.installation import Installation
from harness.core.operator.place import Place
from harness.core.operator.reading import Custom
from harness.core.operator.translation import Translation, translate

PLACE = Place(
    kubeconfig_file="/run/kubeconfig",
    rules_dir="/run/rules",
    alertmanager_address="127.0.0.1:9093",
    node_name="node-1",
    node_metrics_address="127.18.0.1:9100",
)


def chart(values: object = None, release: str = "prometheus", installation: Installation = Installation.CHART) -> Chart:
    """The chart with these values, in namespace monitoring."""
    return Chart.read(values, release=release, namespace="monitoring", installation=installation)


def custom(kind: str, spec: object, *, labels: Mapping[str, str] | None = None, name: str = "x") -> dict[str, Any]:
    """An object of team `shop`, labelled for the release."""
    return {
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": "u1",
            "labels": {"release": "prometheus"} if labels is None else labels,
        },
        "spec": spec,
    }


def read(document: object) -> Custom:
    """The object as the translation sees it."""
    return Custom.read(document)


def monitor(**fields: object) -> dict[str, Any]:
    """A ServiceMonitor with one endpoint, `fields` added to its spec."""
    spec = {"selector": {"matchLabels": {"app": "shop"}}, "endpoints": [{"port": "metrics"}], **fields}
    return custom("ServiceMonitor", spec)


def endpoint(**fields: object) -> dict[str, Any]:
    """A ServiceMonitor whose one endpoint has these fields."""
    return monitor(endpoints=[fields])


def rule(expr: str = "up == 0") -> dict[str, Any]:
    """A PrometheusRule with one alert."""
    rules = [{"alert": "A", "expr": expr, "for": "10m"}]
    return custom("PrometheusRule", {"groups": [{"name": "g", "interval": "1m", "rules": rules}]})


def config(**fields: object) -> dict[str, Any]:
    """An AlertmanagerConfig with a route to one receiver, `fields` added to its spec."""
    spec = {
        "route": {"receiver": "team", "matchers": [{"name": "component", "value": "shop", "matchType": "="}]},
        "receivers": [{"name": "team", "webhookConfigs": [{"url": "http://127.0.0.1:9999/team"}]}],
        **fields,
    }
    return custom("AlertmanagerConfig", spec)


def translated(*objects: object, values: object = None, release: str = "prometheus") -> Translation:
    """Everything, as the operator process does it."""
    return translate(objects, {"shop": {"tier": "1"}}, chart(values, release), PLACE)
