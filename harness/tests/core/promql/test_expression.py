"""PromQL: written back as it was read, with other durations only where asked."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.duration import PromDuration
from harness.core.promql import Expression, PromQLError, Stretch, Use, any_of, children, equal_to
from harness.core.promql.tree import VectorSelector

_ROUND_TRIPS = [
    "up",
    'foo{a="b\\"c\\n\\\\d", x=~"a\\\\.b", y!="c", z!~"d"} offset -5m',
    '{__name__="a b"}',
    'foo{"a.b"="c"}',
    '{a=~".+"}',
    "foo[5m:]",
    "foo[5m:30s] offset 1h",
    "foo @ 123.456 offset 5m",
    "foo @ end()",
    "1e-09",
    "Inf",
    "-Inf",
    "31",
    "0.1",
    "-2 ^ 2",
    "(a + b) * c",
    "rate(x[1m30s500ms])",
    "rate(foo[5m] offset 10ms)[1h:]",
    "quantile by (x, y) (0.9, foo)",
    "sum without () (foo)",
    'sum by ("a.b") (foo)',
    "sum(foo)",
    'count_values("x", foo)',
    "time()",
    'label_replace(foo, "a", "$1", "b", "(.*)")',
    "a == bool b",
    "a and on () b",
    "a / on (x) group_left () b",
    "a / ignoring (x) group_right (z) b",
    "-(a + b)",
    "a or b unless c",
]


@pytest.mark.parametrize("text", _ROUND_TRIPS)
def test_text_survives(text: str) -> None:
    """What is written reads back as the same text."""
    assert str(Expression.parse(text)) == text


def test_raw_strings_know_no_escapes() -> None:
    """A backtick string keeps its backslashes, also beside comments and quoted backticks."""
    text = 'foo{a=`x\\d`, b="`"} # `\n'
    assert str(Expression.parse(text)) == 'foo{a="x\\\\d", b="`"}'


def test_unusual_metric_names_are_quoted() -> None:
    """A metric name outside the old alphabet is matched between the braces."""
    assert str(Expression.parse('{"metric.name", l="x"}')) == '{__name__="metric.name", l="x"}'


_HOSTILE = [
    'Say"Hi',
    "back\\slash",
    'x"} or vector(1) #',
    "two\nlines",
    "a|b",
    ".*",
    "\x1b[31mred\x07\x00",
    "[red]markup[/red]",
    "]]>&<a>",
    "\u202eturned\u2028",
    "ünïcode \U0001f600",
    "x" * 10_000,
]


def _only_matcher(text: str) -> tuple[str, str]:
    tree = Expression.parse(f"ALERTS{{{text}}}").tree
    assert isinstance(tree, VectorSelector)
    (found,) = tree.matchers
    return found.label, found.value


@pytest.mark.parametrize("value", _HOSTILE, ids=range(len(_HOSTILE)))
def test_a_hostile_value_stays_a_value(value: str) -> None:
    """It ends neither the string nor the selector nor the line, and as a pattern it matches itself alone."""
    assert _only_matcher(equal_to("alertname", value)) == ("alertname", value)
    label, pattern = _only_matcher(any_of("alertname", [value, "other"]))
    assert label == "alertname"
    assert [re.fullmatch(pattern, one) is not None for one in (value, "other", "another", f"{value}x")] == [
        True,
        True,
        False,
        False,
    ]


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_every_value_and_label_reads_back(value: str, label: str) -> None:
    """Nothing that UTF-8 can say is lost on the way into a query."""
    assert _only_matcher(equal_to(label, value)) == (label, value)


def test_none_of_no_values_matches_nothing_that_is_there() -> None:
    """An empty pattern stands for an absent label."""
    assert any_of("alertname", []) == 'alertname=~""'


@pytest.mark.parametrize("text", ["up ==", "nosuch(up)", "up[5m", 'up{a="b" or c="d"}', "a + fill(0) b", ""])
def test_refuses_what_prometheus_refuses(text: str) -> None:
    """An expression that cannot work is refused with the reason and a fix."""
    with pytest.raises(PromQLError) as caught:
        Expression.parse(text)
    assert caught.value.why
    assert caught.value.fix


def test_every_duration_is_seen() -> None:
    """Windows, subqueries, steps and offsets are listed, without their sign and without `@`."""
    expression = Expression.parse("max_over_time(rate(a[5m] offset -1m)[1h:30s] offset 2h) / (b @ 7 offset 3m)")
    assert expression.stretches() == tuple(
        Stretch(use=use, length=PromDuration.parse(length))
        for use, length in (
            (Use.SUBQUERY, "1h"),
            (Use.STEP, "30s"),
            (Use.OFFSET, "2h"),
            (Use.WINDOW, "5m"),
            (Use.OFFSET, "1m"),
            (Use.OFFSET, "3m"),
        )
    )


def test_a_subquery_may_leave_its_step_to_prometheus() -> None:
    """Without a step there is one duration, not two."""
    assert Expression.parse("a[5m:]").stretches() == (Stretch(use=Use.SUBQUERY, length=PromDuration(300_000)),)


def test_every_duration_is_rewritten_and_nothing_else() -> None:
    """Each duration is replaced; numbers that look like durations, instants and strings stay."""
    text = 'max_over_time(rate(a{x="5m"}[5m] offset -1m)[1h:30s] offset 2h @ 300) > 5m'
    halved = Expression.parse(text).text(lambda length: PromDuration(length.ms // 2))
    assert halved == 'max_over_time(rate(a{x="5m"}[2m30s] offset -30s)[30m:15s] @ 300.000 offset 1h) > 300'


@given(window=st.integers(1, 10**10), offset=st.integers(1, 10**10))
def test_milliseconds_survive(window: int, offset: int) -> None:
    """Any whole number of milliseconds is written exactly."""
    text = f"rate(a[{PromDuration(window)}] offset {PromDuration(offset)})"
    assert str(Expression.parse(text)) == text


def test_leaves_have_no_children() -> None:
    """A number is the end of the tree."""
    assert children(Expression.parse("1").tree) == ()


@pytest.mark.parametrize(
    ("text", "reach_s"),
    [
        ("x > 1", 0),
        ("rate(x[5m]) / rate(y[10m]) > 0.1", 600),
        ("max_over_time(rate(x[5m])[10m:1m])", 900),
        ("max_over_time(x[5m] offset 1m)", 360),
        ("x offset 2m or vector(0)", 120),
    ],
)
def test_the_reach_is_the_longest_way_back(text: str, reach_s: float) -> None:
    """Side by side the longest counts; inside one another they add up; a subquery's step is no way."""
    assert Expression.parse(text).reach_s() == reach_s


def test_what_is_not_understood_may_be_passed_over() -> None:
    """By whoever only looks."""
    assert Expression.understood("mad_over_time(x[5m])") is None
    assert Expression.understood("up") == Expression.parse("up")
