"""Scenes: states in a row on a clock of their own, as the samples that a Prometheus would have scraped meanwhile."""

import itertools
import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import cached_property

from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import Motion, motions
from harness.core.measured.state import State
from harness.core.remote_protocol import written_columns
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
        return tuple(
            Series(
                labels=dict(labels),
                points=tuple(Point(at_s=at_ms / 1_000, value=value) for at_ms, value in zip(at, values, strict=True)),
            )
            for labels, (at, values) in self._columns(catalog, scrape_s).items()
        )

    def message(self, catalog: Catalog, *, scrape_s: float) -> bytes:
        """The samples as a Prometheus takes them, a WriteRequest."""
        found = self._columns(catalog, scrape_s).items()
        return written_columns((labels, at_ms, values) for labels, (at_ms, values) in found)

    def _columns(self, catalog: Catalog, scrape_s: float) -> Mapping[Labels, tuple[list[int], list[float]]]:
        """Instants in ms and values of each series."""
        found: dict[Labels, tuple[list[int], list[float]]] = {}
        counts: dict[Labels, float] = {}
        there: AbstractSet[Labels] = frozenset()
        for phase, (start_s, end_s, state) in zip(self.phases, self.spans, strict=True):
            moving = self._moving(catalog, state)
            instants = [
                round((start_s + index * scrape_s) * 1_000) for index in range(round((end_s - start_s) / scrape_s))
            ]
            if phase.restarted:
                counts.clear()
            for labels in there - moving.keys():
                _end(found[labels], instants[0])
            for labels, motion in moving.items():
                at_ms, values = found.setdefault(labels, ([], []))
                at_ms += instants
                if motion.per_s is None:
                    values += [motion.value] * len(instants)
                    continue
                # what a restarted container has counted begins at its first scrape
                before, grows = counts.get(labels, 0.0), motion.per_s * scrape_s
                first = 0 if phase.restarted else 1
                grown = [before + grows * index for index in range(first, len(instants) + first)]
                values += grown
                counts[labels] = grown[-1]
            there = moving.keys()
        for labels in there:
            _end(found[labels], round(self.end_s * 1_000))
        return found

    def _moving(self, catalog: Catalog, state: State) -> Mapping[Labels, Motion]:
        told = [*motions(catalog, state, self.metrics)]
        if self.elsewhere is not None:
            told += motions(catalog.elsewhere(), self.elsewhere, self.metrics)
        return {tuple(sorted(one.labels.items())): one for one in told}


def _end(column: tuple[list[int], list[float]], at_ms: int) -> None:
    column[0].append(at_ms)
    column[1].append(STALE)


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
