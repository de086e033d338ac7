"""A selector that matches nothing leads to the matcher that is to blame."""

import pytest

from harness.core.judge.selector import UnreadableRuleError, answer, questions
from harness.core.promql import Expression
from harness.core.samples import Series


def series(**labels: str) -> Series:
    """One series without samples; only its labels matter."""
    return Series(labels=labels, points=())


def test_every_selector_is_asked_once_in_reading_order() -> None:
    """Ranges, offsets and repetitions are left out."""
    found = questions('rate(a{x="1",y!="2"}[5m] offset 1m) / b > 0 unless absent(c{z=~"p|q",w!~"r"}) or b')
    assert [question.selector for question in found] == ['a{x="1", y!="2"}', "b", 'c{z=~"p|q", w!~"r"}']
    assert tuple(found[0].without.values()) == ('a{y!="2"}', 'a{x="1"}')
    assert not found[1].without


@pytest.mark.parametrize(
    ("expression", "selector", "without"),
    [
        ('{job="x"}', '{job="x"}', ['group by (job) ({job!=""})']),
        ('{job="x", env!="dev"}', '{job="x", env!="dev"}', ['group by (job) ({env!="dev", job!=""})', '{job="x"}']),
        ('{"a b"="x", c=~".*"}', '{"a b"="x", c=~".*"}', ['group by ("a b") ({c=~".*", "a b"!=""})', '{"a b"="x"}']),
        ('{__name__="shop_failed_total", env!="dev"} > 5', 'shop_failed_total{env!="dev"}', ["shop_failed_total"]),
        ('{__name__="a.b", env!="dev"}', '{__name__="a.b", env!="dev"}', ['{__name__="a.b"}']),
        ('{__name__=~"a|b", env!="dev"}', '{__name__=~"a|b", env!="dev"}', ['{__name__=~"a|b"}']),
        ('{__name__="x"}', "x", []),
    ],
)
def test_what_is_asked_is_never_refused_nor_everything_there_is(
    expression: str, selector: str, without: list[str]
) -> None:
    """Prometheus refuses a selector that every series fits; a name left out would ask for every series."""
    (found,) = questions(expression)
    assert (found.selector, [*found.without.values()]) == (selector, without)
    for text in without:
        assert Expression.parse(text)


def test_quotes_in_a_value_survive() -> None:
    """The question is PromQL again."""
    (found,) = questions(r'a{x="say \"hi\" \\ there"}')
    assert questions(found.selector) == (found,)


@pytest.mark.parametrize(
    "expression",
    [r'a{x="one\nline"}', r"a{x=~`\d+`}", '{"a.metric", "a.label"="x"}', 'a{x="\x07\x1b[31m"}'],
    ids=["line end", "raw string", "unusual names", "control"],
)
def test_whatever_a_rule_matches_can_be_asked(expression: str) -> None:
    """The question and each of its parts is PromQL on one line, and means the same."""
    (found,) = questions(expression)
    assert questions(found.selector) == (found,)
    for text in (found.selector, *found.without.values()):
        assert "\n" not in text
        assert questions(text)


def test_an_expression_that_does_not_parse_is_misuse() -> None:
    """With the parser's own words."""
    with pytest.raises(UnreadableRuleError):
        questions("sum(")


(QUESTION,) = questions('a{x="1",y="2"}')
X, Y = QUESTION.without


def test_a_selector_that_matches_is_fine() -> None:
    """The number of series is the answer."""
    fact = answer(QUESTION, [series(x="1", y="2")], {})
    assert (fact.matched, fact.killer) == (1, None)


def test_the_matcher_that_kills_the_match_is_named_with_what_there_is() -> None:
    """`y` is wrong: without it there are series, with these values."""
    fact = answer(
        QUESTION, [], {X: [], Y: [series(x="1", y="3"), series(x="1"), series(x="1", y="3")]}, unanswered="no"
    )
    assert (fact.matched, fact.killer, fact.seen, fact.unanswered) == (0, 'y="2"', ("", "3"), "")


def test_no_single_matcher_may_be_to_blame() -> None:
    """The metric does not exist at all."""
    fact = answer(QUESTION, [], {X: [], Y: []})
    assert (fact.matched, fact.killer) == (0, None)


def test_what_was_not_answered_is_told() -> None:
    """That nothing matches stays known."""
    fact = answer(QUESTION, [], {X: []}, unanswered="it was refused")
    assert (fact.matched, fact.killer, fact.unanswered) == (0, None, "it was refused")
