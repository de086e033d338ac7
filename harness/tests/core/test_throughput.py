"""Slow reconciles have to end in each window of an alert about latency: few workers ask for a lower speed."""

from dataclasses import replace

import pytest

from harness.core.contract.quantity import Quantity
from harness.core.duration import PromDuration
from harness.core.rules.speed import Speed
from harness.core.throughput import SlowWork
from harness.tests.core.judge.world import PROMISE


def _work(workers: float, *, value: float = 5, window: str | None = "5m") -> SlowWork:
    """Reconciles that are promised to take 5 s at the most, over 5 minutes."""
    threshold = replace(
        PROMISE.threshold,
        quantity=Quantity.RECONCILE_LATENCY,
        value=value,
        window=None if window is None else PromDuration.parse(window),
    )
    return SlowWork(promise=replace(PROMISE, name="Slow", threshold=threshold), workers=workers)


@pytest.mark.parametrize(
    ("workers", "value", "window", "speed"),
    [(1, 5, "5m", 25), (2, 5, "5m", 50), (5, 5, "5m", 125), (1, 3, "5m", 37), (1, 5, "10m", 50), (1, 60, "1m", 1)],
    ids=["one", "two", "five", "a lower threshold", "a longer window", "never below real time"],
)
def test_two_of_them_end_in_each_window(workers: float, value: float, window: str, speed: int) -> None:
    """So many at once, each a second longer than promised."""
    work = _work(workers, value=value, window=window)
    assert work.highest_speed == Speed(speed)
    assert speed == 1 or PromDuration.parse(window).seconds / speed >= 2 * work.ends_every_s


def test_a_controller_of_which_nobody_says_that_it_works_counts_as_one_at_once() -> None:
    """None at once would end nothing at all; and a quantity of one instant has no window to be empty."""
    assert _work(0).highest_speed == Speed(25)
    assert _work(1, window=None).highest_speed is None


def test_what_runs_slower_for_it_is_told() -> None:
    """With how many, and how long it takes."""
    (note,) = _work(1).slower_than(Speed(60))
    assert (note.rule, note.part) == ("Slow", "speeds above 25")
    assert note.why == (
        "1 at once, each a second longer than promised: one reconcile ends every 6.0 s of the clock, "
        "and 2 have to in each window"
    )
    assert _work(5).slower_than(Speed(60)) == ()
    assert _work(1, window=None).slower_than(Speed(60)) == ()


def test_who_chooses_how_slow_chooses_how_fast_it_runs() -> None:
    """Two reconciles of 29 s and one more end in no window of 5 minutes that a speed of 60 has made 5 s."""
    chosen = replace(_work(1), chosen_s=29.0)
    assert chosen.highest_speed == Speed(5)
    (note,) = chosen.slower_than(Speed(60))
    assert note.why.startswith("1 at once, each a second longer than the 29 s chosen: one reconcile ends every 30.0 s")
