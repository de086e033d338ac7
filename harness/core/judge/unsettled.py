"""What was still pending when nobody looked any longer: silence until then says nothing about what would have come."""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.core.timeline import AlertState, Episode, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """One label set that was pending at the end of a watch. Unix times."""

    line: Timeline
    pending_at_s: float
    #: the last evaluation before the watch ended, which found it pending
    at_s: float

    @property
    def pending_s(self) -> float:
        """For how long it had been pending, seconds of the clock."""
        return self.at_s - self.pending_at_s


def pending_s(episode: Episode) -> float:
    """For how long a life of an alert was pending: until it fired, or until it was last seen."""
    until_s = episode.last_active_s if episode.firing_at_s is None else episode.firing_at_s
    return until_s - episode.pending_at_s


def unsettled(lines: Iterable[Timeline], watched: Iterable[float]) -> Unsettled | None:
    """Of all that was pending when a watch ended, what had been so for longest; None if nothing was.

    Args:
        lines: every label set of one alert.
        watched: the instants at which somebody ceased to look.
    """
    found = [one for line in lines for at_s in watched if (one := _pending(line, at_s)) is not None]
    return max(found, key=lambda one: one.pending_s, default=None)


def _pending(line: Timeline, at_s: float) -> Unsettled | None:
    last = next((moment for moment in reversed(line.moments) if moment.at_s <= at_s), None)
    if last is None or last.state is not AlertState.PENDING:
        return None
    life = next(one for one in line.episodes if one.pending_at_s <= last.at_s <= one.last_active_s)
    return Unsettled(line=line, pending_at_s=life.pending_at_s, at_s=last.at_s)
