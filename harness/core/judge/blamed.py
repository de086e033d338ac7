"""What a failing place is to blame for: an alert that fired because nobody could look, not because of the subject."""

from collections.abc import Iterable

from harness.core.judge.case import Component, Disruption
from harness.core.judge.fault_window import outside
from harness.core.judge.unsettled import Unsettled
from harness.core.timeline import Episode, Timeline

#: who keeps a rule from seeing what is there
_BLINDING = frozenset({Component.PROMETHEUS, Component.MACHINE})
#: of a machine in trouble the first few say what kind it is
_SHOWN = 3


def blamed(lines: Iterable[Timeline], disruptions: Iterable[Disruption], *, start_s: float, seen_s: float) -> str:
    """The troubles that account for every firing from `start_s` on; empty if one of them is not accounted for.

    Args:
        lines: every label set of one alert.
        disruptions: of the place.
        start_s: what fired before is not asked about.
        seen_s: for how long after its end a trouble is still seen: the rule's window, a scrape and two evaluations.
    """
    kept = [disruption for disruption in disruptions if disruption.component in _BLINDING]
    spans = tuple((disruption.start_s, disruption.end_s + seen_s) for disruption in kept)
    fired = [
        one for line in lines for one in line.episodes if one.firing_at_s is not None and one.last_active_s >= start_s
    ]
    if not fired or any(_unexplained(one, spans) for one in fired):
        return ""
    return "; ".join(f"{disruption.component} {disruption.cause}" for disruption in kept[:_SHOWN])


def blamed_for(left: Unsettled, disruptions: Iterable[Disruption]) -> str:
    """The troubles and missed evaluations while something was pending for longer than it may; empty if none."""
    causes = [
        f"{one.component} {one.cause}"
        for one in disruptions
        if one.component in _BLINDING and one.start_s <= left.at_s and left.pending_at_s <= one.end_s
    ]
    if left.line.gap_in(left.pending_at_s, left.at_s):
        causes.append("evaluations were missed")
    return "; ".join(causes[:_SHOWN])


def _unexplained(one: Episode, spans: tuple[tuple[float, float], ...]) -> bool:
    """Whether part of the waiting that led to the firing was without trouble."""
    return one.firing_at_s is not None and bool(outside(one.pending_at_s, one.firing_at_s, spans))
