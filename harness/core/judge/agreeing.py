"""Judging that Alertmanager's routes, walked by amtool, and what receivers really got are one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.routes import LoadedRoute
from harness.core.judge.finding import Clause, Judgement, unknown, verified, violated
from harness.core.judge.notifications import judgement_of
from harness.core.label_text import braces


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One alert by its labels, and who was told of it."""

    labels: Mapping[str, str]
    #: short names
    receivers: frozenset[str]
    #: for how long it is known to have fired after it was first told, seconds of the clock
    fired_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """An alert that was told, and what amtool says about its labels."""

    told: Told
    #: receivers in the order of the routes; short names
    named: tuple[str, ...]


def told_alerts(deliveries: Iterable[Delivery], *, end_s: float, besides: Iterable[str] = ()) -> tuple[Told, ...]:
    """Every label set that was told as firing, once.

    Args:
        deliveries: under the receivers' short names.
        end_s: Unix time until which was looked.
        besides: receivers of the harness's own routes, which the loaded configuration has only for a while.
    """
    left_out = frozenset(besides)
    by_labels: dict[frozenset[tuple[str, str]], list[Delivery]] = {}
    for one in deliveries:
        if one.receiver not in left_out:
            by_labels.setdefault(frozenset(one.labels.items()), []).append(one)
    return tuple(
        Told(
            labels=firing[0].labels,
            receivers=frozenset(one.receiver for one in firing),
            fired_s=max(_end_s(one, found, end_s) - one.received_at_s for one in firing),
        )
        for found in by_labels.values()
        if (firing := [one for one in found if one.status == "firing"])
    )


def _end_s(told: Delivery, found: Iterable[Delivery], end_s: float) -> float:
    """Until when a firing that was told is known to have gone on; it is the same if it began at the same instant.

    Where nobody who was told of it is told of ends, that is when it was last told.
    """
    same = [one for one in found if one.starts_at_s == told.starts_at_s]
    ends = [one.ends_at_s for one in same if one.ends_at_s is not None]
    if ends or any(one.ends_told for one in same):
        return min(ends, default=end_s)
    return max(one.received_at_s for one in same)


def judge_routes_agree(
    walked: Sequence[Walked], routes: Sequence[LoadedRoute], *, slack_s: float, why_not: str = ""
) -> Judgement:
    """Who was told of an alert is whom amtool names for its labels.

    Args:
        walked: every alert that was told.
        routes: as loaded; receivers without a destination are told of nothing.
        slack_s: how long a notification may be under way.
        why_not: why amtool could not be asked; empty if it could.
    """
    promise = "amtool's walk through the loaded routes and the deliveries agree"
    expected = "each alert told to exactly the receivers that amtool names"
    if why_not or not walked:
        actual = why_not or "nothing was told"
        return judgement_of("routes agree", promise, (unknown(Clause.ROUTES_AGREE, expected, actual),))
    waits_s: dict[str, float] = {}
    for route in routes:
        if route.integrations:
            slowest_s = max(route.group_wait.seconds, route.group_interval.seconds) + slack_s
            waits_s[route.short_receiver] = max(slowest_s, waits_s.get(route.short_receiver, 0.0))
    unsure = []
    for one in walked:
        named, got = {name for name in one.named if name in waits_s}, one.told.receivers
        late = {name for name in named - got if one.told.fired_s < waits_s[name]}
        if got - named or named - got - late:
            actual = f"{braces(one.told.labels)}: amtool names {_names(named)}, told was {_names(got)}"
            return judgement_of("routes agree", promise, (violated(Clause.ROUTES_AGREE, expected, actual),))
        unsure += [f"{braces(one.told.labels)} ended before {_names(late)} had to be told"] if late else []
    if unsure:
        return judgement_of("routes agree", promise, (unknown(Clause.ROUTES_AGREE, expected, unsure[0]),))
    receivers = _names({name for one in walked for name in one.told.receivers})
    finding = verified(Clause.ROUTES_AGREE, expected, f"{len(walked)} label sets, told to {receivers}")
    return judgement_of("routes agree", promise, (finding,))


def _names(receivers: Iterable[str]) -> str:
    return ", ".join(sorted(receivers)) or "nobody"
