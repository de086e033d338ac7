"""Alertmanager's configuration: the chart's own, with the selected AlertmanagerConfig objects worked in.

Follows https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/alertmanager/amcfg.go: the routes of
objects come first, each with `continue: true` whatever it says, so that the chart's own routes see every alert as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.duration import PromDuration
from harness.core.operator.chart import Chart, Strategy
from harness.core.operator.manifest import Manifest
from harness.core.operator.object_receiver import Secrets, object_receiver
from harness.core.operator.reading import Custom, ShapeError, Yaml
from harness.core.operator.route import equality, object_inhibit_rule, object_route, root_route
from harness.core.operator.time_interval import time_interval

#: what is known of a configuration of Alertmanager
BASE_KEYS = ("global", "inhibit_rules", "route", "receivers", "templates", "time_intervals", "mute_time_intervals")
_SPEC_KEYS = ("route", "receivers", "inhibitRules", "muteTimeIntervals")
_DEFAULT_RESOLVE_TIMEOUT = PromDuration(300_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one AlertmanagerConfig adds."""

    route: Yaml
    receivers: tuple[Yaml, ...]
    inhibit_rules: tuple[Yaml, ...]
    time_intervals: tuple[Yaml, ...]


def part(config: Custom, chart: Chart, secrets: Secrets) -> Part:
    """Translates one AlertmanagerConfig.

    Args:
        config: the object.
        chart: the chart's values.
        secrets: where its credentials are.

    Raises:
        ShapeError: the operator would refuse it.
    """
    spec = config.spec
    spec.only(_SPEC_KEYS)
    names = [source.at("name").text() for source in spec.at("receivers").items()]
    if len(set(names)) != len(names) or "" in names:
        raise ShapeError(spec.at("receivers").path, "must have names, each only once")
    inherited = _namespace_matchers(config, chart)
    route: dict[str, Yaml] = {}
    if spec.at("route").present:
        if not spec.at("route", "receiver").text():
            raise ShapeError(spec.at("route", "receiver").path, "is missing: the top route must have a receiver")
        route = object_route(spec.at("route"), config, names)
        own = route.pop("matchers", [])
        matchers = [*(own if isinstance(own, list) else []), *inherited]
        route |= {"matchers": matchers, "continue": True} if matchers else {"continue": True}
    _check_intervals(config)
    return Part(
        route=route or None,
        receivers=tuple(object_receiver(source, config, secrets) for source in spec.at("receivers").items() if route),
        inhibit_rules=tuple(object_inhibit_rule(source, inherited) for source in spec.at("inhibitRules").items()),
        time_intervals=tuple(time_interval(source, config) for source in spec.at("muteTimeIntervals").items() if route),
    )


def alertmanager_config(chart: Chart, parts: Sequence[Part]) -> Manifest:
    """The whole configuration; of `global` only what clients without an end for their alerts need.

    Raises:
        ShapeError: the chart's own configuration is one that Alertmanager would refuse.
    """
    base = chart.alertmanager.base
    base.only(BASE_KEYS)
    sources = tuple(base.at("receivers").items())
    names = [source.at("name").text() for source in sources]
    root = root_route(base.at("route"), names)
    own_routes = root.pop("routes", [])
    routes = [one.route for one in parts if one.route is not None]
    root["routes"] = [*routes, *(own_routes if isinstance(own_routes, list) else [])]
    timeout = base.at("global", "resolve_timeout").duration() or _DEFAULT_RESOLVE_TIMEOUT
    intervals = [
        *(one.yaml() for key in ("time_intervals", "mute_time_intervals") for one in base.at(key).items()),
        *(interval for one in parts for interval in one.time_intervals),
    ]
    config: Manifest = {
        "global": {"resolve_timeout": str(timeout)},
        "route": root,
        "inhibit_rules": [
            *(one.yaml() for one in base.at("inhibit_rules").items()),
            *(rule for one in parts for rule in one.inhibit_rules),
        ],
        "receivers": [
            *(source.yaml() for source in sources),
            *(made for one in parts for made in one.receivers),
        ],
    }
    if intervals:
        config["time_intervals"] = intervals
    return config


def _namespace_matchers(config: Custom, chart: Chart) -> tuple[str, ...]:
    strategy = chart.alertmanager.strategy
    free = strategy is Strategy.NONE or (
        strategy is Strategy.EXCEPT_FOR_ALERTMANAGER and config.namespace == chart.namespace
    )
    return () if free else (equality("namespace", config.namespace),)


def _check_intervals(config: Custom) -> None:
    known = {source.at("name").text() for source in config.spec.at("muteTimeIntervals").items()}
    pending = [config.spec.at("route")]
    while pending:
        route = pending.pop()
        for key in ("muteTimeIntervals", "activeTimeIntervals"):
            for name in route.at(key).items():
                if name.text() not in known:
                    raise ShapeError(name.path, f"is {name.text()!r}, which no time interval is called")
        pending += route.at("routes").items()
