"""From a text to a tree: PromQL read as Prometheus's own parser reads it, and refused where that refuses.

Read by hand and not by a library: of the 2,231 expressions of Prometheus's own tests the one for Python misjudged 261,
moved `@ -100` to `@ 0`, and could not say where in a text a mistake is.
https://github.com/prometheus/prometheus/blob/v3.13.5/promql/parser/generated_parser.y
"""

from dataclasses import replace
from typing import Final

from harness.core.promql.cursor import Cursor, string_of
from harness.core.promql.errors import FILLS, FUNCTIONS, RANGES, ReadError
from harness.core.promql.functions import AGGREGATIONS, EXPERIMENTAL_AGGREGATIONS, FUNCTIONS_OF, WITH_PARAM
from harness.core.promql.shift import with_instant, with_offset
from harness.core.promql.tokens import Kind, Token
from harness.core.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Expr,
    Grouping,
    Instant,
    Matching,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    StringLiteral,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)

_PRECEDENCE: Final = {
    "or": 1,
    **dict.fromkeys(("and", "unless"), 2),
    **dict.fromkeys(("==", "!=", "<=", "<", ">=", ">", "</", ">/"), 3),
    **dict.fromkeys(("+", "-"), 4),
    **dict.fromkeys(("*", "/", "%", "atan2"), 5),
    "^": 6,
}
_POWER: Final = 6
#: words that are no metric's name; all others may be one
_NO_METRIC: Final = {"bool", "on", "ignoring", "group_left", "group_right", "atan2"}


def read(text: str) -> Expr:
    """The tree of an expression; types are not checked yet.

    Raises:
        ReadError: the text is no PromQL.
    """
    reader = _Reader(text)
    if reader.ended:
        raise ReadError(0, "no expression found in input")
    tree = reader.expression()
    if not reader.ended:
        raise reader.unexpected()
    return tree


class _Reader(Cursor):
    """Reads by precedence: what binds tightest is read first."""

    def expression(self, least: int = 1) -> Expr:
        """An expression whose operators bind at least so tightly."""
        left = self._operand()
        while True:
            token = self.next
            op = token.word or (token.text if token.kind is Kind.SIGN else "")
            binds = _PRECEDENCE.get(op, 0)
            if binds < least:
                return left
            self.take()
            left = self._binary(left, op, token, binds)

    def _operand(self) -> Expr:
        token = self.next
        if token.kind is Kind.SIGN and token.text in "+-":
            self.take()
            inner = self.expression(_POWER)
            if isinstance(inner, NumberLiteral):
                return replace(inner, val=-inner.val if token.text == "-" else inner.val, start=token.at)
            return UnaryExpr(op=token.text, expr=inner, start=token.at)
        return self._modified(self._primary())

    def _binary(self, left: Expr, op: str, token: Token, binds: int) -> Expr:
        return_bool = self.next.word == "bool"
        if return_bool:
            self.take()
        matching = self._matching()
        if self.next.word in ("fill", "fill_left", "fill_right") and self.after.text == "(":
            raise ReadError(self.next.at, f"`{self.next.text}`", FILLS)
        right = self.expression(binds if op == "^" else binds + 1)
        return BinaryExpr(
            op=op,
            lhs=left,
            rhs=right,
            return_bool=return_bool,
            matching=matching,
            start=left.start,
            op_start=token.at,
        )

    def _matching(self) -> Matching | None:
        if self.next.word not in ("on", "ignoring"):
            return None
        on, labels = self.take().word == "on", self.labels()
        if self.next.word not in ("group_left", "group_right"):
            return Matching(on=on, labels=labels)
        side = self.take().word.removeprefix("group_")
        include = self.labels() if self.next.text == "(" else ()
        return Matching(on=on, labels=labels, group=side, include=include)

    def _primary(self) -> Expr:
        token = self.next
        match token.kind:
            case Kind.NUMBER | Kind.DURATION:
                return NumberLiteral(val=self.number(), start=token.at)
            case Kind.STRING:
                return StringLiteral(val=string_of(self.take()), start=token.at)
            case Kind.NAME | Kind.METRIC:
                return self._named(token)
            case _:
                pass
        if self.sign("("):
            inner = self.expression()
            self.need(")")
            return ParenExpr(expr=inner, start=token.at)
        if token.text == "{":
            return VectorSelector(matchers=self.matchers(), start=token.at)
        raise self.unexpected()

    def _named(self, token: Token) -> Expr:
        if token.word in ("inf", "nan"):
            return NumberLiteral(val=self.number(), start=token.at)
        called = self.after.text == "(" and self.after.kind is Kind.SIGN
        if token.word in AGGREGATIONS and (called or self.after.word in ("by", "without")):
            return self._aggregation(self.take())
        if called and token.kind is Kind.NAME:
            return self._call(self.take())
        if token.word in _NO_METRIC:
            raise self.unexpected()
        self.take()
        matchers = self.matchers() if self.next.text == "{" else ()
        return VectorSelector(name=token.text, matchers=matchers, start=token.at)

    def _aggregation(self, token: Token) -> Expr:
        op, grouping = token.word, self._grouping()
        arguments = self._arguments()
        grouping = grouping or self._grouping()
        if op in EXPERIMENTAL_AGGREGATIONS:
            raise ReadError(token.at, f"`{op}`", FUNCTIONS)
        wanted = 2 if op in WITH_PARAM else 1
        if len(arguments) != wanted:
            raise ReadError(token.at, f"{op} has {len(arguments)} arguments, and it needs {wanted}")
        param = arguments[0] if wanted > 1 else None
        return AggregateExpr(op=op, expr=arguments[-1], param=param, grouping=grouping, start=token.at)

    def _grouping(self) -> Grouping | None:
        if self.next.word not in ("by", "without"):
            return None
        return Grouping(without=self.take().word == "without", labels=self.labels())

    def _call(self, token: Token) -> Expr:
        arguments, function = self._arguments(), FUNCTIONS_OF.get(token.text)
        if function is None:
            raise ReadError(token.at, f'unknown function with name "{token.text}"')
        if function.experimental:
            raise ReadError(token.at, f"the function `{token.text}`", FUNCTIONS)
        return Call(name=token.text, args=arguments, start=token.at)

    def _arguments(self) -> tuple[Expr, ...]:
        self.need("(")
        found = list[Expr]()
        while not self.sign(")"):
            if found:
                self.need(",")
            found.append(self.expression())
        return tuple(found)

    def _modified(self, node: Expr) -> Expr:
        """What stands behind an operand: a window, `offset`, `@`."""
        while True:
            token = self.next
            if self.sign("["):
                node = self._window(node, token)
            elif token.word == "offset":
                self.take()
                node = with_offset(node, self.offset_ms())
            elif self.sign("@"):
                node = with_instant(node, self._instant(node))
            elif token.word in ("anchored", "smoothed"):
                raise ReadError(token.at, f"`{token.text}`", RANGES)
            else:
                return node

    def _window(self, node: Expr, opened: Token) -> Expr:
        range_ms = self.length_ms()
        if self.sign(":"):
            step_ms = 0 if self.next.text == "]" else self.length_ms()
            self.need("]")
            return SubqueryExpr(expr=node, range_ms=range_ms, step_ms=step_ms, start=node.start)
        self.need("]")
        if not isinstance(node, VectorSelector):
            raise ReadError(opened.at, "ranges only allowed for vector selectors; a subquery is written [5m:]")
        if node.offset_ms:
            raise ReadError(opened.at, "no offset modifiers allowed before range")
        if isinstance(node.at, int):
            raise ReadError(opened.at, "no @ modifiers allowed before range")
        return MatrixSelector(selector=node, range_ms=range_ms, start=node.start)

    def _instant(self, node: Expr) -> int | Instant:
        if self.next.word in ("start", "end"):
            name = self.take().word
            self.need("(")
            self.need(")")
            return Instant(f"{name}()")
        sign = 1
        if self.next.text in ("+", "-"):
            sign = -1 if self.take().text == "-" else 1
        if self.next.kind not in (Kind.NUMBER, Kind.DURATION) and self.next.word not in ("inf", "nan"):
            raise self.unexpected("a timestamp")
        seconds = sign * self.number()
        if not -(2.0**63) < seconds < 2.0**63:
            raise ReadError(node.start, "timestamp out of bounds for @ modifier")
        return _rounded(seconds * 1_000)


def _rounded(value: float) -> int:
    """Half away from zero, as Go rounds."""
    return int(abs(value) + 0.5) * (-1 if value < 0 else 1)
