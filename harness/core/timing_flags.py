"""The clocks of Prometheus and Alertmanager that are flags, not configuration: what each is at a speed.

Prometheus restores `for` after a restart by two of them. Of Alertmanager's two, one shows in every silence: an emptied
group is forgotten at the next maintenance, and until then a new alert in it waits for the group's interval instead of
group_wait. By the other, resolved alerts are dropped.
"""

from typing import Final

from harness.core.duration import PromDuration
from harness.core.rules.speed import Speed

#: `--scrape.discovery-reload-interval`, by default 5 s; a target that appears is scraped within this and one scrape
#: interval, at any speed
DISCOVERY_RELOAD: Final = PromDuration(100)

#: the programs' own defaults
RESEND_DELAY: Final = PromDuration(60_000)
_FOR_GRACE_PERIOD: Final = PromDuration(600_000)
_FOR_OUTAGE_TOLERANCE: Final = PromDuration(3_600_000)
_DISPATCH_MAINTENANCE: Final = PromDuration(30_000)
_ALERT_GC: Final = PromDuration(1_800_000)
#: at high speeds neither of Alertmanager's shall keep a core busy
_SHORTEST: Final = PromDuration(100)


def resend_delay(speed: Speed, floor: PromDuration) -> PromDuration:
    """`--rules.alert.resend-delay`; not shorter than an evaluation can be."""
    return max(speed.scale(RESEND_DELAY), floor)


def for_grace_period(speed: Speed) -> PromDuration:
    """`--rules.alert.for-grace-period`."""
    return speed.scale(_FOR_GRACE_PERIOD)


def for_outage_tolerance(speed: Speed) -> PromDuration:
    """`--rules.alert.for-outage-tolerance`."""
    return speed.scale(_FOR_OUTAGE_TOLERANCE)


def dispatch_maintenance(speed: Speed) -> PromDuration:
    """`--dispatch.maintenance-interval`; not below 100 ms."""
    return max(speed.scale(_DISPATCH_MAINTENANCE), _SHORTEST)


def alert_gc(speed: Speed) -> PromDuration:
    """`--alerts.gc-interval`; not below 100 ms."""
    return max(speed.scale(_ALERT_GC), _SHORTEST)
