"""The nodes of a PromQL expression, named as Prometheus's own parser names them.

Lengths of time are whole milliseconds, as everywhere in Prometheus. `start` is where a node begins in the text it was
read from; two nodes are equal wherever they stood.
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/parser/ast.go
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class MatchOp(StrEnum):
    """How a matcher compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


class Instant(StrEnum):
    """What `@` may name instead of a number."""

    START = "start()"
    END = "end()"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition inside the braces."""

    label: str
    op: MatchOp
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLiteral:
    """A number, with its sign; a duration that stands for one is its seconds."""

    val: float
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StringLiteral:
    """A string; bytes that are no UTF-8 are surrogates, as Python's `surrogateescape` has it."""

    val: str
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VectorSelector:
    """The newest value of each series."""

    #: before the braces; empty if there is none, or if it stands between them
    name: str = ""
    matchers: tuple[Matcher, ...] = ()
    #: negative looks ahead; 0 without `offset`
    offset_ms: int = 0
    #: Unix time in milliseconds, or the name of an instant
    at: int | Instant | None = None
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixSelector:
    """All values of each series in a window; offset and `@` are those of its selector."""

    selector: VectorSelector
    range_ms: int
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubqueryExpr:
    """What an expression comes to again and again in a window."""

    expr: "Expr"
    range_ms: int
    #: 0: the global evaluation interval
    step_ms: int = 0
    offset_ms: int = 0
    at: int | Instant | None = None
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ParenExpr:
    """An expression in parentheses."""

    expr: "Expr"
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnaryExpr:
    """`+` or `-` before anything but a number."""

    op: str
    expr: "Expr"
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """Which series of both sides belong together."""

    #: `on` the labels, or `ignoring` them
    on: bool
    labels: tuple[str, ...]
    #: `left` or `right`: the side that may have several; empty without
    group: str = ""
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BinaryExpr:
    """Two expressions and an operator, in lower case."""

    op: str
    lhs: "Expr"
    rhs: "Expr"
    #: a comparison that answers 0 or 1 instead of leaving series out
    return_bool: bool = False
    matching: Matching | None = None
    start: int = field(default=0, compare=False)
    op_start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """`by` or `without` labels."""

    without: bool
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateExpr:
    """An aggregation, its operator in lower case."""

    op: str
    expr: "Expr"
    param: "Expr | None" = None
    grouping: Grouping | None = None
    start: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A function and its arguments."""

    name: str
    args: tuple["Expr", ...]
    start: int = field(default=0, compare=False)


Expr = (
    NumberLiteral
    | StringLiteral
    | VectorSelector
    | MatrixSelector
    | SubqueryExpr
    | ParenExpr
    | UnaryExpr
    | BinaryExpr
    | AggregateExpr
    | Call
)


def children(node: Expr) -> tuple[Expr, ...]:
    """The direct operands of a node; the selector inside a window counts as one."""
    match node:
        case AggregateExpr():
            return (node.expr,) if node.param is None else (node.param, node.expr)
        case BinaryExpr():
            return (node.lhs, node.rhs)
        case UnaryExpr() | ParenExpr() | SubqueryExpr():
            return (node.expr,)
        case Call():
            return node.args
        case MatrixSelector():
            return (node.selector,)
        case _:
            return ()


def walk(node: Expr) -> Iterator[Expr]:
    """All nodes, a parent before its children."""
    yield node
    for child in children(node):
        yield from walk(child)
