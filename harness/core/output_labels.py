"""Which labels the series of an expression carry, as far as its text tells: an alert has them, beside its rule's.

An aggregation `by` names keeps those and no others; a bare selector keeps whatever its series have. An equality matcher
says the value too. How matching and functions treat labels:
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/engine.go (`resultMetric`, `aggregation`),
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/functions.go (`createLabelsForAbsentFunction`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import promql_parser as grammar

from harness.core.promql import children
from harness.core.rule import RecordingRule

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


def carried(node: grammar.Expr, recording: Recording) -> tuple[Carried, ...]:  # noqa: PLR0911 - one for each kind
    """The labels of each kind of series that an expression may give: more than one where it has an `or`."""
    match node:
        case grammar.ParenExpr() | grammar.UnaryExpr() | grammar.SubqueryExpr():
            return carried(node.expr, recording)
        case grammar.MatrixSelector():
            return carried(node.vector_selector, recording)
        case grammar.VectorSelector():
            return (_of_selector(node, recording),)
        case grammar.AggregateExpr():
            return tuple(_aggregated(node, one) for one in carried(node.expr, recording))
        case grammar.BinaryExpr():
            return _of_both(node, recording)
        case grammar.Call():
            return _called(node, recording)
        case _:
            return (_NONE,)


def _of_selector(node: grammar.VectorSelector, recording: Recording) -> Carried:
    values = {
        one.name: one.value
        for one in node.matchers.matchers
        if one.op == grammar.MatchOp.Equal and one.value and one.name != "__name__"
    }
    rule = recording.get(node.name or "")
    if rule is None:
        return Carried(names=None, values=values)
    others = {name: one for name, one in recording.items() if name != rule.record}
    behind = carried(rule.expression.tree, others)
    names = [one.names for one in behind]
    known = None if any(one is None for one in names) else frozenset[str]().union(*(one or () for one in names))
    fixed = {**rule.labels, **values}
    return Carried(names=None if known is None else known | frozenset(rule.labels), values=fixed)


def _aggregated(node: grammar.AggregateExpr, inner: Carried) -> Carried:
    operator, modifier = str(node.op), node.modifier
    if operator in ("topk", "bottomk", "limitk", "limit_ratio"):
        return inner
    if modifier is None:
        found = _NONE
    elif modifier.type == grammar.AggModifierType.By:
        found = inner.only(modifier.labels)
    else:
        found = inner.without(modifier.labels)
    return Carried(names=None, values=found.values) if operator == "count_values" else found


def _of_both(node: grammar.BinaryExpr, recording: Recording) -> tuple[Carried, ...]:
    left, right, operator = carried(node.lhs, recording), carried(node.rhs, recording), str(node.op)
    if operator in _SETS:
        return left
    if operator == "or":
        return (*left, *right)
    if _is_scalar(node.lhs) or _is_scalar(node.rhs):
        return right if _is_scalar(node.lhs) else left
    return tuple(_matched(node, one) for one in (right if _many_right(node) else left))


def _matched(node: grammar.BinaryExpr, many: Carried) -> Carried:
    """What a match of two vectors keeps: of one to one the labels it went by, else those of the many."""
    modifier = node.modifier
    if modifier is None or modifier.matching is None:
        return many
    if modifier.card in (grammar.VectorMatchCardinality.ManyToOne, grammar.VectorMatchCardinality.OneToMany):
        return many.beside(modifier.group_labels or ())
    labels = modifier.matching.labels
    return many.only(labels) if modifier.matching.type == grammar.LabelModifierType.Include else many.without(labels)


def _many_right(node: grammar.BinaryExpr) -> bool:
    return node.modifier is not None and node.modifier.card == grammar.VectorMatchCardinality.OneToMany


def _is_scalar(node: grammar.Expr) -> bool:
    match node:
        case grammar.NumberLiteral():
            return True
        case grammar.ParenExpr() | grammar.UnaryExpr():
            return _is_scalar(node.expr)
        case grammar.BinaryExpr():
            return _is_scalar(node.lhs) and _is_scalar(node.rhs)
        case grammar.Call():
            return node.func.name in _SCALARS
        case _:
            return False


def _called(node: grammar.Call, recording: Recording) -> tuple[Carried, ...]:
    name, arguments = node.func.name, children(node)
    if name in ("absent", "absent_over_time"):
        return (_of_absent(arguments[0]),)
    if name in _SCALARS or name == "vector" or not arguments:
        return (_NONE,)
    if name in ("label_replace", "label_join"):
        target = arguments[1]
        label = target.val if isinstance(target, grammar.StringLiteral) else ""
        return tuple(one.beside([label]) for one in carried(arguments[0], recording))
    vectors = [one for one in arguments if not _is_scalar(one) and not isinstance(one, grammar.StringLiteral)]
    if not vectors:
        return (_NONE,)
    found = carried(vectors[0], recording)
    return tuple(one.without(["le"]) for one in found) if name.startswith("histogram_") else found


def _of_absent(node: grammar.Expr) -> Carried:
    """The labels that its selector says exactly; of anything but a selector none."""
    while isinstance(node, grammar.ParenExpr):
        node = node.expr
    if isinstance(node, grammar.MatrixSelector):
        node = node.vector_selector
    if not isinstance(node, grammar.VectorSelector):
        return _NONE
    named = [one.name for one in node.matchers.matchers]
    values = {name: value for name, value in _of_selector(node, {}).values.items() if named.count(name) == 1}
    return Carried(names=frozenset(values), values=values)
