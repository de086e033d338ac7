"""The closest approach: how near an alert came to firing where it must not, in time and in value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.judge.fault_window import AlertRun, quiet
from harness.core.rules.condition_expr import Comparison
from harness.core.samples import Series
from harness.core.timeline import AlertState


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One comparison of the loaded rule, with what its values were at the rule's evaluations."""

    comparison: Comparison
    values: tuple[Series, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearest:
    """The value that came nearest to its limit."""

    value: float
    at_s: float
    #: `>`, `>=`, `<`, `<=` or `==`
    sign: str
    limit: float
    #: relative distance to the limit, negative beyond it; see `Comparison.distance`
    distance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How near one alert came to firing outside every window in which it may, or is brought near on purpose."""

    alert: str
    #: longest pending as a share of the `for` in effect, 1 if it fired or the next evaluation would have made it fire;
    #: None if it was never evaluated there
    pending_share: float | None
    nearest: Nearest | None
    #: why there is no nearest value; empty if there is one
    why_no_value: str = ""


def closest_approach(run: AlertRun, compared: Sequence[Compared], *, unread: str = "") -> Approach:
    """Measures the approach over the whole life of a stack, its fault windows left out.

    Args:
        run: the alert.
        compared: the comparisons of its loaded expression, none if it has none.
        unread: why the values could not be read, if so.
    """
    nearest = _nearest(run, compared)
    why = ""
    if nearest is None:
        why = unread or _why_no_value(run, compared)
    return Approach(alert=run.promise.name, pending_share=_pending_share(run), nearest=nearest, why_no_value=why)


def closest_of(approaches: Sequence[Approach]) -> Approach:
    """Of one alert on several stacks: the longest pending and the nearest value there was on any.

    Raises:
        ValueError: there is none.
    """
    first = min(approaches, key=lambda one: one.nearest is None)
    shares = [one.pending_share for one in approaches if one.pending_share is not None]
    values = [one.nearest for one in approaches if one.nearest is not None]
    return Approach(
        alert=first.alert,
        pending_share=max(shares, default=None),
        nearest=min(values, key=lambda one: one.distance, default=None),
        why_no_value=first.why_no_value,
    )


def _pending_share(run: AlertRun) -> float | None:
    if any(stretch[0].state is AlertState.FIRING for line in run.timelines for stretch in run.stretches(line)):
        return None if run.rule is None else 1.0
    near = run.brought_near
    stretches = [stretch for line in run.timelines for stretch in run.stretches(line, near)]
    if run.rule is None or not stretches:
        return None
    pending = (one for one in stretches if one[0].state is AlertState.PENDING)
    # each evaluation stands for the interval after it: pending at one of them only is not "never"
    longest_s = max((one[-1].at_s - one[0].at_s + run.interval_s for one in pending), default=0.0)
    return min(longest_s / run.rule.hold_s, 1.0) if run.rule.hold_s else 0.0


def _nearest(run: AlertRun, compared: Sequence[Compared]) -> Nearest | None:
    """The least relative distance; NaN is no value, and neither is a series that is not there."""
    near = run.brought_near
    found = (
        (one.comparison.distance(point.value), point.at_s, point.value, one.comparison)
        for one in compared
        for series in one.values
        for point in series.points
        if not math.isnan(point.value) and quiet(point.at_s, near)
    )
    best = min(found, key=lambda each: each[:2], default=None)
    if best is None:
        return None
    distance, at_s, value, comparison = best
    return Nearest(value=value, at_s=at_s, sign=comparison.sign, limit=comparison.limit, distance=distance)


def _why_no_value(run: AlertRun, compared: Sequence[Compared]) -> str:
    if run.rule is None:
        return "no rule of this name is loaded"
    if not compared:
        return "its condition compares nothing with a number"
    return "outside the fault windows its expression had no value"
