"""Clocks that are flags: the programs' own defaults in real time, divided as everything else, and no busy core."""

from collections.abc import Callable

import pytest

from harness.core.duration import PromDuration
from harness.core.rules.speed import Speed
from harness.core.timing_flags import alert_gc, dispatch_maintenance, for_grace_period, for_outage_tolerance


@pytest.mark.parametrize(
    ("clock", "real", "fast", "fastest"),
    [
        pytest.param(for_grace_period, 600_000, 10_000, 6, id="grace"),
        pytest.param(for_outage_tolerance, 3_600_000, 60_000, 36, id="outage"),
        pytest.param(dispatch_maintenance, 30_000, 500, 100, id="maintenance"),
        pytest.param(alert_gc, 1_800_000, 30_000, 100, id="gc"),
    ],
)
def test_each_is_its_default_divided(
    clock: Callable[[Speed], PromDuration], real: int, fast: int, fastest: int
) -> None:
    """What Alertmanager does again and again is not done without a pause."""
    wanted = {1: real, 60: fast, 100_000: fastest}
    assert {factor: clock(Speed(factor)) for factor in wanted} == {
        factor: PromDuration(length) for factor, length in wanted.items()
    }
