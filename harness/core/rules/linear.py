"""A condition's two sides as sums of terms: so that rewritings of one condition are seen to be the same.

`100 * a / b > 90`, `0.9 < a / b` and `a / b - 0.9 > 0` say one thing. Each side becomes a constant and terms, a term a
factor and what it multiplies; numbers are pulled out of products, divisions and of the aggregations that they pass
through unchanged. What an expression of ours means otherwise is nobody's business here: two texts are the same or not.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.core.promql import Expression, children
from harness.core.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)
from harness.core.rules.measure import (
    SECOND,
    SHARE,
    THINGS,
    Measure,
    measure_of_metric,
    measure_of_observations,
)

#: a factor above 0 passes through them
_HOMOGENEOUS = ("sum", "avg", "min", "max")
_OVER_TIME = ("avg_over_time", "min_over_time", "max_over_time", "sum_over_time", "last_over_time")
_PER_SECOND = ("rate", "irate", "deriv")
_CHANGED = ("increase", "delta", "idelta", "sum_over_time", "count_over_time", "changes", "resets", "predict_linear")
_SAME_UNIT = (
    *_OVER_TIME,
    *("increase", "delta", "idelta", "sort", "sort_desc", "label_replace", "label_join", "scalar", "vector"),
    *("stddev_over_time", "mad_over_time", "first_over_time", "quantile_over_time"),
)
_COUNTS = ("count_over_time", "changes", "resets", "absent", "absent_over_time", "present_over_time")
#: they keep the unit and change the value: what is equal to a limit behind them need not be before them
_BENDING = ("abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "sgn")
_WHOLE = ("sum", "min", "max", "topk", "bottomk", "count", "group")
_WHOLE_OVER_TIME = ("min_over_time", "max_over_time", "sum_over_time", "last_over_time", "count_over_time", "changes")
_LIMITS = (">", "<", ">=", "<=")
_SIGNS = (">", "<", ">=", "<=", "==", "!=")

#: recorded series -> the expression that it is recorded from
Recorded = Mapping[str, Expr]


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """What a factor multiplies: an expression without a number that could be pulled out of it."""

    text: str
    #: what it counts in; None where nobody can tell
    measure: Measure | None = None
    #: it counts whole things, at least 0
    whole: bool = False
    #: a number in front of it still means what it says
    exact: bool = True
    #: a limit inside it decides, too
    filtered: bool = False
    #: a series is left out by a limit inside it, and what is left keeps its value
    limited: bool = False
    #: it is of another time, or of how it changed
    past: bool = False
    #: something is subtracted or chosen by its value inside it, so that the other side may be meant: `count(up == 0)`
    turned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """`constant + factor * atom + ...`."""

    constant: float = 0.0
    terms: Mapping[str, tuple[float, Atom]] = field(default_factory=dict)

    @property
    def single(self) -> tuple[float, Atom] | None:
        """Its one term, where it is nothing else."""
        return next(iter(self.terms.values())) if len(self.terms) == 1 and self.constant == 0 else None

    def scaled(self, factor: float) -> "Linear":
        """All of it, so many times."""
        terms = {text: (factor * number, atom) for text, (number, atom) in self.terms.items()}
        return Linear(constant=factor * self.constant, terms={} if factor == 0 else terms)

    def plus(self, other: "Linear") -> "Linear":
        """The sum; terms that cancel out are gone."""
        terms = dict(self.terms)
        for text, (number, atom) in other.terms.items():
            terms[text] = (number + (terms[text][0] if text in terms else 0.0), atom)
        kept = {text: found for text, found in terms.items() if found[0] != 0}
        return Linear(constant=self.constant + other.constant, terms=kept)


def linear(node: Expr, recorded: Recorded) -> Linear:  # noqa: PLR0911 - one for each kind of node
    """An expression as a sum; as one atom where it is no sum of anything."""
    match node:
        case NumberLiteral():
            return Linear(constant=node.val)
        case ParenExpr():
            return linear(node.expr, recorded)
        case UnaryExpr():
            return linear(node.expr, recorded).scaled(-1 if node.op == "-" else 1)
        case BinaryExpr():
            return _binary(node, recorded)
        case AggregateExpr():
            return _aggregated(node, recorded)
        case Call():
            return _called(node, recorded)
        case VectorSelector():
            behind = recorded.get(node.name)
            if behind is not None:  # not twice: rules may stand in a circle
                return linear(behind, {name: one for name, one in recorded.items() if name != node.name})
    return _one(_atom(node, recorded))


def _one(atom: Atom) -> Linear:
    return Linear(terms={atom.text: (1.0, atom)})


def _binary(node: BinaryExpr, recorded: Recorded) -> Linear:
    operator = node.op
    if operator in ("+", "-", "*", "/"):
        left, right = linear(node.lhs, recorded), linear(node.rhs, recorded)
        if operator in ("+", "-"):
            return left.plus(right.scaled(1 if operator == "+" else -1))
        for one, other in ((left, right), (right, left)) if operator == "*" else ((right, left),):
            if not one.terms and one.constant not in (0, math.inf, -math.inf):
                return other.scaled(one.constant if operator == "*" else 1 / one.constant)
        return _product(left, right, operator) if left.terms and right.terms else _one(_atom(node, recorded))
    if operator in ("^", "%"):
        left, right = linear(node.lhs, recorded), linear(node.rhs, recorded)
        number = None if left.terms or right.terms else _computed(left.constant, operator, right.constant)
        if number is not None:
            return Linear(constant=number)
    return _one(_atom(node, recorded))


def _computed(left: float, operator: str, right: float) -> float | None:
    """A number of two; None where there is none."""
    try:
        return math.pow(left, right) if operator == "^" else math.fmod(left, right)
    except (ValueError, OverflowError):
        return None


def _product(left: Linear, right: Linear, operator: str) -> Linear:
    """Two things multiplied or divided: one atom, with the numbers of both in front of it."""
    (first, over), (second, under) = _whole_of(left), _whole_of(right)
    measure = None
    if operator == "/":
        measure = _divided(over.measure, under.measure)
    elif over.measure is not None and under.measure is not None:
        measure = over.measure.times(under.measure)
    atom = _both(over, under, f"({over.text}) {operator} ({under.text})", measure)
    return Linear(terms={atom.text: (first * second if operator == "*" else first / second, atom)})


def _both(first: Atom, second: Atom, text: str, measure: Measure | None) -> Atom:
    """One thing made of two."""
    return Atom(
        text=text,
        measure=measure,
        exact=first.exact and second.exact,
        filtered=first.filtered or second.filtered,
        limited=first.limited or second.limited,
        past=first.past or second.past,
        turned=first.turned or second.turned,
    )


def share_of(over: Atom, under: Atom) -> Atom:
    """One thing divided by another."""
    return _both(over, under, f"({over.text}) / ({under.text})", _divided(over.measure, under.measure))


def _divided(over: Measure | None, under: Measure | None) -> Measure | None:
    """Two gauges of no known unit are taken for the same: a share."""
    if over is None and under is None:
        return SHARE
    return None if over is None or under is None else over.per(under)


def _whole_of(side: Linear) -> tuple[float, Atom]:
    """A factor and one atom for all of a sum."""
    if side.single is not None:
        return side.single
    return 1.0, composed(side)


def composed(side: Linear) -> Atom:
    """A sum of several things as one thing; its unit is that in which they can be added: days for `x / 86400`."""
    atoms = [atom for _, atom in side.terms.values()]
    units = [
        None if atom.measure is None else replace(atom.measure, scale=atom.measure.scale / abs(number))
        for number, atom in side.terms.values()
    ]
    words = [f"{number:g} * ({atom.text})" for number, atom in sorted(side.terms.values(), key=lambda one: one[1].text)]
    return Atom(
        text=" + ".join([*words, *([f"{side.constant:g}"] if side.constant else [])]),
        measure=_joined(units),
        whole=all(atom.whole for atom in atoms) and all(number in (1, -1) for number, _ in side.terms.values()),
        exact=all(atom.exact for atom in atoms),
        filtered=any(atom.filtered for atom in atoms),
        limited=any(atom.limited for atom in atoms),
        past=any(atom.past for atom in atoms),
        turned=any(number < 0 for number, _ in side.terms.values()),
    )


def _joined(measures: Sequence[Measure | None]) -> Measure | None:
    """The unit of a sum, or of whichever there is."""
    known = [one for one in measures if one is not None]
    return known[0] if known and all(one.same(known[0]) for one in known) else None


def _aggregated(node: AggregateExpr, recorded: Recorded) -> Linear:
    return _through(node, node.expr, recorded, passes=node.op in _HOMOGENEOUS, wrap=lambda text: _shown(node, text))


def _called(node: Call, recorded: Recorded) -> Linear:
    name, arguments = node.name, children(node)
    if name == "vector":
        inside = linear(arguments[0], recorded)
        if not inside.terms:
            return inside
    if name == "scalar" and isinstance(arguments[0], Call) and arguments[0].name == "vector":
        return linear(children(arguments[0])[0], recorded)
    inner = arguments[-1] if arguments else None
    if name in _OVER_TIME and isinstance(inner, SubqueryExpr):
        return _through(node, inner.expr, recorded, passes=True, wrap=lambda text: _shown(node, text))
    return _one(_atom(node, recorded))


def _through(node: Expr, inner: Expr, recorded: Recorded, *, passes: bool, wrap: Callable[[str], str]) -> Linear:
    """The number in front of what is aggregated in front of the aggregate, where it passes through it."""
    found = linear(inner, recorded)
    if not passes or found.single is None or found.single[0] <= 0:
        return _one(_atom(node, recorded))
    factor, atom = found.single
    whole = atom.whole and _keeps_whole(node)
    past = atom.past or any(_is_past(one) for one in (node, *children(node)))
    return Linear(terms={wrap(atom.text): (factor, replace(atom, text=wrap(atom.text), whole=whole, past=past))})


def _keeps_whole(node: Expr) -> bool:
    if isinstance(node, AggregateExpr):
        return node.op in _WHOLE
    return isinstance(node, Call) and node.name in _WHOLE_OVER_TIME


def _shown(node: Expr, inner: str) -> str:
    """An aggregate's own words around the text of what it aggregates."""
    text = str(Expression(node))
    before = text[: text.index("(") if isinstance(node, Call) else _opening(text)]
    return f"{before}({inner})"


def _opening(text: str) -> int:
    """Where the operand of an aggregation begins: behind its `by (...)`."""
    words = text.split("(", 1)[0].split()
    first = text.index("(")
    return text.index("(", first + 1) if words[-1] in ("by", "without") else first


def _atom(node: Expr, recorded: Recorded) -> Atom:
    return Atom(
        text=str(Expression(node)),
        measure=measure(node, recorded),
        whole=_is_whole(node, recorded),
        exact=_is_exact(node),
        filtered=any(isinstance(one, BinaryExpr) and one.op in _LIMITS for one in _of_its_value(node, recorded)),
        limited=_is_limited(node, recorded),
        past=any(_is_past(one) for one in _of_its_value(node, recorded)),
        turned=any(
            isinstance(one, (UnaryExpr, BinaryExpr)) and one.op in ("-", "==", "!=")
            for one in _of_its_value(node, recorded)
        ),
    )


def measure(node: Expr, recorded: Recorded) -> Measure | None:  # noqa: PLR0911 - one for each kind of node
    """What an expression counts in; None where its text does not tell."""
    match node:
        case ParenExpr() | UnaryExpr() | SubqueryExpr():
            return measure(node.expr, recorded)
        case MatrixSelector():
            return measure(node.selector, recorded)
        case VectorSelector():
            behind = recorded.get(node.name)
            if behind is not None:
                return _of_linear(behind, {name: one for name, one in recorded.items() if name != node.name})
            resource = next((one.value for one in node.matchers if one.label == "resource"), "")
            return measure_of_metric(node.name, resource=resource)
        case AggregateExpr():
            if node.op in ("count", "group", "count_values"):
                return THINGS
            return None if node.op == "stdvar" else _of_linear(node.expr, recorded)
        case Call():
            return _of_call(node, recorded)
        case BinaryExpr():
            return _of_binary(node, recorded)
        case _:
            return None


def _of_linear(node: Expr, recorded: Recorded) -> Measure | None:
    """With the number in front of it: `100 * share` is in hundredths."""
    found = linear(node, recorded)
    if found.single is None:
        return _joined([atom.measure for _, atom in found.terms.values()])
    factor, atom = found.single
    if atom.measure is None:
        return None
    return replace(atom.measure, scale=atom.measure.scale / factor)


def _of_call(node: Call, recorded: Recorded) -> Measure | None:
    name, arguments = node.name, children(node)
    if name in ("time", "timestamp"):
        return SECOND
    if name in _COUNTS:
        return THINGS
    if name in ("histogram_quantile", "histogram_avg", "histogram_sum", "histogram_stddev"):
        names = {one.name for one in Expression(node).nodes() if isinstance(one, VectorSelector)}
        return measure_of_observations(next(iter(names))) if len(names) == 1 and name == "histogram_quantile" else None
    # `label_replace` and its like have their vector first, `quantile_over_time` last
    inner = arguments[-1] if name == "quantile_over_time" else arguments[0] if arguments else None
    if inner is None:
        return None
    found = measure(inner, recorded) if isinstance(inner, MatrixSelector) else _of_linear(inner, recorded)
    if name in _PER_SECOND:
        return None if found is None else found.per(SECOND)
    return found if name in (*_SAME_UNIT, *_BENDING) else None


def _of_binary(node: BinaryExpr, recorded: Recorded) -> Measure | None:
    operator = node.op
    if operator in ("and", "unless") or operator in _SIGNS:
        with_bool = node.return_bool
        return None if with_bool else _of_linear(node.lhs, recorded)
    if operator == "or":
        return _joined([_of_linear(node.lhs, recorded), _of_linear(node.rhs, recorded)])
    return None


def _is_whole(node: Expr, recorded: Recorded) -> bool:  # noqa: PLR0911, C901 - one for each kind of node
    """Whether it counts whole things: a gauge whose name names no unit, and what keeps it so."""
    match node:
        case ParenExpr() | SubqueryExpr():
            return _is_whole(node.expr, recorded)
        case MatrixSelector():
            return _is_whole(node.selector, recorded)
        case NumberLiteral():
            return node.val == int(node.val) if math.isfinite(node.val) else False
        case VectorSelector():
            behind = recorded.get(node.name)
            if behind is not None:
                return _is_whole(behind, {name: one for name, one in recorded.items() if name != node.name})
            return measure_of_metric(node.name) in (None, THINGS)
        case AggregateExpr():
            return node.op in ("count", "group") or (node.op in _WHOLE and _is_whole(node.expr, recorded))
        case Call():
            name = node.name
            if name in _COUNTS:
                return True
            kept = (*_WHOLE_OVER_TIME, "vector", "scalar", "sort", "sort_desc", "label_replace", "label_join")
            return name in kept and _is_whole(children(node)[0], recorded)
        case BinaryExpr():
            operator = node.op
            if operator == "or":
                return _is_whole(node.lhs, recorded) and _is_whole(node.rhs, recorded)
            return operator in ("and", "unless", *_SIGNS) and _is_whole(node.lhs, recorded)
        case _:
            return False


def _of_its_value(node: Expr, recorded: Recorded) -> list[Expr]:
    """All nodes that say what its value is, those of what is recorded among them.

    What is divided by says nothing where it only has to be something (`x / (y > 0)`), nor does the right arm of `and`
    and `unless`.
    """
    kids: Sequence[Expr] = children(node)
    if isinstance(node, BinaryExpr) and node.op in ("and", "unless"):
        kids = (node.lhs,)
    if _is_not_nothing(node):
        return _of_its_value(kids[0], recorded)
    if isinstance(node, VectorSelector) and node.name in recorded:
        others = {name: one for name, one in recorded.items() if name != node.name}
        kids = (recorded[node.name],)
        return [node, *_of_its_value(kids[0], others)]
    return [node, *(one for kid in kids for one in _of_its_value(kid, recorded))]


def _is_past(node: Expr) -> bool:
    """Whether it is of another time, or sums up or compares several instants."""
    match node:
        case Call():
            return node.name in (*_PER_SECOND, *_CHANGED)
        case VectorSelector() | SubqueryExpr():
            return node.offset_ms != 0 or node.at is not None
        case _:
            return False


def _is_not_nothing(node: Expr) -> bool:
    """`x > 0` and `x != 0`: what is left out is nothing."""
    return (
        isinstance(node, BinaryExpr)
        and node.op in (">", "!=")
        and not node.return_bool
        and isinstance(node.rhs, NumberLiteral)
        and node.rhs.val == 0
    )


def _is_limited(node: Expr, recorded: Recorded) -> bool:
    """Whether values pass through a limit inside it: `max(x > 100)` is never 50. How many there are is not limited."""
    if isinstance(node, AggregateExpr) and node.op in ("count", "group", "count_values"):
        return False
    if isinstance(node, Call) and node.name in _COUNTS:
        return False
    if isinstance(node, BinaryExpr) and node.op in _SIGNS:
        limits = node.op in _LIMITS and not _is_not_nothing(node) and not node.return_bool
        return limits or _is_limited(node.lhs, recorded)
    kids: Sequence[Expr] = children(node)
    if isinstance(node, BinaryExpr) and node.op in ("and", "unless"):
        kids = (node.lhs,)
    if isinstance(node, VectorSelector) and node.name in recorded:
        others = {name: one for name, one in recorded.items() if name != node.name}
        return _is_limited(recorded[node.name], others)
    return any(_is_limited(kid, recorded) for kid in kids)


def _is_exact(node: Expr) -> bool:
    """Whether a number beside it means what it says: nothing on the way from the figures rounds, clamps or bends."""
    for one in _outside_sets(node):
        if isinstance(one, Call) and one.name in (*_BENDING, "sqrt", "ln", "log2", "log10", "exp"):
            return False
        if isinstance(one, BinaryExpr) and one.op in ("%", "^", "atan2"):
            return False
    return True


def _outside_sets(node: Expr) -> list[Expr]:
    """All nodes, without the right arms of `and` and `unless`, which only choose."""
    kids: Sequence[Expr] = children(node)
    if isinstance(node, BinaryExpr) and node.op in ("and", "unless"):
        kids = (node.lhs,)
    return [node, *(one for kid in kids for one in _outside_sets(kid))]
