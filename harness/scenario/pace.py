"""The pace of a stack: its intervals in effect, and how often a witness looks."""

from harness.core.judge import Pace
from harness.stacks.base import StackFacts

#: period of the witness, seconds; five looks per scrape at the fastest honest interval
_WITNESS_PERIOD_S = 0.1
#: and as many at a lower speed, but never seldom: a busy machine that misses a tenth of a second misses nothing of a
#: condition that lasts for minutes there
_LOOKS_PER_SCRAPE, _WITNESS_PERIOD_AT_MOST_S = 5, 1.0


def witness_period_s(scrape_s: float) -> float:
    """Seconds between two looks of a witness, by how often Prometheus looks."""
    return min(max(scrape_s / _LOOKS_PER_SCRAPE, _WITNESS_PERIOD_S), _WITNESS_PERIOD_AT_MOST_S)


def pace_of(facts: StackFacts, *, skew_s: float = 0.0) -> Pace:
    """The intervals in effect on a stack whose clock is `skew_s` seconds off."""
    return Pace(
        speed=facts.speed.factor,
        scrape_s=facts.scrape_s,
        evaluation_s=facts.evaluation_s,
        witness_s=witness_period_s(facts.scrape_s),
        skew_s=skew_s,
    )
