"""What is tested of the recorded series: their values at several loads, after a change, with more than one replica."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from harness.core.contract.model import Contract, RecordingPromise
from harness.core.exported.rule_test import RuleTest, ValueCheck
from harness.core.exported.series import braced, series_of
from harness.core.measured.catalog import Catalog
from harness.core.measured.drivers import DEPTH, RECONCILES
from harness.core.measured.recorded import expected
from harness.core.measured.scene import Labels, Phase, Scene
from harness.core.measured.situations import LOADS
from harness.core.measured.state import Answers, Replica, State
from harness.core.promql import any_of, label_name

#: so many scrapes behind a change everything that is to be seen is seen
_SETTLED_SCRAPES: Final = 4
#: to what values are rounded; the next where a value lies half way
_STEPS: Final = (1e-6, 1e-7, 1e-5, 1e-8)
#: of such a step: nearer to half way, what rounding gives depends on the last digit of a float
_HALF_WAY: Final = 1e-3
#: of what is slow
_SLOW_S: Final = 2.0
_REPLICAS: Final = (
    ("one replica", (Replica(leads=True),)),
    ("two replicas, one of them down", (Replica(leads=True), Replica(answers=Answers.SILENT))),
    ("three replicas", (Replica(leads=True), Replica(), Replica())),
)


def record_tests(
    promises: Iterable[RecordingPromise], contract: Contract, catalog: Catalog, metrics: frozenset[str] | None
) -> tuple[RuleTest, ...]:
    """The values of recorded series, with each number of replicas.

    Args:
        promises: of the series.
        contract: whose intervals.
        catalog: the healthy series.
        metrics: those that their rules read; None for all.
    """
    promises = tuple(promises)
    scrape_s, evaluation_s = contract.scrape_interval.seconds, contract.evaluation_interval.seconds
    window_s = max((one.window.seconds for one in promises if one.window is not None), default=0.0)
    lasts_s = (math.ceil(window_s / scrape_s) + _SETTLED_SCRAPES) * scrape_s
    found = []
    for words, replicas in _REPLICAS:
        phases = tuple(Phase(lasts_s=lasts_s, state=replace(one, replicas=replicas)) for one in _states(catalog))
        loads = ", ".join(f"{one:g}" for one in LOADS)
        scene = Scene(name=f"{words}: {loads} reconciles/s of each controller", phases=phases, metrics=metrics)
        checks = []
        for promise in promises:
            for _, end_s, _ in scene.spans:
                at_s = math.ceil(end_s / evaluation_s - 1) * evaluation_s
                values = expected(promise, scene, catalog, at_s=at_s)
                # promtool takes no NaN for another
                if values and not any(map(math.isnan, values.values())):
                    checks.append(_check(promise, at_s, values))
        series = series_of(scene, catalog, scrape_s=scrape_s)
        found.append(RuleTest(name=scene.name, series=series, values=tuple(checks)))
    return tuple(one for one in found if one.values)


def _states(catalog: Catalog) -> Iterator[State]:
    """One for each load, no two of the controllers and queues alike in it."""
    controllers, queues = catalog.values_of(RECONCILES, "controller"), catalog.values_of(DEPTH, "name")
    for index, load in enumerate(LOADS, start=1):
        yield State(
            load_per_s=load,
            failed={one: 0.05 * index / at for at, one in enumerate(controllers, start=1)},
            slow={one: 0.15 * index / at for at, one in enumerate(controllers, start=1)},
            slow_s=_SLOW_S,
            queued={one: float(10 * index + at) for at, one in enumerate(queues)},
            queued_on_all=index % 2 == 0,
        )


def _check(promise: RecordingPromise, at_s: float, values: Mapping[Labels, float]) -> ValueCheck:
    """Rounded, as what is added in another order differs in the last digit; several series of one are added up."""
    only = ", ".join(any_of(name, allowed) for name, allowed in sorted(promise.only_for.items()))
    series = f"{promise.name}{{{only}}}" if only else promise.name
    by = ", ".join(map(label_name, promise.by))
    step = next((one for one in _STEPS if not any(_half_way(value, one) for value in values.values())), _STEPS[0])
    return ValueCheck(
        at_s=at_s,
        expr=f"round(sum by ({by}) ({series}), {step!r})",
        samples={braced(labels): _rounded(value, step) for labels, value in values.items()},
    )


def _rounded(value: float, step: float) -> float:
    """As Prometheus rounds: https://github.com/prometheus/prometheus/blob/v3.13.5/promql/functions.go (`funcRound`)."""
    return math.floor(value * (1.0 / step) + 0.5) / (1.0 / step)


def _half_way(value: float, step: float) -> bool:
    return abs((value / step) % 1 - 0.5) < _HALF_WAY
