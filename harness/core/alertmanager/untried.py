"""What no run says about a subject's notifications: the harness's own receiver stands in for every destination."""

from collections.abc import Iterator, Sequence

from harness.core.contract.model import Contract
from harness.core.operator.integration import Integration, integrations
from harness.core.operator.manifest import one_object
from harness.core.operator.plain_routing import plain_routing
from harness.core.operator.reading import Custom, Field
from harness.core.operator.translation import ALERTMANAGER_CONFIG
from harness.core.rules.unproved import Unproved

#: what the text is called in messages
_FILE = "the AlertmanagerConfig"
#: in either spelling
_HOURS = (
    *(("muteTimeIntervals", "in"), ("activeTimeIntervals", "outside")),
    *(("mute_time_intervals", "in"), ("active_time_intervals", "outside")),
)


def destinations(text: str, receiver: str) -> tuple[Integration, ...]:
    """A receiver's destinations as the subject's routing has them; none where it has no such receiver.

    Raises:
        MisuseError: the text is no routing, or one that the operator would refuse.
    """
    for source in _receivers(text).items():
        if source.at("name").text() == receiver:
            return integrations(source)
    return ()


def untried(text: str, contract: Contract) -> tuple[Unproved, ...]:
    """What is not looked at of the documented receiver, for every alert: how it is reached, and hours without telling.

    Args:
        text: YAML of the subject's routing, an AlertmanagerConfig or a plain configuration.
        contract: names the receiver and the alerts.

    Raises:
        MisuseError: as `destinations`.
    """
    receiver = contract.route.receiver
    notes = [*_unreached(receiver, destinations(text, receiver)), *_hours(text, receiver), *_plain(text)]
    return tuple(Unproved(rule=alert.name, part=part, why=why) for alert in contract.alerts for part, why in notes)


def _unreached(receiver: str, found: Sequence[Integration]) -> Iterator[tuple[str, str]]:
    for one in found:
        how = f": {', '.join(one.untried)}" if one.untried else ""
        yield (
            f"how {one.name} of {receiver} is reached{how}",
            "the harness's own receiver takes its place, so that nobody is told and no secret is needed",
        )


def _hours(text: str, receiver: str) -> Iterator[tuple[str, str]]:
    plain = plain_routing(text, _FILE)
    route = _object(text).spec.at("route") if plain is None else plain.config.at("route")
    for names, word in _HOURS:
        if listed := ", ".join(sorted(set(_intervals(route, names)))):
            yield (
                f"notifications {word} the time intervals {listed}",
                f"{receiver} is told nothing then, and no speed divides the hours of a day: seen is this run's time",
            )


def _plain(text: str) -> Iterator[tuple[str, str]]:
    """What the harness's own route, an object of the operator's, cannot show of a plain configuration."""
    plain = plain_routing(text, _FILE)
    if plain is None:
        return
    yield (
        "that a route behind the documented one is told as well, or is not",
        "`continue` is read from what Alertmanager has loaded: a route of the harness's own would stand in front",
    )
    if not plain.whole:
        yield (
            "how the route is worked into your Alertmanager's configuration",
            "Alertmanager refuses it alone (its root route names no receiver); here the chart's own comes behind",
        )


def _receivers(text: str) -> Field:
    plain = plain_routing(text, _FILE)
    return (_object(text).spec if plain is None else plain.config).at("receivers")


def _object(text: str) -> Custom:
    """The object, wherever it is applied: nothing here depends on its namespace."""
    return Custom.read(one_object(text, ALERTMANAGER_CONFIG, source=_FILE, namespace="anywhere"))


def _intervals(route: Field, names: str) -> Iterator[str]:
    yield from route.at(names).texts()
    for below in route.at("routes").items():
        yield from _intervals(below, names)
