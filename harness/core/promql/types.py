"""Whether the parts of an expression fit together: a window for `rate`, a number for `clamp`, a selector that selects.

https://github.com/prometheus/prometheus/blob/v3.13.5/promql/parser/parse.go (checkAST)
"""

from typing import Final

from harness.core.promql.errors import ReadError
from harness.core.promql.functions import FUNCTIONS_OF, WITH_PARAM, Type
from harness.core.promql.re2 import matches_empty
from harness.core.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    Matcher,
    Matching,
    MatchOp,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)

COMPARISONS: Final = frozenset({"==", "!=", "<", ">", "<=", ">="})
SET_OPERATORS: Final = frozenset({"and", "or", "unless"})
_VALUES: Final = (Type.SCALAR, Type.VECTOR)


def type_of(node: Expr) -> Type:
    """What a whole expression comes to; all its parts are checked.

    Raises:
        ReadError: two parts do not fit together.
    """
    match node:
        case VectorSelector() | MatrixSelector():
            found = _selector(node)
        case AggregateExpr():
            found = _aggregation(node)
        case BinaryExpr():
            found = _binary(node)
        case Call():
            found = _call(node)
        case UnaryExpr():
            found = _unary(node)
        case SubqueryExpr():
            found = _subquery(node)
        case ParenExpr():
            found = type_of(node.expr)
        case NumberLiteral():
            found = Type.SCALAR
        case _:
            found = Type.STRING
    return found


def takes_whatever(matchers: tuple[Matcher, ...]) -> bool:
    """Whether matchers alone would also take a series without any of their labels, which Prometheus refuses."""
    return all(_takes_empty(one) for one in matchers)


def _takes_empty(one: Matcher) -> bool:
    match one.op:
        case MatchOp.EQUAL:
            return one.value == ""
        case MatchOp.NOT_EQUAL:
            return one.value != ""
        case MatchOp.REGEX:
            return matches_empty(one.value)
        case _:
            return not matches_empty(one.value)


def _selector(node: VectorSelector | MatrixSelector) -> Type:
    if isinstance(node, MatrixSelector):
        _selector(node.selector)
        return Type.MATRIX
    if node.name:
        twice = next((one for one in node.matchers if one.label == "__name__"), None)
        if twice is not None:
            raise ReadError(node.start, f'metric name must not be set twice: "{node.name}" or "{twice.value}"')
    elif takes_whatever(node.matchers):
        raise ReadError(node.start, "vector selector must contain at least one non-empty matcher")
    return Type.VECTOR


def _subquery(node: SubqueryExpr) -> Type:
    if (found := type_of(node.expr)) is not Type.VECTOR:
        raise ReadError(node.start, f"subquery is only allowed on instant vector, got {found} instead")
    return Type.MATRIX


def _unary(node: UnaryExpr) -> Type:
    if (found := type_of(node.expr)) not in _VALUES:
        wanted = "unary expression only allowed on expressions of type scalar or instant vector"
        raise ReadError(node.start, f"{wanted}, got {found}")
    return found


def _aggregation(node: AggregateExpr) -> Type:
    _expect(node.expr, Type.VECTOR, "aggregation expression")
    if node.param is not None:
        _expect(node.param, WITH_PARAM[node.op], "aggregation parameter")
    return Type.VECTOR


def _expect(node: Expr, wanted: Type, where: str) -> None:
    if (found := type_of(node)) is not wanted:
        raise ReadError(node.start, f"expected type {wanted} in {where}, got {found}")


def _call(node: Call) -> Type:
    function = FUNCTIONS_OF[node.name]
    given, least, most = len(node.args), function.least, function.most
    if given < least or (most is not None and given > most):
        wanted = f"{least}" if least == most else f"at least {least}" if given < least else f"at most {most}"
        raise ReadError(node.start, f'expected {wanted} argument(s) in call to "{node.name}", got {given}')
    for place, argument in enumerate(node.args):
        _expect(argument, function.args[min(place, len(function.args) - 1)], f'call to function "{node.name}"')
    return function.returns


def _binary(node: BinaryExpr) -> Type:
    left, right = type_of(node.lhs), type_of(node.rhs)
    for side, found in ((node.lhs, left), (node.rhs, right)):
        if found not in _VALUES:
            wanted = "binary expression must contain only scalar and instant vector types"
            raise ReadError(side.start, f"{wanted}, got {found}")
    if node.return_bool and node.op not in COMPARISONS:
        raise ReadError(node.op_start, "bool modifier can only be used on comparison operators")
    both_scalars = left is right is Type.SCALAR
    if both_scalars and node.op in COMPARISONS and not node.return_bool:
        raise ReadError(node.op_start, "comparisons between scalars must use BOOL modifier")
    if node.op in SET_OPERATORS and Type.SCALAR in (left, right):
        raise ReadError(node.op_start, f'set operator "{node.op}" not allowed in binary scalar expression')
    if node.matching is not None:
        _matching(node, node.matching, vectors=left is right is Type.VECTOR)
    return Type.SCALAR if both_scalars else Type.VECTOR


def _matching(node: BinaryExpr, matching: Matching, *, vectors: bool) -> None:
    both = set(matching.labels) & set(matching.include) if matching.on else set()
    if both:
        raise ReadError(node.op_start, f'label "{min(both)}" must not occur in ON and GROUP clause at once')
    if not vectors and matching.labels:
        raise ReadError(node.op_start, "vector matching only allowed between instant vectors")
    if vectors and node.op in SET_OPERATORS and matching.group:
        raise ReadError(node.op_start, f'no grouping allowed for "{node.op}" operation')
