"""Which series are recorded: all that belong to the subject, and all that its rules and its dashboard select."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from harness.core.promql import Expression
from harness.core.promql.tree import Matcher, MatchOp
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.model import AlertingRule, RecordingRule, RuleGroup
from harness.core.rules.rests_on import NAME, Selector, selectors_of
from harness.core.samples import Series

ALERTS: Final = ("ALERTS", "ALERTS_FOR_STATE")
#: how the chart labels who tells of containers: cAdvisor what they use, kube-state-metrics what they may use
TELLERS: Final = (
    Matcher(label="metrics_path", op=MatchOp.EQUAL, value="/metrics/cadvisor"),
    Matcher(label="job", op=MatchOp.EQUAL, value="kube-state-metrics"),
)
#: what Prometheus notes about each scrape of a target
_OF_SCRAPES: Final = Matcher(label=NAME, op=MatchOp.REGEX, value="up|scrape_.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: series that any of the selectors fits."""

    scraped: tuple[Selector, ...]
    #: what the rules of these groups wrote
    recorded: tuple[Selector, ...]
    #: the names of all series that rules write
    written: frozenset[str]

    def split(self, found: Iterable[Series]) -> tuple[tuple[Series, ...], tuple[Series, ...]]:
        """What was scraped, and what rules wrote."""
        scraped: list[Series] = []
        recorded: list[Series] = []
        for series in found:
            (recorded if series.labels.get(NAME) in self.written else scraped).append(series)
        return tuple(scraped), tuple(recorded)


def wanted(
    *,
    namespace: str,
    job: str,
    groups: Iterable[RuleGroup],
    every: Iterable[RuleGroup],
    panels: Iterable[Expression],
    alerts: Iterable[str],
) -> Wanted:
    """What belongs to a subject.

    Args:
        namespace: its own; all series there are taken.
        job: of its targets; the same.
        groups: its rule groups, and those that record what they read.
        every: all groups that are loaded.
        panels: what its dashboard asks.
        alerts: the names of its alerts as documented, loaded or not.
    """
    rules = [rule for group in groups for rule in group.rules]
    expressions = [*(expr for rule in rules if (expr := Expression.understood(rule.expr)) is not None), *panels]
    own = (_equal("namespace", namespace), _equal("job", job))
    names = {*alerts, *(rule.alert for rule in rules if isinstance(rule, AlertingRule))}
    records = {rule.record for rule in rules if isinstance(rule, RecordingRule)} - {HEARTBEAT}
    return Wanted(
        scraped=(
            *((one,) for one in own),
            *((_OF_SCRAPES, one) for one in TELLERS),
            *_beyond(own, (selector for expr in expressions for selector in selectors_of(expr))),
        ),
        recorded=(
            *((_equal(NAME, name), _any_of("alertname", names)) for name in ALERTS),
            *([(_any_of(NAME, records),)] if records else []),
            (_equal(NAME, HEARTBEAT),),
        ),
        written=frozenset({HEARTBEAT, *ALERTS, *_records(every)}),
    )


def scrapes_of(found: Iterable[Series]) -> tuple[Selector, ...]:
    """What asks for the scrapes of those targets whose own `up` is not among what was found."""
    targets, seen = set[tuple[str, str]](), set[tuple[str, str]]()
    for series in found:
        target = (series.labels.get("job", ""), series.labels.get("instance", ""))
        (seen if series.labels.get(NAME) == "up" else targets).add(target)
    missing = sorted(one for one in targets - seen if all(one))
    return tuple((_OF_SCRAPES, _equal("job", job), _equal("instance", instance)) for job, instance in missing)


def _records(groups: Iterable[RuleGroup]) -> Iterator[str]:
    return (rule.record for group in groups for rule in group.rules if isinstance(rule, RecordingRule))


def _beyond(own: tuple[Matcher, ...], selectors: Iterable[Selector]) -> Iterator[Selector]:
    """Those that select more than what is taken anyway, each once; alerts and heartbeats are taken by name."""
    for selector in dict.fromkeys(selectors):
        if not any(one in own for one in selector):
            yield selector


def _equal(label: str, value: str) -> Matcher:
    return Matcher(label=label, op=MatchOp.EQUAL, value=value)


def _any_of(label: str, values: Iterable[str]) -> Matcher:
    return Matcher(label=label, op=MatchOp.REGEX, value="|".join(map(re.escape, sorted(values))))
