"""The place: intervals on the clock."""

from harness.core.duration import PromDuration
from harness.tests.core.operator.sample import PLACE


def test_intervals_stop_at_the_floor() -> None:
    """Divided by the speed, never shorter than what the stack can do."""
    assert PLACE.interval(PromDuration(60_000)) == PromDuration(1_000)
    assert PLACE.interval(PromDuration(10_000)) == PromDuration(500)
