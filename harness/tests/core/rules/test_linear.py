"""A sum is the same sum however it is written, and each of its terms knows what it counts in."""

import pytest

from harness.core.promql import Expression
from harness.core.rules.linear import Linear, linear, measure
from harness.core.rules.measure import SECOND, SHARE, THINGS, Measure


def read(expr: str, **recorded: str) -> Linear:
    """An expression as a sum."""
    return linear(Expression.parse(expr).tree, {name: Expression.parse(text).tree for name, text in recorded.items()})


def terms(expr: str) -> dict[str, float]:
    """Each atom's text with the number in front of it, the constant under an empty one."""
    found = read(expr)
    return {"": found.constant, **{text: number for text, (number, _) in found.terms.items()}}


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("2 * 3 + 1", {"": 7}),
        ("2 * (a + 1) - a", {"": 2, "a": 1}),
        ("a - a", {"": 0}),
        ("0 * a", {"": 0, "0 * a": 1}),
        ("-(a / 4)", {"": 0, "a": -0.25}),
        ("+a", {"": 0, "a": 1}),
        ("(2 * a) * (3 * b)", {"": 0, "(a) * (b)": 6}),
        ("(a + 1) / b", {"": 0, "(1 * (a) + 1) / (b)": 1}),
        ("1 / a", {"": 0, "1 / a": 1}),
        ("a / 0", {"": 0, "a / 0": 1}),
        ("a % 2", {"": 0, "a % 2": 1}),
        ("sum by (x) (3 * a)", {"": 0, "sum by (x) (a)": 3}),
        ("max(-a)", {"": 0, "max(-a)": 1}),
        ("topk(3, 2 * a)", {"": 0, "topk(3, 2 * a)": 1}),
        ("max_over_time((2 * a)[5m:1m])", {"": 0, "max_over_time(a)": 2}),
        ("a > scalar(vector(5))", {"": 0, "a > scalar(vector(5))": 1}),
        ("scalar(vector(5))", {"": 5}),
        ("time()", {"": 0, "time()": 1}),
    ],
)
def test_numbers_are_pulled_out_of_what_they_pass_through(expr: str, expected: dict[str, float]) -> None:
    """And stay where they do not."""
    assert terms(expr) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("a", None),
        ("a_total", THINGS),
        ("rate(a_total[5m])", Measure(powers={"n": 1, "s": -1})),
        ("deriv(a[5m])", None),
        ("a_seconds", SECOND),
        ("rate(a_seconds_total[5m])", SHARE),
        ("(a_bytes)", Measure(powers={"B": 1})),
        ("-a_bytes", Measure(powers={"B": 1})),
        ("avg_over_time(a_bytes[5m])", Measure(powers={"B": 1})),
        ("quantile_over_time(0.9, a_seconds[5m])", SECOND),
        ("max_over_time(a_seconds[5m:])", SECOND),
        ('limits{resource="memory"}', Measure(powers={"B": 1})),
        ("count(a_bytes)", THINGS),
        ("stdvar(a_seconds)", None),
        ("sum(100 * a_ratio)", Measure(scale=0.01)),
        ("changes(a_bytes[5m])", THINGS),
        ("time()", SECOND),
        ("pi()", None),
        ("sqrt(a_bytes)", None),
        ("round(a_seconds)", SECOND),
        ("histogram_quantile(0.9, rate(a_seconds_bucket[5m]))", SECOND),
        ("histogram_quantile(0.9, a_seconds_bucket or b_seconds_bucket)", None),
        ("histogram_avg(rate(a_seconds[5m]))", None),
        ("a_seconds > 5", SECOND),
        ("a_seconds > bool 5", None),
        ("a_seconds and b", SECOND),
        ("a_seconds or b", SECOND),
        ("a_seconds or b_bytes", None),
        ("a_seconds % 2", None),
        ("a_seconds + b_seconds", None),
        ("5", None),
    ],
)
def test_what_an_expression_counts_in(expr: str, expected: Measure | None) -> None:
    """By the names of its metrics and what is done to them; None where its text does not tell."""
    assert measure(Expression.parse(expr).tree, {}) == expected


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ("a_seconds * b_total", Measure(powers={"s": 1, "n": 1})),
        ("a_seconds * b", None),
        ("a_bytes / b", None),
        ("a_bytes / b_bytes", SHARE),
        ("a / b", SHARE),
    ],
)
def test_what_a_product_counts_in(expr: str, expected: Measure | None) -> None:
    """Two gauges of no known unit make a share."""
    assert [atom.measure for _, atom in read(expr).terms.values()] == [expected]


@pytest.mark.parametrize(
    ("expr", "whole"),
    [
        ("depth", True),
        ("depth_seconds", False),
        ("sum(depth)", True),
        ("avg(depth)", False),
        ("count(a_bytes)", True),
        ("max_over_time(depth[5m])", True),
        ("avg_over_time(depth[5m])", False),
        ("max_over_time((2 * depth)[5m:])", True),
        ("absent(depth)", True),
        ("depth or vector(0)", True),
        ("depth or vector(0.5)", False),
        ("depth and other", True),
        ("depth / other", False),
        ("sum(depth or vector(0))", True),
    ],
)
def test_whole_things_are_known_by_what_is_done_to_them(expr: str, whole: bool) -> None:
    """Sums and extremes of numbers of things are numbers of things, averages and shares are not."""
    ((_, atom),) = read(expr).terms.values()
    assert atom.whole is whole


def test_recorded_series_are_looked_through_once() -> None:
    """With their numbers; those in a circle are what they are called."""
    assert [number for number, _ in read("x", x="100 * a / b").terms.values()] == [100]
    assert measure(Expression.parse("x").tree, {"x": Expression.parse("a_seconds").tree}) == SECOND
    assert [*read("x", x="y", y="x").terms] == ["x"]
