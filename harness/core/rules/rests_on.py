"""What rules rest on: the series that they read, the rules that record some of them, and how far back that looks."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from harness.core.promql import Expression
from harness.core.promql.tree import Matcher, MatchOp, VectorSelector
from harness.core.rules.model import RecordingRule, Rule, RuleGroup

#: matchers that must all fit, the metric's name among them
Selector = tuple[Matcher, ...]

NAME: Final = "__name__"


def selectors_of(expr: Expression) -> Iterator[Selector]:
    """Each selector of an expression, with its name as a matcher."""
    for node in expr.nodes():
        if isinstance(node, VectorSelector):
            name = (Matcher(label=NAME, op=MatchOp.EQUAL, value=node.name),) if node.name else ()
            yield (*name, *node.matchers)


def names_read(expr: Expression) -> frozenset[str]:
    """The metrics that an expression names; one that it selects by a pattern is not among them."""
    return frozenset(
        one.value
        for selector in selectors_of(expr)
        for one in selector
        if one.label == NAME and one.op is MatchOp.EQUAL
    )


def with_their_sources(groups: Sequence[RuleGroup], names: Collection[str]) -> tuple[RuleGroup, ...]:
    """The groups with these names, and those that record what their rules read, by whatever way; in their order."""
    found, wanted = frozenset[int](), frozenset(number for number, one in enumerate(groups) if one.name in names)
    recorders = [(number, rule.record) for number, one in enumerate(groups) for rule in _recording(one)]
    while wanted - found:
        found |= wanted
        read = {name for number in found for rule in groups[number].rules for name in _read(rule)}
        wanted = frozenset(number for number, record in recorders if record in read)
    return tuple(groups[number] for number in sorted(found))


def reach_s(groups: Iterable[RuleGroup], *, lookback_s: float) -> float:
    """How far back one has to know all series to know what rules do at an instant, seconds of the clock.

    What they read of recorded series looks back as well. An alert may have been pending, or kept firing, for as long as
    its rule says: who begins so much earlier finds it in the state in which it is.

    Args:
        groups: at the pace at which they are evaluated.
        lookback_s: how old a sample may be that a selector without a range takes.
    """
    rules = [(group, rule) for group in groups for rule in group.rules]

    def reach(group: RuleGroup, rule: Rule, through: frozenset[str]) -> float:
        expr = Expression.understood(rule.expr)
        if expr is None:
            return 0.0
        through |= {rule.name} if isinstance(rule, RecordingRule) else set()
        names = names_read(expr) - through
        behind = (
            reach(other, one, through) for other, one in rules if isinstance(one, RecordingRule) and one.record in names
        )
        offset_s = group.query_offset.seconds if group.query_offset else 0.0
        return expr.reach_s() + offset_s + lookback_s + _held_s(group, rule) + max(behind, default=0.0)

    return max((reach(group, rule, frozenset()) for group, rule in rules), default=lookback_s)


def _held_s(group: RuleGroup, rule: Rule) -> float:
    """How long an alert may go on in what began before; one evaluation more, which begins it."""
    if isinstance(rule, RecordingRule):
        return 0.0
    interval_s = group.interval.seconds if group.interval else 0.0
    return rule.hold.seconds + rule.keep_firing_for.seconds + interval_s


def _recording(group: RuleGroup) -> Iterator[RecordingRule]:
    return (rule for rule in group.rules if isinstance(rule, RecordingRule))


def _read(rule: Rule) -> frozenset[str]:
    expr = Expression.understood(rule.expr)
    return frozenset() if expr is None else names_read(expr)
