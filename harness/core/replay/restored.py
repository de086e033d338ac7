"""What a Prometheus that was started again does about alerts that were active before: it restores their `for`.

After a start the first two evaluations of a group write no `ALERTS`; then activeAt is taken from `ALERTS_FOR_STATE`,
shifted so that the time in which nothing was evaluated does not count.
https://github.com/prometheus/prometheus/blob/v3.13.5/rules/group.go (`run`, `RestoreForState`)
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from harness.core.replay.alert import Alert, AlertClock, Alerts
from harness.core.replay.labels import LabelSet
from harness.core.samples import is_stale

#: of a group, after a start, whose alerts are not written yet
SILENT_EVALUATIONS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """The two flags of it, in ms; as they are when nobody sets them."""

    #: `--rules.alert.for-grace-period`
    period_ms: int = 600_000
    #: `--rules.alert.for-outage-tolerance`
    tolerance_ms: int = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LastForState:
    """The newest sample of one series of `ALERTS_FOR_STATE`."""

    at_ms: int
    #: activeAt in whole seconds; a staleness marker where the alert had ended
    value: float


def restored(
    clock: AlertClock, alerts: Alerts, written: Mapping[LabelSet, LastForState], grace: Grace, at_ms: int
) -> Alerts:
    """The alerts with the activeAt that they had before.

    Args:
        clock: of their rule.
        alerts: as the second evaluation after the start left them.
        written: what there was before the start, by the alert's labels.
        grace: the flags.
        at_ms: when it is done.
    """
    if clock.hold_ms < grace.period_ms:
        return alerts
    return {labels: _restored(clock, alert, written.get(labels), grace, at_ms) for labels, alert in alerts.items()}


def _restored(clock: AlertClock, alert: Alert, last: LastForState | None, grace: Grace, at_ms: int) -> Alert:
    if last is None or is_stale(last.value) or last.at_ms < at_ms - grace.tolerance_ms:
        return alert
    # the instant of the sample is cut to whole seconds
    down_at_ms = last.at_ms // 1_000 * 1_000
    active_at_ms = int(last.value) * 1_000
    remaining_ms = clock.hold_ms - (down_at_ms - active_at_ms)
    if 0 < remaining_ms < grace.period_ms:
        active_at_ms = at_ms + grace.period_ms - clock.hold_ms
    elif remaining_ms > 0:
        active_at_ms += at_ms - down_at_ms
    return replace(alert, active_at_ms=active_at_ms)
