"""The clocks of Prometheus and Alertmanager that are flags, not configuration: what each is at a speed.

Without `--query.lookback-delta` divided a series counts as gone 5 min after its last sample. Prometheus sends each
alert with an end, 4 x the longer of resend delay and evaluation interval ahead
(https://github.com/prometheus/prometheus/blob/main/rules/alerting.go, `sendAlerts`), and again after each resend delay.
With both divided, Alertmanager keeps an alert for 4 missed sends as in real time: 4 s at speed 60. It neither resolves
by itself while Prometheus works, nor lingers: the end of an alert is sent at the evaluation that sees it.

Prometheus restores `for` after a restart by two of them. Of Alertmanager's two, one shows in every silence: an emptied
group is forgotten at the next maintenance, and until then a new alert in it waits for the group's interval instead of
group_wait. By the other, resolved alerts are dropped.
"""

from dataclasses import dataclass
from typing import Final, Self

from harness.core.duration import PromDuration
from harness.core.rules.speed import LOOKBACK, Speed

#: `--scrape.discovery-reload-interval`, by default 5 s; a target that appears is scraped within this and one scrape
#: interval, at any speed
DISCOVERY_RELOAD: Final = PromDuration(100)

#: the programs' own defaults
RESEND_DELAY: Final = PromDuration(60_000)
FOR_GRACE_PERIOD: Final = PromDuration(600_000)
FOR_OUTAGE_TOLERANCE: Final = PromDuration(3_600_000)
_DISPATCH_MAINTENANCE: Final = PromDuration(30_000)
_ALERT_GC: Final = PromDuration(1_800_000)
#: at high speeds neither of Alertmanager's shall keep a core busy
_SHORTEST: Final = PromDuration(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingFlags:
    """Each on the clock."""

    #: `--query.lookback-delta`
    lookback: PromDuration
    #: `--rules.alert.resend-delay`
    resend_delay: PromDuration
    #: `--rules.alert.for-grace-period`
    for_grace_period: PromDuration
    #: `--rules.alert.for-outage-tolerance`
    for_outage_tolerance: PromDuration
    #: `--dispatch.maintenance-interval`
    dispatch_maintenance: PromDuration
    #: `--alerts.gc-interval`
    alert_gc: PromDuration

    @classmethod
    def at(cls, speed: Speed, floor: PromDuration) -> Self:
        """Each divided; the resend delay is not shorter than an evaluation, Alertmanager's two not below 100 ms."""
        return cls(
            lookback=speed.scale(LOOKBACK),
            resend_delay=speed.interval(RESEND_DELAY, floor),
            for_grace_period=speed.scale(FOR_GRACE_PERIOD),
            for_outage_tolerance=speed.scale(FOR_OUTAGE_TOLERANCE),
            dispatch_maintenance=speed.interval(_DISPATCH_MAINTENANCE, _SHORTEST),
            alert_gc=speed.interval(_ALERT_GC, _SHORTEST),
        )
