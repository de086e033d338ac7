"""What alerts did in a scene beside what is true in it: every evaluation, and every instance of its own.

A rule sees a change with the next scrape, and says so at the next evaluation: within that time either is right.
"""

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise
from harness.core.measured.catalog import Catalog
from harness.core.measured.scene import Labels, Scene
from harness.core.measured.truth import alerting, instances
from harness.core.timeline import AlertState, Episode, Timeline

#: the instances of an alert that are active, each by the labels that tell them apart
Active = frozenset[Labels]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A stretch of a scene in which an alert was not as it is documented. Seconds since the scene's start."""

    alert: str
    from_s: float
    to_s: float
    expected: Active
    actual: Active


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """One life of an alert, in seconds: what its rule made of a condition that came and went."""

    #: from the condition to pending
    pending_lag_s: float
    #: its `for` is more than this, and at most that
    hold_above_s: float
    hold_s: float
    #: from the end of the condition to inactive; None if it went on to the end of the scene
    resolved_lag_s: float | None


def deviations(
    promise: AlertPromise,
    scene: Scene,
    catalog: Catalog,
    timelines: Iterable[Timeline],
    *,
    instants: Sequence[float],
    slack_s: float,
) -> Iterator[Deviation]:
    """Where an alert was not as it is documented.

    Args:
        promise: the documented alert.
        scene: what was brought about.
        catalog: whose series.
        timelines: of its rule, every label set.
        instants: of the evaluations of its group, in order, Unix times.
        slack_s: within this time of a change, what was and what is are both right.
    """
    mine = [at_s for at_s in instants if scene.start_s <= at_s < scene.end_s]
    wanted = [_wanted(promise, scene, catalog, at_s) for at_s in mine]
    keys = _keys(promise, wanted)
    expected = _going_on(promise, mine, [_projected(one, keys) for one in wanted])
    seen = _seen(timelines, keys, mine)
    open_: Deviation | None = None
    for at_s, was, here in zip(mine, seen, expected, strict=True):
        first, last = bisect.bisect_left(mine, at_s - slack_s), bisect.bisect_right(mine, at_s + slack_s)
        known = at_s - scene.start_s >= slack_s
        if not known or was in expected[first:last]:
            if open_ is not None:
                yield open_
            open_ = None
        elif open_ is not None and (open_.expected, open_.actual) == (here, was):
            open_ = Deviation(
                alert=promise.name, from_s=open_.from_s, to_s=at_s - scene.start_s, expected=here, actual=was
            )
        else:
            if open_ is not None:
                yield open_
            since_s = at_s - scene.start_s
            open_ = Deviation(alert=promise.name, from_s=since_s, to_s=since_s, expected=here, actual=was)
    if open_ is not None:
        yield open_


def active_at_end(timelines: Iterable[Timeline], scene: Scene) -> bool:
    """Whether any label set was active at the last evaluation of the scene."""
    last = [
        moments[-1]
        for line in timelines
        if (moments := [one for one in line.moments if scene.start_s <= one.at_s < scene.end_s])
    ]
    newest_s = max((one.at_s for one in last), default=0.0)
    return any(one.active for one in last if one.at_s == newest_s)


def life(promise: AlertPromise, scene: Scene, catalog: Catalog, timelines: Iterable[Timeline]) -> Life | None:
    """The life of the alert in a scene whose condition came and went; None if it did not come to fire.

    A `for` of 0 fires at the evaluation that finds the condition.
    """
    found = [
        (line, one)
        for line in timelines
        for one in line.episodes
        if scene.start_s <= one.pending_at_s < scene.end_s and one.firing_at_s is not None
    ]
    if not found:
        return None
    line, episode = min(found, key=lambda one: one[1].pending_at_s)
    starts, ends = _condition(promise, scene, catalog, line)
    return Life(
        pending_lag_s=episode.pending_at_s - starts,
        hold_above_s=_before(line, episode) - episode.pending_at_s,
        hold_s=(episode.firing_at_s or 0.0) - episode.pending_at_s,
        resolved_lag_s=None
        if episode.resolved_at_s is None or episode.resolved_at_s >= scene.end_s
        else episode.resolved_at_s - ends,
    )


def _before(line: Timeline, episode: Episode) -> float:
    """The last evaluation before it fired; the same instant where it fired at once."""
    moment = line.before(episode.firing_at_s or 0.0)
    if moment is None or moment.at_s < episode.pending_at_s:
        return episode.pending_at_s - 1e-3
    return moment.at_s


def _condition(promise: AlertPromise, scene: Scene, catalog: Catalog, line: Timeline) -> tuple[float, float]:
    """When the condition began and ended, at evaluations, Unix times."""
    mine = [one.at_s for one in line.moments if scene.start_s <= one.at_s < scene.end_s]
    true = [at_s for at_s in mine if _wanted(promise, scene, catalog, at_s)]
    first, last = (true[0], true[-1]) if true else (mine[0], mine[-1])
    return first, next((at_s for at_s in mine if at_s > last), last)


def _wanted(promise: AlertPromise, scene: Scene, catalog: Catalog, at_s: float) -> tuple[Mapping[str, str], ...]:
    found = instances(scene, catalog, promise.threshold, at_s=at_s)
    return tuple(one.labels for one in alerting(found, promise.threshold))


def _keys(promise: AlertPromise, wanted: Iterable[tuple[Mapping[str, str], ...]]) -> tuple[str, ...]:
    """The labels by which instances are told apart, as far as it is known what they must be."""
    known = {name for found in wanted for labels in found for name in labels}
    return tuple(name for name in promise.instance_labels if name in known)


def _projected(found: Iterable[Mapping[str, str]], keys: tuple[str, ...]) -> Active:
    return frozenset(tuple((key, labels.get(key, "")) for key in keys) for labels in found)


def _going_on(promise: AlertPromise, instants: Sequence[float], expected: list[Active]) -> list[Active]:
    """With what goes on firing for `keep_firing_for` after its condition, if it held long enough to fire."""
    keep_s, hold_s = promise.keep_firing_for.seconds, promise.hold.seconds
    if not keep_s:
        return expected
    since: dict[Labels, float] = {}
    last: dict[Labels, float] = {}
    found = []
    for at_s, here in zip(instants, expected, strict=True):
        for one in here:
            since.setdefault(one, at_s)
            last[one] = at_s
        kept = {one for one, end_s in last.items() if end_s - since[one] >= hold_s and at_s - end_s <= keep_s}
        for one in since.keys() - here - kept:
            del since[one], last[one]
        found.append(here | kept)
    return found


def _seen(timelines: Iterable[Timeline], keys: tuple[str, ...], instants: Sequence[float]) -> list[Active]:
    found: dict[int, set[Labels]] = {}
    for line in timelines:
        own = tuple((key, line.labels.get(key, "")) for key in keys)
        for one in line.moments:
            if one.state in {AlertState.PENDING, AlertState.FIRING}:
                found.setdefault(_ms(one.at_s), set()).add(own)
    return [frozenset(found.get(_ms(at_s), ())) for at_s in instants]


def _ms(at_s: float) -> int:
    return round(at_s * 1_000)
