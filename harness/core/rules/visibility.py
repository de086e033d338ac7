"""Which alerts a Prometheus cannot show honestly: it forgets a series between two of its values.

An instant selector finds the newest value of a series if it is younger than `--query.lookback-delta`; then the series
is gone until the next one comes, the alert with it, and its `for` begins anew:
https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness
A value is as old as its source lets it become plus the time until it is scraped: twice the longer of the two at most.
So a series is there at every evaluation if new values come at least twice in a lookback. Where the lookback is divided
by the speed, the speed is chosen so; somebody's own Prometheus keeps its own.
"""

from collections.abc import Iterable, Mapping

from harness.core.contract.quantity import Exporter
from harness.core.duration import PromDuration
from harness.core.rules.model import AlertingRule, RuleGroup
from harness.core.rules.sources import reads_of, recorded_sources, rules_behind

#: so many new values in a lookback: with fewer, a lost one, or the time until it is scraped, ends the series
LEAST_VALUES = 2


def unseen(
    groups: Iterable[RuleGroup],
    *,
    lookback: PromDuration,
    renewed: Mapping[Exporter, PromDuration],
    evaluation: PromDuration,
) -> Mapping[str, str]:
    """The alerts that cannot be seen honestly, each with the reason. All times as they are on the clock.

    Args:
        groups: all rules.
        lookback: `--query.lookback-delta`.
        renewed: how often a new value of each source comes into Prometheus at the longest; a source that is not named
            is not judged.
        evaluation: of groups without an interval of their own.
    """
    groups = tuple(groups)
    recorded = recorded_sources(groups)
    every = {rule.name: group.interval or evaluation for group in groups for rule in group.rules}
    found: dict[str, str] = {}
    for alert in {rule.alert: None for group in groups for rule in group.rules if isinstance(rule, AlertingRule)}:
        behind = rules_behind(alert, groups)
        reads = [
            read
            for group in groups
            for rule in group.rules
            if rule.name in behind
            for read in reads_of(rule.expression, recorded)
            if read.window is None
        ]
        for read in reads:
            # a recorded series has a value at each evaluation of its group, however old what it was computed from
            known = [(every[read.name], "")] if read.name in recorded else _periods(read.sources, renewed)
            period, because = max(known, default=(PromDuration(0), ""))
            if LEAST_VALUES * period.ms > lookback.ms:
                found[alert] = (
                    f"{read.name or 'what it reads'} has a new value every {period} at the longest{because}, and this"
                    f" Prometheus forgets a value after {lookback} (--query.lookback-delta), so that the series may be"
                    f" gone between two: it takes a lookback of {PromDuration(LEAST_VALUES * period.ms)}"
                )
                break
    return found


def _periods(sources: Iterable[Exporter], renewed: Mapping[Exporter, PromDuration]) -> list[tuple[PromDuration, str]]:
    return [
        (renewed[one], "" if one is Exporter.CONTROLLER else f" ({one.renews(renewed[one].seconds)})")
        for one in sources
        if one in renewed
    ]
