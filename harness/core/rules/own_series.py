"""Of all series that alerts of one name wrote, those of one rule."""

from collections.abc import Iterable
from dataclasses import replace

from harness.core.rules.identity import Owner, Ownership
from harness.core.samples import Series
from harness.core.timeline import Evaluations


def own_series(every: Iterable[Series], whose: Ownership, evaluations: Evaluations) -> tuple[Series, ...]:
    """What one rule wrote: by its labels, and by the instants of its group where another rule has the same labels.

    Args:
        every: of `ALERTS` or `ALERTS_FOR_STATE`, of any alerts.
        whose: the rule.
        evaluations: of its group. Groups are evaluated at instants of their own, spread over the interval by a hash of
            file and name: https://github.com/prometheus/prometheus/blob/v3.13.5/rules/group.go (`EvalTimestamp`).
    """
    own_ms = {_ms(at_s) for at_s in evaluations.at_s}
    found = []
    for series in every:
        owner = whose.of(series.labels)
        if owner is Owner.EITHER:
            points = tuple(point for point in series.points if _ms(point.at_s) in own_ms)
            found += [replace(series, points=points)] if points else []
        elif owner is Owner.MINE:
            found.append(series)
    return tuple(found)


def _ms(at_s: float) -> int:
    return round(at_s * 1_000)
