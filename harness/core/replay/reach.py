"""How far back the value of a rule rests on samples: before so much is there, what it gives is not what it would be."""

from collections.abc import Mapping, Sequence

from harness.core.promql.tree import Expr, MatrixSelector, SubqueryExpr, VectorSelector, children
from harness.core.replay.order import PlacedRule, RuleKey, components


def reaches_ms(
    rules: Sequence[PlacedRule], reads: Mapping[RuleKey, frozenset[RuleKey]], *, lookback_ms: int
) -> Mapping[RuleKey, int]:
    """Of each rule, by way of the rules that it reads as well; of those in a circle each counts once.

    Args:
        rules: all of them.
        reads: as `order.readers`.
        lookback_ms: how long a sample counts.
    """
    own = {one.key: _reach_ms(one.rule.expression.tree, lookback_ms) for one in rules}
    found: dict[RuleKey, int] = {}
    for keys in components(reads):
        behind = (found[each] for key in keys for each in reads[key] if each not in keys)
        found |= dict.fromkeys(keys, sum(own[key] for key in keys) + max(behind, default=0))
    return found


def _reach_ms(node: Expr, lookback_ms: int) -> int:
    """A window has all that is in it; the newest value may be as old as the lookback."""
    match node:
        case MatrixSelector():
            return node.range_ms + max(0, node.selector.offset_ms)
        case VectorSelector():
            return lookback_ms + max(0, node.offset_ms)
        case SubqueryExpr():
            return node.range_ms + max(0, node.offset_ms) + _reach_ms(node.expr, lookback_ms)
        case _:
            return max((_reach_ms(child, lookback_ms) for child in children(node)), default=0)
