"""What no run says about a subject's notifications: the harness's own receiver stands in for every destination."""

from collections.abc import Iterator, Sequence

from harness.core.contract.model import Contract
from harness.core.operator.integration import Integration, integrations
from harness.core.operator.manifest import one_object
from harness.core.operator.reading import Custom, Field
from harness.core.operator.translation import ALERTMANAGER_CONFIG
from harness.core.rules.unproved import Unproved


def destinations(text: str, receiver: str) -> tuple[Integration, ...]:
    """A receiver's destinations as an AlertmanagerConfig has them; none where it has no such receiver.

    Raises:
        MisuseError: the text is no AlertmanagerConfig, or one that the operator would refuse.
    """
    spec = _routing(text).spec
    for source in spec.at("receivers").items():
        if source.at("name").text() == receiver:
            return integrations(source)
    return ()


def untried(text: str, contract: Contract) -> tuple[Unproved, ...]:
    """What is not looked at of the documented receiver, for every alert: how it is reached, and hours without telling.

    Args:
        text: YAML of the subject's AlertmanagerConfig.
        contract: names the receiver and the alerts.

    Raises:
        MisuseError: as `destinations`.
    """
    receiver = contract.route.receiver
    notes = [*_unreached(receiver, destinations(text, receiver)), *_hours(text, receiver)]
    return tuple(Unproved(rule=alert.name, part=part, why=why) for alert in contract.alerts for part, why in notes)


def _unreached(receiver: str, found: Sequence[Integration]) -> Iterator[tuple[str, str]]:
    for one in found:
        how = f": {', '.join(one.untried)}" if one.untried else ""
        yield (
            f"how {one.name} of {receiver} is reached{how}",
            "the harness's own receiver takes its place, so that nobody is told and no secret is needed",
        )


def _hours(text: str, receiver: str) -> Iterator[tuple[str, str]]:
    route = _routing(text).spec.at("route")
    for names, word in (("muteTimeIntervals", "in"), ("activeTimeIntervals", "outside")):
        if listed := ", ".join(sorted(set(_intervals(route, names)))):
            yield (
                f"notifications {word} the time intervals {listed}",
                f"{receiver} is told nothing then, and no speed divides the hours of a day: seen is this run's time",
            )


def _routing(text: str) -> Custom:
    """The object, wherever it is applied: nothing here depends on its namespace."""
    return Custom.read(one_object(text, ALERTMANAGER_CONFIG, source="the AlertmanagerConfig", namespace="anywhere"))


def _intervals(route: Field, names: str) -> Iterator[str]:
    yield from route.at(names).texts()
    for below in route.at("routes").items():
        yield from _intervals(below, names)
