"""Metric names end in their unit."""

import pytest

from harness.core.rules.measure import SECOND, SHARE, THINGS, Measure, measure_of_metric, measure_of_observations


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("took_seconds", SECOND),
        ("took_seconds_sum", SECOND),
        ("took_seconds_total", SECOND),
        ("took_seconds_count", THINGS),
        ("took_seconds_bucket", THINGS),
        ("took_milliseconds", Measure(powers={"s": 1}, scale=1e-3)),
        ("errors_total", THINGS),
        ("used_percent", Measure(scale=0.01)),
        ("level:used_ratio", SHARE),
        ("total", THINGS),
        ("depth", None),
        ("", None),
    ],
)
def test_a_name_says_what_it_counts_in(name: str, expected: Measure | None) -> None:
    """Or nothing, where it ends in no unit."""
    assert measure_of_metric(name) == expected


def test_what_a_histogram_observes_is_not_what_its_buckets_count() -> None:
    """`_bucket` counts, the name before it says what."""
    assert measure_of_observations("took_seconds_bucket") == SECOND


def test_units_are_multiplied_and_divided() -> None:
    """And what cancels out is gone."""
    assert SECOND.per(SECOND) == SHARE
    assert str(THINGS.per(SECOND)) == "a number per second"
    assert str(SECOND.times(SECOND)) == "another unit"
    assert Measure(scale=0.01).per(Measure(scale=0.1)).scale == pytest.approx(0.1)


def test_one_unit_is_itself_however_its_scale_came_about() -> None:
    """A scale is a product of what somebody wrote: 1/24/3600 is a day, and not another one."""
    day = Measure(powers={"s": 1}, scale=86_400.0)
    assert day.same(Measure(powers={"s": 1}, scale=1 / (1 / 24 / 3_600)))
    assert not day.same(SECOND)
    assert not SECOND.same(SHARE)
