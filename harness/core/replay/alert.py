"""The states of one rule's alerts, from one evaluation to the next.

The same as `AlertingRule.Eval`, step by step:
https://github.com/prometheus/prometheus/blob/v3.13.5/rules/alerting.go
What surprises there, and so here: `keep_firing_for` counts from the first evaluation without the series, not from the
last one with it; more alerts than `limit` forget every alert of the rule, while twins (two series with the same labels
once the rule's are set) leave all as it was.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from harness.core.replay.labels import Element, LabelSet
from harness.core.timeline import AlertState

#: a resolved alert is kept so long, because Alertmanager is told of it again and again
RESOLVED_RETENTION_MS: Final = 15 * 60 * 1_000
TWINS: Final = "vector contains metrics with the same labelset after applying alert labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertClock:
    """What of a rule and its group decides about states."""

    #: `for`, in ms
    hold_ms: int
    #: `keep_firing_for`, in ms; 0 is none
    keep_firing_ms: int = 0
    #: the most alerts that may be active at once; 0 is no limit
    limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One label set of a rule, pending, firing, or resolved not long ago. Instants in ms."""

    labels: LabelSet
    state: AlertState
    active_at_ms: int
    #: the series and its value when it was last there, which its annotations are made of
    element: Element
    fired_at_ms: int | None = None
    #: since when it is inactive
    resolved_at_ms: int | None = None
    #: while the series is gone and it fires on
    keep_firing_since_ms: int | None = None

    @property
    def active(self) -> bool:
        """Pending or firing."""
        return self.state is not AlertState.INACTIVE


#: by their labels
Alerts = Mapping[LabelSet, Alert]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluated:
    """What an evaluation leaves behind."""

    #: also those that were resolved not long ago
    alerts: Alerts
    #: why it failed, in Prometheus's words; None if it did not
    failure: str | None = None


def evaluated(clock: AlertClock, alerts: Alerts, found: Iterable[tuple[LabelSet, Element]], at_ms: int) -> Evaluated:
    """One evaluation.

    Args:
        clock: of the rule.
        alerts: what the evaluation before left behind.
        found: what the expression gave, with the labels of the alert that each of it is (`labels.alert_labels`).
        at_ms: the instant of the evaluation; what the expression is evaluated at is the query offset earlier.
    """
    there: dict[LabelSet, Element] = {}
    for labels, element in found:
        if labels in there:
            return Evaluated(alerts=alerts, failure=TWINS)
        there[labels] = element
    after: dict[LabelSet, Alert] = {}
    for labels in (*alerts, *(labels for labels in there if labels not in alerts)):
        alert = _seen(alerts.get(labels), labels, there[labels], at_ms) if labels in there else alerts[labels]
        moved = _timed(clock, alert, at_ms) if labels in there else _gone(clock, alert, at_ms)
        if moved is not None:
            after[labels] = moved
    count = sum(alert.active for alert in after.values())
    if 0 < clock.limit < count:
        return Evaluated(alerts={}, failure=f"exceeded limit of {clock.limit} with {count} alerts")
    return Evaluated(alerts=after)


def _seen(known: Alert | None, labels: LabelSet, element: Element, at_ms: int) -> Alert:
    if known is not None and known.active:
        return replace(known, element=element, keep_firing_since_ms=None)
    return Alert(labels=labels, state=AlertState.PENDING, active_at_ms=at_ms, element=element)


def _gone(clock: AlertClock, alert: Alert, at_ms: int) -> Alert | None:
    """What becomes of one whose series is not there; None when it is forgotten."""
    if alert.state is AlertState.FIRING and clock.keep_firing_ms > 0:
        since_ms = at_ms if alert.keep_firing_since_ms is None else alert.keep_firing_since_ms
        alert = replace(alert, keep_firing_since_ms=since_ms)
        if at_ms - since_ms < clock.keep_firing_ms:
            return _timed(clock, alert, at_ms)
    if alert.state is AlertState.PENDING:
        return None
    if alert.resolved_at_ms is not None and at_ms - alert.resolved_at_ms > RESOLVED_RETENTION_MS:
        return None
    return replace(alert, state=AlertState.INACTIVE, resolved_at_ms=at_ms) if alert.active else alert


def _timed(clock: AlertClock, alert: Alert, at_ms: int) -> Alert:
    """Fires once it has been active for as long as the rule asks; pends again where that has become longer."""
    held = at_ms - alert.active_at_ms >= clock.hold_ms
    if held and alert.state is AlertState.PENDING:
        return replace(alert, state=AlertState.FIRING, fired_at_ms=at_ms)
    if not held and alert.state is AlertState.FIRING:
        return replace(alert, state=AlertState.PENDING, fired_at_ms=None, keep_firing_since_ms=None)
    return alert
