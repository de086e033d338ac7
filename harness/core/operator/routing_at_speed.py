"""Routing at a speed: the subject's AlertmanagerConfig, and the chart's own configuration; see `at_speed`.

Routes and names stay. Each integration becomes a webhook to the harness's receiver, for the reasons that
`core.operator.receiver` gives: as many deliveries as on a cluster, of ends as well where they are told there, and no
secret of anybody.
"""

from collections.abc import Mapping
from types import MappingProxyType

from harness.core.duration import PromDuration
from harness.core.operator.alertmanager_config import alertmanager_config
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest, fields, read_object
from harness.core.operator.reading import Custom, Field
from harness.core.operator.receiver import object_receiver, receiver
from harness.core.operator.route import OBJECT_TIMES, ROOT_TIMES, object_route, qualified
from harness.core.operator.translation import ALERTMANAGER_CONFIG
from harness.core.rules.speed import Speed

_NOTHING: Mapping[str, PromDuration] = MappingProxyType({})


def routing_at(
    text: str,
    source: str,
    speed: Speed,
    *,
    receiver_url: str,
    inherited: Mapping[str, PromDuration] = _NOTHING,
    namespace: str = "",
) -> Manifest:
    """The AlertmanagerConfig with its routes' times divided and every integration replaced by a webhook.

    Args:
        text: YAML of one AlertmanagerConfig.
        source: what to call it in messages, usually the file's name.
        speed: divides.
        receiver_url: ends with a slash; a receiver's qualified name is appended to it, quoted.
        inherited: documented times of the root route (`inherited_times`), for what the object's route leaves to it.
            Only needed where the root route is not at the speed.
        namespace: of an object that names none; empty to refuse such.

    Raises:
        FileMistakesError: what the operator's validation refuses; no AlertmanagerConfig, or more than one.
    """
    found = read_object(text, ALERTMANAGER_CONFIG, source=source, namespace=namespace)
    with found.blamed():
        return _routing(found.manifest, speed, receiver_url=receiver_url, inherited=inherited)


def base_at(chart: Chart, speed: Speed, *, receiver_url: str, receiver_token: str) -> Manifest:
    """The chart's own configuration of Alertmanager, with times divided and every integration replaced by a webhook.

    Args:
        chart: as documented.
        speed: divides.
        receiver_url: ends with a slash; a receiver's name is appended to it, quoted.
        receiver_token: bearer token of the notifications; empty for none.

    Raises:
        ShapeError: it is one that Alertmanager would refuse.
    """
    base = chart.alertmanager.base
    made = alertmanager_config(chart, ())
    whole = Field(base.path, made)
    timeout = whole.at("global", "resolve_timeout").duration() or PromDuration(0)
    return {
        **made,
        "global": {"resolve_timeout": str(speed.scale(timeout))},
        "route": _route(whole.at("route"), speed),
        "receivers": [receiver(one, url=receiver_url, token=receiver_token) for one in whole.at("receivers").items()],
    }


def inherited_times(chart: Chart) -> Mapping[str, PromDuration]:
    """The documented times of the chart's root route, by the names they have in an AlertmanagerConfig.

    Raises:
        ShapeError: one of them is no duration.
    """
    root = chart.alertmanager.base.at("route")
    return {key: root.at(raw).duration() or ROOT_TIMES[raw] for key, raw in OBJECT_TIMES.items()}


def _routing(made: Manifest, speed: Speed, *, receiver_url: str, inherited: Mapping[str, PromDuration]) -> Manifest:
    config = Custom.read(made)
    route, sources = config.spec.at("route"), tuple(config.spec.at("receivers").items())
    spec = fields(config.spec)
    if route.present:
        object_route(route, config, [one.at("name").text() for one in sources])
        defaults: Manifest = {key: str(speed.scale(length)) for key, length in inherited.items()}
        spec["route"] = defaults | _route(route, speed)
    if sources:
        spec["receivers"] = [
            object_receiver(one, qualified(config, one.at("name").text()), url=receiver_url) for one in sources
        ]
    return {**made, "spec": spec}


def _route(source: Field, speed: Speed) -> Manifest:
    """A route in either spelling, and all below it."""
    made = fields(source)
    times = (*OBJECT_TIMES, *OBJECT_TIMES.values())
    made |= {key: str(speed.scale(length)) for key in times if (length := source.at(key).duration())}
    if source.at("routes").present:
        made["routes"] = [_route(child, speed) for child in source.at("routes").items()]
    return made
