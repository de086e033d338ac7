"""Speed: the factor by which every duration of rules and scraping is divided, and what it may be.

Nothing else of a rule changes. The controller's own clock is real, and so is the time a scrape or an evaluation takes:
below some interval (the floor) a stack cannot scrape honestly, however high the speed. That is what limits it. Where a
source renews its figures seldom, whatever the scrape interval, that limits the rules that read them, and no others.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from harness.core.contract.quantity import Exporter
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.promql import Use
from harness.core.rules.model import AlertingRule, Rule, RuleGroup
from harness.core.rules.need import Need
from harness.core.rules.sources import (
    Recorded,
    Refresh,
    alert_sources,
    reads_of,
    recorded_sources,
    rules_behind,
    slowest,
    sources_of,
)
from harness.core.rules.visibility import LEAST_VALUES

#: fewer scrapes in a window and one missed scrape empties it
LEAST_SCRAPES = 4
#: Prometheus's own default of `--query.lookback-delta`: a series counts as gone so long after its last value
LOOKBACK = PromDuration(300_000)

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

    def interval(self, documented: PromDuration, floor: PromDuration) -> PromDuration:
        """What an interval becomes on the clock: divided, but never below the floor."""
        return max(self.scale(documented), floor)


#: every duration as documented
REAL_TIME = Speed(1)


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
            interval=None if group.interval is None else speed.interval(group.interval, floor),
            query_offset=None if group.query_offset is None else speed.scale(group.query_offset),
            rules=tuple(scale_rule(rule, speed) for rule in group.rules),
        )
        for group in groups
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeProfile:
    """How often a stack looks, as documented and at best, and how often there is anything new to see."""

    scrape_interval: PromDuration
    evaluation_interval: PromDuration
    #: shortest interval at which the stack scrapes and evaluates honestly, on the clock
    floor: PromDuration
    refresh: Refresh = field(default_factory=dict)
    #: `--query.lookback-delta` as documented; divided by the speed like everything else
    lookback: PromDuration = LOOKBACK
    #: whether it stays as it is at any speed: then no speed has a part in what can be seen (`core.rules.visibility`)
    lookback_real: bool = False

    def interval(self, documented: PromDuration, speed: Speed) -> PromDuration:
        """What an interval becomes on the clock: divided, but never below the floor."""
        return speed.interval(documented, self.floor)


def check_speed(groups: Iterable[RuleGroup], profile: ScrapeProfile, speed: Speed) -> None:
    """Refuses a speed at which a window holds fewer than 4 scrapes or a `for` less than a scrape and an evaluation.

    A rule that is that tight already as documented is not held against the speed: it is asked to hold what it holds
    at real time. Nor is what a source that seldom renews its figures asks for: such a rule runs slower than the others,
    see `honest_speeds`.

    Raises:
        SpeedError: naming each rule, its duration, and the highest speed that works; or the rules that no speed can
            make work, because their source is too slow for them.
    """
    groups = tuple(groups)
    worst: dict[str, Need] = {}
    for need in _needs(groups, profile):
        known = worst.get(need.rule.name)
        if not need.fits(speed.factor) and (known is None or need.highest_factor < known.highest_factor):
            worst[need.rule.name] = need
    if worst:
        raise SpeedError(
            f"speed {speed} is too high for {', '.join(worst)}",
            why=_lines(need.reason(speed.factor) for need in worst.values()),
            fix=f"use --speed {highest_speed(groups, profile)} or lower",
        )
    _refuse_hopeless(_new_values(groups, profile))


def highest_speed(groups: Iterable[RuleGroup], profile: ScrapeProfile) -> Speed:
    """The highest speed at which all rules still work: a whole number from 1 on, tenths below.

    That some of them run slower than the others, because of what they read, is left out of account.
    """
    return _highest(_needs(tuple(groups), profile)) or Speed(_SLOWEST)


def honest_speed(name: str, groups: Iterable[RuleGroup], profile: ScrapeProfile) -> Speed:
    """The highest speed at which this one rule works, with the recording rules it is computed from.

    Its windows hold 4 new values of what it reads, its `for` lasts as long as it takes for one to come and to be
    evaluated, and a series that it looks at does not vanish between two. As with the scrapes, a rule is asked to hold
    what it holds at real time and no more: slow motion would hide what production has.

    Args:
        name: of the alert or the recorded series; one that does not exist is limited by nothing.
        groups: all rules.
        profile: of the stack.

    Raises:
        SpeedError: there is no such speed.
    """
    groups = tuple(groups)
    behind = rules_behind(name, groups)
    ordinary, renewed = (
        [need for need in found if need.rule.name in behind]
        for found in (_needs(groups, profile), _new_values(groups, profile))
    )
    _refuse_hopeless(renewed)
    highest = _highest([*ordinary, *renewed])
    if highest is None:
        raise SpeedError(
            f"{name} cannot run at any speed here",
            why=_lines(need.reason(_SLOWEST) for need in [*ordinary, *renewed] if not need.fits(_SLOWEST)),
            fix=f"give it longer durations; the slowest speed is {_SLOWEST:g}",
        )
    return highest


def honest_speeds(groups: Iterable[RuleGroup], profile: ScrapeProfile) -> Mapping[str, Speed]:
    """The honest speed of each alert that reads figures which are not new at each scrape; empty where all are.

    Raises:
        SpeedError: one of them works at no speed.
    """
    if not profile.refresh:
        return {}
    groups = tuple(groups)
    slow = (alert for alert, sources in alert_sources(groups).items() if slowest(sources, profile.refresh))
    return {alert: honest_speed(alert, groups, profile) for alert in slow}


def _highest(needs: Iterable[Need]) -> Speed | None:
    needs = tuple(needs)
    for step in (1.0, 0.1):
        # every need gets harder to fit as the factor grows, so bisection finds the last factor that fits
        low, high = 0, round(_FASTEST / step)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if all(need.fits(middle * step) for need in needs) else (low, middle - 1)
        if low:
            return Speed(round(low * step, 1))
    return None


def _refuse_hopeless(needs: Iterable[Need]) -> None:
    hopeless = {need.rule.name: need for need in needs if need.hopeless(_SLOWEST)}
    if hopeless:
        raise SpeedError(
            f"{', '.join(hopeless)} cannot work here at any speed",
            why=_lines(need.reason(_SLOWEST) for need in hopeless.values()),
            fix="look back further, over several new values: in real time there are as few of them",
        )


def _needs(groups: tuple[RuleGroup, ...], profile: ScrapeProfile) -> Iterator[Need]:
    """What the stack's own intervals ask of every rule."""
    for group, rule in _rules(groups):
        evaluation = group.interval or profile.evaluation_interval
        for stretch in rule.expression.stretches():
            if stretch.use in (Use.WINDOW, Use.SUBQUERY):
                holds = stretch.length.ms / profile.scrape_interval.ms
                yield Need(
                    rule=rule,
                    what=f"{stretch.use} [{stretch.length}]",
                    length=stretch.length,
                    scrape_interval=profile.scrape_interval,
                    scrapes=min(LEAST_SCRAPES, holds),
                    evaluation_interval=evaluation,
                    floor=profile.floor,
                )
        if not profile.lookback_real and any(read.window is None for read in reads_of(rule.expression)):
            yield Need(
                rule=rule,
                what="the lookback",
                length=profile.lookback,
                scrape_interval=profile.scrape_interval,
                scrapes=min(LEAST_VALUES, profile.lookback.ms / profile.scrape_interval.ms),
                evaluation_interval=evaluation,
                floor=profile.floor,
            )
        if isinstance(rule, AlertingRule) and rule.hold.ms:
            share = min(1, rule.hold.ms / (profile.scrape_interval.ms + evaluation.ms))
            yield Need(
                rule=rule,
                what=f"`for: {rule.hold}`",
                length=rule.hold,
                scrape_interval=profile.scrape_interval,
                scrapes=share,
                evaluation_interval=evaluation,
                evaluations=share,
                floor=profile.floor,
            )


def _new_values(groups: tuple[RuleGroup, ...], profile: ScrapeProfile) -> Iterator[Need]:
    """What the sources that seldom renew their figures ask of the rules that read them."""
    recorded = recorded_sources(groups)
    for group, rule in _rules(groups):
        evaluation = group.interval or profile.evaluation_interval
        for what, length, values, sources in _looks(rule, profile, recorded):
            if slow := slowest(sources, profile.refresh):
                yield Need(
                    rule=rule,
                    what=what,
                    length=length,
                    scrape_interval=profile.scrape_interval,
                    evaluation_interval=evaluation,
                    floor=profile.floor,
                    source=slow[0],
                    refresh=slow[1],
                    values=min(values, length.ms / slow[1].ms),
                    wanted=values,
                )
        slow = slowest(sources_of(rule.expression, recorded), profile.refresh)
        if slow and isinstance(rule, AlertingRule) and rule.hold.ms:
            share = min(1, rule.hold.ms / (slow[1].ms + evaluation.ms))
            yield Need(
                rule=rule,
                what=f"`for: {rule.hold}`",
                length=rule.hold,
                scrape_interval=profile.scrape_interval,
                evaluation_interval=evaluation,
                evaluations=share,
                floor=profile.floor,
                source=slow[0],
                refresh=slow[1],
                values=share,
            )


def _looks(
    rule: Rule, profile: ScrapeProfile, recorded: Recorded
) -> Iterator[tuple[str, PromDuration, int, frozenset[Exporter]]]:
    """How far a rule looks back, how many values it must find there, and whose."""
    for read in reads_of(rule.expression, recorded):
        if read.window is not None:
            yield f"{read.window.use} [{read.window.length}]", read.window.length, LEAST_SCRAPES, read.sources
        # a recorded series has a value at each evaluation
        elif read.name not in recorded and not profile.lookback_real:
            yield f"the lookback of {read.name}", profile.lookback, LEAST_VALUES, read.sources


def _rules(groups: Iterable[RuleGroup]) -> Iterator[tuple[RuleGroup, Rule]]:
    return ((group, rule) for group in groups for rule in group.rules)


def _lines(reasons: Iterable[str]) -> str:
    return "\n       ".join(reasons)
