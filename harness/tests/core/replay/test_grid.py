"""The instants of evaluations."""

from harness.core.replay.grid import Stretch, on_grid, stretches


def test_a_grid_has_both_ends() -> None:
    """Where they lie on it."""
    assert on_grid(100, 130, 10) == (100, 110, 120, 130)
    assert on_grid(101, 129, 10) == (110, 120)
    assert on_grid(100, 130, 10, phase_ms=4) == (104, 114, 124)


def test_one_range_has_instants_that_were_left_out() -> None:
    """Up to a point."""
    assert list(stretches((0, 10, 40), 10)) == [Stretch(first_ms=0, step_ms=10, count=5)]
    far = list(stretches((0, 10, 10_000), 10))
    assert far == [Stretch(first_ms=0, step_ms=10, count=2), Stretch(first_ms=10_000, step_ms=10, count=1)]
    assert list(stretches((), 10)) == []


def test_a_clock_that_was_set_begins_another() -> None:
    """The grid is another then."""
    assert [one.first_ms for one in stretches((0, 10, 23, 33), 10)] == [0, 23]
