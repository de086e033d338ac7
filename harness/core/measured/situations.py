"""What is tried: an alert at levels of its quantity, a condition from beginning to end, and what must page nobody."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from harness.core.contract.model import AlertPromise, Contract, Threshold
from harness.core.contract.quantity import Unit
from harness.core.measured.axes import Axis, axes, family_of, metrics_of
from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import DEPTH, LIMITS, UP
from harness.core.measured.scene import Phase, Scene
from harness.core.measured.state import Answers, Replica, SpecLimit, State

#: reconciles per second of each controller
LOADS: Final = (0.1, 1.0, 10.0, 100.0)
#: one leads, the second is down, the third waits to lead
_TWO: Final = (Replica(leads=True), Replica(answers=Answers.SILENT))
_THREE: Final = (Replica(leads=True), Replica(), Replica())
#: so many scrapes behind a change everything that is to be seen is seen
_SETTLED_SCRAPES: Final = 4


class Kind(StrEnum):
    """What a trial is for."""

    #: one alert at one level
    LEVEL = "level"
    #: one condition from its beginning to its end, with all alerts looking
    LIFE = "life"
    #: a situation in which the documentation says what each alert does
    SITUATION = "situation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One scene, and what is asked of it."""

    kind: Kind
    scene: Scene
    #: the alerts that are looked at: names of promises; None for all
    about: str | None = None
    #: of a level and of a life
    axis: Axis | None = None
    level: float | None = None
    #: what else is set, in words; empty for what is usual
    beside: str = ""
    #: of a level: without it
    state: State | None = None


def trials(contract: Contract, catalog: Catalog, reads: Mapping[str, frozenset[str] | None]) -> tuple[Trial, ...]:
    """All that is tried.

    Args:
        contract: what is promised.
        catalog: the healthy series.
        reads: of each promise, the metrics that its rule reads, those behind recorded series among them; None
            where a selector of it names none.
    """
    scrape_s, usual = contract.scrape_interval.seconds, usual_of(catalog)
    longest_s = _longest(contract)
    found: list[Trial] = []
    for promise in contract.alerts:
        found += _levels(promise, catalog, usual, reads[promise.name], scrape_s)
        found += _lives(promise, catalog, usual, scrape_s, longest_s)
    found += _situations(contract, catalog, usual, scrape_s, longest_s)
    return tuple(found)


def usual_of(catalog: Catalog) -> State:
    """The state in which nothing is wrong, with a memory limit that is told by whoever tells one there."""
    limits = {one.labels.get("resource") for one in catalog.named(LIMITS)}
    return State(spec=SpecLimit.DROPPED if "memory" in limits else SpecLimit.KEPT)


def _longest(contract: Contract) -> float:
    """The longest window, with the time that it takes until all of it is seen."""
    windows = [one.threshold.window.seconds for one in contract.alerts if one.threshold.window is not None]
    return max(windows, default=0.0) + _SETTLED_SCRAPES * contract.scrape_interval.seconds


def _window_s(threshold: Threshold) -> float:
    return 0.0 if threshold.window is None else threshold.window.seconds


def _levels(
    promise: AlertPromise, catalog: Catalog, usual: State, reads: frozenset[str] | None, scrape_s: float
) -> Iterator[Trial]:
    lasts_s = _window_s(promise.threshold) + _SETTLED_SCRAPES * scrape_s
    for axis in axes(catalog, promise.threshold):
        for beside, state, levels in _bases(axis, usual):
            for level in levels:
                scene = Scene(
                    name=f"{axis.what}: {level:g}",
                    phases=(Phase(lasts_s=lasts_s, state=axis.at(level, state)),),
                    metrics=None if reads is None else reads | axis.metrics,
                )
                yield Trial(
                    kind=Kind.LEVEL, scene=scene, about=promise.name, axis=axis, level=level, beside=beside, state=state
                )


def finer(trial: Trial, levels: Iterable[float]) -> Iterator[Trial]:
    """The same at other levels, of a level trial."""
    if trial.axis is None or trial.state is None:
        return
    for level in levels:
        phases = (replace(trial.scene.phases[0], state=trial.axis.at(level, trial.state)),)
        scene = replace(trial.scene, name=f"{trial.axis.what}: {level:g}", phases=phases)
        yield replace(trial, scene=scene, level=level)


def _bases(axis: Axis, usual: State) -> Iterator[tuple[str, State, tuple[float, ...]]]:
    """What is usual with all levels; each other load and number of replicas with the two next to the threshold."""
    yield "", usual, axis.levels
    if axis.unit is Unit.REPLICAS:
        return
    for load in LOADS:
        if load != usual.load_per_s:
            yield f"at {load:g} reconciles/s", replace(usual, load_per_s=load), axis.nearest
    yield "with 2 replicas, one of them down", replace(usual, replicas=_TWO), axis.nearest
    yield "with 3 replicas", replace(usual, replicas=_THREE), axis.nearest
    if any(one.startswith("container_memory") for one in axis.metrics):
        yield "with the kernel's limit kept", replace(usual, spec=SpecLimit.KEPT), axis.nearest
        yield "with little of it heap", replace(usual, heap=0.1), axis.nearest
        yield "with a full page cache", replace(usual, cached=0.6), axis.nearest


def _lives(promise: AlertPromise, catalog: Catalog, usual: State, scrape_s: float, longest_s: float) -> Iterator[Trial]:
    """By each way to bring it about, far beyond the threshold: healthy, then that, then healthy again."""
    for axis in axes(catalog, promise.threshold):
        worst = axis.at(axis.worst, usual)
        lasts_s = _whole(promise.hold.seconds + _window_s(promise.threshold), scrape_s) + _SETTLED_SCRAPES * scrape_s
        after_s = _whole(longest_s + promise.keep_firing_for.seconds, scrape_s)
        phases = (
            Phase(lasts_s=_whole(longest_s, scrape_s), state=usual),
            Phase(lasts_s=lasts_s, state=worst),
            Phase(lasts_s=after_s, state=usual),
        )
        scene = Scene(name=f"{axis.what} at {axis.worst:g}, and well again", phases=phases)
        yield Trial(kind=Kind.LIFE, scene=scene, about=promise.name, axis=axis, level=axis.worst)


def _whole(seconds: float, scrape_s: float) -> float:
    return -(-seconds // scrape_s) * scrape_s


def _situations(
    contract: Contract, catalog: Catalog, usual: State, scrape_s: float, longest_s: float
) -> Iterator[Trial]:
    lasts_s = _whole(max((one.hold.seconds for one in contract.alerts), default=0.0) + longest_s, scrape_s)
    for name, phases in _named(usual, _whole(longest_s, scrape_s), lasts_s, scrape_s):
        yield Trial(kind=Kind.SITUATION, scene=Scene(name=name, phases=tuple(phases)))
    for promise in contract.alerts:
        for name, phases in _vanishing(promise, catalog, usual, _whole(longest_s, scrape_s), lasts_s):
            yield Trial(kind=Kind.SITUATION, scene=Scene(name=name, phases=phases))
    for promise in contract.alerts:
        if DEPTH in metrics_of(promise.threshold.quantity):
            for name, state in _queues(catalog, usual, promise.threshold.value):
                yield Trial(kind=Kind.SITUATION, scene=Scene(name=name, phases=(Phase(lasts_s=lasts_s, state=state),)))
    for promise in contract.alerts:
        for axis in axes(catalog, promise.threshold)[:1]:
            scene = Scene(
                name=f"another controller of the cluster with {axis.what} at {axis.worst:g}",
                phases=(Phase(lasts_s=lasts_s, state=usual),),
                elsewhere=axis.at(axis.worst, usual),
            )
            yield Trial(kind=Kind.SITUATION, scene=scene)


def _named(usual: State, short_s: float, long_s: float, scrape_s: float) -> Iterator[tuple[str, Iterable[Phase]]]:
    def steady(**change: object) -> Iterable[Phase]:
        return (Phase(lasts_s=long_s, state=replace(usual, **change)),)  # type: ignore[arg-type]

    def after_well(**change: object) -> Iterable[Phase]:
        return (Phase(lasts_s=short_s, state=usual), *steady(**change))

    for load in LOADS:
        yield f"healthy at {load:g} reconciles/s", steady(load_per_s=load)
    yield "no traffic at all", steady(load_per_s=0.0)
    yield "traffic that ends", after_well(load_per_s=0.0)
    yield "a second replica that waits to lead", steady(replicas=(Replica(leads=True), Replica()))
    yield "three replicas, two of which wait to lead", steady(replicas=_THREE)
    yield "one of two replicas does not answer", steady(replicas=_TWO)
    yield "one of two replicas is gone", steady(replicas=(Replica(leads=True), Replica(answers=Answers.GONE)))
    yield (
        "the leader goes, and the other replica leads",
        (
            Phase(lasts_s=short_s, state=replace(usual, replicas=(Replica(leads=True), Replica()))),
            Phase(
                lasts_s=long_s,
                state=replace(usual, replicas=(Replica(answers=Answers.GONE), Replica(leads=True))),
            ),
        ),
    )
    yield "all replicas go, after some traffic", after_well(replicas=(Replica(answers=Answers.GONE),))
    yield (
        "no replica answers, then all are gone",
        (
            Phase(lasts_s=short_s, state=usual),
            Phase(lasts_s=_whole(long_s / 2, scrape_s), state=replace(usual, replicas=(_silent(),))),
            Phase(lasts_s=_whole(long_s / 2, scrape_s), state=replace(usual, replicas=(_gone(),))),
        ),
    )
    restarts = int(long_s // (4 * scrape_s))
    yield (
        "containers that restart every few scrapes, under load",
        (Phase(lasts_s=4 * scrape_s, state=replace(usual, load_per_s=10.0), restarted=True) for _ in range(restarts)),
    )
    yield "no memory limit, and much memory used", steady(limited=False, memory=0.99)
    yield (
        "no memory limit where the kernel's is kept, and much memory used",
        steady(limited=False, memory=0.99, spec=SpecLimit.ZERO),
    )
    yield "a page cache as large as the memory limit allows", steady(memory=0.5, cached=0.5)
    yield "little heap, and a working set near the limit", steady(memory=0.99, heap=0.1, cached=0.0)


def _vanishing(
    promise: AlertPromise, catalog: Catalog, usual: State, short_s: float, long_s: float
) -> Iterator[tuple[str, tuple[Phase, ...]]]:
    """What nobody tells any more is not wrong for it; and what was wrong is over when nobody tells it."""
    quantity = promise.threshold.quantity
    if UP in metrics_of(quantity):
        return  # who is not told of does not serve
    for axis in axes(catalog, promise.threshold)[:1]:
        for how, before in ((f"{axis.what} at {axis.worst:g}", axis.at(axis.worst, usual)), ("all well", usual)):
            vanished = replace(before, vanished=family_of(quantity))
            phases = (Phase(lasts_s=short_s, state=before), Phase(lasts_s=long_s, state=vanished))
            yield f"{how}, then nobody tells of it", phases


def _queues(catalog: Catalog, usual: State, threshold: float) -> Iterator[tuple[str, State]]:
    """Of what is where a queue is told in parts."""
    more, less = float(round(1.5 * threshold)), float(round(0.6 * threshold))
    for queue in catalog.values_of(DEPTH, "name"):
        yield (
            f"{more:g} items in the queue {queue}, told in two parts by priority",
            replace(usual, queued={queue: more}, priorities=("0", "-100")),
        )
        yield f"no number of items in the queue {queue}", replace(usual, queued={queue: math.nan})
        waiting = replace(usual, replicas=_THREE, queued={queue: less})
        yield f"{less:g} items in the queue {queue} of one of three replicas", waiting
        yield f"{less:g} items in the queue {queue} of each of three replicas", replace(waiting, queued_on_all=True)


def _silent() -> Replica:
    return Replica(answers=Answers.SILENT)


def _gone() -> Replica:
    return Replica(answers=Answers.GONE)
