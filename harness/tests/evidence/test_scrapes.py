"""Slow scrapes are excuses, quick ones are none; many in a row are one."""

import pytest

from harness.core.contract.quantity import Exporter, Quantity
from harness.core.judge import Component
from harness.core.samples import Point, Series
from harness.evidence.scrapes import scrapes, slow_scrapes
from harness.evidence.window import Window
from harness.tests.scenario import fakes

#: scrape interval at speed 60
_SCRAPE_S = 0.5


def window(prometheus: fakes.FakePrometheus, refresh_s: float = 0.0) -> Window:
    """From 0 to 20; cAdvisor's figures are renewed so often."""
    refresh = {Exporter.CADVISOR: refresh_s} if refresh_s else {}
    return fakes.handles(prometheus=prometheus, refresh_s=refresh).window(start_s=0, end_s=20)


def took(*points: tuple[float, float]) -> Window:
    """Scrapes: when each began and how much of its interval it took."""
    series = Series(
        labels={"__name__": "scrape_duration_seconds"},
        points=tuple(Point(at_s=at_s, value=ratio * _SCRAPE_S) for at_s, ratio in points),
    )
    return window(fakes.FakePrometheus(ranges=lambda _query, _start_s, _end_s: (series,)))


def test_a_slow_scrape_is_an_excuse_a_quick_one_is_none() -> None:
    """Only a scrape that took a good part of its interval can have come too late for an evaluation."""
    (disruption,) = slow_scrapes(took((10, 0.39), (11, 0.41)))
    assert (disruption.component, disruption.start_s, disruption.cause) == (
        Component.PROMETHEUS,
        11,
        "took 0.20 s for a scrape",
    )
    assert disruption.end_s == pytest.approx(11 + 0.41 * _SCRAPE_S)


def test_each_scrape_lasts_from_its_samples_time_on() -> None:
    """Quick ones too."""
    found = scrapes(took((10, 0.2), (11, 1.0)), Quantity.QUEUE_DEPTH)
    assert [one.start_s for one in found] == [10, 11]
    assert [one.end_s for one in found] == pytest.approx([10.1, 11.5])


def test_slow_scrapes_in_a_row_are_one_trouble() -> None:
    """It lasts from the first to the end of the last; a quick one between them ends it."""
    seen = took((10, 0.6), (10.5, 1.0), (11, 0.1), (11.5, 0.1), (12, 0.8))
    first, second = slow_scrapes(seen)
    assert (first.start_s, first.end_s, first.cause) == (10, 11, "took up to 0.50 s for 2 scrapes")
    assert (second.start_s, second.cause) == (12, "took 0.40 s for a scrape")


@pytest.mark.parametrize(("refresh_s", "end_s"), [(20.0, 10.1 + 20), (0.0, None)], ids=["kubelet", "when asked"])
def test_a_failed_scrape_of_figures_that_are_renewed_seldom_blinds_until_then(
    refresh_s: float, end_s: float | None
) -> None:
    """However quickly it failed; where figures are new at each scrape, the next one has them."""

    def ranges(query: str, _start_s: float, _end_s: float) -> tuple[Series, ...]:
        value = 0.0 if query.startswith("up") else 0.1
        points = (Point(at_s=10, value=value), Point(at_s=11, value=1.0 if query.startswith("up") else 0.1))
        return (Series(labels={}, points=points),) if "cadvisor" in query else ()

    seen = window(fakes.FakePrometheus(ranges=ranges), refresh_s)
    found = slow_scrapes(seen, Quantity.MEMORY_USE)
    assert [one.end_s for one in found] == ([] if end_s is None else [pytest.approx(end_s)])
    assert slow_scrapes(seen, Quantity.QUEUE_DEPTH) == ()


def test_a_slow_scrape_after_a_failed_one_does_not_end_its_blindness() -> None:
    """What the failed one marked as gone is seen again when it is renewed, however soon the next scrape ends."""

    def ranges(query: str, _start_s: float, _end_s: float) -> tuple[Series, ...]:
        values = (0.0, 1.0) if query.startswith("up") else (0.1, 0.4)
        points = tuple(Point(at_s=at_s, value=value) for at_s, value in zip((10, 10.5), values, strict=True))
        return (Series(labels={}, points=points),) if "cadvisor" in query else ()

    seen = window(fakes.FakePrometheus(ranges=ranges), 20.0)
    (disruption,) = slow_scrapes(seen, Quantity.MEMORY_USE)
    assert disruption.start_s == 10
    assert disruption.end_s == pytest.approx(10.1 + 20)


@pytest.mark.parametrize(
    ("quantity", "targets"),
    [
        (Quantity.QUEUE_DEPTH, ['job="other-metrics"']),
        (Quantity.MEMORY_USE, ['metrics_path="/metrics/cadvisor"', 'job="kube-state-metrics"']),
        (Quantity.CPU_THROTTLING, ['metrics_path="/metrics/cadvisor"', 'job="kube-state-metrics"']),
    ],
)
def test_only_scrapes_that_the_alert_reads_excuse_it(quantity: Quantity, targets: list[str]) -> None:
    """What containers use is told by others: a controller that answers slowly says nothing about it."""
    prometheus = fakes.FakePrometheus()
    slow_scrapes(window(prometheus), quantity)
    assert prometheus.asked == [f"scrape_duration_seconds{{{target}}}" for target in targets]
