"""The AlertmanagerConfig at a speed, as it is applied to a cluster whose operator is a real one: see `at_speed`.

Routes and names stay. Each integration becomes a webhook to the harness's receiver, for the reasons that
`core.operator.receiver` gives: as many deliveries as on a cluster, of ends as well where they are told there, and no
secret of anybody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from harness.core.duration import PromDuration
from harness.core.operator.chart import Chart
from harness.core.operator.manifest import Manifest, fields, read_object
from harness.core.operator.place import Place
from harness.core.operator.reading import Custom, Field, Yaml
from harness.core.operator.receiver import receiver
from harness.core.operator.route import ROOT_TIMES, object_route, qualified
from harness.core.operator.translation import ALERTMANAGER_CONFIG
from harness.core.rules.speed import Speed

#: the times of a route -> the same in Alertmanager's own spelling
_ROUTE_TIMES = {"groupWait": "group_wait", "groupInterval": "group_interval", "repeatInterval": "repeat_interval"}
_NOTHING: Mapping[str, PromDuration] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKey:
    """One entry of a Secret, in the namespace of the object that refers to it."""

    name: str
    key: str


def routing_at(
    text: str,
    source: str,
    speed: Speed,
    *,
    receiver_url: str,
    token: SecretKey | None,
    inherited: Mapping[str, PromDuration] = _NOTHING,
    namespace: str = "",
) -> Manifest:
    """The AlertmanagerConfig with its routes' times divided and every integration replaced by a webhook.

    Args:
        text: YAML of one AlertmanagerConfig.
        source: what to call it in messages, usually the file's name.
        speed: divides.
        receiver_url: ends with a slash; a receiver's qualified name is appended to it, quoted.
        token: where the bearer token of the notifications is, in the object's own namespace; None for none.
        inherited: documented times of the root route (`inherited_times`), for what the object's route leaves to it.
            Only needed where the root route is not at the speed.
        namespace: of an object that names none; empty to refuse such.

    Raises:
        FileMistakesError: what the operator's validation refuses; no AlertmanagerConfig, or more than one.
    """
    found = read_object(text, ALERTMANAGER_CONFIG, source=source, namespace=namespace)
    with found.blamed():
        return _routing(found.manifest, speed, receiver_url=receiver_url, token=token, inherited=inherited)


def _routing(
    made: Manifest,
    speed: Speed,
    *,
    receiver_url: str,
    token: SecretKey | None,
    inherited: Mapping[str, PromDuration],
) -> Manifest:
    config = Custom.read(made)
    place = routing_place(speed, receiver_url)
    route, sources = config.spec.at("route"), tuple(config.spec.at("receivers").items())
    spec = fields(config.spec)
    if route.present:
        object_route(route, config, [one.at("name").text() for one in sources], place)
        defaults: Manifest = {key: str(speed.scale(length)) for key, length in inherited.items()}
        spec["route"] = defaults | _route(route, speed)
    if sources:
        spec["receivers"] = [_receiver(one, config, place, token) for one in sources]
    return {**made, "spec": spec}


def inherited_times(chart: Chart) -> Mapping[str, PromDuration]:
    """The documented times of the chart's root route, by the names they have in an AlertmanagerConfig.

    Raises:
        ShapeError: one of them is no duration.
    """
    root = chart.alertmanager.base.at("route")
    return {key: root.at(raw).duration() or ROOT_TIMES[raw] for key, raw in _ROUTE_TIMES.items()}


def routing_place(speed: Speed, receiver_url: str, receiver_token: str = "") -> Place:
    """A place for routes and receivers only: nothing else of it is read by them."""
    return Place(
        speed=speed,
        floor=PromDuration(1),
        kubeconfig_file="",
        rules_dir="",
        alertmanager_address="",
        node_name="",
        node_metrics_address="",
        receiver_url=receiver_url,
        receiver_token=receiver_token,
    )


def _route(source: Field, speed: Speed) -> Manifest:
    made = fields(source)
    made |= {key: str(speed.scale(length)) for key in _ROUTE_TIMES if (length := source.at(key).duration())}
    if source.at("routes").present:
        made["routes"] = [_route(child, speed) for child in source.at("routes").items()]
    return made


def _receiver(source: Field, owner: Custom, place: Place, token: SecretKey | None) -> Manifest:
    name = source.at("name").text()
    translated = Field(source.path, receiver(source, qualified(owner, name), place))
    webhooks: list[Yaml] = [_webhook(one, token) for one in translated.at("webhook_configs").items()]
    return {"name": name, "webhookConfigs": webhooks} if webhooks else {"name": name}


def _webhook(stand_in: Field, token: SecretKey | None) -> Manifest:
    made: Manifest = {"url": stand_in.at("url").text(), "sendResolved": stand_in.at("send_resolved").flag()}
    if limit := stand_in.at("max_alerts").integer():
        made["maxAlerts"] = limit
    if token is not None:
        credentials: Manifest = {"name": token.name, "key": token.key}
        made["httpConfig"] = {"authorization": {"type": "Bearer", "credentials": credentials}}
    return made
