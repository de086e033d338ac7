"""The route: every documented alert comes to the documented receiver by it, grouped and repeated as documented."""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.core.alertmanager.routes import LoadedRoute
from harness.core.check import CheckFinding
from harness.core.errors import CouldNotTellError
from harness.core.files.mistakes import Path as Keys
from harness.core.label_text import braces
from harness.core.nearest import nearest
from harness.core.operator.manifest import ObjectFile
from harness.core.operator.plain_routing import PlainRouting
from harness.core.operator.reading import Custom
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle, shown
from harness.offline.check.destinations import destination_findings, inhibition_findings
from harness.offline.check.routed import Routed, RoutedAlert
from harness.offline.check.routing_places import SPELLED, route_keys, routing_finding
from harness.toolchain.amtool_routes import receivers_for


def routing_findings(bundle: Bundle) -> Iterator[CheckFinding]:
    """Everything that is said of the route.

    Raises:
        CouldNotTellError: amtool does not answer.
    """
    if not bundle.chart.alertmanager.enabled:
        yield routing_finding(
            bundle,
            "configuration",
            "Alertmanager",
            verdict=Verdict.UNKNOWN,
            expected="an Alertmanager that loads the route",
            actual="the chart's values switch it off",
            cause="who loads the route instead no file says",
        )
    yield from _excerpt(bundle)
    routed = Routed.of(bundle)
    yield from _reached(bundle, routed)
    yield from _as_documented(bundle, routed)
    yield from destination_findings(bundle)
    yield from inhibition_findings(bundle, routed)


def _excerpt(bundle: Bundle) -> Iterator[CheckFinding]:
    if isinstance(bundle.routing, PlainRouting) and not bundle.routing.whole:
        yield routing_finding(
            bundle,
            "configuration",
            "Alertmanager",
            verdict=Verdict.SKIPPED,
            expected="a configuration that Alertmanager loads",
            actual="an excerpt: its root route names no receiver",
            cause="Alertmanager refuses it alone (root route must specify a default receiver); it is looked at in front"
            " of the chart's own, and how it is worked into yours can only be seen there",
            keys=("route",),
        )


def _reached(bundle: Bundle, routed: Routed) -> Iterator[CheckFinding]:
    """Each alert's way to the documented receiver: of several instances, the one that does not come there."""
    receiver = bundle.contract.route.receiver
    for promise in bundle.contract.alerts:
        instances = routed.alerts[promise.name]
        one = next((each for each in instances if receiver not in each.receivers), instances[0])
        verdict, cause, keys = Verdict.VERIFIED, "", route_keys(bundle, "receiver")
        if receiver not in one.receivers:
            verdict, cause, keys = _blame(bundle, routed, one)
        yield routing_finding(
            bundle,
            "route",
            promise.name,
            verdict=verdict,
            expected=f"{braces(one.labels)} -> {receiver}",
            actual=f"it goes to {', '.join(one.receivers) or 'no receiver'}",
            cause=cause,
            keys=keys,
            command=_walk_command(bundle, one.labels),
        )


def _blame(bundle: Bundle, routed: Routed, alert: RoutedAlert) -> tuple[Verdict, str, Keys]:
    """Why an alert does not come to the documented receiver, and where that is written."""
    receiver = bundle.contract.route.receiver
    mine = [one for one in routed.routes if one.short_receiver == receiver]
    if not mine:
        there = ", ".join(nearest(receiver, {one.short_receiver for one in routed.routes})) or "none"
        keys: Keys = ("route", "receiver") if isinstance(bundle.routing, ObjectFile) else ("route", "routes")
        return Verdict.VIOLATED, f"no route leads to a receiver {receiver}; those that routes lead to: {there}", keys
    keys = route_keys(bundle, "matchers")
    refusing = [_refusing(bundle, routed, one, alert.labels) for one in mine]
    if None in refusing:
        cause = (
            f"a route before it takes the alert and does not continue: {_before(routed, mine[refusing.index(None)])}"
        )
        return Verdict.VIOLATED, cause, keys
    matchers = [one.matchers for one in refusing if one is not None]
    wanted = f"the route to {receiver} takes {' or '.join(matchers)}"
    untold = sorted(name for name in alert.invented if any(_asks(one, name) for one in matchers))
    if untold:
        return Verdict.UNKNOWN, f"{wanted}, and what {', '.join(untold)} will be only a cluster knows", keys
    return Verdict.VIOLATED, f"{wanted}, and the alert has {braces(alert.labels)}", keys


def _asks(matchers: str, label: str) -> bool:
    return re.search(rf'(?<![\w.]){re.escape(label)}"?(?:=|!)', matchers) is not None


def _refusing(bundle: Bundle, routed: Routed, route: LoadedRoute, labels: Mapping[str, str]) -> LoadedRoute | None:
    """The first route on the way to one that does not take the alert; None if each takes it."""
    way = [one for one in routed.routes if one.position and route.position[: len(one.position)] == one.position]
    return next((one for one in way if not _takes(bundle, one, labels)), None)


def _takes(bundle: Bundle, route: LoadedRoute, labels: Mapping[str, str]) -> bool:
    """Whether a route alone would take the alert: amtool's word, on a configuration of this route and nothing else."""
    if route.matchers == "{}":
        return True
    inside = route.matchers.removeprefix("{").removesuffix("}").split(", ")
    config = {
        "route": {"receiver": "other", "routes": [{"receiver": "taken", "matchers": inside}]},
        "receivers": [{"name": "other"}, {"name": "taken"}],
    }
    try:
        return receivers_for(bundle.amtool, json.dumps(config), labels) == ("taken",)
    except CouldNotTellError:
        return False


def _before(routed: Routed, route: LoadedRoute) -> str:
    others = [one for one in routed.routes if one.position < route.position and one.position and not one.continues]
    return "; ".join(f"{one.matchers} to {one.short_receiver}" for one in others) or "one above it"


def _as_documented(bundle: Bundle, routed: Routed) -> Iterator[CheckFinding]:
    """What is promised of the route itself: grouping, repetition, whether later routes see its alerts."""
    promise, about = bundle.contract.route, f"route to {bundle.contract.route.receiver}"
    ways = [one for one in routed.routes if one.short_receiver == promise.receiver]
    if not ways:
        return
    if len({(one.group_by, one.repeat_interval) for one in ways}) > 1:
        yield routing_finding(
            bundle,
            "group_by",
            about,
            verdict=Verdict.UNKNOWN,
            expected=f"one way to tell {promise.receiver}",
            actual=f"{len(ways)} routes lead there, grouped and repeated each in its own way",
            cause="which of them an alert takes differs from alert to alert",
            keys=("route",),
        )
        return
    way = ways[0]
    if promise.group_by is not None:
        right = sorted(promise.group_by) == list(way.group_by)
        said = ", ".join(way.group_by) or "no label"
        yield routing_finding(
            bundle,
            "group_by",
            about,
            verdict=Verdict.VERIFIED if right else Verdict.VIOLATED,
            expected=f"grouped by {', '.join(sorted(promise.group_by)) or 'no label'}",
            actual=f"grouped by {said}",
            cause="" if right else _inherited(bundle, "group_by", f"the route groups by {said}"),
            keys=route_keys(bundle, "group_by"),
        )
    if promise.repeat_interval is not None:
        right = promise.repeat_interval == way.repeat_interval
        yield routing_finding(
            bundle,
            "repeat_interval",
            about,
            verdict=Verdict.VERIFIED if right else Verdict.VIOLATED,
            expected=f"told again after {promise.repeat_interval}",
            actual=f"told again after {way.repeat_interval}",
            cause="" if right else _inherited(bundle, "repeat_interval", f"the route says {way.repeat_interval}"),
            keys=route_keys(bundle, "repeat_interval"),
        )
    yield _continues(bundle, routed, ways)
    if way.hours:
        yield routing_finding(
            bundle,
            "hours",
            about,
            verdict=Verdict.SKIPPED,
            expected="it is told at any time",
            actual=way.hours,
            cause="the hours of a day can only be seen live",
            keys=("route",),
        )


def _continues(bundle: Bundle, routed: Routed, ways: Sequence[LoadedRoute]) -> CheckFinding:
    """Whether routes behind it see its alerts: on the level below the root, where routes of others stand."""
    promised = bundle.contract.route.continues
    branches = {one.position: one for one in routed.routes if len(one.position) <= 1}
    stated = {branches[one.position[:1]].continues for one in ways}
    keys, written = route_keys(bundle, "continue"), _continue_as_written(bundle)
    actual = " and ".join(f"continue: {str(one).lower()}" for one in sorted(stated))
    if isinstance(bundle.routing, ObjectFile):
        actual += ", which the operator sets on the top route of an AlertmanagerConfig, whatever the object says"
    right = stated == {promised}
    cause = "" if right else f"routes behind it {'do not see its' if promised else 'see its'} alerts: {actual}"
    if right and written is not None and written is not promised:
        right, cause = False, f"the object says continue: {str(written).lower()}; what is in force is {actual}"
    return routing_finding(
        bundle,
        "continue",
        f"route to {bundle.contract.route.receiver}",
        verdict=Verdict.VERIFIED if right else Verdict.VIOLATED,
        expected=f"continue: {str(promised).lower()}",
        actual=f"written {str(written).lower()}; {actual}" if cause and written is not None else actual,
        cause=cause,
        keys=keys,
    )


def _continue_as_written(bundle: Bundle) -> bool | None:
    """The object's own word for its top route; None where it says nothing, or is no object."""
    if not isinstance(bundle.routing, ObjectFile):
        return None
    stated = Custom.read(bundle.routing.manifest).spec.at("route", "continue")
    return stated.flag() if stated.present else None


def _inherited(bundle: Bundle, key: str, cause: str) -> str:
    """The cause, and that it is not the route's own word where the route has none."""
    keys = route_keys(bundle, key)
    return cause if keys[-1] in (key, SPELLED.get(key)) else f"{cause}, as it says nothing itself"


def _walk_command(bundle: Bundle, labels: Mapping[str, str]) -> str:
    """Amtool's walk where there is a file to walk; else the lines of the object."""
    if isinstance(bundle.routing, PlainRouting) and bundle.routing.whole and not bundle.routing.kept:
        file = shown(Path(bundle.routing.document.source))
        said = (f"{name}={value}" for name, value in labels.items())
        return shlex.join(["amtool", "config", "routes", "test", f"--config.file={file}", *said])
    return ""
