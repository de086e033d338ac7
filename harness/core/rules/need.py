"""What one duration of a rule needs of a speed: so many scrapes, evaluations and new values must fit into it."""

import math
from dataclasses import dataclass

from harness.core.contract.quantity import Exporter
from harness.core.duration import PromDuration
from harness.core.rules.model import Rule

_NO_TIME = PromDuration(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """At a speed this fits while `length` is at least so many scrapes, evaluations and new values long, one by one."""

    rule: Rule
    #: the duration, as the message names it: `window [5m]`
    what: str
    length: PromDuration
    scrape_interval: PromDuration
    scrapes: float = 0
    evaluation_interval: PromDuration
    evaluations: float = 0
    #: shortest interval of both, on the clock
    floor: PromDuration
    #: who renews its figures every `refresh` on the clock, and how many new values are needed of it
    source: Exporter | None = None
    refresh: PromDuration = _NO_TIME
    values: float = 0
    #: how many of them any window should hold, however few it holds at real time
    wanted: int = 0

    def needed_s(self, factor: float) -> float:
        """The shortest length, in documented seconds, that works at this factor."""
        floor_s = self.floor.seconds * factor
        return (
            self.scrapes * max(self.scrape_interval.seconds, floor_s)
            + self.evaluations * max(self.evaluation_interval.seconds, floor_s)
            + self.values * self.refresh.seconds * factor
        )

    @property
    def highest_factor(self) -> float:
        """What floor and source allow; below the factor at which the floor begins to matter any speed fits."""
        apart_s = (self.scrapes + self.evaluations) * self.floor.seconds + self.values * self.refresh.seconds
        return self.length.seconds / apart_s

    def fits(self, factor: float) -> bool:
        """Whether the duration is long enough at this factor."""
        return self.length.seconds >= self.needed_s(factor) * (1 - 1e-9)

    def hopeless(self, factor: float) -> bool:
        """Whether even at this factor it is too short for the values that it should hold."""
        return self.length.seconds < self.wanted * self.refresh.seconds * factor * (1 - 1e-9)

    def reason(self, factor: float) -> str:
        """Why it does not fit at this factor, for a message."""
        lasts_s, needed_s = self.length.seconds / factor, self.needed_s(factor) / factor
        asked = "one scrape and one evaluation" if self.evaluations else f"{math.ceil(self.scrapes)} scrapes"
        because = f"no interval is shorter than {self.floor} here"
        if self.source is not None:
            asked = "one new value and one evaluation" if self.evaluations else f"{self.wanted} new values"
            because = self.source.renews(self.refresh.seconds)
            needed_s = max(needed_s, self.wanted * self.refresh.seconds)
        return f"{self.rule.name}: {self.what} lasts {lasts_s:.3g} s, but {asked} take {needed_s:.3g} s ({because})"
