"""Reading a stack's setting from Prometheus and Alertmanager themselves."""

import json
from collections.abc import Collection, Iterable, Iterator

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.prometheus import PrometheusReader
from harness.clients.querier import LoadedGroup, LoadedRule
from harness.core.alertmanager.inhibition import inhibit_rules
from harness.core.alertmanager.routes import loaded_routes
from harness.core.configuration_snapshot import ConfigSnapshot, series_lines
from harness.core.duration import PromDuration
from harness.core.errors import HarnessError
from harness.core.promql import Expression, equal_to
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.sources import reads_of

#: of every target
_UP = "up"


def read_setting(
    prometheus: PrometheusReader,
    alertmanager: AlertmanagerReader,
    *,
    namespace: str,
    documented: Collection[str],
    speed: float,
    evaluation_s: float,
    since_s: float,
) -> ConfigSnapshot:
    """The setting of now, with all series that there were; never raises: what cannot be read is told.

    Args:
        prometheus: where series and rules are.
        alertmanager: where routes are.
        namespace: the subject's; only series with this label are looked at.
        documented: names of alerts and recording rules; a group with one of them is the subject's.
        speed: of the stack.
        evaluation_s: seconds of the clock between two evaluations.
        since_s: seconds of the clock to look back for series: those of a pod that is new may not be there yet.
    """
    try:
        loaded = subject_groups(prometheus, documented)
        inside, window = equal_to("namespace", namespace), PromDuration(max(1, round(since_s)) * 1_000)

        def seen(name: str) -> tuple[str, ...]:
            query = f"last_over_time({{{equal_to('__name__', name)}, {inside}}}[{window}])"
            return series_lines(name, (one.labels for one in prometheus.instant(query)))

        series = map(seen, read_names(loaded))
        config = alertmanager.config()
        return ConfigSnapshot(
            speed=speed,
            evaluation_s=evaluation_s,
            series=tuple(line for lines in series for line in lines),
            rules=tuple(sorted(rule_lines(loaded))),
            routes=tuple(map(str, loaded_routes(config))),
            inhibitions=tuple(sorted(rule.same for rule in inhibit_rules(config))),
        )
    except HarnessError as error:
        return ConfigSnapshot(speed=speed, evaluation_s=evaluation_s, unread=str(error))


def subject_groups(prometheus: PrometheusReader, documented: Collection[str]) -> tuple[LoadedGroup, ...]:
    """The loaded groups with a rule of one of these names (raises CouldNotTellError without an answer)."""
    every = prometheus.rules().groups
    return tuple(group for group in every if any(rule.name in documented for rule in group.rules))


def read_names(groups: Iterable[LoadedGroup]) -> tuple[str, ...]:
    """The metrics that rules read and no rule records, and `up`; sorted."""
    rules = [rule for group in groups for rule in group.rules]
    recorded = {rule.name for rule in rules if rule.type == "recording"}
    understood = (expr for rule in rules if (expr := Expression.understood(rule.query)) is not None)
    read = {one.name for expr in understood for one in reads_of(expr)}
    return tuple(sorted({_UP, *read} - recorded - {""}))


def rule_lines(groups: Iterable[LoadedGroup]) -> Iterator[str]:
    """One line for each rule, with all that decides what it does; the harness's own heartbeat is none of the subject's.

    Rules of one name are told apart by their lines, and the order inside a group by a number.
    """
    for group in groups:
        rules = [rule for rule in group.rules if rule.name != HEARTBEAT]
        for number, rule in enumerate(rules, 1):
            yield f"{group.name}, every {_time(group.interval)}, {number} of {len(rules)}: {_rule(rule)}"


def _rule(rule: LoadedRule) -> str:
    expr = Expression.understood(rule.query) or rule.query
    held = f" for {_time(rule.duration)}" if rule.duration else ""
    kept = f", kept for {_time(rule.keep_firing_for)}" if rule.keep_firing_for else ""
    labels = f" with {json.dumps(dict(sorted(rule.labels.items())))}" if rule.labels else ""
    says = f" says {json.dumps(dict(sorted(rule.annotations.items())))}" if rule.annotations else ""
    return f"{rule.name} = {expr}{held}{kept}{labels}{says}"


def _time(seconds: float) -> PromDuration:
    return PromDuration(round(seconds * 1_000))
