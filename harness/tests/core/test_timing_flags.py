"""Clocks that are flags: the programs' own defaults in real time, divided as everything else, and no busy core."""

from dataclasses import astuple

import pytest

from harness.core.duration import PromDuration
from harness.core.rules.speed import Speed
from harness.core.timing_flags import TimingFlags


@pytest.mark.parametrize(
    ("factor", "expected_ms"),
    [
        (1, [300_000, 60_000, 600_000, 3_600_000, 30_000, 1_800_000]),
        (60, [5_000, 1_000, 10_000, 60_000, 500, 30_000]),
        (100_000, [3, 500, 6, 36, 100, 100]),
    ],
)
def test_each_is_its_default_divided(factor: float, expected_ms: list[int]) -> None:
    """An alert is sent again no more often than rules are evaluated; Alertmanager's two keep no core busy."""
    flags = TimingFlags.at(Speed(factor), PromDuration(500))
    assert [length for (length,) in astuple(flags)] == expected_ms
