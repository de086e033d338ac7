"""When rules were evaluated, as a recording tells, and when they would have been."""

import itertools
from collections.abc import Iterator, Sequence
from typing import Final

from harness.core.replay.grid import on_grid
from harness.core.replay.labels import merged
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.model import RuleGroup
from harness.core.samples import Series, is_stale
from harness.offline.replay import EvaluatedGroup
from harness.recording.recording import Recording

#: two evaluations further apart than this many intervals have a missed one between them
_GAP_INTERVALS: Final = 1.5
#: the scenario's word for a Prometheus that is started again
_RESTART: Final = "prometheus-restart"


class RecordedInstants:
    """The heartbeats of a recording."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._beats = [one for one in recording.recorded.series() if one.labels.get("__name__") == HEARTBEAT]
        self._every = _instants(self._beats)

    def of(self, group: RuleGroup) -> EvaluatedGroup:
        """When a group is evaluated.

        One with a heartbeat is where it beat; so is one with the name and the interval of one that beat. Any other is
        on a grid of its interval, where anything was evaluated at all: while Prometheus stood still nobody knows.
        """
        offset_ms = group.query_offset.ms if group.query_offset else 0
        own = next((rule for rule in group.rules if rule.name == HEARTBEAT), None)
        labels = {"rule_group": group.name} if own is None else merged(group, own)
        beaten = _instants([one for one in self._beats if labels.items() <= one.labels.items()])
        interval_ms = group.interval.ms if group.interval else round(self._recording.setting.evaluation_s * 1_000)
        if beaten and (own is not None or _usual_ms(beaten, interval_ms) == interval_ms):
            return EvaluatedGroup(group=group, at_ms=tuple(at_ms + offset_ms for at_ms in beaten))
        if not self._every:
            return EvaluatedGroup(group=group, at_ms=())
        still = tuple(self._still())
        grid = on_grid(self._every[0], self._every[-1], interval_ms)
        at_ms = tuple(one for one in grid if not any(start < one < end for start, end in still))
        return EvaluatedGroup(group=group, at_ms=at_ms)

    def restarts_ms(self) -> tuple[int, ...]:
        """When Prometheus began anew: at the end of each stretch without evaluations after it was told to.

        A group that only comes when rules are loaded again is none: nothing is restored for it, and it is never silent.
        """
        told_s = self._recording.facts.instants.get("inject")
        if _RESTART not in self._recording.facts.injected or told_s is None:
            return ()
        return tuple(end for _, end in self._still() if end > round(told_s * 1_000))

    def _still(self) -> Iterator[tuple[int, int]]:
        """Where no group was evaluated."""
        widest_ms = _GAP_INTERVALS * _usual_ms(self._every, 1)
        return (pair for pair in itertools.pairwise(self._every) if pair[1] - pair[0] > widest_ms)


def _instants(beats: Sequence[Series]) -> tuple[int, ...]:
    return tuple(
        sorted({round(point.at_s * 1_000) for one in beats for point in one.points if not is_stale(point.value)})
    )


def _usual_ms(instants: Sequence[int], default_ms: int) -> int:
    apart = sorted(after - before for before, after in itertools.pairwise(instants))
    return apart[len(apart) // 2] if apart else default_ms
