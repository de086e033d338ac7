"""What Alertmanager told between two instants, and whether alerts of one group were told together, as promised.

Judged are calls at receivers, and the routes as Alertmanager has loaded them. Its timers: a group is told of after
group_wait, then at most every group_interval, and of what has no news only after repeat_interval:
https://github.com/prometheus/alertmanager/blob/v0.31.1/dispatch/dispatch.go (`run`), notify/notify.go (`needsUpdate`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.notification import Notification, notifications
from harness.core.alertmanager.routes import LoadedRoute
from harness.core.contract.model import RoutePromise
from harness.core.judge.case import Component, Disruption, Pace
from harness.core.judge.finding import (
    Clause,
    Finding,
    Judgement,
    broken_unless,
    leading,
    unknown,
    verified,
    violated,
    weigh,
)
from harness.core.label_text import braces

_ON_THE_WAY = (Component.ALERTMANAGER, Component.RECEIVER, Component.MACHINE)

#: what one receiver was told, group by group and destination by destination, each oldest first
Groups = tuple[tuple[Notification, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationCase:
    """What was told between two instants, by which routes. Unix times."""

    promise: RoutePromise
    #: of `harness.core.alertmanager.routes.loaded_routes`, the probe route among them
    routes: tuple[LoadedRoute, ...]
    #: under the receivers' short names, any order
    deliveries: tuple[Delivery, ...]
    start_s: float
    end_s: float
    pace: Pace
    #: of `DeliveryPace`
    slack_s: float
    disruptions: tuple[Disruption, ...] = ()
    #: receiver of the harness's own route behind the subject's; empty if there is none
    probe_route: str = ""

    def disruption(self, start_s: float, end_s: float) -> str:
        """Why a notification between the instants may be late or lost; empty if nothing excuses it."""
        return "; ".join(
            f"{one.component} {one.cause}"
            for one in self.disruptions
            if one.component in _ON_THE_WAY and one.start_s <= end_s and start_s <= one.end_s
        )

    def routes_to(self, receiver: str) -> tuple[LoadedRoute, ...]:
        """The routes that lead there."""
        return tuple(route for route in self.routes if route.short_receiver == receiver)

    def groups(self, receiver: str) -> Groups:
        """As `by_group`."""
        return by_group(self.deliveries, receiver)


def by_group(deliveries: Iterable[Delivery], receiver: str) -> Groups:
    """What a receiver was told, group by group and destination by destination, each oldest first."""
    found: dict[tuple[str, str], list[Notification]] = {}
    for one in notifications(deliveries, receiver):
        found.setdefault((one.group_key, one.destination), []).append(one)
    return tuple(map(tuple, found.values()))


def judge_grouping(case: NotificationCase) -> Judgement:
    """Alerts of one group are told together, in groups as promised, not more often than the group's interval."""
    labels = case.promise.group_by
    promise = "Alerts of one group arrive in one notification" + (f", grouped by {_names(labels)}" if labels else "")
    route = one_way(case, Clause.GROUPED_BY)
    if isinstance(route, Finding):
        return judgement_of("grouping", promise, (route,))
    groups = case.groups(case.promise.receiver)
    return judgement_of(
        "grouping",
        promise,
        (_grouped_by(case, route, groups), _together(case, route, groups), _spaced(case, route, groups)),
    )


def one_way(case: NotificationCase, clause: Clause) -> LoadedRoute | Finding:
    """The route to the documented receiver, if all that lead there treat it alike."""
    receiver = case.promise.receiver
    ways = case.routes_to(receiver)
    if not ways:
        return violated(clause, f"a route to {receiver}", "there is none")
    if len({(one.group_by, one.group_wait, one.group_interval, one.repeat_interval) for one in ways}) > 1:
        return unknown(
            clause, f"one way to tell {receiver}", f"{len(ways)} routes lead there, with timers of their own"
        )
    return ways[0]


def successive(group: tuple[Notification, ...], route: LoadedRoute) -> Iterator[tuple[Notification, Notification]]:
    """Notifications to one destination that follow each other.

    Where the calls do not say to which destination they went (`Delivery.destination`), those of several come in turn.
    """
    stride = 1 if group and group[0].destination else max(1, route.integrations)
    return zip(group, group[stride:], strict=False)


def judgement_of(name: str, promise: str, findings: tuple[Finding, ...]) -> Judgement:
    """The judgement that follows from the findings, with what decided it as the cause."""
    decisive = leading(findings)
    return Judgement(
        name=name,
        verdict=weigh(findings),
        promise=promise,
        findings=findings,
        cause="" if decisive is None else f"{decisive.clause}: {decisive.actual}",
    )


def _grouped_by(case: NotificationCase, route: LoadedRoute, groups: Groups) -> Finding:
    promised = case.promise.group_by
    loaded = _names(route.group_by)
    expected = f"groups by {loaded if promised is None else _names(promised)}"
    if promised is not None and sorted(promised) != list(route.group_by):
        return violated(Clause.GROUPED_BY, expected, f"the route groups by {loaded}")
    for one in (each for group in groups for each in group):
        for alert in one.deliveries:
            if route.grouped_by(alert.labels) != dict(one.group_labels):
                return violated(
                    Clause.GROUPED_BY,
                    expected,
                    f"{braces(alert.labels)} was told in the group {braces(one.group_labels)}",
                )
    if not groups:
        return unknown(Clause.GROUPED_BY, expected, "nothing was told")
    about = len({group[0].group_key for group in groups})
    return verified(Clause.GROUPED_BY, expected, f"{sum(map(len, groups))} notifications about {about} groups")


def _together(case: NotificationCase, route: LoadedRoute, groups: Groups) -> Finding:
    """A notification carries every alert of its group that was told as firing before and not as resolved since."""
    expected = "every alert of a group that fires is in each of its notifications"
    for group in groups:
        for former, one in pairwise(group):
            # a destination that is told of no ends is not told of those that are over, and rightly so
            missing = former.firing - one.firing - one.resolved if one.ends_told else frozenset()
            if missing and not one.truncated:
                why = case.disruption(former.received_at_s, one.received_at_s) or _confused(route, one)
                actual = f"{len(missing)} of {len(former.firing)} alerts left out of {braces(one.group_labels)}"
                return broken_unless(Clause.TOGETHER, expected, actual, why)
    largest = max((one for group in groups for one in group), key=lambda one: len(one.firing), default=None)
    if largest is None or len(largest.firing) < 2:  # noqa: PLR2004 - one alert has no company
        return unknown(Clause.TOGETHER, expected, "no two alerts of one group fired at a time")
    return verified(
        Clause.TOGETHER,
        expected,
        f"{len(largest.firing)} alerts in one notification about {braces(largest.group_labels)}",
    )


def _spaced(case: NotificationCase, route: LoadedRoute, groups: Groups) -> Finding:
    interval_s = route.group_interval.seconds
    expected = f"at least {case.pace.documented_text(interval_s)} between two notifications of a group that fires"
    gaps = [
        (later.received_at_s - former.received_at_s, former, later)
        for group in groups
        for former, later in successive(group, route)
        if former.firing
    ]
    if not gaps:
        return unknown(Clause.SPACED, expected, "no group was told twice")
    gap_s, former, later = min(gaps, key=lambda gap: gap[0])
    actual = f"{case.pace.documented_text(gap_s)} ({gap_s:.2f} s) at least, between {len(gaps)} pairs"
    if gap_s >= interval_s - case.slack_s:
        return verified(Clause.SPACED, expected, actual)
    return broken_unless(Clause.SPACED, expected, actual, case.disruption(former.received_at_s, later.received_at_s))


def _confused(route: LoadedRoute, one: Notification) -> str:
    several = route.integrations > 1 and not one.destination
    return f"the receiver has {route.integrations} destinations, whose calls may overtake each other" if several else ""


def _names(labels: tuple[str, ...]) -> str:
    return ", ".join(sorted(labels)) or "no label: all alerts together"
