"""The closest approach: what a value means, and why one beyond its limit woke nobody."""

from collections.abc import Sequence

import pytest

from harness.core.findings import Kind
from harness.core.judge import Clause, Finding, Judgement
from harness.core.judge.finding import unread, verified, violated
from harness.core.verdict import Verdict
from harness.report.quiet_table import beyond, quiet_rows
from harness.report.schema import Results
from harness.tests.report.book import Book


def results(
    share: float | None, value: float | None, *, limit: str = "> 100", written: Sequence[Finding] = ()
) -> Results:
    """A run in which one alert came so near."""
    book = Book()
    quiet = verified(Clause.OUTSIDE_FAULTS, "never firing", "it did not")
    book.add(
        "",
        Judgement(name="QueueDeep", verdict=Verdict.VERIFIED, promise="", findings=(quiet,)),
        kind=Kind.INVARIANT,
    )
    book.add_approach("QueueDeep", share, value, limit=limit)
    if written:
        one = Judgement(name="QueueDeep", verdict=Verdict.SKIPPED, promise="", findings=tuple(written))
        book.add_beforehand(one, kind=Kind.WRITTEN)
    return book.results(duration_s=1)


@pytest.mark.parametrize(
    ("share", "value", "limit", "told"),
    [
        (0.35, 120, "> 100", "at most 35 % of its `for`: it fires only if that lasts for all of it"),
        (0.0, 120, "> 100", "between two evaluations: it was never pending"),
        (None, 120, "> 100", "between two evaluations: it was never pending"),
        (0.35, 120, "", "at most 35 % of its `for`"),
        (0.1, 100, ">= 100", "at most 10 % of its `for`"),
        (0.1, 0, "== 0", "at most 10 % of its `for`"),
        (0.1, 0, "< 1", "at most 10 % of its `for`"),
        (0.1, 1, "<= 1", "at most 10 % of its `for`"),
        (0.0, 99, "> 100", ""),
        (0.0, 99, "!= 100", ""),
        (0.0, None, "> 100", ""),
    ],
)
def test_a_value_beyond_its_limit_is_explained(share: float | None, value: float, limit: str, told: str) -> None:
    """Nobody is told before it lasted for all of the `for`."""
    found = " ".join(beyond(results(share, value, limit=limit)))
    assert told in found
    assert bool(found) is bool(told)


def test_a_value_in_another_unit_is_a_bare_number() -> None:
    """Of a rate per second nothing is said in items, nor where the text does not tell what it is."""
    foreign = violated(Clause.THRESHOLD, "> 100 items", "the rule's value is seconds, the contract promises items")
    told = unread(Clause.THRESHOLD, "> 100 items", "several conditions")
    plain = verified(Clause.THRESHOLD, "> 100 items", "> 100 items")
    for written, value in (([plain], "7 items"), ([], "7 items"), ([foreign], "7"), ([told], "7")):
        ((_, _, _, shown, _),) = quiet_rows(results(0.0, 7, written=written))
        assert shown.plain == value
