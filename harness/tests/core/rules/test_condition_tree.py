"""A condition is taken apart into what holds together and what suffices alone."""

import pytest

from harness.core.promql import Expression
from harness.core.rules.condition_tree import Absent, Always, Compared, Condition, Either, Every, Opaque, condition


def read(expr: str, **recorded: str) -> Condition:
    """The condition of an expression."""
    return condition(
        Expression.parse(expr).tree, {name: Expression.parse(text).tree for name, text in recorded.items()}
    )


@pytest.mark.parametrize(
    ("expr", "kind"),
    [
        ("(a > 1)", Compared),
        ("(a > bool 1) == 1", Compared),
        ("((a > bool 1)) > 0", Compared),
        ("(a > bool 1) == 0", Opaque),
        ("(a > bool 1) == b", Compared),
        ("a > bool 1", Always),
        ("(a > 1) > bool 0", Opaque),
        ("vector(1) > bool 0", Always),
        ("a and b", Every),
        ("a unless b", Every),
        ("a or b", Either),
        ("absent(a)", Absent),
        ("a", Always),
        ("a / b", Always),
        ("a / (b > 0)", Opaque),
        ("sum(a)", Always),
        ("recorded:a", Opaque),
        ("ALERTS", Opaque),
        ("1 > bool 2", Always),
    ],
)
def test_each_kind_of_condition_is_known(expr: str, kind: type[Condition]) -> None:
    """What leaves nothing out is always so; what may leave something out elsewhere nobody can tell."""
    assert isinstance(read(expr), kind)


def test_a_recorded_condition_filters_as_it_was_recorded() -> None:
    """Recorded without a filter it is always there."""
    assert isinstance(read("x", x="a > 1"), Opaque)
    assert isinstance(read("x", x="a"), Always)
