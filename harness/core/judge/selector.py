"""Why a rule sees nothing: which selector matches no series, and which of its matchers is to blame.

Pure on both ends: `questions` says what to ask Prometheus, `answer` reads what it said. `harness.clients` asks. An
explanation decides nothing: what could not be asked is said beside what could.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from harness.core.errors import MisuseError
from harness.core.judge.case import SelectorFact
from harness.core.promql import Expression, PromQLError, label_name, matcher, selector
from harness.core.promql.tree import Matcher, MatchOp, VectorSelector
from harness.core.promql.types import takes_whatever
from harness.core.samples import Series

#: values of the blamed label that are listed
_SHOWN = 5
_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_NAME = "__name__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask about one selector: itself, and itself without each of its matchers. Each is an instant query."""

    selector: str
    #: matcher -> the query without it; left out is what would ask for every series there is
    without: Mapping[Matcher, str]


class UnreadableRuleError(MisuseError):
    """The expression is no PromQL."""


def questions(expression: str) -> tuple[Question, ...]:
    """Each different selector of the expression, in the order of reading.

    Ranges, offsets and `@` are left out: asked is whether such series exist now. Ask while the fault is in effect.

    Raises:
        UnreadableRuleError: the expression does not parse.
    """
    try:
        nodes = Expression.parse(expression).nodes()
    except PromQLError as error:
        raise UnreadableRuleError(
            f"{expression!r} is no PromQL", why=error.why, fix="correct the rule's expr; promtool check rules shows it"
        ) from error
    found: dict[str, Question] = {}
    for node in nodes:
        if isinstance(node, VectorSelector):
            question = _question(*_named(node))
            found.setdefault(question.selector, question)
    return tuple(found.values())


def _named(node: VectorSelector) -> tuple[str, tuple[Matcher, ...]]:
    """The name, also where it stands between the braces, and the other matchers."""
    inside = [one for one in node.matchers if one.label == _NAME and one.op is MatchOp.EQUAL]
    if node.name or len(inside) != 1 or not _METRIC.fullmatch(inside[0].value):
        return node.name, node.matchers
    return inside[0].value, tuple(one for one in node.matchers if one is not inside[0])


def _question(name: str, matchers: tuple[Matcher, ...]) -> Question:
    without = {
        left_out: _without(name, left_out, tuple(one for one in matchers if one is not left_out))
        for left_out in matchers
        if left_out.label != _NAME
    }
    return Question(selector=selector(name, matchers), without=without)


def _without(name: str, left_out: Matcher, others: tuple[Matcher, ...]) -> str:
    if name or not takes_whatever(others):
        return selector(name, others)
    # Prometheus refuses a selector that every series fits: asked is which values the label has at all
    exists = Matcher(label=left_out.label, op=MatchOp.NOT_EQUAL, value="")
    return f"group by ({label_name(left_out.label)}) ({selector(name, (*others, exists))})"


def answer(
    question: Question, matched: Sequence[Series], without: Mapping[Matcher, Sequence[Series]], *, unanswered: str = ""
) -> SelectorFact:
    """Reads what Prometheus answered.

    Args:
        question: as asked.
        matched: the series of the selector itself.
        without: the series without each matcher; those that were not asked, or not answered, are left out.
        unanswered: why one of these was not answered.
    """
    if matched:
        return SelectorFact(selector=question.selector, matched=len(matched))
    for condition, series in without.items():
        if series:
            killer = matcher(condition.label, condition.op, condition.value)
            seen = sorted({each.labels.get(condition.label, "") for each in series})
            return SelectorFact(selector=question.selector, matched=0, killer=killer, seen=tuple(seen[:_SHOWN]))
    return SelectorFact(selector=question.selector, matched=0, unanswered=unanswered)
