"""How Prometheus is started for a speed: a pure builder.

Three of its own clocks are not in the configuration file but flags, and are divided like everything else:
`--query.lookback-delta` (a series counts as gone 5 min after its last sample), `--rules.alert.resend-delay` (an alert
is sent again every minute) and the two that restore `for` after a restart (`core.flag_clocks`).

Prometheus sends each alert with an end, 4 x the longer of resend delay and evaluation interval ahead
(https://github.com/prometheus/prometheus/blob/main/rules/alerting.go, `sendAlerts`), and again after each resend delay.
With both divided, Alertmanager keeps an alert for 4 missed sends as in real time: 4 s at speed 60. It neither resolves
by itself while Prometheus works, nor lingers: the end of an alert is sent at the evaluation that sees it.
"""

from pathlib import Path

from harness.core.duration import PromDuration
from harness.core.rules.speed import LOOKBACK, Speed
from harness.core.timing_flags import DISCOVERY_RELOAD, for_grace_period, for_outage_tolerance, resend_delay
from harness.stacks.process import ProcessSpec


def prometheus_command(
    binary: Path, *, config_file: Path, data_dir: Path, listen: str, speed: Speed, floor: PromDuration, log: Path
) -> ProcessSpec:
    """The process.

    Args:
        binary: prometheus 3.x.
        config_file: as the operator writes it; exists before the process starts.
        data_dir: samples; created by Prometheus.
        listen: host:port, loopback.
        speed: divides the flags that are durations.
        floor: shortest interval at which the stack scrapes and evaluates.
        log: where its output goes.
    """
    flags = {
        "config.file": config_file,
        "storage.tsdb.path": data_dir,
        "web.listen-address": listen,
        "web.external-url": f"http://{listen}",
        "query.lookback-delta": speed.scale(LOOKBACK),
        "rules.alert.resend-delay": resend_delay(speed, floor),
        "rules.alert.for-grace-period": for_grace_period(speed),
        "rules.alert.for-outage-tolerance": for_outage_tolerance(speed),
        "scrape.discovery-reload-interval": DISCOVERY_RELOAD,
        "log.level": "info",
    }
    return ProcessSpec(
        name="prometheus",
        argv=(
            str(binary),
            *(f"--{name}={value}" for name, value in flags.items()),
            "--web.enable-lifecycle",
            "--web.enable-admin-api",
        ),
        log=log,
    )
