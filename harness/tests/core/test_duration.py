"""Durations: Prometheus's text, exact to the millisecond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0", 0),
        ("0s", 0),
        ("250ms", 250),
        ("5m", 300_000),
        ("1h30m", 5_400_000),
        ("1d", 86_400_000),
        ("1w", 604_800_000),
    ],
)
def test_reads_what_prometheus_reads(text: str, ms: int) -> None:
    """Every unit counts as in Prometheus."""
    assert PromDuration.parse(text).ms == ms


@pytest.mark.parametrize("text", ["", "5", "m5", "5 m", "5m1h", "1.5m", "-5m", "5M"])
def test_refuses_what_prometheus_refuses(text: str) -> None:
    """Units out of order, fractions and bare numbers are mistakes, with a fix in the message."""
    with pytest.raises(MisuseError, match="is not a duration") as caught:
        PromDuration.parse(text)
    assert "1h30m" in caught.value.fix


@given(st.integers(min_value=0, max_value=10**12))
def test_text_reads_back_as_the_same_length(ms: int) -> None:
    """No length is lost in writing."""
    assert PromDuration.parse(str(PromDuration(ms))).ms == ms


def test_seconds() -> None:
    """Seconds keep the milliseconds."""
    assert PromDuration.parse("1m250ms").seconds == 60.25
