"""What rules did in a replay, for people and for programs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.core.replay.history import RuleHistory
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.model import AlertingRule
from harness.core.timeline import Episode, Timeline

#: JSON's types
Json = str | float | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def told_lines(histories: Iterable[RuleHistory], *, zero_s: float) -> Iterator[str]:
    """The lives of all alerts, then what was recorded, then what failed and what cannot be told.

    Args:
        histories: of a replay; heartbeats are left out.
        zero_s: Unix time that instants are told from.
    """
    found = [one for one in histories if one.placed.rule.name != HEARTBEAT]
    told = [one for one in found if one.untold is None]
    alerts = [one for one in told if isinstance(one.placed.rule, AlertingRule)]
    for one in alerts:
        yield from _lives(one, zero_s)
    silent = [one.placed.rule.name for one in alerts if not any(line.episodes for line in one.timelines)]
    if silent:
        yield f"never active: {', '.join(silent)}"
    for one in told:
        if one not in alerts:
            series = one.series
            count = sum(len(each.points) for each in series)
            yield f"{one.placed.rule.name}: {len(series)} series, {count} samples in {len(one.steps)} evaluations"
    for one in found:
        yield from _troubles(one)


def _lives(one: RuleHistory, zero_s: float) -> Iterator[str]:
    name = one.placed.rule.name
    for timeline in one.timelines:
        for episode in timeline.episodes:
            yield f"{name} {timeline.label_set}: {_life(episode, zero_s)}"
    for start_s, end_s in sorted({gap for line in one.timelines for gap in _between(line)}):
        yield f"{name}: unknown from {_at(start_s, zero_s)} to {_at(end_s, zero_s)}"


def _troubles(one: RuleHistory) -> Iterator[str]:
    if one.failed:
        words = one.failed[0].failure
        yield f"{_place(one)} failed in {len(one.failed)} of {len(one.steps)} evaluations: {words}"
    refused = [step for step in one.steps if step.refused]
    if refused:
        yield f"{_place(one)} wrote what another rule had written, {len(refused)} times: {refused[0].refused}"
    if one.untold is not None:
        yield f"{_place(one)} cannot be told: {one.untold}"


def told_json(histories: Iterable[RuleHistory]) -> list[Json]:
    """The same for programs: instants are Unix seconds, states as Prometheus names them, and `unknown`."""
    return [
        {
            "group": one.placed.group.name,
            "rule": one.placed.rule.name,
            "number": one.placed.key[1] + 1,
            "kind": "alert" if isinstance(one.placed.rule, AlertingRule) else "record",
            "evaluations": len(one.steps),
            "failed": [{"at_s": step.at_ms / 1_000, "words": step.failure} for step in one.failed],
            "untold": one.untold,
            "timelines": [_timeline(line) for line in one.timelines] if one.untold is None else [],
            "series": [
                {"labels": dict(each.labels), "samples": len(each.points)}
                for each in one.series
                if not isinstance(one.placed.rule, AlertingRule)
            ],
        }
        for one in histories
        if one.placed.rule.name != HEARTBEAT
    ]


def _between(line: Timeline) -> Iterator[tuple[float, float]]:
    """Where evaluations were missed between the first and the last."""
    return ((one.start_s, one.end_s) for one in line.gaps if line.start_s < one.start_s and one.end_s < line.end_s)


def _timeline(line: Timeline) -> Json:
    return {
        "labels": dict(line.labels),
        "changes": [{"at_s": change.at_s, "state": change.state.value} for change in line.changes],
        "unknown": [{"start_s": gap.start_s, "end_s": gap.end_s} for gap in line.gaps],
    }


def _life(episode: Episode, zero_s: float) -> str:
    begun = "" if episode.start_seen else " or before"
    parts = [f"pending {_at(episode.pending_at_s, zero_s)}{begun}"]
    if episode.firing_at_s == episode.pending_at_s:
        parts = []
    if episode.firing_at_s is not None:
        parts.append(f"firing {_at(episode.firing_at_s, zero_s)}{'' if parts else begun}")
    ended = "at the end still" if episode.resolved_at_s is None else f"inactive {_at(episode.resolved_at_s, zero_s)}"
    return ", ".join((*parts, ended))


def _at(at_s: float, zero_s: float) -> str:
    return f"{at_s - zero_s:+.2f} s"


def _place(one: RuleHistory) -> str:
    return f"{one.placed.rule.name} (rule {one.placed.key[1] + 1} of {one.placed.group.name})"
