"""Which labels the series of an expression carry, as far as its text tells: an alert has them, beside its rule's.

An aggregation `by` names keeps those and no others; a bare selector keeps whatever its series have. An equality matcher
says the value too. How matching and functions treat labels:
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/engine.go (`resultMetric`, `aggregation`),
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/functions.go (`createLabelsForAbsentFunction`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.core.promql import children
from harness.core.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatchOp,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)
from harness.core.rules.model import RecordingRule

#: recorded series -> the rule that records it
Recording = Mapping[str, RecordingRule]
_SETS = ("and", "unless")
_SCALARS = ("time", "scalar", "pi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The labels of one kind of series that an expression gives, its metric's name left out."""

    #: those it may have; None where it may have any
    names: frozenset[str] | None
    #: of these the value is known
    values: Mapping[str, str] = field(default_factory=dict)

    def lacks(self, name: str) -> bool:
        """Whether no such series has this label."""
        return self.names is not None and name not in self.names

    def only(self, names: Iterable[str]) -> "Carried":
        """Nothing but these."""
        wanted = frozenset(names)
        kept = wanted if self.names is None else wanted & self.names
        return Carried(names=kept, values={name: self.values[name] for name in self.values if name in kept})

    def without(self, names: Iterable[str]) -> "Carried":
        """All but these."""
        gone = frozenset(names)
        values = {name: value for name, value in self.values.items() if name not in gone}
        return Carried(names=None if self.names is None else self.names - gone, values=values)

    def beside(self, names: Iterable[str]) -> "Carried":
        """These as well, with whatever value."""
        more = frozenset(names)
        values = {name: value for name, value in self.values.items() if name not in more}
        return Carried(names=None if self.names is None else self.names | more, values=values)


_NONE = Carried(names=frozenset())


def carried(node: Expr, recording: Recording) -> tuple[Carried, ...]:  # noqa: PLR0911 - one for each kind
    """The labels of each kind of series that an expression may give: more than one where it has an `or`."""
    match node:
        case ParenExpr() | UnaryExpr() | SubqueryExpr():
            return carried(node.expr, recording)
        case MatrixSelector():
            return carried(node.selector, recording)
        case VectorSelector():
            return (_of_selector(node, recording),)
        case AggregateExpr():
            return tuple(_aggregated(node, one) for one in carried(node.expr, recording))
        case BinaryExpr():
            return _of_both(node, recording)
        case Call():
            return _called(node, recording)
        case _:
            return (_NONE,)


def _of_selector(node: VectorSelector, recording: Recording) -> Carried:
    values = {
        one.label: one.value
        for one in node.matchers
        if one.op is MatchOp.EQUAL and one.value and one.label != "__name__"
    }
    rule = recording.get(node.name)
    if rule is None:
        return Carried(names=None, values=values)
    others = {name: one for name, one in recording.items() if name != rule.record}
    behind = carried(rule.expression.tree, others)
    names = [one.names for one in behind]
    known = None if any(one is None for one in names) else frozenset[str]().union(*(one or () for one in names))
    # an empty one takes the label away
    given = {name: value for name, value in rule.labels.items() if value}
    kept = None if known is None else (known - frozenset(rule.labels)) | frozenset(given)
    return Carried(names=kept, values={**given, **values})


def _aggregated(node: AggregateExpr, inner: Carried) -> Carried:
    operator, grouping = node.op, node.grouping
    if operator in ("topk", "bottomk", "limitk", "limit_ratio"):
        return inner
    if grouping is None:
        found = _NONE
    else:
        found = inner.without(grouping.labels) if grouping.without else inner.only(grouping.labels)
    return Carried(names=None, values=found.values) if operator == "count_values" else found


def _of_both(node: BinaryExpr, recording: Recording) -> tuple[Carried, ...]:
    left, right, operator = carried(node.lhs, recording), carried(node.rhs, recording), node.op
    if operator in _SETS:
        return left
    if operator == "or":
        return (*left, *right)
    if _is_scalar(node.lhs) or _is_scalar(node.rhs):
        return right if _is_scalar(node.lhs) else left
    return tuple(_matched(node, one) for one in (right if _many_right(node) else left))


def _matched(node: BinaryExpr, many: Carried) -> Carried:
    """What a match of two vectors keeps: of one to one the labels it went by, else those of the many."""
    matching = node.matching
    if matching is None:
        return many
    if matching.group:
        return many.beside(matching.include)
    return many.only(matching.labels) if matching.on else many.without(matching.labels)


def _many_right(node: BinaryExpr) -> bool:
    return node.matching is not None and node.matching.group == "right"


def _is_scalar(node: Expr) -> bool:
    match node:
        case NumberLiteral():
            return True
        case ParenExpr() | UnaryExpr():
            return _is_scalar(node.expr)
        case BinaryExpr():
            return _is_scalar(node.lhs) and _is_scalar(node.rhs)
        case Call():
            return node.name in _SCALARS
        case _:
            return False


def _called(node: Call, recording: Recording) -> tuple[Carried, ...]:
    name, arguments = node.name, children(node)
    if name in ("absent", "absent_over_time"):
        return (_of_absent(arguments[0]),)
    if name in _SCALARS or name == "vector" or not arguments:
        return (_NONE,)
    if name in ("label_replace", "label_join"):
        target = arguments[1]
        label = target.val if isinstance(target, StringLiteral) else ""
        return tuple(one.beside([label]) for one in carried(arguments[0], recording))
    vectors = [one for one in arguments if not _is_scalar(one) and not isinstance(one, StringLiteral)]
    if not vectors:
        return (_NONE,)
    found = carried(vectors[0], recording)
    return tuple(one.without(["le"]) for one in found) if name.startswith("histogram_") else found


def _of_absent(node: Expr) -> Carried:
    """The labels that its selector says exactly; of anything but a selector none."""
    while isinstance(node, ParenExpr):
        node = node.expr
    if isinstance(node, MatrixSelector):
        node = node.selector
    if not isinstance(node, VectorSelector):
        return _NONE
    named = [one.label for one in node.matchers]
    values = {name: value for name, value in _of_selector(node, {}).values.items() if named.count(name) == 1}
    return Carried(names=frozenset(values), values=values)
