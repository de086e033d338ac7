"""What a value of PromQL depends on when only the rules' clock runs faster: a small dimensional analysis.

A run divides windows, offsets and scrape intervals; the controller works on in real time. A gauge, a ratio of two
rates, a quantile, a number of series is the same then. Events in a window are not, nor is a rate in real seconds, nor
the clock. So each value is a sum of terms, each term a product of such dimensions, and two values can be compared at
any speed if they are of one term. Zero is of every dimension, and nothing else is: `rate(a[5m]) + 10` is two terms.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Final

from harness.core.promql.functions import FUNCTIONS_OF, Type
from harness.core.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatchOp,
    MatrixSelector,
    NumberLiteral,
    SubqueryExpr,
    VectorSelector,
    children,
)
from harness.core.promql.types import COMPARISONS, type_of
from harness.core.rules.model import RecordingRule, RuleGroup


class Dimension(StrEnum):
    """What a value is measured in, in the words of the reason why a run says nothing about it."""

    RATE = "is a rate per real second, and in a shorter window one event weighs more"
    COUNT = "counts events in a window, and a shorter window holds fewer"
    CLOCK = "is read from the clock, which runs at real time"
    SCRAPES = "counts scrapes, which cannot come as much closer here as the window gets shorter"


#: dimension -> its power; without any, a plain number
Term = frozenset[tuple[Dimension, float]]
_PLAIN: Final[Term] = frozenset()
#: how long ago a value is looked at, in milliseconds; None for a fixed instant of `@`
Ago = int | None

_FACTORS: Final = {
    **dict.fromkeys(("rate", "irate", "deriv"), Dimension.RATE),
    **dict.fromkeys(("increase", "delta", "idelta"), Dimension.COUNT),
}
#: whatever they are given
_COUNTS: Final = ("changes", "resets")
_SCRAPES: Final = ("count_over_time", "sum_over_time")
_PLAINS: Final = (
    *("absent", "absent_over_time", "present_over_time", "count_over_time", "histogram_quantile"),
    *("histogram_fraction", "histogram_avg", "histogram_stddev", "histogram_stdvar"),
)
_CLOCKS: Final = (
    *("time", "timestamp", "minute", "hour", "month", "year"),
    *("day_of_week", "day_of_month", "day_of_year", "days_in_month"),
)
_POWERS: Final = {"sqrt": 0.5, "stdvar": 2, "stdvar_over_time": 2}
#: where a number among the arguments is one of the values
_OF_NUMBERS: Final = ("vector", "clamp", "clamp_min", "clamp_max")
_COUNTING: Final = ("count", "group", "count_values")
#: Prometheus's own series whose value is an instant
_INSTANTS: Final = ("ALERTS_FOR_STATE",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What one value depends on."""

    #: none for zero
    terms: frozenset[Term]
    #: at which instants it looks; none for what reads no series
    looks: frozenset[Ago] = frozenset()

    def __or__(self, other: "Measure") -> "Measure":
        """Of one or the other, and of their sum."""
        return Measure(terms=self.terms | other.terms, looks=self.looks | other.looks)

    def times(self, other: "Measure", power: int = 1) -> "Measure":
        """Of their product; of their quotient with power -1."""
        terms = frozenset(_product(one, each, power) for one in self.terms for each in other.terms or {_PLAIN})
        return Measure(terms=terms, looks=self.looks | other.looks)

    def to(self, power: float) -> "Measure":
        """Of its power; that of a sum is taken for the sum of theirs, which is as little of one term."""
        terms = (frozenset((one, each * power) for one, each in term if power) for term in self.terms)
        return Measure(terms=frozenset(terms), looks=self.looks)

    def plain(self) -> "Measure":
        """Of something about it that no speed changes."""
        return Measure(terms=frozenset({_PLAIN}), looks=self.looks)

    def ago(self, offset_ms: int, *, fixed: bool) -> "Measure":
        """Of the same, looked at earlier."""
        looks = (None if fixed or one is None else one + offset_ms for one in self.looks)
        return Measure(terms=self.terms, looks=frozenset(looks))

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """All of them, in the order in which they are defined."""
        found = {dimension for term in self.terms for dimension, _ in term}
        return tuple(one for one in Dimension if one in found)


#: recorded series -> of what its values are
Recorded = Mapping[str, Measure]
_ZERO: Final = Measure(terms=frozenset())
_NUMBER: Final = Measure(terms=frozenset({_PLAIN}))


def recorded_measures(groups: Iterable[RuleGroup], *, fewer_scrapes: bool = False) -> Recorded:
    """Of what each recorded series is, in whatever order the rules stand: groups are evaluated side by side."""
    rules = [rule for group in groups for rule in group.rules if isinstance(rule, RecordingRule)]
    trees = [(rule.record, rule.expression.tree) for rule in rules]
    known: dict[str, Measure] = {}
    for _ in range(len(trees) + 1):  # one more for each rule that reads another; a circle would go on for ever
        before = dict(known)
        for name, tree in trees:
            known[name] = known.get(name, _ZERO) | measure(tree, before, fewer_scrapes=fewer_scrapes)
        if known == before:
            break
    return known


def measure(node: Expr, recorded: Recorded, *, fewer_scrapes: bool = False) -> Measure:
    """What the value of an expression depends on.

    Args:
        node: the expression.
        recorded: the series that rules record.
        fewer_scrapes: whether a divided window holds fewer scrapes than a documented one.
    """
    return _Measuring(recorded, fewer_scrapes=fewer_scrapes).of(node)


@dataclass(frozen=True, slots=True)
class _Measuring:
    recorded: Recorded
    fewer_scrapes: bool

    def of(self, node: Expr) -> Measure:
        match node:
            case NumberLiteral():
                found = _NUMBER if node.val else _ZERO
            case VectorSelector():
                found = self._selector(node)
            case SubqueryExpr():
                found = self.of(node.expr).ago(node.offset_ms, fixed=node.at is not None)
            case Call():
                found = self._call(node)
            case AggregateExpr():
                inner = self.of(node.expr)
                found = inner.plain() if node.op in _COUNTING else inner.to(_POWERS.get(node.op, 1))
            case BinaryExpr():
                found = self._binary(node)
            case _:
                found = self._together(children(node))
        return found

    def _together(self, nodes: Iterable[Expr]) -> Measure:
        return reduce(Measure.__or__, map(self.of, nodes), _ZERO)

    def _selector(self, node: VectorSelector) -> Measure:
        names = (one.value for one in node.matchers if (one.label, one.op) == ("__name__", MatchOp.EQUAL))
        name = node.name or next(names, "")
        terms = frozenset({_term(Dimension.CLOCK) if name in _INSTANTS else _PLAIN})
        found = self.recorded.get(name, Measure(terms=terms, looks=frozenset({0})))
        return found.ago(node.offset_ms, fixed=node.at is not None)

    def _call(self, node: Call) -> Measure:
        inner = self._together(_values(node))
        found = inner
        if node.name in _FACTORS:
            found = inner.times(_of(_FACTORS[node.name]))
        elif node.name in _COUNTS:
            found = inner.plain().times(_of(Dimension.COUNT))
        elif node.name in _CLOCKS:
            found = inner.plain().times(_of(Dimension.CLOCK))
        elif node.name in _PLAINS:
            found = inner.plain()
        elif node.name in _POWERS:
            found = inner.to(_POWERS[node.name])
        if node.name in _SCRAPES and self.fewer_scrapes and isinstance(node.args[0], MatrixSelector):
            found = found.times(_of(Dimension.SCRAPES))
        return found

    def _binary(self, node: BinaryExpr) -> Measure:
        left, right = self.of(node.lhs), self.of(node.rhs)
        if node.return_bool:
            return (left | right).plain()
        if node.op in COMPARISONS and type_of(node.lhs) is Type.SCALAR:
            return right
        if node.op in ("+", "-", "or", "atan2"):
            return left | right
        if node.op in ("*", "/"):
            return left.times(right, 1 if node.op == "*" else -1)
        if node.op == "^" and isinstance(node.rhs, NumberLiteral):
            return left.to(node.rhs.val)
        return left


def _values(node: Call) -> Iterator[Expr]:
    """The arguments that become the value; a number says how, except where it may be the value itself."""
    types = FUNCTIONS_OF[node.name].args
    for place, argument in enumerate(node.args):
        kind = types[min(place, len(types) - 1)]
        if kind in (Type.VECTOR, Type.MATRIX) or node.name in _OF_NUMBERS:
            yield argument


def _term(dimension: Dimension) -> Term:
    return frozenset({(dimension, 1.0)})


def _of(dimension: Dimension) -> Measure:
    return Measure(terms=frozenset({_term(dimension)}))


def _product(one: Term, other: Term, power: int) -> Term:
    powers = dict(one)
    for dimension, each in other:
        powers[dimension] = powers.get(dimension, 0.0) + power * each
    return frozenset((dimension, each) for dimension, each in powers.items() if each)
