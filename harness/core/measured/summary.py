"""What was measured of one alert, beside what is documented: in words, one line for each thing that was asked."""

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Unit
from harness.core.duration import PromDuration
from harness.core.figure import apart, figure
from harness.core.measured.axes import Axis
from harness.core.measured.compare import Active, Deviation, Life
from harness.core.measured.situations import Kind, Trial
from harness.core.verdict import Verdict

#: of what is not as documented
_SHOWN = 3
#: so many parts of a bracket are looked at when it is to be told more precisely
_FINER = 10
#: of the documented threshold
_PRECISE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One trial, as one alert took it."""

    trial: Trial
    deviations: tuple[Deviation, ...]
    #: whether it was active at the end
    active: bool
    #: of a life
    life: Life | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was asked, with its answer."""

    check: str
    verdict: Verdict
    expected: str
    actual: str
    #: the trials that show it; none where all is as documented
    shown_by: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """Where on one axis an alert becomes active, as far as levels tell."""

    axis: Axis
    beside: str
    #: the last level on the quiet side at which it was silent, with all levels before; None if there is none
    silent: float | None
    #: the first level at which it was active, with all levels behind; None if there is none
    active: float | None
    #: the levels that were tried, from the quiet side to the other
    tried: tuple[float, ...]

    @property
    def as_documented(self) -> bool:
        """Whether the documented threshold lies between the two, and no level."""
        silent, active = self.axis.nearest
        return (self.silent, self.active) == (silent, active)

    @property
    def finer(self) -> tuple[float, ...]:
        """Levels between the two that tell more precisely where it becomes active; none where that is precise."""
        if self.silent is None or self.active is None:
            return ()
        span = self.active - self.silent
        if self.axis.unit in {Unit.ITEMS, Unit.REPLICAS}:
            step = max(1.0, round(abs(span) / _FINER))
            whole = [self.silent + math.copysign(step * index, span) for index in range(1, _FINER)]
            return tuple(level for level in whole if abs(level - self.silent) < abs(span))
        if abs(span) <= _PRECISE * abs(self.axis.documented):
            return ()
        return tuple(self.silent + span * index / _FINER for index in range(1, _FINER))

    @property
    def words(self) -> str:
        """Silent up to here, active from there."""
        up, onward = ("up to", "from") if self.axis.side == ">" else ("down to", "from")
        unit = self.axis.unit
        if self.silent is None:
            return f"active at {figure(self.tried[0], unit)} already"
        if self.active is None:
            return f"silent even at {figure(self.tried[-1], unit)}"
        near = apart(self.silent, self.active, unit)
        silent, active = (
            shown if shown != figure(self.axis.documented, unit) else apart(one, self.axis.documented, unit)[0]
            for one, shown in zip((self.silent, self.active), near, strict=True)
        )
        return f"silent {up} {silent}, active {onward} {active}"


def lines(promise: AlertPromise, tried: Sequence[Tried]) -> Iterator[Line]:
    """Everything that was asked of an alert."""
    levels = [one for one in tried if one.trial.kind is Kind.LEVEL]
    lives = [one for one in tried if one.trial.kind is Kind.LIFE and one.trial.about == promise.name]
    others = [one for one in tried if one.trial.kind is Kind.SITUATION or one.trial.about != promise.name]
    if levels:
        yield _threshold(promise, levels)
    if lives:
        yield _hold(promise, lives)
        yield _course(lives)
    if others:
        yield _situations(others)


def brackets(levels: Iterable[Tried]) -> Iterator[Bracket]:
    """One for each axis with what was set beside it."""
    keyed = sorted(levels, key=lambda one: (one.trial.axis is None or one.trial.axis.what, one.trial.beside))
    for _, group in itertools.groupby(
        keyed, key=lambda one: (one.trial.axis is None or one.trial.axis.what, one.trial.beside)
    ):
        mine = [one for one in group if one.trial.axis is not None and one.trial.level is not None]
        axis = mine[0].trial.axis
        if axis is None:
            continue
        # from the quiet side to the other
        ordered = sorted(mine, key=lambda one: one.trial.level or 0.0, reverse=axis.side == "<")
        quiet = [*itertools.takewhile(lambda one: not one.active, ordered)]
        loud = [*itertools.takewhile(lambda one: one.active, reversed(ordered))]
        yield Bracket(
            axis=axis,
            beside=mine[0].trial.beside,
            silent=quiet[-1].trial.level if quiet else None,
            active=loud[-1].trial.level if loud else None,
            tried=tuple(one.trial.level for one in ordered if one.trial.level is not None),
        )


def _threshold(promise: AlertPromise, levels: Sequence[Tried]) -> Line:
    found = tuple(brackets(levels))
    wrong = sorted((one for one in found if not one.as_documented), key=lambda one: bool(one.beside))
    threshold = promise.threshold
    unit = threshold.unit
    expected = f"{threshold.side} {figure(threshold.value, unit)}"
    if wrong:
        told = [_of(one) for one in wrong[:_SHOWN]]
        more = f", and in {len(wrong) - _SHOWN} other ways" if len(wrong) > _SHOWN else ""
        shown = {(one.axis.what, one.beside) for one in wrong}
        return Line(
            check="measured threshold",
            verdict=Verdict.VIOLATED,
            expected=expected,
            actual="; ".join(told) + more,
            shown_by=tuple(
                one.trial
                for one in levels
                if one.deviations and one.trial.axis and (one.trial.axis.what, one.trial.beside) in shown
            ),
        )
    unsteady = [one for one in levels if one.deviations]
    if unsteady:
        told = [f"{_titled(one.trial)}: {_stretch(one.deviations[0])}" for one in unsteady[:_SHOWN]]
        return Line(
            check="measured threshold",
            verdict=Verdict.VIOLATED,
            expected=expected,
            actual="; ".join(told),
            shown_by=tuple(one.trial for one in unsteady),
        )
    own = next((one for one in found if one.axis.documented == threshold.value), found[0])
    return Line(
        check="measured threshold",
        verdict=Verdict.VERIFIED,
        expected=expected,
        actual=f"{own.words}, {_ways(len(found))}",
    )


def _of(bracket: Bracket) -> str:
    beside = f", {bracket.beside}" if bracket.beside else ""
    return f"{bracket.words} ({bracket.axis.what}{beside})"


def _titled(trial: Trial) -> str:
    return f"{trial.scene.name}, {trial.beside}" if trial.beside else trial.scene.name


def _ways(count: int) -> str:
    return f"in {count} way{'s' if count > 1 else ''}"


def _hold(promise: AlertPromise, lives: Sequence[Tried]) -> Line:
    expected = f"{promise.hold}"
    never = [one for one in lives if one.life is None]
    if never:
        return Line(
            check="measured for",
            verdict=Verdict.VIOLATED,
            expected=expected,
            actual=f"it did not come to fire: {never[0].trial.scene.name}",
            shown_by=(never[0].trial,),
        )
    for one in lives:
        seen = one.life
        if seen is not None and not seen.hold_above_s < promise.hold.seconds <= seen.hold_s:
            return Line(
                check="measured for",
                verdict=Verdict.VIOLATED,
                expected=expected,
                actual=_span(seen),
                shown_by=(one.trial,),
            )
    first = lives[0].life
    return Line(
        check="measured for", verdict=Verdict.VERIFIED, expected=expected, actual="" if first is None else _span(first)
    )


def _span(seen: Life) -> str:
    if seen.hold_s <= 0:
        return "it fires at once"
    return f"more than {_time(seen.hold_above_s)}, at most {_time(seen.hold_s)}"


def _course(lives: Sequence[Tried]) -> Line:
    expected = "begins and ends with its condition, to one scrape and one evaluation"
    wrong = [one for one in lives if one.deviations]
    if wrong:
        told = (f"{one.trial.scene.name}: {_stretch(one.deviations[0])}" for one in wrong[:_SHOWN])
        return Line(
            check="course",
            verdict=Verdict.VIOLATED,
            expected=expected,
            actual="; ".join(told),
            shown_by=tuple(one.trial for one in wrong),
        )
    lasting = [one.life.resolved_lag_s for one in lives if one.life and one.life.resolved_lag_s is not None]
    over = f"; over {max(0.0, *lasting):g} s after it" if lasting else ""
    return Line(check="course", verdict=Verdict.VERIFIED, expected=expected, actual=f"so it does{over}")


def _situations(others: Sequence[Tried]) -> Line:
    expected = f"as documented in {len(others)} situations"
    wrong = [one for one in others if one.deviations]
    if wrong:
        told = [f"{one.trial.scene.name}: {_stretch(one.deviations[0])}" for one in wrong[:_SHOWN]]
        more = f"; and in {len(wrong) - _SHOWN} others" if len(wrong) > _SHOWN else ""
        return Line(
            check="situations",
            verdict=Verdict.VIOLATED,
            expected=expected,
            actual="; ".join(told) + more,
            shown_by=tuple(one.trial for one in wrong),
        )
    active = sum(one.active for one in others)
    return Line(
        check="situations",
        verdict=Verdict.VERIFIED,
        expected=expected,
        actual=f"silent in {len(others) - active}, active in {active}",
    )


def details(tried: Iterable[Tried]) -> Iterator[str]:
    """Every trial in which an alert was not as it is documented, with each stretch of it."""
    for one in tried:
        for each in one.deviations:
            yield f"{_titled(one.trial)}: {_stretch(each)}"


def _stretch(one: Deviation) -> str:
    """`active from 1m10s to 5m, where it must be silent`."""
    span = f"from {_time(one.from_s)} to {_time(one.to_s)}"
    if not one.expected:
        return f"active {span}, where it must be silent"
    if not one.actual:
        return f"silent {span}, where it must be active"
    return f"active for {_labels(one.actual)} {span}, where it must be for {_labels(one.expected)}"


def _labels(active: Active) -> str:
    return " and ".join(
        sorted(", ".join(f"{name}={value}" for name, value in one) or "one alert without labels" for one in active)
    )


def _time(seconds: float) -> str:
    return str(PromDuration(round(seconds * 1_000)))
