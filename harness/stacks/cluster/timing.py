"""The clocks of Prometheus and Alertmanager that stand in no configuration file, as the operator's resources set them.

The same flags as in the embedded stack (`core.timing_flags`).
Fields: `QuerySpec`, `RulesAlert`, `Argument` in
https://github.com/prometheus-operator/prometheus-operator/tree/v0.85.0/pkg/apis/monitoring/v1. An additional argument
must not be one that the operator sets itself; none of these is (`pkg/prometheus/server/statefulset.go`,
`pkg/alertmanager/statefulset.go`).
"""

from harness.core.duration import PromDuration
from harness.core.operator.manifest import Manifest
from harness.core.operator.reading import Yaml
from harness.core.timing_flags import DISCOVERY_RELOAD, TimingFlags

#: the first release (major, minor) of Alertmanager that starts with `alertmanager_arguments`; before, its dispatcher's
#: maintenance came every 30 s at any speed
#: https://github.com/prometheus/alertmanager/blob/v0.29.0/CHANGELOG.md (#4541)
ALERTMANAGER_SINCE = (0, 29)


def query_clock(flags: TimingFlags) -> Manifest:
    """`spec.query` of a Prometheus."""
    return {"lookbackDelta": str(flags.lookback)}


def rules_clock(flags: TimingFlags) -> Manifest:
    """`spec.rules` of a Prometheus."""
    return {
        "alert": {
            "resendDelay": str(flags.resend_delay),
            "forGracePeriod": str(flags.for_grace_period),
            "forOutageTolerance": str(flags.for_outage_tolerance),
        }
    }


def prometheus_arguments() -> list[Yaml]:
    """`spec.additionalArgs` of a Prometheus."""
    return [_argument("scrape.discovery-reload-interval", DISCOVERY_RELOAD)]


def alertmanager_arguments(flags: TimingFlags) -> list[Yaml]:
    """`spec.additionalArgs` of an Alertmanager, which is at least `ALERTMANAGER_SINCE`."""
    return [
        _argument("dispatch.maintenance-interval", flags.dispatch_maintenance),
        _argument("alerts.gc-interval", flags.alert_gc),
    ]


def _argument(name: str, length: PromDuration) -> Yaml:
    return {"name": name, "value": str(length)}
