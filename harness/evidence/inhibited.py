"""When an alert was kept from being told because another of the same name fired: by inhibition, as it is loaded.

The chart mutes warnings while something critical of the same alert and namespace fires, so the milder of two rules of
one alert is told only once the graver one is over. That is asked only where a notification was late or did not come.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping

from harness.core.alertmanager.inhibition import SidedAlert, inhibit_rules, mutes, probe
from harness.core.errors import HarnessError
from harness.core.judge.case import Inhibited
from harness.core.promql import equal_to
from harness.core.samples import Point
from harness.core.timeline import Timeline
from harness.evidence.routes_agree import Ask, asked
from harness.evidence.window import Window

#: samples further apart than this many evaluations are of two firings
_APART_EVALUATIONS = 5


def inhibited(
    window: Window, alertmanager_config: str, alert: str, lines: Iterable[Timeline], ask: Ask = asked
) -> tuple[Inhibited, ...]:
    """When the alert with one of these label sets was muted by one of the same name, oldest first.

    It excuses, and so never raises: what cannot be had excuses nothing.
    """
    try:
        found = _inhibited(window, alertmanager_config, alert, lines, ask)
        return tuple(sorted(found, key=lambda one: one.start_s))
    except HarnessError:
        return ()


def _inhibited(
    window: Window, alertmanager_config: str, alert: str, lines: Iterable[Timeline], ask: Ask
) -> Iterator[Inhibited]:
    rules = inhibit_rules(alertmanager_config)
    selector = f'ALERTS{{{equal_to("alertname", alert)}, alertstate="firing"}}'
    told = window.prometheus.samples(selector, window.start_s, window.end_s)
    fired = [(_bare(one.labels), one.points) for one in told]
    own = [dict(line.labels) for line in lines]
    if not rules or not any(labels not in own for labels, _ in fired):
        return
    every = [*own, *(labels for labels, _ in fired)]
    sides = [SidedAlert.of(*one) for one in zip(every, ask(probe(rules), every), strict=True)]
    targets, sources = sides[: len(own)], sides[len(own) :]
    for source, (labels, points) in zip(sources, fired, strict=True):
        by = [
            str(rule)
            for index, rule in enumerate(rules)
            if labels not in own and any(mutes(index, rule, source, target) for target in targets)
        ]
        if by:
            for first_s, last_s in _stretches(points, _APART_EVALUATIONS * window.pace.evaluation_s):
                yield Inhibited(start_s=first_s, end_s=last_s + window.pace.evaluation_s, by=by[0])


def _stretches(points: Iterable[Point], apart_s: float) -> Iterator[tuple[float, float]]:
    instants = [point.at_s for point in points]
    breaks = [0, *(i for i, (a, b) in enumerate(itertools.pairwise(instants), 1) if b - a > apart_s), len(instants)]
    return ((instants[a], instants[b - 1]) for a, b in itertools.pairwise(breaks))


def _bare(labels: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name not in ("__name__", "alertstate")}
