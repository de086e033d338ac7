"""A condition's values come out from under its comparisons, and nothing is made up where there are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.promql import Expression, PromQLError
from harness.core.rules.condition_expr import Comparison, comparisons


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        pytest.param("a > 100", [("a", ">", 100)], id="plain"),
        pytest.param("sum by (x) (rate(a[5m])) / b > 0.1", [("sum by (x) (rate(a[5m])) / b", ">", 0.1)], id="ratio"),
        pytest.param("5 <= a", [("a", ">=", 5)], id="number-first"),
        pytest.param("(a < (1))", [("a", "<", 1)], id="parentheses"),
        pytest.param("a > 100 * 0.9 - 4 / 2", [("a", ">", 88)], id="arithmetic"),
        pytest.param("a > -(2 + 1)", [("a", ">", -3)], id="negative"),
        pytest.param("max by (x) (up) == 0 or absent(up)", [("max by (x) (up)", "==", 0)], id="or-absent"),
        pytest.param("a > 1 or b < 2", [("a", ">", 1), ("b", "<", 2)], id="or"),
        pytest.param(
            "a > 5 and on (x) b < 3",
            [("(a) and on (x) (b < 3)", ">", 5), ("(b) and on (x) (a > 5)", "<", 3)],
            id="and",
        ),
        pytest.param("a > 5 unless b > 3", [("(a) unless (b > 3)", ">", 5)], id="unless"),
        pytest.param(
            "(a > 5 or b > 6) and ignoring (y) c",
            [("(a) and ignoring (y) (c)", ">", 5), ("(b) and ignoring (y) (c)", ">", 6)],
            id="or-in-and",
        ),
    ],
)
def test_values_without_their_comparison(expr: str, found: list[tuple[str, str, float]]) -> None:
    """Each is PromQL of its own, with the limit it is compared with."""
    read = comparisons(expr)
    assert [(one.values, one.sign, one.limit) for one in read] == found
    for one in read:
        assert Expression.parse(one.values)


@pytest.mark.parametrize(
    "expr",
    ["absent(a)", "a > b", "a != 0", "a > bool 0", "1 < bool 2", "a", "rate(a[5m])", "a > 1 / 0", "a > 2 ^ 3", "a + 1"],
)
def test_what_compares_nothing_with_a_number_has_no_value_to_be_near(expr: str) -> None:
    """Also where a number cannot be worked out here."""
    assert comparisons(expr) == ()


def test_what_is_no_promql_is_refused() -> None:
    """With the parser's words."""
    with pytest.raises(PromQLError):
        comparisons("a >")


@pytest.mark.parametrize(
    ("sign", "value", "distance"),
    [(">", 90, 0.1), (">=", 110, -0.1), ("<", 110, 0.1), ("<=", 90, -0.1), ("==", 90, 0.1), ("==", 110, 0.1)],
)
def test_distance_is_relative_and_negative_beyond(sign: str, value: float, distance: float) -> None:
    """A tenth of the limit is a tenth, on either side."""
    assert Comparison(values="a", sign=sign, limit=100).distance(value) == pytest.approx(distance)


def test_a_limit_of_zero_is_measured_in_units() -> None:
    """There is no share of nothing."""
    assert Comparison(values="up", sign="==", limit=0).distance(1) == 1


@given(limit=st.floats(-1e9, 1e9), value=st.floats(-1e9, 1e9), sign=st.sampled_from([">", "<", ">=", "<="]))
def test_beyond_is_never_farther_than_short_of_it(limit: float, value: float, sign: str) -> None:
    """Of two values on opposite sides, the one beyond the limit is the nearer one."""
    one = Comparison(values="a", sign=sign, limit=limit)
    mirrored = 2 * limit - value
    beyond = value > limit if sign.startswith(">") else value < limit
    assert not beyond or one.distance(value) <= one.distance(mirrored)
