"""The last link: the subject's route is taken up, and leads an alert with the documented labels to its receiver."""

from collections.abc import Iterator, Mapping, Sequence

from harness.core.contract.model import RoutePromise
from harness.core.judge.finding import Clause
from harness.core.judge.preflight.facts import Installed, RouteFact
from harness.core.judge.preflight.link import Link, LinkState, Part, breaks, holds, judged
from harness.core.judge.preflight.taken_up import selected, taken
from harness.core.label_text import braces
from harness.core.nearest import nearest
from harness.core.operator.translation import ALERTMANAGER_CONFIG


def judge_route(promise: RoutePromise, labels: Mapping[str, str], installed: Installed) -> LinkState:
    """Whether the documented receiver is told.

    Args:
        promise: the documented route.
        labels: of an alert as documented.
        installed: the facts.
    """
    return judged(Link.ROUTE, _parts(promise, labels, installed))


def _parts(promise: RoutePromise, labels: Mapping[str, str], installed: Installed) -> Iterator[Part | None]:
    yield selected(installed, ALERTMANAGER_CONFIG)
    yield taken(installed, ALERTMANAGER_CONFIG)
    if installed.receivers is None:
        return
    shown = braces(labels)
    expected, actual = f"{shown} -> {promise.receiver}", ", ".join(installed.receivers) or "no receiver"
    if promise.receiver in installed.receivers:
        yield holds(Clause.ROUTE, expected, actual)
        return
    yield breaks(Clause.ROUTE, expected, f"it goes to {actual}", _cause(promise.receiver, shown, installed.routes))


def _cause(receiver: str, labels: str, routes: Sequence[RouteFact]) -> str:
    mine = [one.matchers for one in routes if one.receiver == receiver]
    if mine:
        return f"the route to {receiver} takes {' or '.join(mine)}, and the documented labels are {labels}"
    there = ", ".join(nearest(receiver, (one.receiver for one in routes))) or "none"
    return f"no route leads to a receiver {receiver}; those that routes lead to: {there}"
