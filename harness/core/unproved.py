"""What a scaled run cannot prove about a rule: thresholds whose meaning depends on how long a second is.

A ratio of rates, a quantile or a gauge is the same at any speed. A number of events is not: windows shrink with the
speed while the controller's clock, and so its events, stay real. Nothing is changed about such a rule; it is reported.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from harness.core.promql.tree import AggregateExpr, BinaryExpr, Call, Expr, VectorSelector, children
from harness.core.rule import AlertingRule, RecordingRule, RuleGroup
from harness.core.sources import Refresh, alert_sources, slowest
from harness.core.speed import Speed


class _Depends(Enum):
    """How the value of an expression depends on time."""

    NOT = "does not"
    RATE = "is a rate per real second, and in a shorter window one event weighs more"
    COUNT = "counts events in a window, and a shorter window holds fewer"
    CLOCK = "is read from the clock, which runs at real time"


_BY_FUNCTION = {
    **dict.fromkeys(("rate", "irate", "deriv"), _Depends.RATE),
    **dict.fromkeys(("increase", "delta", "idelta", "changes", "resets"), _Depends.COUNT),
    **dict.fromkeys(("count_over_time", "sum_over_time"), _Depends.COUNT),
    **dict.fromkeys(("time", "timestamp", "minute", "hour", "month", "year"), _Depends.CLOCK),
    **dict.fromkeys(("day_of_week", "day_of_month", "day_of_year", "days_in_month"), _Depends.CLOCK),
    **dict.fromkeys(
        (
            "histogram_quantile",
            "histogram_fraction",
            "histogram_avg",
            "absent",
            "absent_over_time",
            "present_over_time",
        ),
        _Depends.NOT,
    ),
}
_COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
_COUNTING = ("count", "group", "count_values")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproved:
    """One part of a rule that a run at this speed says nothing about."""

    rule: str
    #: the part of the expression
    part: str
    why: str


def too_fast(
    groups: Iterable[RuleGroup], speed: Speed, limits: Mapping[str, Speed], refresh: Refresh
) -> tuple[Unproved, ...]:
    """Every alert that this speed is too high for, because of what it reads: it runs slower, and no faster is proved.

    Args:
        groups: all rules.
        speed: the one asked for.
        limits: the honest speed of each alert that has one.
        refresh: of the stack.
    """
    return tuple(
        Unproved(rule=alert, part=f"speeds above {limits[alert]}", why=slow[0].renews(slow[1].seconds))
        for alert, sources in alert_sources(groups).items()
        if limits.get(alert, speed) < speed and (slow := slowest(sources, refresh))
    )


def unproved(
    groups: Iterable[RuleGroup], speed: Speed, limits: Mapping[str, Speed] | None = None
) -> tuple[Unproved, ...]:
    """Every threshold of an alert that means something else at this speed; none at speed 1.

    Args:
        groups: all rules.
        speed: the one asked for.
        limits: the honest speed of each alert that has one, and runs no faster.
    """
    limits = limits or {}
    groups = tuple(groups)
    recorded: dict[str, _Depends] = {}
    for group in groups:
        for rule in group.rules:
            if isinstance(rule, RecordingRule):
                recorded[rule.record] = _depends(rule.expression.tree, recorded)
    return tuple(
        note
        for group in groups
        for rule in group.rules
        if isinstance(rule, AlertingRule) and min(speed, limits.get(rule.alert, speed)).factor != 1
        for note in _notes(rule, recorded)
    )


def _notes(rule: AlertingRule, recorded: Mapping[str, _Depends]) -> Iterator[Unproved]:
    for node in rule.expression.nodes():
        if isinstance(node, Call) and node.name == "predict_linear":
            yield Unproved(
                rule=rule.alert,
                part="predict_linear",
                why="the time it looks ahead is a number of real seconds, which is not divided by the speed",
            )
        if not isinstance(node, BinaryExpr) or node.op not in _COMPARISONS:
            continue
        left, right = _depends(node.lhs, recorded), _depends(node.rhs, recorded)
        if left != right:
            side = left if left is not _Depends.NOT else right
            yield Unproved(rule=rule.alert, part=f"the threshold of `{node.op}`", why=f"what it compares {side.value}")


def _depends(node: Expr, recorded: Mapping[str, _Depends]) -> _Depends:
    match node:
        case VectorSelector():
            found = recorded.get(node.name, _Depends.NOT)
        case Call():
            found = _BY_FUNCTION.get(node.name) or _strongest(children(node), recorded)
        case AggregateExpr():
            found = _Depends.NOT if node.op in _COUNTING else _depends(node.expr, recorded)
        case BinaryExpr():
            found = _combined(node, recorded)
        case _:
            found = _strongest(children(node), recorded)
    return found


def _combined(node: BinaryExpr, recorded: Mapping[str, _Depends]) -> _Depends:
    operator = node.op
    if operator in ("and", "unless"):
        return _depends(node.lhs, recorded)
    if operator in _COMPARISONS:
        return _Depends.NOT if node.return_bool else _depends(node.lhs, recorded)
    if operator == "/" and _depends(node.lhs, recorded) == _depends(node.rhs, recorded):
        return _Depends.NOT
    return _strongest((node.lhs, node.rhs), recorded)


def _strongest(nodes: Iterable[Expr], recorded: Mapping[str, _Depends]) -> _Depends:
    """The first dependence on time among the operands."""
    return next((found for node in nodes if (found := _depends(node, recorded)) is not _Depends.NOT), _Depends.NOT)
