"""Speed: the factor by which every duration of rules and scraping is divided, and what it may be.

Nothing else of a rule changes. The controller's own clock is real, and so is the time a scrape or an evaluation takes:
below some interval (the floor) a stack cannot scrape honestly, however high the speed. That is what limits it.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Self

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.promql import Use
from harness.core.rule import AlertingRule, Rule, RuleGroup

#: fewer scrapes in a window and one missed scrape empties it
LEAST_SCRAPES = 4

_NO_FLOOR = PromDuration(1)
_SLOWEST, _FASTEST = 0.1, 100_000


class SpeedError(MisuseError):
    """A speed that is none, or at which a rule no longer means what it says."""


@dataclass(frozen=True, slots=True, order=True)
class Speed:
    """How many times faster than documented the rules run; 1 is real time, below 1 is slow motion."""

    #: 0.1 to 100000
    factor: float

    def __post_init__(self) -> None:
        if not _SLOWEST <= self.factor <= _FASTEST:
            raise SpeedError(
                f"speed {self.factor:g} cannot be used",
                why=f"a speed is a number from {_SLOWEST:g} to {_FASTEST}; 1 is real time",
                fix="use --speed 60, at which 10 minutes take 10 seconds",
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `60`, `0.5` or `60x`.

        Raises:
            SpeedError: the text is no number, or out of range.
        """
        try:
            factor = float(text.strip().removesuffix("x"))
        except ValueError as error:
            raise SpeedError(
                f"{text!r} is not a speed",
                why="a speed is a number: the factor by which all durations are divided",
                fix="use --speed 60, at which 10 minutes take 10 seconds",
            ) from error
        return cls(factor)

    def __str__(self) -> str:
        return f"{self.factor:g}"

    def scale(self, length: PromDuration) -> PromDuration:
        """The length on the clock of a documented length: whole milliseconds, at least 1 ms unless it was 0."""
        return PromDuration(max(1, round(length.ms / self.factor)) if length.ms else 0)

    def documented_s(self, elapsed_s: float) -> float:
        """The documented time, in seconds, that `elapsed_s` seconds on the clock stand for."""
        return elapsed_s * self.factor


def scale_rule(rule: Rule, speed: Speed) -> Rule:
    """The rule with every duration divided; name, thresholds, matchers, labels and annotations stay."""
    expr = rule.expr if speed.factor == 1 else rule.expression.text(speed.scale)
    if isinstance(rule, AlertingRule):
        return replace(rule, expr=expr, hold=speed.scale(rule.hold), keep_firing_for=speed.scale(rule.keep_firing_for))
    return replace(rule, expr=expr)


def scale_groups(
    groups: Iterable[RuleGroup], speed: Speed, *, floor: PromDuration = _NO_FLOOR
) -> tuple[RuleGroup, ...]:
    """All groups with every duration divided, their intervals (not below the floor) and query offsets included."""
    return tuple(
        replace(
            group,
            interval=None if group.interval is None else max(speed.scale(group.interval), floor),
            query_offset=None if group.query_offset is None else speed.scale(group.query_offset),
            rules=tuple(scale_rule(rule, speed) for rule in group.rules),
        )
        for group in groups
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a stack looks, as documented and at best."""

    scrape_interval: PromDuration
    evaluation_interval: PromDuration
    #: shortest interval at which the stack scrapes and evaluates honestly, on the clock
    floor: PromDuration

    def interval(self, documented: PromDuration, speed: Speed) -> PromDuration:
        """What an interval becomes on the clock: divided, but never below the floor."""
        return max(speed.scale(documented), self.floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """At a speed this fits while `length` is at least `scrapes` scrapes and `evaluations` evaluations long."""

    rule: Rule
    #: the duration, as the message names it: `window [5m]`
    what: str
    length: PromDuration
    scrape_interval: PromDuration
    scrapes: float
    evaluation_interval: PromDuration
    evaluations: float
    floor: PromDuration

    def needed_s(self, factor: float) -> float:
        """The shortest length, in documented seconds, that works at this factor."""
        floor_s = self.floor.seconds * factor
        return self.scrapes * max(self.scrape_interval.seconds, floor_s) + self.evaluations * max(
            self.evaluation_interval.seconds, floor_s
        )

    @property
    def highest_factor(self) -> float:
        """What the floor allows; below the factor at which it begins to matter any speed fits."""
        return self.length.seconds / ((self.scrapes + self.evaluations) * self.floor.seconds)

    def fits(self, factor: float) -> bool:
        return self.length.seconds >= self.needed_s(factor) * (1 - 1e-9)


def check_speed(groups: Iterable[RuleGroup], rhythm: Rhythm, speed: Speed) -> None:
    """Refuses a speed at which a window holds fewer than 4 scrapes or a `for` less than a scrape and an evaluation.

    A rule that is that tight already as documented is not held against the speed: it is asked to hold what it holds
    at real time.

    Raises:
        SpeedError: naming each rule, its duration, and the highest speed that works.
    """
    groups = tuple(groups)
    worst: dict[str, _Need] = {}
    for need in _needs(groups, rhythm):
        known = worst.get(need.rule.name)
        if not need.fits(speed.factor) and (known is None or need.highest_factor < known.highest_factor):
            worst[need.rule.name] = need
    if worst:
        raise SpeedError(
            f"speed {speed} is too high for {', '.join(worst)}",
            why="\n       ".join(_reason(need, speed) for need in worst.values()),
            fix=f"use --speed {highest_speed(groups, rhythm)} or lower",
        )


def highest_speed(groups: Iterable[RuleGroup], rhythm: Rhythm) -> Speed:
    """The highest speed at which all rules still work: a whole number from 1 on, tenths below."""
    needs = tuple(_needs(tuple(groups), rhythm))
    for step in (1.0, 0.1):
        # every need gets harder to fit as the factor grows, so bisection finds the last factor that fits
        low, high = 0, round(_FASTEST / step)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if all(need.fits(middle * step) for need in needs) else (low, middle - 1)
        if low:
            return Speed(round(low * step, 1))
    return Speed(_SLOWEST)


def _needs(groups: tuple[RuleGroup, ...], rhythm: Rhythm) -> Iterator[_Need]:
    for group in groups:
        evaluation = group.interval or rhythm.evaluation_interval
        for rule in group.rules:
            for stretch in rule.expression.stretches():
                if stretch.use in (Use.WINDOW, Use.SUBQUERY):
                    holds = stretch.length.ms / rhythm.scrape_interval.ms
                    yield _Need(
                        rule=rule,
                        what=f"{stretch.use} [{stretch.length}]",
                        length=stretch.length,
                        scrape_interval=rhythm.scrape_interval,
                        scrapes=min(LEAST_SCRAPES, holds),
                        evaluation_interval=evaluation,
                        evaluations=0,
                        floor=rhythm.floor,
                    )
            if isinstance(rule, AlertingRule) and rule.hold.ms:
                share = min(1, rule.hold.ms / (rhythm.scrape_interval.ms + evaluation.ms))
                yield _Need(
                    rule=rule,
                    what=f"`for: {rule.hold}`",
                    length=rule.hold,
                    scrape_interval=rhythm.scrape_interval,
                    scrapes=share,
                    evaluation_interval=evaluation,
                    evaluations=share,
                    floor=rhythm.floor,
                )


def _reason(need: _Need, speed: Speed) -> str:
    lasts_s, needed_s = need.length.seconds / speed.factor, need.needed_s(speed.factor) / speed.factor
    asked = "one scrape and one evaluation" if need.evaluations else f"{math.ceil(need.scrapes)} scrapes"
    return (
        f"{need.rule.name}: {need.what} lasts {lasts_s:.3g} s, but {asked} take {needed_s:.3g} s"
        f" (no interval is shorter than {need.floor} here)"
    )
