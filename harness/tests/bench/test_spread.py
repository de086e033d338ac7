"""A spread of repeated measurements."""

import pytest

from harness.bench.spread import Spread


@pytest.mark.parametrize(
    ("values", "median", "low", "high"),
    [
        pytest.param([2.0], 2, 2, 2, id="once"),
        pytest.param([9.0, 2.0, 3.0], 3, 2, 9, id="one-disturbed"),
        pytest.param([1.0, 4.0, 2.0, 3.0], 2.5, 1, 4, id="even"),
    ],
)
def test_the_median_stands_for_the_figure(values: list[float], median: float, low: float, high: float) -> None:
    """One disturbed run moves the greatest, not the median."""
    assert Spread.of(values) == Spread(median=median, low=low, high=high)


def test_nothing_measured_is_no_spread() -> None:
    """Not one of zeros."""
    assert Spread.of([]) is None
