"""What explains a finding never decides: a question that is refused, or not answered, leaves the others as they are."""

from typing import cast

import pytest

from harness.clients.endpoint import UnexpectedAnswerError, UnreachableError
from harness.clients.prometheus import PrometheusReader
from harness.clients.rule_facts import read_selectors
from harness.core.errors import CouldNotTellError, HarnessError
from harness.core.judge import RuleFact
from harness.core.judge.lifecycle import selector_causes
from harness.core.samples import Series

#: as the reader raises it for a query that Prometheus answers with 400
_REFUSED = UnexpectedAnswerError("Prometheus refuses the query", why="bad_data", fix="see its log")
_SILENT = CouldNotTellError("Prometheus does not answer", why="timed out after 10 s", fix="see its log")


class _Prometheus:
    """Answers by the query: series, or an error."""

    def __init__(self, **answers: HarnessError | tuple[Series, ...]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    def instant(self, query: str, *, at_s: float | None = None) -> tuple[Series, ...]:
        assert at_s == 7.0
        self.asked.append(query)
        found = self._answers.get(query.partition("{")[0], ())
        if isinstance(found, HarnessError):
            raise found
        return found

    def config(self) -> str:
        """It does not say: what is likeliest is not asked for either."""
        raise UnreachableError("Prometheus does not answer", why="planted", fix="none")


def _causes(prometheus: _Prometheus, expr: str) -> list[str]:
    facts = read_selectors(cast("PrometheusReader", prometheus), expr, at_s=7.0)
    return selector_causes(RuleFact(name="A", health="ok", last_error="", expr=expr, hold_s=0, selectors=facts))


def test_a_refused_question_is_told_and_the_others_are_asked() -> None:
    """The verdict has its cause as far as it is known."""
    prometheus = _Prometheus(a=_REFUSED, c=(Series(labels={}, points=()),))
    assert _causes(prometheus, "a or b or c") == [
        "what a matches could not be asked (Prometheus refuses the query: bad_data)",
        "no series matched b",
    ]
    assert prometheus.asked == ["a", "b", "c"]


def test_whom_no_answer_comes_from_is_not_asked_again() -> None:
    """An explanation is not worth a time limit for each of its questions."""
    prometheus = _Prometheus(a=_SILENT)
    told = "(Prometheus does not answer: timed out after 10 s)"
    assert _causes(prometheus, 'a{x="1"} or b') == [
        f'what a{{x="1"}} matches could not be asked {told}',
        f"what b matches could not be asked {told}",
    ]
    assert prometheus.asked == ['a{x="1"}']


def test_a_matcher_that_cannot_be_asked_about_leaves_what_is_known() -> None:
    """That nothing matches was answered."""
    prometheus = _Prometheus(**{"group by (a) (": _REFUSED})
    (cause,) = _causes(prometheus, '{a="1"}')
    why = "(Prometheus refuses the query: bad_data)"
    assert cause == f'no series matched {{a="1"}}; which of its matchers is to blame could not be asked {why}'


@pytest.mark.parametrize("expr", ["sum(", "mad_over_time(x[5m])"])
def test_an_expression_that_is_not_understood_is_told(expr: str) -> None:
    """Somebody's Prometheus may run with a feature flag."""
    (cause,) = _causes(_Prometheus(), expr)
    assert cause.startswith(f"what {expr} matches could not be asked (column ")
