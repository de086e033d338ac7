"""Judging the documented `continue`: routes behind the subject's see its alerts as well, or do not.

The Prometheus Operator sets `continue: true` on the top route of every AlertmanagerConfig, so there the object's own
word proves nothing and breaks nothing; a route below it can, or one of Alertmanager's own configuration. Who is really
told is seen at a route of the harness's own that stands behind, the probe route.
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/alertmanager/amcfg.go, `continueToNextRoute`
"""

from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.routes import LoadedRoute
from harness.core.judge.finding import Clause, Finding, Judgement, broken_unless, unknown, verified, violated
from harness.core.judge.notifications import NotificationCase, judgement_of
from harness.core.label_text import braces

_FORCED = "the Prometheus Operator sets it on the top route of an AlertmanagerConfig, whatever the object says"


def judge_continue(case: NotificationCase) -> Judgement:
    """Routes behind the documented one see its alerts as well, if that is promised, and do not if it is not."""
    documented = str(case.promise.continues).lower()
    promise = f"Routes behind that to {case.promise.receiver} {'see' if case.promise.continues else 'miss'} its alerts"
    ways, behind = case.routes_to(case.promise.receiver), case.routes_to(case.probe_route)
    if not ways:
        finding = violated(Clause.CONTINUE, f"a route to {case.promise.receiver}", "there is none")
        return judgement_of("continue", promise, (finding,))
    branches = {_branch(case, way, behind[0] if behind else None) for way in ways}
    stated = {branch.continues for branch in branches}
    right = stated == {case.promise.continues}
    actual = ", ".join(sorted(f"continue: {str(one).lower()}" for one in stated)) + " as loaded"
    if any(map(_is_forced, branches)):
        actual += f"; {_FORCED}"
    findings = [(verified if right else violated)(Clause.CONTINUE, f"continue: {documented}", actual)]
    if behind:
        findings.append(_seen_behind(case, behind[0], max(branch.position for branch in branches)))
    elif case.probe_route:
        findings.append(unknown(Clause.SEEN_BEHIND, "a route of the harness behind it", "it is not loaded"))
    return judgement_of("continue", promise, tuple(findings))


def _seen_behind(case: NotificationCase, behind: LoadedRoute, last: tuple[int, ...]) -> Finding:
    wanted = case.promise.continues
    expected = f"a later route is {'' if wanted else 'not '}told of what {case.promise.receiver} is told of"
    if behind.position < last:
        return unknown(Clause.SEEN_BEHIND, expected, "the harness's own route does not stand behind that one")
    told = _first_told(case, case.promise.receiver)
    seen = _first_told(case, case.probe_route)
    if not told:
        return unknown(Clause.SEEN_BEHIND, expected, f"{case.promise.receiver} was told of nothing")
    both = told.keys() & seen.keys()
    if not wanted:
        actual = f"{len(both)} of {len(told)} alerts were told there too"
        return (violated if both else verified)(Clause.SEEN_BEHIND, expected, actual)
    allowed_s = max(behind.group_wait.seconds, behind.group_interval.seconds) + case.slack_s
    missed = [told[key] for key in told.keys() - seen.keys()]
    for one in missed:
        deadline_s = one.received_at_s + allowed_s
        why = case.disruption(one.received_at_s, deadline_s)
        if not why and min(case.end_s, _ended_s(case, one)) < deadline_s:
            why = "it did not fire, or was not watched, for longer"
        return broken_unless(Clause.SEEN_BEHIND, expected, f"{braces(one.labels)} was not told there", why)
    return verified(Clause.SEEN_BEHIND, expected, f"all {len(told)} alerts were told there too")


def _first_told(case: NotificationCase, receiver: str) -> dict[str, Delivery]:
    """Alerts told as firing, by fingerprint, each as it was told first."""
    found: dict[str, Delivery] = {}
    for one in sorted(case.deliveries, key=lambda one: one.received_at_s):
        if one.receiver == receiver and one.status == "firing":
            found.setdefault(one.fingerprint, one)
    return found


def _ended_s(case: NotificationCase, alert: Delivery) -> float:
    """When an alert had ended, as told to anybody; infinity if it was not."""
    return min(
        (
            one.ends_at_s
            for one in case.deliveries
            if one.fingerprint == alert.fingerprint and one.ends_at_s is not None and one.ends_at_s > alert.starts_at_s
        ),
        default=float("inf"),
    )


def _is_forced(branch: LoadedRoute) -> bool:
    """Whether it is the top route of an AlertmanagerConfig, by its receiver's name and its place."""
    return branch.continues and len(branch.position) == 1 and branch.receiver.count("/") == 2  # noqa: PLR2004


def _branch(case: NotificationCase, way: LoadedRoute, behind: LoadedRoute | None) -> LoadedRoute:
    """Where the ways to two routes part: whether that route continues decides if the later one sees an alert."""
    other = () if behind is None else behind.position
    shared = 0
    for one, two in zip(way.position, other, strict=False):
        if one != two:
            break
        shared += 1
    parting = way.position[: shared + 1]
    return next(route for route in case.routes if route.position == parting)
