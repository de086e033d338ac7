"""PromQL as a tree: read it, look at its durations, write it back with other durations; and matchers around data.

The tree is promql-parser's; Prometheus alone evaluates. The text is written here and not by promql-parser, because its
own printer drops milliseconds (`[1m500ms]` becomes `[1m]`), the `:` of a subquery without step, and the escapes of
strings. Grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import promql_parser as grammar

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError

#: a duration of the text on its way into another text
Rewrite = Callable[[PromDuration], PromDuration]

_FIX = "try it in Prometheus's expression browser, or with `promtool promql format`"
_LEGACY_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
#: strings and comments; only a raw string has a group
_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`([^`]*)`|#[^\n]*""")
#: pairs, because promql-parser's operators cannot be keys
_OPERATORS = (
    (grammar.MatchOp.Equal, "="),
    (grammar.MatchOp.NotEqual, "!="),
    (grammar.MatchOp.Re, "=~"),
    (grammar.MatchOp.NotRe, "!~"),
)


class PromQLError(MisuseError):
    """An expression that Prometheus would refuse, or that this stack's Prometheus has no feature flag for."""


class Use(StrEnum):
    """Where in an expression a duration stands."""

    WINDOW = "window"
    SUBQUERY = "subquery window"
    STEP = "subquery step"
    OFFSET = "offset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """One duration of an expression."""

    use: Use
    #: absolute length; the sign of an offset is left out
    length: PromDuration


@dataclass(frozen=True, slots=True)
class Expression:
    """One PromQL expression that parses."""

    tree: grammar.Expr

    @classmethod
    def parse(cls, text: str) -> "Expression":
        """Reads one expression.

        Raises:
            PromQLError: with promql-parser's own words about what is wrong.
        """
        try:
            tree = grammar.parse(_QUOTED.sub(_without_raw_string, text))
        except ValueError as error:
            raise PromQLError(f"`{text.strip()}` is not PromQL", why=str(error), fix=_FIX) from error
        expression = cls(tree)
        for node in expression.nodes():
            _refuse_unsupported(node, text)
        return expression

    def __str__(self) -> str:
        """The expression on one line, in words of its own but with the same tree."""
        return self.text()

    def text(self, rewrite: Rewrite = lambda length: length) -> str:
        """The expression on one line, each duration but the instant of `@` replaced by `rewrite` of it."""
        return _text(self.tree, rewrite)

    def stretches(self) -> tuple[Stretch, ...]:
        """All durations, in the order in which they stand in the tree."""
        return tuple(stretch for node in self.nodes() for stretch in _stretches(node))

    def reach_s(self) -> float:
        """How far back its value at an instant looks, in seconds: a window inside a subquery adds to the subquery's."""
        return _reach_s(self.tree)

    def nodes(self) -> Iterator[grammar.Expr]:
        """All nodes, a parent before its children."""
        return _walk(self.tree)


def equal_to(label: str, value: str) -> str:
    """The matcher, without braces, of exactly this value. The one way by which a name becomes a part of a query.

    An alert's name may be any text (https://github.com/prometheus/prometheus/blob/v3.13.5/model/rulefmt/rulefmt.go,
    `Rule.Validate`), so it may end a string, a selector or a line: it is quoted, never pasted.
    """
    return matcher(label, "=", value)


def any_of(label: str, values: Iterable[str]) -> str:
    """The matcher of each of these values and of no other; of nothing but an absent label if there is none."""
    return matcher(label, "=~", "|".join(map(re.escape, values)))


def matcher(label: str, operator: str, value: str) -> str:
    """A matcher as PromQL writes it; label and value may hold anything."""
    return f"{_label(label)}{operator}{quoted(value)}"


def quoted(text: str) -> str:
    """The text as a string of PromQL, on one line."""
    # JSON's escapes are a subset of Go's, which PromQL uses
    return json.dumps(text, ensure_ascii=False)


def _reach_s(node: grammar.Expr) -> float:
    own_s = sum(stretch.length.seconds for stretch in _stretches(node) if stretch.use is not Use.STEP)
    return own_s + max(map(_reach_s, children(node)), default=0.0)


def children(node: grammar.Expr) -> tuple[grammar.Expr, ...]:
    """The direct operands of a node; the selector inside a window counts as one."""
    match node:
        case grammar.AggregateExpr():
            return (node.expr,) if node.param is None else (node.param, node.expr)
        case grammar.BinaryExpr():
            return (node.lhs, node.rhs)
        case grammar.UnaryExpr() | grammar.ParenExpr() | grammar.SubqueryExpr():
            return (node.expr,)
        case grammar.Call():
            return tuple(node.args)
        case grammar.MatrixSelector():
            return (node.vector_selector,)
        case _:
            return ()


def _walk(node: grammar.Expr) -> Iterator[grammar.Expr]:
    yield node
    for child in children(node):
        yield from _walk(child)


def _without_raw_string(found: re.Match[str]) -> str:
    """promql-parser reads escapes even in raw strings, where PromQL knows none; so they become ordinary strings."""
    return found.group(0) if found.group(1) is None else json.dumps(found.group(1), ensure_ascii=False)


def _refuse_unsupported(node: grammar.Expr, text: str) -> None:
    if isinstance(node, grammar.VectorSelector) and node.matchers.or_matchers:
        why = "`or` between label matchers is VictoriaMetrics's, not PromQL"
    elif (
        isinstance(node, grammar.BinaryExpr)
        and node.modifier is not None
        and (node.modifier.fill_values.lhs is not None or node.modifier.fill_values.rhs is not None)
    ):
        why = "`fill` needs Prometheus's feature flag promql-binop-fill-modifiers, which is off by default"
    else:
        return
    raise PromQLError(f"`{text.strip()}` cannot be used", why=why, fix=_FIX)


def _length(delta: timedelta | None) -> PromDuration:
    # only the type of a subquery's window allows None, the grammar does not
    return PromDuration(abs(delta or timedelta()) // timedelta(milliseconds=1))


def _stretches(node: grammar.Expr) -> Iterator[Stretch]:
    if isinstance(node, grammar.MatrixSelector):
        yield Stretch(use=Use.WINDOW, length=_length(node.range))
    if isinstance(node, grammar.SubqueryExpr):
        yield Stretch(use=Use.SUBQUERY, length=_length(node.range))
        if node.step is not None:
            yield Stretch(use=Use.STEP, length=_length(node.step))
    if isinstance(node, grammar.VectorSelector | grammar.SubqueryExpr) and node.offset is not None:
        yield Stretch(use=Use.OFFSET, length=_length(node.offset))


def _text(node: grammar.Expr, rewrite: Rewrite) -> str:
    match node:
        case grammar.ParenExpr():
            text = f"({_text(node.expr, rewrite)})"
        case grammar.UnaryExpr():
            text = f"-{_text(node.expr, rewrite)}"
        case grammar.BinaryExpr():
            text = f"{_text(node.lhs, rewrite)} {node.op}{_matching(node.modifier)} {_text(node.rhs, rewrite)}"
        case grammar.AggregateExpr():
            arguments = ", ".join(_text(child, rewrite) for child in children(node))
            text = f"{node.op}{_grouping(node.modifier)}({arguments})"
        case grammar.Call():
            text = f"{node.func.name}({', '.join(_text(child, rewrite) for child in children(node))})"
        case grammar.SubqueryExpr():
            text = f"{_text(node.expr, rewrite)}[{_subquery(node, rewrite)}]{_shift(node, rewrite)}"
        case _:
            text = _leaf(node, rewrite)
    return text


def _leaf(node: grammar.Expr, rewrite: Rewrite) -> str:
    match node:
        case grammar.NumberLiteral():
            text = _number(node.val)
        case grammar.StringLiteral():
            text = quoted(node.val)
        case grammar.VectorSelector():
            text = _selector(node) + _shift(node, rewrite)
        case grammar.MatrixSelector():
            inner = node.vector_selector
            text = f"{_selector(inner)}[{rewrite(_length(node.range))}]{_shift(inner, rewrite)}"
        case _:
            raise PromQLError(
                f"a {type(node).__name__} cannot be written", why="this kind of expression is not known here", fix=_FIX
            )
    return text


def _number(value: float) -> str:
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(value).removesuffix(".0")


def _selector(node: grammar.VectorSelector) -> str:
    matchers = [matcher(one.name, operator_of(one.op), one.value) for one in node.matchers.matchers]
    name = node.name or ""  # a name outside the old alphabet comes as a matcher of __name__
    return f"{name}{{{', '.join(matchers)}}}" if matchers or not name else name


def operator_of(kind: grammar.MatchOp) -> str:
    """A matcher's operator as PromQL writes it."""
    return next(text for known, text in _OPERATORS if known == kind)


def _label(name: str) -> str:
    return name if _LEGACY_LABEL.fullmatch(name) else quoted(name)


def _shift(node: grammar.VectorSelector | grammar.SubqueryExpr, rewrite: Rewrite) -> str:
    at = "" if node.at is None else f" {node.at}"
    if node.offset is None:
        return at
    sign = "-" if node.offset < timedelta() else ""
    return f"{at} offset {sign}{rewrite(_length(node.offset))}"


def _subquery(node: grammar.SubqueryExpr, rewrite: Rewrite) -> str:
    return f"{rewrite(_length(node.range))}:{'' if node.step is None else rewrite(_length(node.step))}"


def _grouping(modifier: grammar.AggModifier | None) -> str:
    if modifier is None:
        return ""
    word = "by" if modifier.type == grammar.AggModifierType.By else "without"
    return f" {word} ({', '.join(map(_label, modifier.labels))}) "


def _matching(modifier: grammar.BinModifier | None) -> str:
    if modifier is None:
        return ""
    text = " bool" if modifier.return_bool else ""
    if modifier.matching is not None:
        word = "on" if modifier.matching.type == grammar.LabelModifierType.Include else "ignoring"
        text += f" {word} ({', '.join(map(_label, modifier.matching.labels))})"
    if modifier.card in (grammar.VectorMatchCardinality.ManyToOne, grammar.VectorMatchCardinality.OneToMany):
        side = "left" if modifier.card == grammar.VectorMatchCardinality.ManyToOne else "right"
        text += f" group_{side} ({', '.join(map(_label, modifier.group_labels or []))})"
    return text
