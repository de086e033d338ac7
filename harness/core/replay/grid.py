"""The instants at which a group is evaluated: so many milliseconds apart, from a phase of its own.

https://github.com/prometheus/prometheus/blob/v3.13.5/rules/group.go (`EvalTimestamp`)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: so many instants that are not asked for are put up with in one range; it is begun anew behind more of them
_MOST_MISSING = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Instants that one range query has, and perhaps some between them that nobody asked for."""

    first_ms: int
    step_ms: int
    count: int


def on_grid(start_ms: int, end_ms: int, interval_ms: int, *, phase_ms: int = 0) -> tuple[int, ...]:
    """The instants from the one to the other, both included, that are a phase beyond a multiple of the interval."""
    first_ms = start_ms + (phase_ms - start_ms) % interval_ms
    return tuple(range(first_ms, end_ms + 1, interval_ms))


def stretches(instants_ms: Sequence[int], interval_ms: int) -> Iterator[Stretch]:
    """Ranges in which all of these lie, in order: a new one where a clock was set, or many were left out."""
    begin = 0
    for place in range(1, len(instants_ms) + 1):
        if place < len(instants_ms):
            apart_ms = instants_ms[place] - instants_ms[place - 1]
            if apart_ms % interval_ms == 0 and apart_ms <= _MOST_MISSING * interval_ms:
                continue
        span_ms = instants_ms[place - 1] - instants_ms[begin]
        yield Stretch(first_ms=instants_ms[begin], step_ms=interval_ms, count=span_ms // interval_ms + 1)
        begin = place
