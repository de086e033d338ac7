"""Which series an expression may read of those that rules write, and whether it looks into its own future.

In doubt it may: what follows from a read that is none is only that rules are evaluated one instant after the other
where a range would have done. Names with a pattern are matched here as far as RE2 and Python mean the same by it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from harness.core.promql import Expression
from harness.core.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    Instant,
    Matcher,
    MatchOp,
    ParenExpr,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
    children,
)
from harness.core.replay.labels import merged
from harness.core.replay.written import ALERTS, FOR_STATE
from harness.core.rules.model import AlertingRule, Rule, RuleGroup

#: of an alert's series, whatever its rule says
_STATE: Final = "alertstate"
#: a pattern that is the same to RE2 and to Python: letters, alternatives, and repeated dots
_SAME: Final = re.compile(r"(?:[A-Za-z0-9_:|()]|\.[*+?]?)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The series that one rule may write."""

    names: tuple[str, ...]
    #: labels that all of them have, and none of them has where it is empty
    fixed: Mapping[str, str]

    @classmethod
    def of(cls, group: RuleGroup, rule: Rule) -> "Output":
        """Of a rule: labels that are templates are not known before."""
        labels = merged(group, rule)
        if isinstance(rule, AlertingRule):
            plain = {name: value for name, value in labels.items() if "{{" not in value and name != _STATE}
            return cls(names=(ALERTS, FOR_STATE), fixed={**plain, "alertname": rule.alert})
        return cls(names=(rule.record,), fixed=labels)

    def meets(self, other: "Output") -> bool:
        """Whether both may write the same series."""
        shared = self.fixed.keys() & other.fixed.keys()
        return not set(self.names).isdisjoint(other.names) and all(
            self.fixed[name] == other.fixed[name] for name in shared
        )


def selectors(expression: Expression) -> Iterator[VectorSelector]:
    """Every place in it that reads series."""
    return (node for node in expression.nodes() if isinstance(node, VectorSelector))


def may_select(selector: VectorSelector, output: Output) -> bool:
    """Whether it selects any of these series."""
    return any(_selects(selector, {**output.fixed, "__name__": name}) for name in output.names)


def needs_single_instants(expression: Expression) -> bool:
    """Whether a range of instants gives it another meaning: `@ start()` and `@ end()` are those of the range."""
    nodes = expression.nodes()
    return any(isinstance(node, VectorSelector | SubqueryExpr) and isinstance(node.at, Instant) for node in nodes)


def looks_ahead(expression: Expression, *, query_offset_ms: int, first_ms: int) -> bool:
    """Whether it may read samples that were not there yet when it was evaluated.

    Args:
        expression: of a rule.
        query_offset_ms: how much earlier than its evaluation it is evaluated at.
        first_ms: the first instant that it is evaluated at.
    """
    return any(
        place.ms > (first_ms if place.fixed else query_offset_ms) for place in _places(expression.tree, _Place(ms=0))
    )


def with_steps(expression: Expression, step_ms: int) -> Expression:
    """The same, each subquery with a step; one without has Prometheus's global evaluation interval."""
    return Expression(_stepped(expression.tree, step_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """When a selector looks: so many ms after the evaluation, or after the epoch where it is fixed."""

    ms: int
    fixed: bool = False

    def moved(self, node: VectorSelector | SubqueryExpr) -> "_Place":
        """Behind an offset and `@`; `start()` and `end()` are the evaluation's instant, also in a subquery."""
        if isinstance(node.at, int):
            return _Place(ms=node.at - node.offset_ms, fixed=True)
        if node.at is not None:
            return _Place(ms=-node.offset_ms)
        return replace(self, ms=self.ms - node.offset_ms)


def _places(node: Expr, place: _Place) -> Iterator[_Place]:
    match node:
        case VectorSelector():
            yield place.moved(node)
        case SubqueryExpr():
            yield from _places(node.expr, place.moved(node))
        case _:
            for child in children(node):
                yield from _places(child, place)


def _selects(selector: VectorSelector, known: Mapping[str, str]) -> bool:
    if selector.name and selector.name != known["__name__"]:
        return False
    return all(_may_match(one, known[one.label]) for one in selector.matchers if one.label in known)


def _may_match(matcher: Matcher, value: str) -> bool:
    if matcher.op in (MatchOp.EQUAL, MatchOp.NOT_EQUAL):
        return (matcher.value == value) == (matcher.op is MatchOp.EQUAL)
    if not _SAME.fullmatch(matcher.value):
        return True
    matches = re.fullmatch(matcher.value, value, re.DOTALL) is not None
    return matches == (matcher.op is MatchOp.REGEX)


def _stepped(node: Expr, step_ms: int) -> Expr:
    match node:
        case SubqueryExpr():
            return replace(node, expr=_stepped(node.expr, step_ms), step_ms=node.step_ms or step_ms)
        case BinaryExpr():
            return replace(node, lhs=_stepped(node.lhs, step_ms), rhs=_stepped(node.rhs, step_ms))
        case AggregateExpr():
            param = None if node.param is None else _stepped(node.param, step_ms)
            return replace(node, expr=_stepped(node.expr, step_ms), param=param)
        case UnaryExpr() | ParenExpr():
            return replace(node, expr=_stepped(node.expr, step_ms))
        case Call():
            return replace(node, args=tuple(_stepped(one, step_ms) for one in node.args))
        case _:
            return node
