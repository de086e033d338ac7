"""Who tells the figures that rules read, and how often each renews what it tells.

Prometheus may scrape as often as it likes: figures that their source renews every 20 s are no fresher for it. No speed
divides that time, so an alert that reads such figures runs honestly only at a lower speed than others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.core.contract.quantity import Exporter
from harness.core.duration import PromDuration
from harness.core.promql import Expression, Stretch, children
from harness.core.promql.tree import Expr, MatchOp, MatrixSelector, SubqueryExpr, VectorSelector
from harness.core.rules.model import AlertingRule, RecordingRule, RuleGroup

#: how often a source renews what it tells, at the longest: on the clock, at any speed; absent or 0 is at each scrape
Refresh = Mapping[Exporter, PromDuration]

#: how the names of a source's metrics begin; also inside the regex of a `__name__`, and behind the level of a recorded
#: series (`node_namespace_pod_container:container_cpu_usage_seconds_total:sum_irate`)
#: https://github.com/google/cadvisor/blob/v0.52.1/docs/storage/prometheus.md
_NAMES = {Exporter.CADVISOR: re.compile(r"\bcontainer_")}

#: recorded series -> who told what it was computed from
Recorded = Mapping[str, frozenset[Exporter]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One place of an expression that reads figures."""

    #: a metric's name, or what selects one; empty for a subquery and for a selector without either
    name: str
    sources: frozenset[Exporter]
    #: how far it looks back; None for the newest value
    window: Stretch | None


def sources_of(expr: Expression, recorded: Recorded | None = None) -> frozenset[Exporter]:
    """Everybody whose figures an expression reads, also by way of recorded series."""
    return _joined(reads_of(expr, recorded))


def reads_of(expr: Expression, recorded: Recorded | None = None) -> Iterator[Read]:
    """All places of an expression that read figures; a subquery beside those inside it."""
    yield from _reads(expr.tree, recorded or {})


def recorded_sources(groups: Iterable[RuleGroup]) -> Recorded:
    """Whose figures each recorded series was computed from, by whatever way."""
    rules = [rule for group in groups for rule in group.rules if isinstance(rule, RecordingRule)]
    read = [(rule.record, rule.expression) for rule in rules]
    before, known = None, {rule.record: frozenset[Exporter]() for rule in rules}
    while known != before:  # rules may stand in any order, and in a circle
        before = known.copy()
        for name, expression in read:
            known[name] |= sources_of(expression, known)
    return known


def alert_sources(groups: Iterable[RuleGroup]) -> Mapping[str, frozenset[Exporter]]:
    """Whose figures each alert is decided by."""
    groups = tuple(groups)
    recorded, found = recorded_sources(groups), dict[str, frozenset[Exporter]]()
    for group in groups:
        for rule in group.rules:
            if isinstance(rule, AlertingRule):
                found[rule.alert] = found.get(rule.alert, frozenset()) | sources_of(rule.expression, recorded)
    return found


def rules_behind(alert: str, groups: Iterable[RuleGroup]) -> frozenset[str]:
    """The names of the rules that decide about an alert: its own, and each recorded series it is computed from."""
    rules = [rule for group in groups for rule in group.rules]
    found, left = frozenset[str](), {alert}
    while left:
        found |= left
        left = {read.name for rule in rules if rule.name in left for read in reads_of(rule.expression)} - found
        left &= {rule.record for rule in rules if isinstance(rule, RecordingRule)}
    return found


def slowest(sources: Iterable[Exporter], refresh: Refresh) -> tuple[Exporter, PromDuration] | None:
    """Whoever of them renews its figures least often, and how often that is; None if all do at each scrape."""
    slow = [(source, refresh[source]) for source in sources if source in refresh and refresh[source].ms]
    return max(slow, key=lambda found: found[1], default=None)


def _reads(node: Expr, recorded: Recorded) -> Iterator[Read]:
    match node:
        case VectorSelector():
            name = _name(node)
            yield Read(name=name, sources=_told_by(name, recorded), window=None)
        case MatrixSelector():
            name = _name(node.selector)
            yield Read(name=name, sources=_told_by(name, recorded), window=Expression(node).stretches()[0])
        case SubqueryExpr():
            inner = tuple(_reads(node.expr, recorded))
            yield from inner
            yield Read(name="", sources=_joined(inner), window=Expression(node).stretches()[0])
        case _:
            for child in children(node):
                yield from _reads(child, recorded)


def _name(selector: VectorSelector) -> str:
    if selector.name:
        return selector.name
    names = (one for one in selector.matchers if one.label == "__name__")
    return next((one.value for one in names if one.op in (MatchOp.EQUAL, MatchOp.REGEX)), "")


def _told_by(name: str, recorded: Recorded) -> frozenset[Exporter]:
    if name in recorded:
        return recorded[name]
    return frozenset(source for source, names in _NAMES.items() if names.search(name)) or frozenset(
        {Exporter.CONTROLLER}
    )


def _joined(reads: Iterable[Read]) -> frozenset[Exporter]:
    return frozenset(source for read in reads for source in read.sources)


def metrics_behind(names: Iterable[str], groups: Iterable[RuleGroup]) -> frozenset[str] | None:
    """The metrics that rules read, by way of recorded series as well; None where a selector of them names none."""
    groups = tuple(groups)
    behind = frozenset[str]().union(*(rules_behind(name, groups) for name in names))
    found = {
        node.name
        for group in groups
        for rule in group.rules
        if rule.name in behind
        for node in rule.expression.nodes()
        if isinstance(node, VectorSelector)
    }
    return None if "" in found else frozenset(found)
