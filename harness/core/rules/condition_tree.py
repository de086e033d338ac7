"""A condition as a tree of comparisons: which hold together, which one of suffices, and what is no comparison at all.

A comparison is a filter in PromQL, and so are `and`, `or` and `unless`. With `bool` it is none: it says 0 or 1 and
never nothing. https://prometheus.io/docs/prometheus/latest/querying/operators/#comparison-binary-operators
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

from harness.core.promql import Expression
from harness.core.promql.tree import BinaryExpr, Call, Expr, NumberLiteral, ParenExpr, VectorSelector
from harness.core.rules.linear import Linear, Recorded, composed, linear

_SIGNS: Final = (">", "<", ">=", "<=", "==", "!=")
#: a comparison with its sides exchanged
MIRRORED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}
#: what is true where the comparison with its `bool` is 1
_IS_ONE: Final = (("==", 1.0), (">", 0.0), (">=", 1.0), ("!=", 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """`left sign right`."""

    left: Linear
    sign: str
    right: Linear
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Holds where there is nothing to compare."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """Holds wherever there are figures at all, whatever they say."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opaque:
    """What it depends on cannot be read from it."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """Holds where all parts do; the second part of `unless` is one that keeps it away."""

    parts: tuple["Condition", ...]
    #: of each: `x == 1` must hold as well
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """Holds where any part does."""

    parts: tuple["Condition", ...]


Condition: TypeAlias = Compared | Absent | Always | Opaque | Every | Either


def condition(node: Expr, recorded: Recorded) -> Condition:
    """The condition under which an alert with this expression is active."""
    text = str(Expression(node))
    match node:
        case ParenExpr():
            return condition(node.expr, recorded)
        case BinaryExpr():
            return _binary(node, recorded, text)
        case Call() if node.name in ("absent", "absent_over_time"):
            return Absent(text=text)
        case VectorSelector() if (node.name) in recorded:
            return Opaque(text=text) if _filters(recorded[node.name]) else _always(node, text)
        case _:
            return _always(node, text)


def _binary(node: BinaryExpr, recorded: Recorded, text: str) -> Condition:  # noqa: PLR0911 - one for each kind
    sign = node.op
    if sign in ("and", "unless"):
        second = condition(node.rhs, recorded) if sign == "and" else Opaque(text=f"unless {Expression(node.rhs)}")
        first = condition(node.lhs, recorded)
        if sign == "and" and _is_divided_by(first, second):
            return first
        words = "{} must hold as well" if sign == "and" else "it must not be where {} is"
        return Every(parts=(first, second), words=(_held(node.lhs), words.format(f"`{Expression(node.rhs)}`")))
    if sign == "or":
        return Either(parts=(condition(node.lhs, recorded), condition(node.rhs, recorded)))
    if sign not in _SIGNS:
        return _always(node, text)
    if node.return_bool:
        if _filters(node.lhs) or _filters(node.rhs):
            return Opaque(text=text)
        return Always(why=f"`{sign} bool` says 0 or 1 and never nothing")
    unwrapped = _unwrapped(node, recorded)
    if unwrapped is not None:
        return unwrapped
    left, right = linear(node.lhs, recorded), linear(node.rhs, recorded)
    if not left.terms and not right.terms:
        return Opaque(text=text)
    return Compared(left=left, sign=sign, right=right, text=text)


def _held(node: Expr) -> str:
    return f"`{Expression(node)}` must hold as well"


def _is_divided_by(left: Condition, right: Condition) -> bool:
    """`a / b > 0.9 and b > 0`: what is divided by nothing is no share, so that the second says nothing more."""
    if not isinstance(left, Compared) or not isinstance(right, Compared) or right.sign not in (">", "!="):
        return False
    if right.right != Linear() or not right.left.terms or any(number < 0 for number, _ in right.left.terms.values()):
        return False
    divisor = (composed(right.left) if right.left.single is None else right.left.single[1]).text
    atoms = [atom for side in (left.left, left.right) for _, atom in side.terms.values()]
    return any(atom.text.endswith(f" / ({divisor})") for atom in atoms)


def _unwrapped(node: BinaryExpr, recorded: Recorded) -> Condition | None:
    """`(a > bool b) == 1` is `a > b`, `absent(x) > 0` is `absent(x)`; None where there is no such thing."""
    sign, inner, limit = node.op, _bare(node.lhs), _bare(node.rhs)
    if isinstance(inner, NumberLiteral):
        sign, inner, limit = MIRRORED[sign], limit, inner
    if isinstance(inner, Call) and inner.name in ("absent", "absent_over_time") and isinstance(limit, NumberLiteral):
        # it says 1 or nothing
        return (Absent if (sign, limit.val) in _IS_ONE else Opaque)(text=str(Expression(node)))
    is_bool = isinstance(inner, BinaryExpr) and inner.return_bool
    if not is_bool or not isinstance(limit, NumberLiteral) or not isinstance(inner, BinaryExpr):
        return None
    if (sign, limit.val) not in _IS_ONE:
        return Opaque(text=str(Expression(node)))
    left, right = linear(inner.lhs, recorded), linear(inner.rhs, recorded)
    return Compared(left=left, sign=inner.op, right=right, text=str(Expression(inner)))


def _bare(node: Expr) -> Expr:
    """Without parentheses around it."""
    while isinstance(node, ParenExpr):
        node = node.expr
    return node


def _always(node: Expr, text: str) -> Condition:
    if _filters(node):
        return Opaque(text=text)
    return Always(why="it compares nothing with anything")


def _filters(node: Expr) -> bool:
    """Whether anything in it may leave series out by their values; what is recorded elsewhere may."""
    return any(
        isinstance(one, VectorSelector) and (":" in one.name or one.name.startswith("ALERTS"))
        for one in Expression(node).nodes()
    ) or any(
        (isinstance(one, BinaryExpr) and (one.op in ("and", "unless") or (one.op in _SIGNS and not (one.return_bool))))
        or (isinstance(one, Call) and one.name in ("absent", "absent_over_time"))
        for one in Expression(node).nodes()
    )
