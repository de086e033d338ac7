"""What Prometheus says about one alerting rule or query: is it loaded, is it healthy, which selectors match what."""

from harness.core.judge import RuleFact, SelectorFact
from harness.core.judge.selector import Question, answer, questions
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

    Raises:
        UnreadableRuleError: the expression does not parse.
        CouldNotTellError: Prometheus does not answer.
    """
    return tuple(_ask(prometheus, question, at_s) for question in questions(expr))


def _ask(prometheus: PrometheusReader, question: Question, at_s: float | None) -> SelectorFact:
    matched = prometheus.instant(question.selector, at_s=at_s)
    without = () if matched else tuple(prometheus.instant(query, at_s=at_s) for query in question.without)
    return answer(question, matched, without)
