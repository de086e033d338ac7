"""What the witness proves: when the documented condition was true, and between which values the threshold lies.

Prometheus sees the quantity through a scrape, so an evaluation at `t` speaks about some instant in
`[t - freshness, t]`. A statement is made only where every reading around that stretch agrees.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.core.contract.quantity import Unit
from harness.core.judge.case import Component, Disruption, LifeCase, Pace
from harness.core.reading import Reading
from harness.core.timeline import Moment, Timeline

#: readings further apart than this many periods leave a stretch in which nobody looked
_BLIND_PERIODS = 4
#: scrapes that may lie between a value and the evaluation that uses it: the last one, and one that came late
_FRESH_SCRAPES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The condition held from `start_s` to `end_s` without a reading that denies it."""

    #: the last reading before that denied it; None if the first reading already saw it hold
    denied_s: float | None
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """Evaluations that disagree with everything the witness saw around them."""

    start_s: float
    end_s: float
    #: what the alert was: True for pending or firing
    active: bool
    #: lowest and highest reading meanwhile; None if the witness has no numbers
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """Where the threshold in effect lies, as far as proved; see `harness.core.judge.finding.Observed`."""

    low: float | None
    high: float | None
    #: everything that contradicts the documented threshold, oldest first
    contradictions: tuple[Contradiction, ...]


def clear(readings: Sequence[Reading], *, limit: float, error_ratio: float) -> tuple[Reading, ...]:
    """The readings, with those nearer to the limit than the witness's error as saying nothing either way."""
    if not error_ratio:
        return tuple(readings)
    return tuple(
        replace(reading, holds=None)
        if reading.value is not None and abs(reading.value - limit) <= error_ratio * abs(limit)
        else reading
        for reading in readings
    )


def stretches(readings: Sequence[Reading]) -> tuple[Stretch, ...]:
    """The stretches in which the condition held, oldest first. Looks that failed say nothing either way."""
    known = [reading for reading in readings if reading.holds is not None]
    found, denied_s = [], None
    for holds, group in itertools.groupby(known, key=lambda reading: reading.holds):
        run = list(group)
        if holds:
            found.append(Stretch(denied_s=denied_s, start_s=run[0].at_s, end_s=run[-1].at_s))
        else:
            denied_s = run[-1].at_s
    return tuple(found)


def decisive(found: Sequence[Stretch], *, needed_s: float) -> Stretch | None:
    """The first stretch of at least `needed_s`; else the longest; None if there is none."""
    long_enough = (stretch for stretch in found if stretch.end_s - stretch.start_s >= needed_s)
    return next(long_enough, max(found, key=lambda stretch: stretch.end_s - stretch.start_s, default=None))


def blind_troubles(readings: Sequence[Reading], pace: Pace) -> tuple[Disruption, ...]:
    """The stretches in which the witness did not look, or its looks failed, as troubles of the place."""
    known = [reading.at_s for reading in readings if reading.holds is not None]
    return tuple(
        Disruption(component=Component.WITNESS, start_s=start, end_s=end, cause=f"saw nothing for {end - start:.2f} s")
        for start, end in itertools.pairwise(known)
        if end - start > _BLIND_PERIODS * pace.witness_s
    )


def freshness_s(case: LifeCase) -> float:
    """How old the value may be that an evaluation uses."""
    return _FRESH_SCRAPES * case.pace.scrape_s + case.lag_s + case.pace.skew_s + case.pace.jitter_s


def proof_evaluations(pace: Pace) -> int:
    """How many evaluations in a row make a proof: one scrape may serve two, and a spike may slip past the witness."""
    return 2 + math.ceil(pace.scrape_s / pace.evaluation_s)


def bracket(case: LifeCase, line: Timeline, stretch: Stretch | None) -> Bracket:
    """Puts the evaluations of `line` beside the readings.

    Evaluations shortly after the condition ended are left out when the rule looks back over a window, or Prometheus is
    granted a delay until it can see the end.
    """
    above = case.promise.threshold.side == ">"
    limit = case.promise.threshold.value
    low: float | None = None
    high: float | None = None
    contradictions: list[Contradiction] = []
    for run, seen in _agreeing_runs(case, line, stretch):
        active = run[0].active
        values = [reading.value for reading in seen if reading.value is not None]
        if len(values) == len(seen):
            floor = min(values) * (1 - case.witness_error_ratio)
            ceiling = max(values) * (1 + case.witness_error_ratio)
            if case.promise.threshold.unit is Unit.RATIO and max(values) <= 1:
                ceiling = min(ceiling, 1.0)  # however wrong the witness is, a share is never more
            if active is above:
                high = ceiling if high is None else min(high, ceiling)
                denies = ceiling <= limit if above else ceiling < limit
            else:
                low = floor if low is None else max(low, floor)
                denies = floor > limit if above else floor >= limit
        else:
            floor, ceiling = None, None
            denies = all(reading.holds is not active for reading in seen)
        if denies:
            contradictions.append(
                Contradiction(start_s=run[0].at_s, end_s=run[-1].at_s, active=active, low=floor, high=ceiling)
            )
    return Bracket(low=low, high=high, contradictions=tuple(contradictions))


def _agreeing_runs(
    case: LifeCase, line: Timeline, stretch: Stretch | None
) -> Iterator[tuple[Sequence[Moment], Sequence[Reading]]]:
    """Each run of evaluations with one state, beside the readings that cover what they can have seen."""
    pace, fresh_s = case.pace, freshness_s(case)
    fading_s = case.window_s + case.resolve_lag_s
    fading = (math.inf, math.inf) if stretch is None else (stretch.end_s, stretch.end_s + fading_s + fresh_s)
    count = proof_evaluations(pace)
    moments = line.moments
    for i in range(len(moments) - count + 1):
        run = moments[i : i + count]
        if len({moment.active for moment in run}) > 1 or line.gap_in(run[0].at_s, run[-1].at_s):
            continue
        if fading_s and fading[0] < run[-1].at_s and run[0].at_s < fading[1]:
            continue
        seen = _covering(case.readings, run[0].at_s - fresh_s, run[-1].at_s + pace.skew_s, pace)
        if seen and not (run[0].active and _kept(case, seen, run[0].at_s - fresh_s - fading_s)):
            yield run, seen


def _kept(case: LifeCase, seen: Sequence[Reading], since_s: float) -> bool:
    """Whether an alert that nothing speaks for any more may go on firing, because it is kept.

    For as long as promised, or as the rule has it: that it is too long is said once, where it resolves.
    """
    kept_s = max(case.keep_firing_s, 0.0 if case.rule is None else case.rule.keep_firing_s)
    if not kept_s or any(reading.holds for reading in seen):
        return False
    kept_s += case.pace.evaluation_s
    return any(reading.holds and since_s - kept_s <= reading.at_s <= seen[0].at_s for reading in case.readings)


def _covering(readings: Sequence[Reading], start_s: float, end_s: float, pace: Pace) -> Sequence[Reading]:
    """The readings from the last before `start_s` to the first after `end_s`; none if anything is missing."""
    first = max((i for i, reading in enumerate(readings) if reading.at_s <= start_s), default=None)
    last = next((i for i, reading in enumerate(readings) if reading.at_s >= end_s), None)
    if first is None or last is None:
        return ()
    seen = readings[first : last + 1]
    looked_away = any(
        after.at_s - before.at_s > _BLIND_PERIODS * pace.witness_s for before, after in itertools.pairwise(seen)
    )
    return () if looked_away or any(reading.holds is None for reading in seen) else seen
