"""Scrapes: when they were, and which were slow, which excuses lateness: a sample is there once its scrape has ended."""

from collections.abc import Iterable, Iterator

from harness.core.contract.quantity import Exporter, Quantity
from harness.core.judge import Component, Disruption, Scrape
from harness.core.promql import equal_to
from harness.core.samples import Point
from harness.evidence.window import Window

#: a scrape that takes longer, relative to its interval, is an excuse for what came late
_SLOW_RATIO = 0.4
#: two slow scrapes that begin within so many intervals are one trouble
_TOGETHER_INTERVALS = 1.5
#: how the chart labels who tells of containers: cAdvisor what they use, kube-state-metrics what they may use
OF_CONTAINERS = (equal_to("metrics_path", "/metrics/cadvisor"), equal_to("job", "kube-state-metrics"))


def slow_scrapes(window: Window, quantity: Quantity = Quantity.OTHER) -> tuple[Disruption, ...]:
    """When scrapes took so long that their samples came after evaluations meant to see them.

    Those of the controller; for alerts about what its containers use those of cAdvisor and of kube-state-metrics,
    which are who tells of it.
    A sample has the time at which its scrape began, but is there only when the scrape has ended. Slow scrapes in a row
    are one trouble. One of cAdvisor's that failed is trouble until the figures are renewed: at its time the series are
    marked as gone, and a figure that was measured before is not taken any more.
    """
    scrape_s, prometheus, start_s, end_s = window.pace.scrape_s, window.prometheus, window.start_s, window.end_s
    blind_s = window.refresh_of(quantity)

    def disruptions(target: str) -> Iterator[Disruption]:
        # the controller's own failed scrapes are what alerts are about, and excuse nothing
        seen = prometheus.samples(f"up{{{target}}}", start_s, end_s) if blind_s else ()
        failed = {point.at_s for series in seen for point in series.points if point.value == 0}
        for series in prometheus.samples(f"scrape_duration_seconds{{{target}}}", start_s, end_s):
            slow = (one for one in series.points if one.value > _SLOW_RATIO * scrape_s or one.at_s in failed)
            for run in _runs(slow, scrape_s):
                yield _disruption(run, failed=failed, blind_s=blind_s)

    return tuple(disruption for target in _targets(window, quantity) for disruption in disruptions(target))


def scrapes(window: Window, quantity: Quantity) -> tuple[Scrape, ...]:
    """When each scrape of what alerts about a quantity read began and ended."""
    taken = (
        point
        for target in _targets(window, quantity)
        for series in window.prometheus.samples(f"scrape_duration_seconds{{{target}}}", window.start_s, window.end_s)
        for point in series.points
    )
    return tuple(Scrape(start_s=one.at_s, end_s=one.at_s + one.value) for one in taken)


def _targets(window: Window, quantity: Quantity) -> tuple[str, ...]:
    if quantity.definition.exporter is Exporter.CADVISOR:
        return OF_CONTAINERS
    return (equal_to("job", window.job),)


def _runs(slow: Iterable[Point], scrape_s: float) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in slow:
        if run and point.at_s - run[-1].at_s > _TOGETHER_INTERVALS * scrape_s:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _disruption(run: list[Point], *, failed: set[float], blind_s: float) -> Disruption:
    longest_s = max(point.value for point in run)
    what = (
        f"took {longest_s:.2f} s for a scrape"
        if len(run) == 1
        else f"took up to {longest_s:.2f} s for {len(run)} scrapes"
    )
    end_s = max(one.at_s + one.value + (blind_s if one.at_s in failed else 0.0) for one in run)
    return Disruption(component=Component.PROMETHEUS, start_s=run[0].at_s, end_s=end_s, cause=what)
