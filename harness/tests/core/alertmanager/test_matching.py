"""Matchers: one text for all ways to write them."""

import pytest

from harness.core.alertmanager.matching import Matching


@pytest.mark.parametrize(
    "matching",
    [
        Matching(match={"severity": "critical", "a": "b"}),
        Matching(matchers=('severity="critical"', 'a="b"')),
        Matching(matchers=("a = b", "severity=critical")),
        Matching(match={"a": "b"}, matchers=('"severity"="critical"',)),
    ],
    ids=["old", "new", "without quotes", "both"],
)
def test_the_same_matchers_have_the_same_text(matching: Matching) -> None:
    """In whichever order and form the configuration has them."""
    assert matching.same == '{a="b", severity="critical"}'


@pytest.mark.parametrize("matcher", ['a="c"', 'a!="b"', 'a=~"b"', 'b="b"', 'a=" b"'])
def test_other_matchers_have_another_text(matcher: str) -> None:
    """Name, operator and value count, and so do blanks within quotes."""
    assert Matching(matchers=(matcher,)).same != Matching(matchers=('a="b"',)).same


def test_old_regular_expressions_are_matchers() -> None:
    """`match_re` is `=~`; and what is no matcher at all stays as it is."""
    assert Matching(match_re={"a": "b|c"}).same == Matching(matchers=('a=~"b|c"',)).same
    assert Matching(matchers=("odd",)).same == "{odd}"
