"""What stands behind a selector: `offset` and `@`, each at most once, and behind selectors and subqueries alone."""

from dataclasses import replace

from harness.core.promql.errors import ReadError
from harness.core.promql.tree import Expr, Instant, MatrixSelector, SubqueryExpr, VectorSelector


def with_offset(node: Expr, offset_ms: int) -> Expr:
    """The same, looked at so much earlier; a negative one looks ahead.

    Raises:
        ReadError: it has an offset, or can have none.
    """
    one = _shiftable(node, "offset")
    if one.offset_ms:
        raise ReadError(node.start, "offset may not be set multiple times")
    return _around(node, replace(one, offset_ms=offset_ms))


def with_instant(node: Expr, at: int | Instant) -> Expr:
    """The same, looked at at a fixed instant.

    Raises:
        ReadError: it has an instant, or can have none.
    """
    one = _shiftable(node, "@")
    if one.at is not None:
        raise ReadError(node.start, "@ <timestamp> may not be set multiple times")
    return _around(node, replace(one, at=at))


def _shiftable(node: Expr, what: str) -> VectorSelector | SubqueryExpr:
    one = node.selector if isinstance(node, MatrixSelector) else node
    if isinstance(one, VectorSelector | SubqueryExpr):
        return one
    raise ReadError(
        node.start,
        f"{what} modifier must be preceded by an instant vector selector or range vector selector or a subquery",
    )


def _around(node: Expr, one: VectorSelector | SubqueryExpr) -> Expr:
    return replace(node, selector=one) if isinstance(node, MatrixSelector) and isinstance(one, VectorSelector) else one
