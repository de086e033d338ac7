"""One expression: read, looked at, and written back with other durations."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from harness.core.duration import PromDuration
from harness.core.promql.errors import PromQLError, ReadError, explained
from harness.core.promql.reader import read
from harness.core.promql.tree import Expr, MatrixSelector, SubqueryExpr, VectorSelector, children, walk
from harness.core.promql.types import type_of
from harness.core.promql.writer import Rewrite, written


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
    """One PromQL expression that Prometheus takes as it comes, without any feature flag."""

    tree: Expr

    @classmethod
    def parse(cls, text: str) -> "Expression":
        """Reads one expression.

        Raises:
            PromQLError: with what is wrong, and at which column.
        """
        return cls(_parsed(text))

    @classmethod
    def understood(cls, text: str) -> "Expression | None":
        """The same, or None: for what somebody's Prometheus has loaded and nothing is decided by."""
        try:
            return cls.parse(text)
        except PromQLError:
            return None

    def __str__(self) -> str:
        """The expression on one line, in words of its own but with the same tree."""
        return self.text()

    def text(self, rewrite: Rewrite = lambda length: length) -> str:
        """The expression on one line, each duration but the instant of `@` replaced by `rewrite` of it."""
        return written(self.tree, rewrite)

    def stretches(self) -> tuple[Stretch, ...]:
        """All durations, in the order in which they stand in the tree."""
        return tuple(stretch for node in self.nodes() for stretch in _stretches(node))

    def reach_s(self) -> float:
        """How far back its value at an instant looks, in seconds: a window inside a subquery adds to the subquery's."""
        return _reach_s(self.tree)

    def nodes(self) -> Iterator[Expr]:
        """All nodes, a parent before its children."""
        return walk(self.tree)


@lru_cache(maxsize=4_096)
def _parsed(text: str) -> Expr:
    try:
        tree = read(text)
        type_of(tree)
    except ReadError as refusal:
        raise explained(text, refusal) from refusal
    except RecursionError as error:
        raise explained(text, ReadError(0, "it is nested too deeply to be read")) from error
    return tree


def _reach_s(node: Expr) -> float:
    own_s = sum(stretch.length.seconds for stretch in _stretches(node) if stretch.use is not Use.STEP)
    return own_s + max(map(_reach_s, children(node)), default=0.0)


def _stretches(node: Expr) -> Iterator[Stretch]:
    if isinstance(node, MatrixSelector):
        yield Stretch(use=Use.WINDOW, length=PromDuration(node.range_ms))
    if isinstance(node, SubqueryExpr):
        yield Stretch(use=Use.SUBQUERY, length=PromDuration(node.range_ms))
        if node.step_ms:
            yield Stretch(use=Use.STEP, length=PromDuration(node.step_ms))
    if isinstance(node, VectorSelector | SubqueryExpr) and node.offset_ms:
        yield Stretch(use=Use.OFFSET, length=PromDuration(abs(node.offset_ms)))
