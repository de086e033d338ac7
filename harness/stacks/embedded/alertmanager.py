"""How Alertmanager is started for a speed: a pure builder.

The timers that matter (group_wait, group_interval, repeat_interval) are in its configuration, divided there. Of its
flags two are clocks that show: an emptied group is forgotten at the next maintenance, and until then a new alert in it
waits for the group's interval instead of group_wait; and resolved alerts are dropped by the garbage collection.
`resolve_timeout` never acts here: it is for clients that send no end, and Prometheus always does.
"""

from pathlib import Path

from harness.core.duration import PromDuration
from harness.core.speed import Speed
from harness.stacks.process import ProcessSpec

#: Alertmanager's own defaults
_DISPATCH_MAINTENANCE = PromDuration(30_000)
_ALERT_GC = PromDuration(1_800_000)
#: at high speeds neither shall keep a core busy
_SHORTEST = PromDuration(100)


def alertmanager_command(
    binary: Path, *, config_file: Path, data_dir: Path, listen: str, speed: Speed, log: Path
) -> ProcessSpec:
    """The process, alone: no gossip with peers.

    Args:
        binary: alertmanager 0.31 or later.
        config_file: as the operator writes it; exists before the process starts.
        data_dir: silences and the notification log; created by Alertmanager.
        listen: host:port, loopback.
        speed: divides the flags that are durations.
        log: where its output goes.
    """
    flags = {
        "config.file": config_file,
        "storage.path": data_dir,
        "web.listen-address": listen,
        "web.external-url": f"http://{listen}",
        "cluster.listen-address": "",
        "dispatch.maintenance-interval": max(speed.scale(_DISPATCH_MAINTENANCE), _SHORTEST),
        "alerts.gc-interval": max(speed.scale(_ALERT_GC), _SHORTEST),
        "log.level": "info",
    }
    return ProcessSpec(
        name="alertmanager", argv=(str(binary), *(f"--{name}={value}" for name, value in flags.items())), log=log
    )
