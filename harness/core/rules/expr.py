"""A rule's expression: PromQL that a Prometheus takes as it comes, and that the Prometheus Operator lets through to it.

The labels that it takes in `by`, `on` and the like are of the old alphabet; at names and matchers it does not look.
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/operator/rules.go (LegacyValidation)
"""

import re
from collections.abc import Iterable
from typing import Final

from harness.core.promql.errors import PromQLError, place_of
from harness.core.promql.expression import Expression
from harness.core.promql.tree import AggregateExpr, BinaryExpr, Expr

_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


class OperatorRefusesError(PromQLError):
    """PromQL, but nothing that the operator lets through."""


def read_rule_expr(text: str) -> Expression:
    """Reads one.

    Raises:
        PromQLError: it is none, with the column and what is wrong there.
    """
    expression = Expression.parse(text)
    for node in expression.nodes():
        for label in _labels(node):
            if not _LABEL.fullmatch(label):
                at = node.op_start if isinstance(node, BinaryExpr) else node.start
                raise OperatorRefusesError(
                    f"`{text.strip()}` cannot be used",
                    why=f'{place_of(text, at)}: the Prometheus Operator refuses the label name "{label}"',
                    fix="rename the label where it is scraped: letters, digits and `_`, no digit first",
                )
    return expression


def _labels(node: Expr) -> Iterable[str]:
    if isinstance(node, AggregateExpr) and node.grouping is not None:
        return node.grouping.labels
    if isinstance(node, BinaryExpr) and node.matching is not None:
        return (*node.matching.labels, *node.matching.include)
    return ()
