"""The pace of a suite: documented minutes that it lived through in each minute of the clock.

The speed is what one alert gains. A suite gains less, because it also brings up a stack, does and undoes damage, and
waits for resolutions; or more, where scenarios ran side by side. So the pace is read from a run that took place.
"""

from dataclasses import dataclass

from harness.core.errors import MisuseError
from harness.core.judge.finding import Clause
from harness.core.verdict import Verdict
from harness.report.schema import Results, ScenarioResult

_JUDGED = frozenset({Verdict.VERIFIED, Verdict.VIOLATED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """One run's documented time against its own."""

    #: scenarios in which an alert was judged on whether it fired after its `for`
    lives: int
    #: sum of the documented `for` of these; what comes before pending and after firing is left out
    documented_s: float
    #: the same on the clock, each at the speed of its own scenario
    held_s: float
    #: of the whole run, start and end included
    wall_s: float
    speed: float

    @property
    def per_minute(self) -> float:
        """Documented minutes for each minute of the clock; seconds for seconds is the same."""
        return self.documented_s / self.wall_s

    @property
    def holding_ratio(self) -> float:
        """Share of the run that was spent holding a condition for its `for`; above 1 only with parallel scenarios."""
        return self.held_s / self.wall_s


def pace_of(results: Results) -> Pace:
    """The pace of this run.

    Raises:
        MisuseError: it took no time.
    """
    if results.duration_s <= 0:
        raise MisuseError(
            "these results have no pace", why="their run took no time at all", fix="give those of a whole suite"
        )
    lives = [one for one in results.scenarios if one.about in results.alerts and _lived(one)]
    documented = [(results.alerts[one.about].documented.for_s, one.speed or results.speed) for one in lives]
    return Pace(
        lives=len(lives),
        documented_s=sum(for_s for for_s, _ in documented),
        held_s=sum(for_s / speed for for_s, speed in documented),
        wall_s=results.duration_s,
        speed=results.speed,
    )


def _lived(scenario: ScenarioResult) -> bool:
    """Whether it was judged that the alert fired after its `for`: a scenario about silence holds nothing that long."""
    return any(found.clause == Clause.FIRING and found.verdict in _JUDGED for found in scenario.findings)
