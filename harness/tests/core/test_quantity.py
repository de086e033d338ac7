"""Quantities are exact."""

from decimal import Decimal

import pytest

from harness.core.quantity import QuantityError, parse_quantity, whole


@pytest.mark.parametrize(
    ("text", "value"),
    [("500m", "0.5"), ("2", "2"), ("128Mi", "134217728"), ("1.5Gi", "1610612736"), ("1e3", "1000"), ("1k", "1000")],
)
def test_a_quantity_is_the_number_it_stands_for(text: str, value: str) -> None:
    """Decimal and binary suffixes, fractions and exponents."""
    assert parse_quantity(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "Mi", "five", "1 Mi x"])
def test_other_text_is_refused(text: str) -> None:
    """No silent zero."""
    with pytest.raises(QuantityError):
        parse_quantity(text)


def test_fractions_are_rounded_up() -> None:
    """As Kubernetes does: a limit is never smaller than what was asked."""
    assert whole(Decimal("0.001")) == 1
