"""What Prometheus says about one alerting rule or query: is it loaded, is it healthy, which selectors match what."""

from dataclasses import replace

from harness.clients.endpoint import UnexpectedAnswerError
from harness.clients.loaded_rules import FoundRule
from harness.clients.querier import Querier
from harness.core.errors import HarnessError
from harness.core.judge import RuleFact, SelectorFact
from harness.core.judge.selector import Question, UnreadableRuleError, answer, questions
from harness.core.nearest import shown
from harness.core.operator.dropped import drop_rule
from harness.core.samples import Series


def rule_fact(found: FoundRule) -> RuleFact:
    """What Prometheus says of a rule without being asked anything else."""
    rule = found.rule
    return RuleFact(
        name=rule.name,
        health=rule.health,
        last_error=rule.last_error,
        expr=rule.query,
        hold_s=rule.duration,
        keep_firing_s=rule.keep_firing_for,
        limit=found.group.limit,
    )


def read_rule(prometheus: Querier, found: FoundRule, *, at_s: float | None = None) -> RuleFact:
    """The facts about an alerting rule, with what its selectors match.

    Args:
        prometheus: where.
        found: the rule.
        at_s: the instant at which the selectors are asked, Unix time in seconds; best one while the fault was in
            effect. Now if None.

    Never raises: what is refused or not answered is told in the facts.
    """
    expr = found.rule.query
    return replace(
        rule_fact(found),
        selectors=read_selectors(prometheus, expr, at_s=at_s),
        produced=_produced(prometheus, expr, at_s) if found.group.limit else None,
    )


def _produced(prometheus: Querier, expr: str, at_s: float | None) -> int | None:
    """How many series an expression gave; None without an answer, which only explains what was found otherwise."""
    try:
        return len(prometheus.instant(expr, at_s=at_s))
    except HarnessError:
        return None


def read_selectors(prometheus: Querier, expr: str, *, at_s: float | None = None) -> tuple[SelectorFact, ...]:
    """What each different selector of an expression matches, at an instant (Unix time in seconds) or now.

    Only explains what was found otherwise, so it never raises: what is refused or not answered is told in the facts.
    """
    try:
        asked = questions(expr)
    except UnreadableRuleError as error:
        return (SelectorFact(selector=expr, matched=None, unanswered=error.why),)
    asking = _Asking(prometheus, at_s)
    return tuple(asking.fact(question) for question in asked)


class _Asking:
    """Asks one question after the other; after one that found nobody, none."""

    def __init__(self, prometheus: Querier, at_s: float | None) -> None:
        self._prometheus = prometheus
        self._at_s = at_s
        self._silent = ""
        self._unanswered = ""

    def fact(self, question: Question) -> SelectorFact:
        self._unanswered = ""
        matched = self._ask(question.selector)
        if matched is None:
            return SelectorFact(selector=question.selector, matched=None, unanswered=self._unanswered)
        without = {} if matched else {one: self._ask(query) or () for one, query in question.without.items()}
        fact = answer(question, matched, without, unanswered=self._unanswered)
        if fact.matched != 0 or fact.killer is not None or fact.unanswered:
            return fact
        return replace(fact, instead=self._instead(question.selector.partition("{")[0]))

    def _instead(self, metric: str) -> str:
        """Why there is nothing under this name, as far as Prometheus knows: who drops it, or what it may be called."""
        if not metric:
            return ""
        try:
            dropped = drop_rule(metric, self._prometheus.config())
            return dropped or f"of the metrics that are there, the likeliest: {shown(metric, self._prometheus.names())}"
        except HarnessError:
            return ""

    def _ask(self, query: str) -> tuple[Series, ...] | None:
        """The series; None if there is no answer."""
        if self._silent:
            self._unanswered = self._silent
            return None
        try:
            return self._prometheus.instant(query, at_s=self._at_s)
        except UnexpectedAnswerError as error:
            self._unanswered = f"{error.what}: {error.why}"
        except HarnessError as error:
            self._unanswered = self._silent = f"{error.what}: {error.why}"
        return None
