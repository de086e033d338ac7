"""Which rules can be evaluated over a whole range at once, in which order, and which only instant by instant.

A rule sees what others have written before it: those before it in its group at the same evaluation, those behind it,
and itself, at the evaluation before; other groups up to their last one. Evaluated over a range, a rule sees all that
was written by then: what it reads has to be there, and nothing at or before an instant that it looks at may have come
later than its own evaluation. Rules for which that cannot be had are evaluated together, instant by instant. Rules that
may write the same series belong together too: which of their samples are taken depends on the order in time.
https://github.com/prometheus/prometheus/blob/v3.13.5/rules/group.go (`Group.Eval`)
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from harness.core.replay.reads import Output, may_select, selectors
from harness.core.rules.model import Rule, RuleGroup

#: a group's and a rule's index, each from 0
RuleKey = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRule:
    """A rule in its group."""

    key: RuleKey
    group: RuleGroup
    rule: Rule

    @property
    def output(self) -> Output:
        """What it may write."""
        return Output.of(self.group, self.rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """Rules that are evaluated together."""

    #: in the order of groups, and in them
    rules: tuple[PlacedRule, ...]
    #: one of them reads what another, or it itself, writes: each instant by itself
    stepwise: bool


def placed(groups: Sequence[RuleGroup]) -> tuple[PlacedRule, ...]:
    """All rules, in order."""
    return tuple(
        PlacedRule(key=(number, place), group=group, rule=rule)
        for number, group in enumerate(groups)
        for place, rule in enumerate(group.rules)
    )


def readers(rules: Sequence[PlacedRule]) -> Mapping[RuleKey, frozenset[RuleKey]]:
    """Of each rule the rules whose output it may read, itself among them where it reads its own."""
    outputs = [(one.key, one.output) for one in rules]
    by_name: dict[str, list[tuple[RuleKey, Output]]] = {}
    for key, output in outputs:
        for name in output.names:
            by_name.setdefault(name, []).append((key, output))
    return {
        one.key: frozenset(
            key
            for selector in selectors(one.rule.expression)
            for key, output in (by_name.get(selector.name, ()) if selector.name else outputs)
            if may_select(selector, output)
        )
        for one in rules
    }


def bundled(
    rules: Sequence[PlacedRule],
    reads: Mapping[RuleKey, frozenset[RuleKey]],
    *,
    query_offset_ms: Callable[[int], int],
    may_coincide: Callable[[int, int], bool],
) -> tuple[Bundle, ...]:
    """All rules, those that are read before those that read them.

    Args:
        rules: in the order of groups, and in them.
        reads: as `readers`.
        query_offset_ms: of a group, by its index.
        may_coincide: whether two groups, by their indexes, are evaluated at the same instant at least once.
    """
    edges = {key: set(found) for key, found in reads.items()}
    for reader, found in reads.items():
        for writer in found:
            if not _in_time(reader, writer, query_offset_ms, may_coincide):
                edges[writer].add(reader)
    for one, other in _twins(rules):
        edges[one].add(other)
        edges[other].add(one)
    by_key = {one.key: one for one in rules}
    return tuple(
        Bundle(
            rules=tuple(by_key[key] for key in sorted(keys)),
            stepwise=any(not reads[key].isdisjoint(keys) for key in keys),
        )
        for keys in components(edges)
    )


def _in_time(
    reader: RuleKey,
    writer: RuleKey,
    query_offset_ms: Callable[[int], int],
    may_coincide: Callable[[int, int], bool],
) -> bool:
    """Whether all that the writer has put at or before an instant that the reader looks at was there by then."""
    late_ms = query_offset_ms(writer[0]) - query_offset_ms(reader[0])
    if late_ms:
        return late_ms < 0
    return writer < reader or (writer[0] != reader[0] and not may_coincide(reader[0], writer[0]))


def _twins(rules: Sequence[PlacedRule]) -> list[tuple[RuleKey, RuleKey]]:
    outputs = [(one.key, one.output) for one in rules]
    by_name: dict[tuple[str, ...], list[tuple[RuleKey, Output]]] = {}
    for key, output in outputs:
        by_name.setdefault(output.names, []).append((key, output))
    return [
        (key, other_key)
        for same in by_name.values()
        for place, (key, output) in enumerate(same)
        for other_key, other in same[:place]
        if output.meets(other)
    ]


def components(edges: Mapping[RuleKey, AbstractSet[RuleKey]]) -> list[tuple[RuleKey, ...]]:
    """Keys that lead to each other, and before each component those that it leads to (Tarjan, without recursion)."""
    index: dict[RuleKey, int] = {}
    low: dict[RuleKey, int] = {}
    path: list[RuleKey] = []
    on_path: set[RuleKey] = set()
    found: list[tuple[RuleKey, ...]] = []
    for root in sorted(edges):
        if root in index:
            continue
        index[root] = low[root] = len(index)
        path.append(root)
        on_path.add(root)
        work = [(root, iter(sorted(edges[root])))]
        while work:
            key, left = work[-1]
            following = next(left, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[key])
                if low[key] == index[key]:
                    place = path.index(key)
                    found.append(tuple(path[place:]))
                    on_path -= set(path[place:])
                    del path[place:]
            elif following not in index:
                index[following] = low[following] = len(index)
                path.append(following)
                on_path.add(following)
                work.append((following, iter(sorted(edges[following]))))
            elif following in on_path:
                low[key] = min(low[key], index[following])
    return found
