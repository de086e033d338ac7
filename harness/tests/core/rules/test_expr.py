"""An expression is read as the operator lets it through to Prometheus."""

import pytest

from harness.core.rules.expr import OperatorRefusesError, read_rule_expr


@pytest.mark.parametrize(
    ("text", "column", "label"),
    [
        ('sum by ("a.b") (x)', 1, "a.b"),
        ("1 + sum without (a, b:c) (x)", 5, "b:c"),
        ('x * on ("a.b") y', 3, "a.b"),
        ('x * on (a) group_left ("é") y', 3, "é"),
    ],
)
def test_labels_of_the_new_kind_are_refused(text: str, column: int, label: str) -> None:
    """Prometheus would take them; the operator passes over the whole object."""
    with pytest.raises(OperatorRefusesError) as caught:
        read_rule_expr(text)
    assert caught.value.why.startswith(f"column {column} of the expression, ")
    assert caught.value.why.endswith(f'the Prometheus Operator refuses the label name "{label}"')


@pytest.mark.parametrize("text", ["sum(x)", "sum by (a) (x)", "x * on (a) y", '{"a.b"} > 1', 'x{"a.b"="c"}', "x </ 1"])
def test_names_and_matchers_of_the_new_kind_are_not(text: str) -> None:
    """The operator does not look at them."""
    assert read_rule_expr(text)
