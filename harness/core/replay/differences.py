"""Whether a replay gives the timeline that a live Prometheus wrote, within one evaluation.

At each of them the state is the other's, at the same evaluation or at one beside it. More cannot be asked for: a sample
that is scraped just before an evaluation may come into the storage just after it: the live Prometheus then
sees it one evaluation later than a replay, which has all samples from the beginning.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from harness.core.replay.labels import label_set
from harness.core.timeline import AlertState, Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One evaluation at which a label set was something else, and no neighbour explains it."""

    labels: Mapping[str, str]
    at_s: float
    live: AlertState
    replayed: AlertState


def differences(
    live: Iterable[Timeline],
    replayed: Iterable[Timeline],
    *,
    tolerance: int = 1,
    doubtful: AbstractSet[float] = frozenset(),
) -> tuple[Difference, ...]:
    """All differences, by labels and time. A label set that one of them does not have was inactive there.

    Args:
        live: of one rule.
        replayed: of the same rule.
        tolerance: so many evaluations before or after may explain one.
        doubtful: evaluations of which nobody knows what the live Prometheus saw, Unix seconds: they are not compared.
    """
    sides = [{label_set(one.labels): one for one in side} for side in (live, replayed)]
    # of a rule that had no alert there is one timeline without the labels of a series: it says when it was inactive
    instants = [sorted({moment.at_s for one in side.values() for moment in one.moments}) for side in sides]
    shared = sorted(set(instants[0]) & set(instants[1]))
    found: list[Difference] = []
    for labels in sorted(sides[0].keys() | sides[1].keys()):
        states = [_states(side.get(labels), shared) for side in sides]
        for place, at_s in enumerate(shared):
            mine, other = (side[place] for side in states)
            near = slice(max(0, place - tolerance), place + tolerance + 1)
            if at_s not in doubtful and (mine not in states[1][near] or other not in states[0][near]):
                found.append(Difference(labels=dict(labels), at_s=at_s, live=mine, replayed=other))
    return tuple(found)


def _states(timeline: Timeline | None, instants: Sequence[float]) -> list[AlertState]:
    known = {} if timeline is None else {moment.at_s: moment.state for moment in timeline.moments}
    return [known.get(at_s, AlertState.INACTIVE) for at_s in instants]
