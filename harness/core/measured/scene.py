"""Scenes: states in a row on a clock of their own, as the samples that a Prometheus would have scraped meanwhile."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import Motion, motions
from harness.core.measured.state import State
from harness.core.samples import STALE, Point, Series

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One state for a while; a whole number of scrapes."""

    lasts_s: float
    state: State
    #: whether the containers have just been restarted: what only grows begins at 0 again
    restarted: bool = False


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Phases in a row, from one instant on."""

    #: what is tried, in words
    name: str
    phases: tuple[Phase, ...]
    #: Unix time of its first scrape
    start_s: float = 0.0
    #: the metrics that are told; None for all
    metrics: frozenset[str] | None = None
    #: how another controller of the same framework is meanwhile, elsewhere in the cluster; None where there is none
    elsewhere: State | None = None

    @cached_property
    def lasts_s(self) -> float:
        """All phases together."""
        return sum(one.lasts_s for one in self.phases)

    @cached_property
    def end_s(self) -> float:
        """Unix time of the end: the first instant that is not its own any more."""
        return self.start_s + self.lasts_s

    @cached_property
    def spans(self) -> tuple[tuple[float, float, State], ...]:
        """Each phase's start and end, Unix time."""
        ends = itertools.accumulate((one.lasts_s for one in self.phases), initial=self.start_s)
        return tuple(
            (start_s, end_s, phase.state)
            for (start_s, end_s), phase in zip(itertools.pairwise(ends), self.phases, strict=True)
        )

    def state_at(self, at_s: float) -> State | None:
        """The state at an instant; None before and behind the scene."""
        return next((state for start_s, end_s, state in self.spans if start_s <= at_s < end_s), None)

    def parts(self, at_s: float, window_s: float) -> tuple[tuple[float, State], ...]:
        """For how many seconds which state lasted in a window that ends at an instant; none outside of the scene.

        A window of 0 holds what is now, for one second.
        """
        here = self.state_at(at_s)
        if here is None:
            return ()
        covered = ((min(end_s, at_s) - max(start_s, at_s - window_s), state) for start_s, end_s, state in self.spans)
        return tuple(one for one in covered if window_s and one[0] > 0) or ((1.0, here),)

    def samples(self, catalog: Catalog, *, scrape_s: float) -> tuple[Series, ...]:
        """What is scraped: at its start, and every so many seconds before its end.

        A series that is not there at a scrape and was at the one before gets a staleness marker, as a scrape that does
        not find it writes; so does every series at the end of the scene.
        """
        points: dict[Labels, list[Point]] = {}
        counts: dict[Labels, float] = {}
        there: set[Labels] = set()
        at_s = self.start_s
        for phase in self.phases:
            moving = self._moving(catalog, phase.state)
            if phase.restarted:
                counts.clear()
            for index in range(round(phase.lasts_s / scrape_s)):
                at_s = self.start_s + round((at_s - self.start_s) / scrape_s) * scrape_s
                for labels, motion in moving.items():
                    if motion.per_s is None:
                        value = motion.value
                    else:
                        grown_s = 0.0 if phase.restarted and not index else scrape_s
                        value = counts[labels] = counts.get(labels, 0.0) + motion.per_s * grown_s
                    points.setdefault(labels, []).append(Point(at_s=at_s, value=value))
                for labels in there - moving.keys():
                    points[labels].append(Point(at_s=at_s, value=STALE))
                there = set(moving)
                at_s += scrape_s
        for labels in there:
            points[labels].append(Point(at_s=self.end_s, value=STALE))
        return tuple(Series(labels=dict(labels), points=tuple(found)) for labels, found in points.items())

    def _moving(self, catalog: Catalog, state: State) -> Mapping[Labels, Motion]:
        told = [*motions(catalog, state)]
        if self.elsewhere is not None:
            told += motions(catalog.elsewhere(), self.elsewhere)
        return {
            tuple(sorted(one.labels.items())): one
            for one in told
            if self.metrics is None or one.labels["__name__"] in self.metrics
        }


def laid_out(scenes: tuple[Scene, ...], *, from_s: float, apart_s: float, grid_s: float) -> tuple[Scene, ...]:
    """The scenes one after the other on one timeline, so far apart that none sees another.

    Args:
        scenes: whatever their starts are.
        from_s: Unix time of the first.
        apart_s: between the end of one and the start of the next, at least.
        grid_s: each begins a multiple of this behind the first.
    """
    found, at_s = [], from_s
    for scene in scenes:
        one = replace(scene, start_s=at_s)
        found.append(one)
        at_s += math.ceil((one.lasts_s + apart_s) / grid_s) * grid_s
    return tuple(found)
