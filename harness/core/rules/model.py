"""Alerting and recording rules as data, the same from a PrometheusRule object and from a plain rule file.

This is the shape that scaling, translation and judging work on. `harness.core.rules.file` reads it from text; here it
is only written back. Format: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.core.duration import PromDuration
from harness.core.promql import Expression

_NO_TIME = PromDuration(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertingRule:
    """One `alert:`."""

    alert: str
    #: PromQL, as it was written
    expr: str
    #: `for`: how long the condition holds before the alert fires; 0 ms without `for`
    hold: PromDuration = _NO_TIME
    #: how long the alert goes on firing after the condition has ended
    keep_firing_for: PromDuration = _NO_TIME
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    #: where it was read, counted from 1; None if it did not come from text
    line: int | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The alert's name."""
        return self.alert

    @property
    def expression(self) -> Expression:
        """The expression as a tree."""
        return Expression.parse(self.expr)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRule:
    """One `record:`."""

    record: str
    #: PromQL, as it was written
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
    #: where it was read, counted from 1; None if it did not come from text
    line: int | None = field(default=None, compare=False)

    @property
    def name(self) -> str:
        """The recorded metric's name."""
        return self.record

    @property
    def expression(self) -> Expression:
        """The expression as a tree."""
        return Expression.parse(self.expr)


Rule = AlertingRule | RecordingRule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleGroup:
    """Rules that are evaluated one after the other at one instant."""

    name: str
    #: None: Prometheus's global evaluation interval
    interval: PromDuration | None = None
    #: how far into the past each evaluation looks; None: Prometheus's global setting
    query_offset: PromDuration | None = None
    #: most series a rule may produce; 0 is no limit
    limit: int = 0
    #: added to every rule's labels unless the rule has its own
    labels: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """The groups of one text, with where it came from."""

    #: file name or object, for messages
    source: str
    groups: tuple[RuleGroup, ...]

    @property
    def alerts(self) -> tuple[AlertingRule, ...]:
        """All alerting rules, in the order of the text; names may repeat (one alert, several rules)."""
        return tuple(rule for group in self.groups for rule in group.rules if isinstance(rule, AlertingRule))
