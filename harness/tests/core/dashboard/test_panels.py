"""Lengths that Grafana's server puts into a query are put in for Prometheus, and nothing else is touched."""

import pytest

from harness.core.dashboard.panels import for_prometheus


@pytest.mark.parametrize(
    ("expr", "asked"),
    [
        ("rate(a[$__rate_interval])", "rate(a[60s])"),
        ("rate(a[${__interval}])", "rate(a[60s])"),
        ("increase(a[$__range]) / $__range_s", "increase(a[60s]) / 60"),
        ("$__range_ms + $__interval_ms", "60000 + 60000"),
        ("${__range:raw}", "60s"),
        ("a{b='$__from', c='$v'}", "a{b='$__from', c='$v'}"),
    ],
)
def test_lengths_become_the_range(expr: str, asked: str) -> None:
    """As text or as a number, as each is written."""
    assert for_prometheus(expr, range_s=60) == asked


def test_no_length_is_zero() -> None:
    """PromQL has no empty window."""
    assert for_prometheus("rate(a[$__range]) + $__range_s", range_s=0.4) == "rate(a[1s]) + 1"
