"""Judging repetition: what still fires is told again after the promised time, and not before.

The promised time is hours. What no run waits for is not claimed: the interval is read from the loaded route, what was
told is shown to hold no repetition before it, and that Alertmanager does repeat is shown on a route of the harness's
own with a short interval, and said to be that.
"""

from collections.abc import Iterator

from harness.core.alertmanager.notification import Notification
from harness.core.alertmanager.routes import LoadedRoute
from harness.core.judge.finding import Clause, Finding, Judgement, broken_unless, unknown, verified, violated
from harness.core.judge.notifications import Groups, NotificationCase, judgement_of, one_way, successive
from harness.core.label_text import braces


def judge_repeat(case: NotificationCase) -> Judgement:
    """An alert that still fires is told again after the promised time, and not before."""
    promised = case.promise.repeat_interval
    promise = f"An alert that still fires is told again {f'after {promised}' if promised else 'in time'}, not before"
    route = one_way(case, Clause.REPEAT_INTERVAL)
    if isinstance(route, Finding):
        return judgement_of("repeat", promise, (route,))
    findings = [_not_repeated(case, route)]
    if promised is not None:
        expected = f"repeat_interval {promised}"
        actual = f"{case.pace.documented_text(route.repeat_interval.seconds)} ({route.repeat_interval} on the clock)"
        # to the millisecond of the clock
        right = abs(route.repeat_interval.ms * case.pace.speed - promised.ms) <= case.pace.speed
        findings.insert(0, (verified if right else violated)(Clause.REPEAT_INTERVAL, expected, actual))
    if case.probe_route:
        findings.append(_repeated(case))
    return judgement_of("repeat", promise, tuple(findings))


def repetitions(groups: Groups, route: LoadedRoute) -> tuple[float, ...]:
    """Seconds after which a receiver was told again of what still fires, without any news about it; none yet is ().

    An alert that was told twice is not repeated by that: another one of its group may have been the news.
    """
    return tuple(
        later.received_at_s - former.received_at_s
        for group in groups
        for former, later in successive(group, route)
        if _without_news(former, later)
    )


def _not_repeated(case: NotificationCase, route: LoadedRoute) -> Finding:
    repeat_s = route.repeat_interval.seconds
    text = case.pace.documented_text(repeat_s)
    expected = f"nothing without news within {text}"
    groups = case.groups(case.promise.receiver)
    if not groups:
        return unknown(Clause.NOT_REPEATED_EARLY, expected, "nothing was told")
    for group in groups:
        for former, later in successive(group, route):
            gap_s = later.received_at_s - former.received_at_s
            if _without_news(former, later) and gap_s < repeat_s - case.slack_s:
                actual = f"{braces(later.group_labels)} was told again after {case.pace.documented_text(gap_s)}"
                why = case.disruption(former.received_at_s, later.received_at_s)
                return broken_unless(Clause.NOT_REPEATED_EARLY, expected, actual, why)
    waited_s = max(_waits(groups, case.end_s), default=0.0)
    actual = f"{sum(map(len, groups))} notifications, each with news; {case.pace.documented_text(waited_s)} without any"
    if waited_s < repeat_s:
        actual += f". That it is told again after {text} was not waited for"
    return verified(Clause.NOT_REPEATED_EARLY, expected, actual)


def _repeated(case: NotificationCase) -> Finding:
    """That Alertmanager repeats at all: seen on the probe route, and never held against the subject."""
    ways = case.routes_to(case.probe_route)
    if not ways:
        return unknown(Clause.REPEATED, "a route of the harness's own", "Alertmanager has not loaded it")
    repeat_s = ways[0].repeat_interval.seconds
    expected = f"told again after {case.pace.documented_text(repeat_s)} on the harness's own route"
    groups = case.groups(case.probe_route)
    gaps = repetitions(groups, ways[0])
    if not gaps:
        told = sum(map(len, groups))
        return unknown(Clause.REPEATED, expected, f"{told} notifications there, each with news")
    first = case.pace.documented_text(gaps[0])
    actual = f"{len(gaps)} times, first after {first}: Alertmanager repeats what still fires"
    return verified(Clause.REPEATED, expected, actual)


def _without_news(former: Notification, later: Notification) -> bool:
    return bool(later.firing) and later.began <= former.began and later.resolved <= former.resolved


def _waits(groups: Groups, end_s: float) -> Iterator[float]:
    """For how long each group that fired had been told of nothing more."""
    for group in groups:
        ends = [*(one.received_at_s for one in group[1:]), end_s]
        yield from (until_s - one.received_at_s for one, until_s in zip(group, ends, strict=True) if one.firing)
