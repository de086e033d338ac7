"""An alert's condition taken apart: the values it compares with a number, freed from the comparison that hides them.

A comparison is a filter in PromQL: `depth > 100` says nothing about a depth of 99. Without it the values are there at
every instant, and how near they came to the limit can be told. Precedence and the set operators:
https://prometheus.io/docs/prometheus/latest/querying/operators/
"""

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from harness.core.promql import Expression
from harness.core.promql.tree import BinaryExpr, Expr, NumberLiteral, ParenExpr, UnaryExpr

#: a comparison with its sides exchanged
_MIRRORED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "=="}
_ARITHMETIC: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One comparison with a number that decides whether the alert is active."""

    #: PromQL: the compared values, wherever the rest of the condition holds
    values: str
    #: `>`, `>=`, `<`, `<=` or `==`, as if the values stood on its left
    sign: str
    limit: float

    def distance(self, value: float) -> float:
        """How far a value is from being beyond the limit, relative to the limit (to 1 if that is 0).

        Negative when it is beyond; for `==` never.
        """
        away = self.limit - value if self.sign.startswith(">") else value - self.limit
        if self.sign == "==":
            away = abs(away)
        return away / (abs(self.limit) or 1)


def comparisons(expr: str) -> tuple[Comparison, ...]:
    """The comparisons with a number at the top of a condition, and in the arms of its `and`, `or` and `unless`.

    Left out is what has no value to be near: `absent(x)`, `a > b`, `a != 0`, `a > bool 0`, and the right arm of
    `unless`, which keeps an alert away.

    Raises:
        PromQLError: the text is no PromQL.
    """
    return tuple(_found(Expression.parse(expr).tree))


def _found(node: Expr) -> Iterator[Comparison]:
    if isinstance(node, ParenExpr):
        yield from _found(node.expr)
    elif isinstance(node, BinaryExpr):
        sign = node.op
        if sign in ("and", "or", "unless"):
            yield from _in_arms(node, sign)
        elif sign in _MIRRORED and not node.return_bool:
            left, right = _number(node.lhs), _number(node.rhs)
            if left is None and right is not None:
                yield Comparison(values=str(Expression(node.lhs)), sign=sign, limit=right)
            elif left is not None and right is None:
                yield Comparison(values=str(Expression(node.rhs)), sign=_MIRRORED[sign], limit=left)


def _in_arms(node: BinaryExpr, sign: str) -> Iterator[Comparison]:
    """The comparisons of both arms; beside `and` and `unless` the other arm stays as a filter."""
    left, right = str(Expression(node.lhs)), str(Expression(node.rhs))
    # between its arms stands the operator with its `on` or `ignoring`
    between = str(Expression(node)).removeprefix(left).removesuffix(right).strip()
    for one in _found(node.lhs):
        yield one if sign == "or" else replace(one, values=f"({one.values}) {between} ({right})")
    if sign != "unless":
        for one in _found(node.rhs):
            yield one if sign == "or" else replace(one, values=f"({one.values}) {between} ({left})")


def _number(node: Expr) -> float | None:
    """The value of an expression made of numbers alone; None of any other."""
    match node:
        case NumberLiteral():
            return node.val
        case ParenExpr():
            return _number(node.expr)
        case UnaryExpr():
            inner = _number(node.expr)
            return None if inner is None else -inner if node.op == "-" else inner
        case BinaryExpr():
            left, right = _number(node.lhs), _number(node.rhs)
            work = _ARITHMETIC.get(node.op)
            if left is None or right is None or work is None or (work is operator.truediv and right == 0):
                return None
            return work(left, right)
        case _:
            return None
