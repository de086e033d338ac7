"""Slow scrapes: an excuse for what came late, because a sample is there only when its scrape has ended."""

from collections.abc import Iterable, Iterator

from harness.core.contract import Quantity
from harness.core.judge import Place, Trouble
from harness.core.promql import equal_to
from harness.core.samples import Point
from harness.core.sources import Source, source_of
from harness.scene.arena import Arena

#: a scrape that takes longer, relative to its interval, is an excuse for what came late
_SLOW_RATIO = 0.4
#: two slow scrapes that begin within so many intervals are one trouble
_TOGETHER_INTERVALS = 1.5
#: how the chart labels who tells of containers: cAdvisor what they use, kube-state-metrics what they may use
_OF_CONTAINERS = (equal_to("metrics_path", "/metrics/cadvisor"), equal_to("job", "kube-state-metrics"))


def slow_scrapes(
    arena: Arena, *, start_s: float, end_s: float, quantity: Quantity = Quantity.OTHER
) -> tuple[Trouble, ...]:
    """When scrapes took so long that their samples came after evaluations meant to see them.

    Those of the controller; for alerts about what its containers use those of cAdvisor and of kube-state-metrics,
    which are who tells of it.
    A sample has the time at which its scrape began, but is there only when the scrape has ended. Slow scrapes in a row
    are one trouble.
    """
    scrape_s = arena.facts.scrape_s
    targets = (
        _OF_CONTAINERS if source_of(quantity) is Source.CADVISOR else (equal_to("job", arena.subject.workload.service),)
    )
    took = (
        series
        for target in targets
        for series in arena.prometheus.samples(f"scrape_duration_seconds{{{target}}}", start_s, end_s)
    )
    return tuple(
        _trouble(run)
        for series in took
        for run in _runs((point for point in series.points if point.value > _SLOW_RATIO * scrape_s), scrape_s)
    )


def _runs(slow: Iterable[Point], scrape_s: float) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in slow:
        if run and point.at_s - run[-1].at_s > _TOGETHER_INTERVALS * scrape_s:
            yield run
            run = []
        run.append(point)
    if run:
        yield run


def _trouble(run: list[Point]) -> Trouble:
    longest_s = max(point.value for point in run)
    what = (
        f"took {longest_s:.2f} s for a scrape"
        if len(run) == 1
        else f"took up to {longest_s:.2f} s for {len(run)} scrapes"
    )
    return Trouble(place=Place.PROMETHEUS, start_s=run[0].at_s, end_s=run[-1].at_s + run[-1].value, cause=what)
