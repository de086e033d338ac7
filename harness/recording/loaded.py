"""Rule groups as Prometheus has loaded them, in the shape in which rule files are read."""

from collections.abc import Iterable, Iterator, Mapping

from harness.clients.querier import LoadedGroup, LoadedRule
from harness.core.duration import PromDuration
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup


def as_groups(
    loaded: Iterable[LoadedGroup], offsets_s: Mapping[str, float], usual_s: float = 0.0
) -> tuple[RuleGroup, ...]:
    """The groups, each under a name of its own, as one file wants it.

    Args:
        loaded: as Prometheus tells them, at the speed; what it says of a group's labels stands with its rules.
        offsets_s: group -> its `query_offset`, seconds of the clock, which Prometheus does not tell.
        usual_s: that of others; 0 where they have none.
    """
    return tuple(
        RuleGroup(
            name=name,
            interval=_duration(group.interval),
            query_offset=_duration(offset_s) if (offset_s := offsets_s.get(group.name, usual_s)) else None,
            limit=group.limit,
            rules=tuple(map(_rule, group.rules)),
        )
        for name, group in _named(loaded)
    )


def _named(loaded: Iterable[LoadedGroup]) -> Iterator[tuple[str, LoadedGroup]]:
    """Groups of two files may have one name."""
    taken: set[str] = set()
    for group in loaded:
        name, number = group.name, 1
        while name in taken:
            number += 1
            name = f"{group.name} ({number})"
        taken.add(name)
        yield name, group


def _rule(rule: LoadedRule) -> Rule:
    if rule.type == "recording":
        return RecordingRule(record=rule.name, expr=rule.query, labels=rule.labels)
    return AlertingRule(
        alert=rule.name,
        expr=rule.query,
        hold=_duration(rule.duration),
        keep_firing_for=_duration(rule.keep_firing_for),
        labels=rule.labels,
        annotations=rule.annotations,
    )


def _duration(seconds: float) -> PromDuration:
    return PromDuration(round(seconds * 1_000))
