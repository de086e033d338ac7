"""The monitoring of a cluster that lives on: which Prometheus loads the subject's rules, which Alertmanager its route.

Found by the operator's own objects and their selectors. An absent selector of objects selects nothing, an absent one of
namespaces its own; an empty one selects everything:
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/Documentation/api-reference/api.md
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Final, TypeAlias, TypeVar

from harness.clients.kubernetes import ApiRefusedError, KubeApi
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.operator.reading import Custom, Field, ShapeError
from harness.core.operator.selector import LabelSelector
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE

#: the selectors that the operator's objects have for each kind
_SELECTORS: Final = {
    RULE: ("ruleSelector", "ruleNamespaceSelector"),
    MONITOR: ("serviceMonitorSelector", "serviceMonitorNamespaceSelector"),
    ALERTMANAGER_CONFIG: ("alertmanagerConfigSelector", "alertmanagerConfigNamespaceSelector"),
}
#: what the operator fills in
_INTERVAL: Final = PromDuration(30_000)
#: Prometheus's own: https://prometheus.io/docs/prometheus/latest/command-line/prometheus/
_LOOKBACK: Final = PromDuration(300_000)

#: `user:password@`, with a scheme or without
_USER: Final = re.compile(r"([^/?#]*//)?[^/?#]*@")


class NoMonitoringError(MisuseError):
    """No Prometheus or Alertmanager for the subject's objects, or more than one. Nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """Where a port is forwarded to. The Service stands for all of its namespace, the pod for this one."""

    namespace: str
    #: of the operator's object
    name: str
    #: the first replica: several Prometheuses in one namespace share the Service that the operator makes
    pod: str
    port: int
    #: `https` where its web server has a certificate
    scheme: str
    #: in front of every path; `/` for none
    route_prefix: str
    #: how many pods say the same: each takes up by itself what is applied and what is deleted
    replicas: int = 1

    @property
    def path_prefix(self) -> str:
        """What stands before every path there: `/prom`, or nothing."""
        return self.route_prefix.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPrometheus:
    """The Prometheus that loads the subject's rules and scrapes it. What its object says, not yet what it runs with."""

    at: Forwarding
    scrape_interval: PromDuration
    lookback_delta: PromDuration


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAlertmanager:
    """The Alertmanager that takes up the subject's route."""

    at: Forwarding


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUrl:
    """One that was given by URL: nothing is known of it but what it says itself."""

    url: str


AnyFound: TypeAlias = FoundPrometheus | FoundAlertmanager | GivenUrl


def each_replica(found: AnyFound) -> tuple[AnyFound, ...]:
    """The same at each of its pods, by the names that the StatefulSet gives; one given by URL is only itself."""
    if isinstance(found, GivenUrl):
        return (found,)
    first = found.at.pod.removesuffix("-0")
    pods = (f"{first}-{number}" for number in range(found.at.replicas))
    return tuple(replace(found, at=replace(found.at, pod=pod)) for pod in pods)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of one of the two. None for what was not given."""

    #: `NAMESPACE/NAME` of the operator's object
    name: str | None = None
    #: without a user: it is shown and kept wherever something is told of this Prometheus or Alertmanager
    url: str | None = None

    def __post_init__(self) -> None:
        """Refuses a URL with a password in it, without showing it."""
        if self.url is not None and _USER.match(self.url):
            raise NoMonitoringError(
                "--prometheus-url or --alertmanager-url has a user in it (USER:PASSWORD@HOST)",
                why="the URL is shown in messages and kept in results",
                fix="give an address that asks for none",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What has to be selected."""

    #: the subject's PrometheusRule, ServiceMonitor and AlertmanagerConfig, with the labels they will be applied with
    objects: Sequence[Custom]
    #: name -> labels of their namespaces, as they will be
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def only(self, *kinds: str) -> tuple[Custom, ...]:
        """Those of some kinds."""
        return tuple(one for one in self.objects if one.kind in kinds)


T = TypeVar("T")
_Candidates: TypeAlias = Sequence[Custom]


def find_prometheus(api: KubeApi, wanted: Wanted, asked: Asked) -> FoundPrometheus | GivenUrl:
    """The one Prometheus whose selectors take the subject's rules and its ServiceMonitor.

    Raises:
        NoMonitoringError: none, several, or the one that was named does not select them.
        ApiRefusedError: the user may not list them.
    """
    return _found(api, wanted.only(RULE, MONITOR), wanted.namespaces, asked, kind="Prometheus", read=_prometheus)


def find_alertmanager(api: KubeApi, wanted: Wanted, asked: Asked) -> FoundAlertmanager | GivenUrl:
    """The one Alertmanager whose selectors take the subject's AlertmanagerConfig.

    Raises:
        NoMonitoringError: as `find_prometheus`.
        ApiRefusedError: the user may not list them.
    """
    objects = wanted.only(ALERTMANAGER_CONFIG)
    return _found(api, objects, wanted.namespaces, asked, kind="Alertmanager", read=_alertmanager)


def not_selected(candidate: Custom, objects: Sequence[Custom], namespaces: Mapping[str, Mapping[str, str]]) -> str:
    """Why a Prometheus or an Alertmanager does not take these objects (the first reason); empty if it takes all."""
    try:
        if candidate.spec.at("paused").flag():
            return "it is paused: the operator changes nothing of it"
        if candidate.kind == "Prometheus" and not _tells(candidate.spec):
            return "it sends its alerts to no Alertmanager (alerting.alertmanagers)"
        if (shards := candidate.spec.at("shards").integer() or 1) > 1:
            return f"it has {shards} shards, each of which scrapes only some of the targets"
        reasons = (_why_not(candidate, one, namespaces) for one in objects)
        return next(filter(None, reasons), "")
    except ShapeError as error:
        return f"it cannot be read: {error.what}"


def _found(
    api: KubeApi,
    objects: Sequence[Custom],
    namespaces: Mapping[str, Mapping[str, str]],
    asked: Asked,
    *,
    kind: str,
    read: Callable[[Custom], T],
) -> T | GivenUrl:
    option = kind.lower()
    if asked.url is not None:
        if asked.name is not None:
            raise NoMonitoringError(
                f"{kind} is given twice",
                why=f"both --{option} {asked.name} and --{option}-url {asked.url}",
                fix="give one of them",
            )
        return GivenUrl(url=asked.url.rstrip("/"))
    every = _listed(api, kind)
    candidates = [one for one in every if asked.name in {None, _name(one)}]
    reasons = {_name(one): not_selected(one, objects, namespaces) for one in candidates}
    fitting = [one for one in candidates if not reasons[_name(one)]]
    if len(fitting) == 1:
        return read(fitting[0])
    if fitting:
        raise NoMonitoringError(
            f"more than one {kind} selects the subject's objects",
            why=", ".join(map(_name, fitting)),
            fix=f"choose one: {' or '.join(f'--{option} {_name(one)}' for one in fitting)}",
        )
    raise _none(kind, asked.name, every, reasons)


def _none(kind: str, name: str | None, every: _Candidates, reasons: Mapping[str, str]) -> NoMonitoringError:
    option = kind.lower()
    if not every:
        return NoMonitoringError(
            f"there is no {kind} in this cluster",
            why=f"the Prometheus Operator has no object of kind {kind} here, or is not installed",
            fix=f"give the address of one that loads the subject's objects: --{option}-url URL",
        )
    if not reasons:
        return NoMonitoringError(
            f"there is no {kind} {name}", why=f"there are: {', '.join(map(_name, every))}", fix="name one of these"
        )
    return NoMonitoringError(
        f"no {kind} selects the subject's objects" if name is None else f"{kind} {name} does not select them",
        why="\n       ".join(f"{one}: {reason}" for one, reason in reasons.items()),
        fix="give the subject's objects (or their namespace) the labels that are asked for, "
        f"or the address of one that loads them: --{option}-url URL",
    )


def _listed(api: KubeApi, kind: str) -> list[Custom]:
    """All objects of the kind, by name; none where the operator's definitions are not installed."""
    try:
        items = api.items(f"/apis/monitoring.coreos.com/v1/{kind.lower()}{'es' if kind.endswith('s') else 's'}")
    except ApiRefusedError as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        return []
    return sorted((Custom.read({**item, "kind": kind}) for item in items), key=_name)


def _name(one: Custom) -> str:
    return f"{one.namespace}/{one.name}"


def _why_not(candidate: Custom, one: Custom, namespaces: Mapping[str, Mapping[str, str]]) -> str:
    key, namespace_key = _SELECTORS[one.kind]
    objects, within = candidate.spec.at(key), candidate.spec.at(namespace_key)
    said = f"for {one.kind} {_name(one)}"
    if not objects.present:
        return f"{said}: it has no {key}, which selects nothing"
    # the API server puts this label on every namespace
    labels = {**namespaces.get(one.namespace, {}), "kubernetes.io/metadata.name": one.namespace}
    if not within.present and one.namespace != candidate.namespace:
        return f"{said}: it has no {namespace_key}, which selects only namespace {candidate.namespace}"
    if within.present and (reason := LabelSelector.read(within).mismatch(labels)):
        return f"{said}, {namespace_key}: {reason} (namespace {one.namespace} has {_written(labels)})"
    if reason := LabelSelector.read(objects).mismatch(one.labels):
        return f"{said}, {key}: {reason} (it has {_written(one.labels)})"
    return ""


def _tells(spec: Field) -> bool:
    return any(spec.at("alerting", "alertmanagers").items()) or spec.at("additionalAlertManagerConfigs").present


def _written(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(labels.items())) or "no labels"


def _prometheus(one: Custom) -> FoundPrometheus:
    spec = one.spec
    return FoundPrometheus(
        at=_forwarding(one, "prometheus", 9090),
        scrape_interval=spec.at("scrapeInterval").duration() or _INTERVAL,
        lookback_delta=spec.at("query", "lookbackDelta").duration() or _LOOKBACK,
    )


def _alertmanager(one: Custom) -> FoundAlertmanager:
    return FoundAlertmanager(at=_forwarding(one, "alertmanager", 9093))


def _forwarding(one: Custom, what: str, port: int) -> Forwarding:
    """By the names that the operator gives to what it makes of an object."""
    return Forwarding(
        namespace=one.namespace,
        name=one.name,
        pod=f"{what}-{one.name}-0",
        port=port,
        scheme="https" if one.spec.at("web", "tlsConfig").present else "http",
        route_prefix=one.spec.at("routePrefix").text() or "/",
        replicas=max(1, one.spec.at("replicas").integer() or 1),
    )
