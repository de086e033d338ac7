"""Why a rule sees nothing: which selector matches no series, and which of its matchers is to blame.

Pure on both ends: `questions` says what to ask Prometheus, `answer` reads what it said. `harness.observe` asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.errors import MisuseError
from harness.core.judge.case import SelectorFact
from harness.core.promql import Expression, PromQLError, matcher
from harness.core.promql.tree import VectorSelector
from harness.core.samples import Series

#: values of the blamed label that are listed
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One condition inside the braces."""

    label: str
    operator: str
    value: str

    def __str__(self) -> str:
        return matcher(self.label, self.operator, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask about one selector: itself, and itself without each of its matchers. Each is an instant query."""

    selector: str
    matchers: tuple[Matcher, ...]
    #: one per matcher, in the same order: the selector without it
    without: tuple[str, ...]


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
            question = _question(node)
            found.setdefault(question.selector, question)
    return tuple(found.values())


def _question(node: VectorSelector) -> Question:
    matchers = tuple(
        Matcher(
            label=one.label,
            operator=one.op,
            value=one.value,
        )
        for one in node.matchers
    )
    without = tuple(_selector(node.name, [m for m in matchers if m is not left_out]) for left_out in matchers)
    return Question(selector=_selector(node.name, matchers), matchers=matchers, without=without)


def _selector(name: str | None, matchers: Sequence[Matcher]) -> str:
    if matchers:
        return f"{name or ''}{{{','.join(map(str, matchers))}}}"
    # Prometheus refuses a selector that matches everything by matching nothing.
    return name or '{__name__=~".+"}'


def answer(question: Question, matched: Sequence[Series], without: Sequence[Sequence[Series]]) -> SelectorFact:
    """Reads what Prometheus answered.

    Args:
        question: as asked.
        matched: the series of the selector itself.
        without: the series without each matcher, in the question's order; may be empty if the selector matched.
    """
    if matched:
        return SelectorFact(selector=question.selector, matched=len(matched))
    for condition, series in zip(question.matchers, without, strict=False):
        if series:
            seen = sorted({each.labels.get(condition.label, "") for each in series})
            return SelectorFact(selector=question.selector, matched=0, killer=str(condition), seen=tuple(seen[:_SHOWN]))
    return SelectorFact(selector=question.selector, matched=0)
