"""The clocks of Prometheus and Alertmanager that stand in no configuration file, as the operator's resources set them.

The same flags as in the embedded stack (`embedded.prometheus`, `embedded.alertmanager`), for the reasons given there.
Fields: `QuerySpec`, `RulesAlert`, `Argument` in
https://github.com/prometheus-operator/prometheus-operator/tree/v0.85.0/pkg/apis/monitoring/v1. An additional argument
must not be one that the operator sets itself; none of these is (`pkg/prometheus/server/statefulset.go`,
`pkg/alertmanager/statefulset.go`).
"""

from harness.core.duration import PromDuration
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Yaml
from harness.core.speed import LOOKBACK, Speed
from harness.stacks.embedded.prometheus import resend_delay

#: Prometheus's own defaults
_FOR_GRACE_PERIOD = PromDuration(600_000)
_FOR_OUTAGE_TOLERANCE = PromDuration(3_600_000)
#: default 5 s; a target that appears is scraped within this and one scrape interval, at any speed
_DISCOVERY_RELOAD = PromDuration(100)
#: Alertmanager's own defaults
_DISPATCH_MAINTENANCE = PromDuration(30_000)
_ALERT_GC = PromDuration(1_800_000)
#: at high speeds neither shall keep a core busy
_SHORTEST = PromDuration(100)


def query_clock(speed: Speed) -> Manifest:
    """`spec.query` of a Prometheus."""
    return {"lookbackDelta": str(speed.scale(LOOKBACK))}


def rules_clock(speed: Speed, floor: PromDuration) -> Manifest:
    """`spec.rules` of a Prometheus."""
    return {
        "alert": {
            "resendDelay": str(resend_delay(speed, floor)),
            "forGracePeriod": str(speed.scale(_FOR_GRACE_PERIOD)),
            "forOutageTolerance": str(speed.scale(_FOR_OUTAGE_TOLERANCE)),
        }
    }


def prometheus_arguments() -> list[Yaml]:
    """`spec.additionalArgs` of a Prometheus."""
    return [_argument("scrape.discovery-reload-interval", _DISCOVERY_RELOAD)]


def alertmanager_arguments(speed: Speed) -> list[Yaml]:
    """`spec.additionalArgs` of an Alertmanager."""
    return [
        _argument("dispatch.maintenance-interval", max(speed.scale(_DISPATCH_MAINTENANCE), _SHORTEST)),
        _argument("alerts.gc-interval", max(speed.scale(_ALERT_GC), _SHORTEST)),
    ]


def _argument(name: str, length: PromDuration) -> Yaml:
    return {"name": name, "value": str(length)}
