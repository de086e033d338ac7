"""How Alertmanager is started: a pure builder.

The timers that matter (group_wait, group_interval, repeat_interval) are in its configuration. Of its flags two are
clocks that show (`core.timing_flags`).
`resolve_timeout` never acts here: it is for clients that send no end, and Prometheus always does.
"""

from pathlib import Path

from harness.core.timing_flags import TimingFlags
from harness.stacks.process import ProcessSpec


def alertmanager_command(
    binary: Path, *, config_file: Path, data_dir: Path, listen: str, timing: TimingFlags, log: Path
) -> ProcessSpec:
    """The process, alone: no gossip with peers.

    Args:
        binary: alertmanager 0.31 or later.
        config_file: as the operator writes it; exists before the process starts.
        data_dir: silences and the notification log; created by Alertmanager.
        listen: host:port, loopback.
        timing: the flags that are durations.
        log: where its output goes.
    """
    flags = {
        "config.file": config_file,
        "storage.path": data_dir,
        "web.listen-address": listen,
        "web.external-url": f"http://{listen}",
        "cluster.listen-address": "",
        "dispatch.maintenance-interval": timing.dispatch_maintenance,
        "alerts.gc-interval": timing.alert_gc,
        "log.level": "info",
    }
    return ProcessSpec(
        name="alertmanager", argv=(str(binary), *(f"--{name}={value}" for name, value in flags.items())), log=log
    )
