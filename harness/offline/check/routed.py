"""The route as Alertmanager would load it, and where each documented alert goes by it: amtool walks.

An AlertmanagerConfig is worked into the chart's configuration as the operator does it, a plain configuration is what it
is. An alert goes there with the labels that its documentation gives it: one without `namespace` never reaches an
AlertmanagerConfig's route where the operator adds that matcher.
"""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from harness.clients.receiver import short_name
from harness.core.alertmanager.routes import LoadedRoute, loaded_routes
from harness.core.contract.instance import instance_of
from harness.core.contract.model import AlertPromise
from harness.core.contract.subject import Subject
from harness.core.operator.alertmanager_config import alertmanager_config, part
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import ObjectFile
from harness.core.operator.reading import Custom, Field
from harness.core.operator.receiver import TOKEN
from harness.core.operator.routing_at_speed import routing_at
from harness.core.rules.speed import Speed
from harness.offline.check.bundle import Bundle
from harness.toolchain.amtool_routes import receivers_for

_NOWHERE = "http://receiver.invalid/notify/"
#: begins a value that is made up
INVENTED = "some-"
#: programs at a time; each takes some milliseconds
AT_A_TIME = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedAlert:
    """One instance of a documented alert."""

    labels: Mapping[str, str]
    #: without what the operator puts before them
    receivers: tuple[str, ...]

    @property
    def invented(self) -> frozenset[str]:
        """Its labels whose value only a cluster knows."""
        return frozenset(name for name, value in self.labels.items() if value.startswith(INVENTED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """What Alertmanager would load, and where each documented alert goes by it."""

    #: JSON
    config: str
    routes: tuple[LoadedRoute, ...]
    #: name of the promise -> its instances
    alerts: Mapping[str, tuple["RoutedAlert", ...]]

    @classmethod
    def of(cls, bundle: Bundle) -> "Routed":
        """What a bundle's routing comes to.

        Raises:
            CouldNotTellError: amtool does not answer.
        """
        config = loaded_config(bundle)
        instances = [
            (promise.name, labels)
            for promise in bundle.contract.alerts
            for labels in documented_instances(promise, bundle.subject, bundle.chart)
        ]
        found = walked(bundle.amtool, config, [labels for _, labels in instances])
        alerts: dict[str, tuple[RoutedAlert, ...]] = {}
        for (name, labels), names in zip(instances, found, strict=True):
            one = RoutedAlert(labels=labels, receivers=tuple(map(short_name, names)))
            alerts[name] = (*alerts.get(name, ()), one)
        return cls(config=config, routes=loaded_routes(config), alerts=alerts)

    @property
    def labels(self) -> tuple[Mapping[str, str], ...]:
        """Of every instance."""
        return tuple(one.labels for some in self.alerts.values() for one in some)


def loaded_config(bundle: Bundle) -> str:
    """The whole configuration as Alertmanager would load it, JSON; each destination is a webhook.

    Raises:
        ShapeError: the operator would refuse it.
    """
    chart, parts = bundle.chart, []
    if isinstance(bundle.routing, ObjectFile):
        document = bundle.routing.document
        text, namespace = json.dumps(document.data), bundle.subject.namespace
        made = routing_at(text, document.source, Speed(1), receiver_url=_NOWHERE, namespace=namespace)
        custom = Custom.read(made)
        token = {TOKEN.key: b64encode(b"token").decode()}
        parts.append(part(custom, chart, {(custom.namespace, TOKEN.name): Field("data", token)}))
    return json.dumps(alertmanager_config(chart, parts), indent=2)


def documented_instances(promise: AlertPromise, subject: Subject, chart: Chart) -> tuple[dict[str, str], ...]:
    """The labels of a documented alert as Alertmanager gets it: one instance for each queue, if it is about queues.

    Prometheus adds its external labels; a value that only a cluster knows is made up.
    """
    workload, settings = subject.workload, chart.prometheus
    outer = {settings.prometheus_label: settings.object_name} if settings.prometheus_label else {}
    found: list[dict[str, str]] = []
    for kind in tuple(subject.sources.queues) or ("",):
        known = {
            "namespace": subject.namespace,
            "job": workload.service,
            "service": workload.service,
            "container": workload.container,
            "pod": f"{workload.deployment}-5d4f8c7b9-x2x7z",
            **instance_of(promise, subject, kind=kind),
        }
        own = {label: known.get(label, f"{INVENTED}{label}") for label in promise.instance_labels}
        labels = {**outer, **settings.external_labels, **own, **promise.labels, "alertname": promise.alert}
        if labels not in found:
            found.append(labels)
    return tuple(found)


def walked(amtool: Path, config: str, alerts: Sequence[Mapping[str, str]]) -> list[tuple[str, ...]]:
    """The receivers of each alert, as `receivers_for` names them."""
    with ThreadPoolExecutor(AT_A_TIME) as several:
        return list(several.map(lambda labels: receivers_for(amtool, config, labels), alerts))
