"""How Prometheus is started: a pure builder.

Some of its own clocks are not in the configuration file but flags (`core.timing_flags`).
"""

from pathlib import Path

from harness.core.timing_flags import DISCOVERY_RELOAD, TimingFlags
from harness.stacks.process import ProcessSpec


def prometheus_command(
    binary: Path, *, config_file: Path, data_dir: Path, listen: str, timing: TimingFlags, log: Path
) -> ProcessSpec:
    """The process.

    Args:
        binary: prometheus 3.x.
        config_file: as the operator writes it; exists before the process starts.
        data_dir: samples; created by Prometheus.
        listen: host:port, loopback.
        timing: the flags that are durations.
        log: where its output goes.
    """
    flags = {
        "config.file": config_file,
        "storage.tsdb.path": data_dir,
        "web.listen-address": listen,
        "web.external-url": f"http://{listen}",
        "query.lookback-delta": timing.lookback,
        "rules.alert.resend-delay": timing.resend_delay,
        "rules.alert.for-grace-period": timing.for_grace_period,
        "rules.alert.for-outage-tolerance": timing.for_outage_tolerance,
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
