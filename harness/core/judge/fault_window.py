"""Declared fault windows, and what of a stack's life lies outside them: there nothing may fire.

A window is declared by what the scenario did, not by what was seen: it begins with the first injection. Its end and the
grace after it are what the subject needs to see that the damage is over, and no more.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise
from harness.core.judge.case import Disruption, RuleFact
from harness.core.promql import Expression
from harness.core.rules.identity import Ownership
from harness.core.timeline import Moment, Timeline

#: evaluations after the scrape that shows the end: one may just have been made, the next one sees it
_GRACE_EVALUATIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultWindow:
    """A stretch in which some alerts may fire, and why. Unix seconds."""

    #: the first injection
    start_s: float
    #: the damage was taken back and had run out, by the witness and by what the scenario says of how late that is seen
    end_s: float
    #: the alerts that must or may fire; None for every alert
    alerts: frozenset[str] | None
    #: the scenario or the fault, in words
    because: str
    #: the fault keeps the rules from being evaluated: missed evaluations are its own
    blinds: bool = False
    #: alerts that it brings near to firing on purpose: that is no approach, but excuses no firing
    near: frozenset[str] = frozenset()

    def allows(self, alert: str) -> bool:
        """Whether this alert may fire in it."""
        return self.alerts is None or alert in self.alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRun:
    """All that is known about one alert over the life of one stack. Unix times, seconds of the clock."""

    promise: AlertPromise
    #: the rule as loaded; None if none of this name is
    rule: RuleFact | None
    #: tells what the rule wrote from what others of the same alert did; None where there is no other
    ownership: Ownership | None = None
    #: the documented `keep_firing_for`, seconds of the clock
    keep_firing_s: float
    #: interval of the rule's group in effect
    interval_s: float
    scrape_s: float
    #: how old figures may be that were just scraped
    refresh_s: float = 0.0
    #: every label set over the whole life; a `silent_timeline` if it wrote nothing, never an empty tuple
    timelines: tuple[Timeline, ...]
    #: all windows of the stack, also those in which this alert must not fire
    windows: tuple[FaultWindow, ...]
    disruptions: tuple[Disruption, ...]
    #: the stack's own beginning, to which instants are shown relative
    start_s: float
    #: when the evidence was read: the last evaluation must not be much older
    end_s: float
    #: which component of the stack has died, and how; empty if none has
    lost: str = ""

    @property
    def reach_s(self) -> float:
        """How far back the loaded expression looks."""
        return 0.0 if self.rule is None else Expression.parse(self.rule.expr).reach_s()

    def end_with_grace_s(self, window: FaultWindow) -> float:
        """The instant after which the window is no excuse any more.

        The grace is the longest range of the rule, how old its figures may be, one scrape and two evaluations; for an
        alert that fired in the window also its `keep_firing_for`.
        """
        grace_s = self.reach_s + self.refresh_s + self.scrape_s + _GRACE_EVALUATIONS * self.interval_s
        fired = any(line.fired_in(window.start_s, window.end_s + grace_s) for line in self.timelines)
        return window.end_s + grace_s + (self.keep_firing_s if fired else 0.0)

    @property
    def allowed(self) -> tuple[tuple[float, float], ...]:
        """The stretches in which this alert may fire, graces included, oldest first; they may overlap."""
        return self._covers(window for window in self.windows if window.allows(self.promise.name))

    @property
    def brought_near(self) -> tuple[tuple[float, float], ...]:
        """The same with those in which it is brought near to firing on purpose; they count for the approach alone."""
        name = self.promise.name
        return self._covers(window for window in self.windows if window.allows(name) or name in window.near)

    @property
    def blind(self) -> tuple[tuple[float, float], ...]:
        """The stretches in which the rules need not be evaluated: each from the last evaluation before it on."""
        return tuple((one.start_s - self.interval_s, self.end_with_grace_s(one)) for one in self.windows if one.blinds)

    def stretches(
        self, line: Timeline, covers: tuple[tuple[float, float], ...] | None = None
    ) -> tuple[tuple[Moment, ...], ...]:
        """The moments that nothing covers, in runs that no cover and no change of state interrupts.

        Args:
            line: one label set.
            covers: what is left out; if not given, where the alert may fire.
        """
        allowed, found, run = self.allowed if covers is None else covers, [], list[Moment]()
        for moment in line.moments:
            silent = quiet(moment.at_s, allowed)
            if run and not (silent and moment.state is run[-1].state and moment.active_at_s == run[-1].active_at_s):
                found.append(tuple(run))
                run = []
            if silent:
                run.append(moment)
        if run:
            found.append(tuple(run))
        return tuple(found)

    def _covers(self, windows: Iterable[FaultWindow]) -> tuple[tuple[float, float], ...]:
        return tuple(sorted((window.start_s, self.end_with_grace_s(window)) for window in windows))

    def after_start(self, at_s: float) -> str:
        """An instant as people compare it: seconds of the clock after the stack's beginning."""
        return f"{at_s - self.start_s:+.2f} s"


def quiet(at_s: float, allowed: tuple[tuple[float, float], ...]) -> bool:
    """Whether the alert must not fire at this instant, because no such stretch covers it."""
    return not any(start_s <= at_s <= end_s for start_s, end_s in allowed)


def outside(start_s: float, end_s: float, covers: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """What of a stretch no cover hides, oldest first; nothing if it is hidden altogether."""
    found, at_s = [], start_s
    for cover_start_s, cover_end_s in sorted(covers):
        if cover_start_s > at_s:
            found.append((at_s, min(cover_start_s, end_s)))
        at_s = max(at_s, cover_end_s)
        if at_s >= end_s:
            break
    if at_s < end_s:
        found.append((at_s, end_s))
    return tuple((start, end) for start, end in found if end > start)
