"""What the chart makes of its values: images that run, names of Prometheus and Alertmanager, and where Grafana is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.operator.manifest import Manifest
from harness.core.operator.objects import objects_of
from harness.core.operator.reading import Field
from harness.core.timing_flags import RESEND_DELAY
from harness.stacks.cluster.timing import ALERTMANAGER_SINCE

#: the operator puts it beside Prometheus and Alertmanager
_RELOADER = "--prometheus-config-reloader="
#: texts of the user's, and no pods
_NO_PODS = frozenset({"ConfigMap", "Secret"})
#: on all that the chart's Grafana consists of
#: https://github.com/grafana/helm-charts/blob/main/charts/grafana/templates/_helpers.tpl (`grafana.selectorLabels`)
_NAME_LABEL, _GRAFANA = "app.kubernetes.io/name", "grafana"
#: the operator's CRD fills an empty interval with this
_DEFAULT_INTERVAL = PromDuration(30_000)
_VERSION = re.compile(r"v?([0-9]+)\.([0-9]+)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The chart's objects, as far as the harness depends on them."""

    #: of every pod that there will be, each once
    images: tuple[str, ...]
    #: names of the objects; a pod's is `prometheus-NAME-0`, `alertmanager-NAME-0`
    prometheus: str
    alertmanager: str
    #: the clocks of its Prometheus, not documented ones
    scrape: PromDuration
    evaluation: PromDuration
    resend: PromDuration
    #: Grafana's Service and its port; empty and 0 where there is none
    grafana: str
    grafana_port: int

    @classmethod
    def read(cls, text: str) -> Self:
        """From the output of `helm template` or `helm get manifest`.

        Raises:
            MisuseError: it has no Prometheus or no Alertmanager, or several, or an Alertmanager that would not start.
        """
        objects = objects_of(text, "the chart")
        spec, alertmanager = (Field(kind, _one(objects, kind)).at("spec") for kind in ("Prometheus", "Alertmanager"))
        _refuse_old(alertmanager.at("version"))
        grafana, grafana_port = _grafana(objects)
        return cls(
            images=tuple(dict.fromkeys(image for one in objects for image in _images(one))),
            prometheus=_name(objects, "Prometheus"),
            alertmanager=_name(objects, "Alertmanager"),
            scrape=spec.at("scrapeInterval").duration() or _DEFAULT_INTERVAL,
            evaluation=spec.at("evaluationInterval").duration() or _DEFAULT_INTERVAL,
            resend=spec.at("rules", "alert", "resendDelay").duration() or RESEND_DELAY,
            grafana=grafana,
            grafana_port=grafana_port,
        )


def _one(objects: Sequence[Manifest], kind: str) -> Manifest:
    found = [one for one in objects if one["kind"] == kind]
    if len(found) != 1:
        raise MisuseError(
            f"the chart has {len(found) or 'no'} objects of the kind {kind}",
            why="alerts go from one Prometheus to one Alertmanager here",
            fix="see --chart and the values: both have to be enabled, once",
        )
    return found[0]


def _refuse_old(version: Field) -> None:
    """Refuses an Alertmanager that does not know the arguments of a speed; one whose version is not told is tried."""
    found = _VERSION.match(version.text())
    if found is not None and (int(found[1]), int(found[2])) < ALERTMANAGER_SINCE:
        least = ".".join(map(str, ALERTMANAGER_SINCE))
        raise MisuseError(
            f"Alertmanager {version.text()} cannot be put at a speed",
            why=f"it has no --dispatch.maintenance-interval, which came with {least}, and would not start with it",
            fix="leave alertmanager.alertmanagerSpec.image out of the values, or name a later version there",
        )


def _name(objects: Sequence[Manifest], kind: str) -> str:
    return Field(kind, _one(objects, kind)).at("metadata", "name").text()


def _grafana(objects: Sequence[Manifest]) -> tuple[str, int]:
    """Name and port of its Service; one without an address of its own is for Grafanas among each other."""
    for one in (Field("Service", one) for one in objects if one["kind"] == "Service"):
        labels, spec = one.at("metadata", "labels"), one.at("spec")
        if labels.at(_NAME_LABEL).text() == _GRAFANA and spec.at("clusterIP").text() != "None":
            port = next((port.at("port").integer() for port in spec.at("ports").items()), None)
            return one.at("metadata", "name").text(), port or 0
    return "", 0


def _images(one: Manifest) -> Iterator[str]:
    return iter(()) if one["kind"] in _NO_PODS else _named_in(one)


def _named_in(node: object) -> Iterator[str]:
    """What `image` says, of containers and of the operator's resources, and the one among the operator's arguments."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key == "image" and isinstance(value, str):
                yield value
            else:
                yield from _named_in(value)
    elif isinstance(node, str):
        if node.startswith(_RELOADER):
            yield node.removeprefix(_RELOADER)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _named_in(item)
