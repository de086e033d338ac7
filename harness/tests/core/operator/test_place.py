"""The place: intervals on the clock."""

from harness.core.duration import PromDuration
from harness.core.speed import Rhythm
from harness.tests.core.operator.sample import PLACE


def test_intervals_stop_at_the_floor() -> None:
    """Divided by the speed, never shorter than what the stack can do."""
    assert PLACE.interval(PromDuration(60_000)) == PromDuration(1_000)
    assert PLACE.interval(PromDuration(10_000)) == PromDuration(500)


def test_the_rhythm_has_the_floor_of_the_place() -> None:
    """What a speed is checked against."""
    interval = PromDuration(30_000)
    assert PLACE.rhythm(scrape_interval=interval, evaluation_interval=interval) == Rhythm(
        scrape_interval=interval, evaluation_interval=interval, floor=PromDuration(500)
    )
