"""What Prometheus says about one alerting rule or query: is it loaded, is it healthy, which selectors match what."""

from harness.core.errors import HarnessError
from harness.core.judge import RuleFact, SelectorFact
from harness.core.judge.selector import Question, UnreadableRuleError, answer, questions
from harness.core.samples import Series
from harness.observe.endpoint import RefusedError
from harness.observe.prometheus import PrometheusReader


def read_rule(prometheus: PrometheusReader, name: str, *, at_s: float | None = None) -> RuleFact | None:
    """The facts about the alerting rule; None if none of this name is loaded.

    Args:
        prometheus: where.
        name: the alert's name.
        at_s: the instant at which the selectors are asked, Unix time in seconds; best one while the fault was in
            effect. Now if None.

    Raises:
        CouldNotTellError: Prometheus does not answer.
    """
    rule = prometheus.alerting_rule(name)
    if rule is None:
        return None
    return RuleFact(
        name=name,
        health=rule.health,
        last_error=rule.last_error,
        expr=rule.query,
        hold_s=rule.duration,
        selectors=read_selectors(prometheus, rule.query, at_s=at_s),
    )


def read_selectors(prometheus: PrometheusReader, expr: str, *, at_s: float | None = None) -> tuple[SelectorFact, ...]:
    """What each different selector of an expression matches, at an instant (Unix time in seconds) or now.

    Only explains what was found otherwise, so it never raises: what is refused or not answered is told in the facts.
    """
    try:
        asked = questions(expr)
    except UnreadableRuleError as error:
        return (SelectorFact(selector=expr, matched=None, untold=error.why),)
    asking = _Asking(prometheus, at_s)
    return tuple(asking.fact(question) for question in asked)


class _Asking:
    """Asks one question after the other; after one that found nobody, none."""

    def __init__(self, prometheus: PrometheusReader, at_s: float | None) -> None:
        self._prometheus = prometheus
        self._at_s = at_s
        self._silent = ""
        self._untold = ""

    def fact(self, question: Question) -> SelectorFact:
        self._untold = ""
        matched = self._ask(question.selector)
        if matched is None:
            return SelectorFact(selector=question.selector, matched=None, untold=self._untold)
        without = {} if matched else {one: self._ask(query) or () for one, query in question.without.items()}
        return answer(question, matched, without, untold=self._untold)

    def _ask(self, query: str) -> tuple[Series, ...] | None:
        """The series; None if there is no answer."""
        if self._silent:
            self._untold = self._silent
            return None
        try:
            return self._prometheus.instant(query, at_s=self._at_s)
        except RefusedError as error:
            self._untold = f"{error.what}: {error.why}"
        except HarnessError as error:
            self._untold = self._silent = f"{error.what}: {error.why}"
        return None
