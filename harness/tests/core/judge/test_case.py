"""The pace: what took so long on the clock is so much longer in the documentation."""

import pytest

from harness.tests.core.judge.world import PACE


@pytest.mark.parametrize(
    ("clock_s", "documented_s", "text"),
    [
        pytest.param(15.0, 900.0, "15m", id="whole"),
        pytest.param(0.001, 0.06, "60ms", id="a-millisecond"),
        pytest.param(14.9996, 900.0, "15m", id="nearly-the-next"),
        pytest.param(15.0004, 900.0, "15m", id="less-than-a-millisecond-more"),
    ],
)
def test_the_clock_is_read_to_the_millisecond(clock_s: float, documented_s: float, text: str) -> None:
    """Prometheus counts in no smaller ones: what is less is no time, and not a part of a documented second."""
    assert PACE.documented(clock_s) == pytest.approx(documented_s)
    assert PACE.documented_text(clock_s) == text
