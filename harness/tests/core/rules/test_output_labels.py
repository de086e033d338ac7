"""The labels that an expression's series carry."""

import pytest

from harness.core.promql import Expression
from harness.core.rules.model import RecordingRule
from harness.core.rules.output_labels import Carried, carried


def kinds(expr: str, **recorded: RecordingRule) -> list[tuple[list[str] | None, dict[str, str]]]:
    """Names (None for any) and known values of each kind of series."""
    found = carried(Expression.parse(expr).tree, recorded)
    return [(None if one.names is None else sorted(one.names), dict(one.values)) for one in found]


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        ('a{x="1", y!="2", z=""}', (None, {"x": "1"})),
        ('rate(a{x="1"}[5m])', (None, {"x": "1"})),
        ("sum(a)", ([], {})),
        ('sum by (x, y) (a{x="1"})', (["x", "y"], {"x": "1"})),
        ('sum without (x) (a{x="1", y="2"})', (None, {"y": "2"})),
        ("sum without (x) (sum by (x, y) (a))", (["y"], {})),
        ("topk(3, sum by (x) (a))", (["x"], {})),
        ('count_values("v", sum by (x) (a))', (None, {})),
        ("sum by (x) (a) > 5", (["x"], {})),
        ("5 < sum by (x) (a)", (["x"], {})),
        ("sum by (x) (a) / (2 + time())", (["x"], {})),
        ("-sum by (x) (a)", (["x"], {})),
        ("max_over_time(sum by (x) (a)[5m:])", (["x"], {})),
        ("sum by (x, y) (a) / on (x) sum by (x) (b)", (["x"], {})),
        ("sum by (x, y) (a) / ignoring (y) sum by (x) (b)", (["x"], {})),
        ("sum by (x, y) (a) * on (x) group_left (z) b", (["x", "y", "z"], {})),
        ("b * on (x) group_right (z) sum by (x, y) (a)", (["x", "y", "z"], {})),
        ("sum by (x) (a) and b", (["x"], {})),
        ("sum by (x) (a) unless b", (["x"], {})),
        ('absent(a{x="1", y=~"2"})', (["x"], {"x": "1"})),
        ('absent((a{x="1", x!="2"}))', ([], {})),
        ('absent_over_time(a{x="1"}[5m])', (["x"], {"x": "1"})),
        ("absent(sum(a))", ([], {})),
        ("vector(1)", ([], {})),
        ("scalar(a) + 1", ([], {})),
        ("hour()", ([], {})),
        ("vector(-time())", ([], {})),
        ('label_replace(sum by (x) (a), "y", "$1", "x", "(.*)")', (["x", "y"], {})),
        ("histogram_quantile(0.9, sum by (x, le) (a))", (["x"], {})),
        ("clamp_min(sum by (x) (a), 0)", (["x"], {})),
        ("1", ([], {})),
    ],
)
def test_what_is_kept_is_known(expr: str, expected: tuple[list[str] | None, dict[str, str]]) -> None:
    """By grouping, matching, functions and equality matchers."""
    assert kinds(expr) == [expected]


def test_each_arm_of_an_or_gives_series_of_its_own() -> None:
    """With its own labels."""
    assert kinds('sum by (x) (a) or absent(b{y="1"})') == [(["x"], {}), (["y"], {"y": "1"})]


def test_a_recorded_series_has_what_its_rule_keeps_and_sets() -> None:
    """And the values that a selector of it says."""
    rule = RecordingRule(record="r", expr="sum by (x) (a)", labels={"team": "t"})
    assert kinds('r{x="1"}', r=rule) == [(["team", "x"], {"team": "t", "x": "1"})]
    assert kinds("r", r=RecordingRule(record="r", expr="a")) == [(None, {})]


def test_a_recorded_series_has_no_label_that_its_rule_takes_away() -> None:
    """An empty value is no label."""
    rule = RecordingRule(record="r", expr="sum by (x, y) (a)", labels={"x": "", "z": ""})
    assert kinds("r", r=rule) == [(["y"], {})]


def test_what_may_have_any_label_lacks_none() -> None:
    """Only what is grouped lacks something for certain."""
    assert (Carried(names=None).lacks("x"), Carried(names=frozenset({"y"})).lacks("x")) == (False, True)
    assert Carried(names=None).beside(["x"]).names is None
