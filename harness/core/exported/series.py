"""The series of a scene as promtool takes them: what grows is added up as promtool adds it up, and is one item."""

from collections.abc import Mapping
from typing import Final

from harness.core.exported.notation import notation
from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import Motion, motions
from harness.core.measured.scene import Labels, Scene
from harness.core.measured.state import State
from harness.core.promql import equal_to
from harness.core.samples import STALE, Point

_NAME: Final = "__name__"


def series_of(scene: Scene, catalog: Catalog, *, scrape_s: float) -> Mapping[str, str]:
    """What is scraped in a scene from 0 on, by series, in promtool's notation; nothing marks its end."""
    texts: dict[tuple[tuple[float, float], ...], str] = {}
    found = {}
    for labels, points in _points(scene, catalog, scrape_s).items():
        key = tuple((one.at_s, one.value) for one in points)
        if key not in texts:
            texts[key] = notation(points, interval_s=scrape_s)
        found[f"{dict(labels)[_NAME]}{braced(tuple(one for one in labels if one[0] != _NAME))}"] = texts[key]
    return found


def moving_in(scene: Scene, state: State, catalog: Catalog) -> Mapping[Labels, Motion]:
    """What each series of a scene does in a state, those of another controller among them."""
    told = [*motions(catalog, state, scene.metrics)]
    if scene.elsewhere is not None:
        told += motions(catalog.elsewhere(), scene.elsewhere, scene.metrics)
    return {tuple(sorted(one.labels.items())): one for one in told}


def braced(labels: Labels) -> str:
    """A label set, as PromQL writes it; what is empty is not there."""
    return f"{{{', '.join(equal_to(name, value) for name, value in labels if value)}}}"


def _points(scene: Scene, catalog: Catalog, scrape_s: float) -> Mapping[Labels, list[Point]]:
    found: dict[Labels, list[Point]] = {}
    counts: dict[Labels, float] = {}
    there: set[Labels] = set()
    scrape = 0
    for phase in scene.phases:
        moving = moving_in(scene, phase.state, catalog)
        if phase.restarted:
            counts.clear()
        for index in range(round(phase.lasts_s / scrape_s)):
            for labels, one in moving.items():
                value = one.value
                if one.per_s is not None:
                    # what a restarted container has counted begins at its first scrape
                    grown = 0.0 if phase.restarted and not index else one.per_s * scrape_s
                    value = counts[labels] = counts.get(labels, 0.0) + grown
                found.setdefault(labels, []).append(Point(at_s=scrape * scrape_s, value=value))
            for labels in there - moving.keys():
                found[labels].append(Point(at_s=scrape * scrape_s, value=STALE))
            there = set(moving)
            scrape += 1
    return found
