"""From a tree to a text: on one line, with every length as asked, and with the meaning it was read with."""

import math
from collections.abc import Callable, Iterable

from harness.core.duration import PromDuration
from harness.core.promql.matchers import label_name, quoted, selector
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
    children,
)

#: a duration of the text on its way into another text
Rewrite = Callable[[PromDuration], PromDuration]


def written(node: Expr, rewrite: Rewrite) -> str:
    """The text of an expression, each duration but the instant of `@` replaced by `rewrite` of it."""
    match node:
        case ParenExpr():
            text = f"({written(node.expr, rewrite)})"
        case UnaryExpr():
            text = f"{node.op}{written(node.expr, rewrite)}"
        case BinaryExpr():
            between = f"{node.op}{' bool' if node.return_bool else ''}{_matching(node.matching)}"
            text = f"{written(node.lhs, rewrite)} {between} {written(node.rhs, rewrite)}"
        case AggregateExpr():
            text = f"{node.op}{_grouping(node.grouping)}({_listed(children(node), rewrite)})"
        case Call():
            text = f"{node.name}({_listed(node.args, rewrite)})"
        case NumberLiteral():
            text = _number(node.val)
        case StringLiteral():
            text = quoted(node.val)
        case _:
            text = _looking_back(node, rewrite)
    return text


def _looking_back(node: VectorSelector | MatrixSelector | SubqueryExpr, rewrite: Rewrite) -> str:
    if isinstance(node, VectorSelector):
        return selector(node.name, node.matchers) + _shift(node, rewrite)
    window = rewrite(PromDuration(node.range_ms))
    if isinstance(node, MatrixSelector):
        inner = node.selector
        return f"{selector(inner.name, inner.matchers)}[{window}]{_shift(inner, rewrite)}"
    step = rewrite(PromDuration(node.step_ms)) if node.step_ms else ""
    return f"{written(node.expr, rewrite)}[{window}:{step}]{_shift(node, rewrite)}"


def _listed(nodes: Iterable[Expr], rewrite: Rewrite) -> str:
    return ", ".join(written(node, rewrite) for node in nodes)


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(value).removesuffix(".0")


def _shift(node: VectorSelector | SubqueryExpr, rewrite: Rewrite) -> str:
    text = ""
    if isinstance(node.at, Instant):
        text = f" @ {node.at}"
    elif node.at is not None:
        text = f" @ {'-' if node.at < 0 else ''}{abs(node.at) // 1_000}.{abs(node.at) % 1_000:03}"
    if node.offset_ms:
        text += f" offset {'-' if node.offset_ms < 0 else ''}{rewrite(PromDuration(abs(node.offset_ms)))}"
    return text


def _labels(labels: Iterable[str]) -> str:
    return f"({', '.join(map(label_name, labels))})"


def _grouping(grouping: Grouping | None) -> str:
    if grouping is None:
        return ""
    return f" {'without' if grouping.without else 'by'} {_labels(grouping.labels)} "


def _matching(matching: Matching | None) -> str:
    if matching is None:
        return ""
    text = f" {'on' if matching.on else 'ignoring'} {_labels(matching.labels)}"
    return f"{text} group_{matching.group} {_labels(matching.include)}" if matching.group else text
