"""How Prometheus and Alertmanager are started, and that the real ones take what is written for them."""

import subprocess
from pathlib import Path

import pytest

from harness.core.duration import PromDuration
from harness.core.operator.translation import translate
from harness.core.rules.speed import Speed
from harness.core.timing_flags import TimingFlags
from harness.stacks.embedded.alertmanager import alertmanager_command
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.stacks.embedded.operator.files import write_files
from harness.stacks.embedded.prometheus import prometheus_command
from harness.tests.core.operator import sample
from harness.toolchain import ResolvedTool, Toolchain, ToolName


def test_prometheus_clocks_are_divided() -> None:
    """Every flag that is a duration of the documented kind shrinks; addresses and directories are given."""
    spec = prometheus_command(
        Path("/bin/prometheus"),
        config_file=Path("/c"),
        data_dir=Path("/d"),
        listen="127.0.0.1:1",
        timing=TimingFlags.at(Speed(60), PromDuration(500)),
        log=Path("/l"),
    )
    assert spec.argv == (
        "/bin/prometheus",
        "--config.file=/c",
        "--storage.tsdb.path=/d",
        "--web.listen-address=127.0.0.1:1",
        "--web.external-url=http://127.0.0.1:1",
        "--query.lookback-delta=5s",
        "--rules.alert.resend-delay=1s",
        "--rules.alert.for-grace-period=10s",
        "--rules.alert.for-outage-tolerance=1m",
        "--scrape.discovery-reload-interval=100ms",
        "--log.level=info",
        "--web.enable-lifecycle",
        "--web.enable-admin-api",
    )


def test_alertmanager_stands_alone_and_its_clocks_are_divided() -> None:
    """No gossip; maintenance never keeps a core busy."""
    spec = alertmanager_command(
        Path("/bin/alertmanager"),
        config_file=Path("/c"),
        data_dir=Path("/d"),
        listen="127.0.0.1:1",
        timing=TimingFlags.at(Speed(1_000), PromDuration(500)),
        log=Path("/l"),
    )
    assert spec.argv == (
        "/bin/alertmanager",
        "--config.file=/c",
        "--storage.path=/d",
        "--web.listen-address=127.0.0.1:1",
        "--web.external-url=http://127.0.0.1:1",
        "--cluster.listen-address=",
        "--dispatch.maintenance-interval=100ms",
        "--alerts.gc-interval=1s800ms",
        "--log.level=info",
    )


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        (ToolName.PROMTOOL, ("check", "config", "prometheus.yaml")),
        (ToolName.AMTOOL, ("check-config", "alertmanager.yaml")),
    ],
)
def test_the_real_programs_accept_what_is_written(
    program: ToolName, arguments: tuple[str, ...], config: OperatorConfig
) -> None:
    """The pinned promtool and amtool find nothing wrong; without them this proves nothing, so it fails."""
    found = Toolchain().find(program)
    assert isinstance(found, ResolvedTool), "`make test` brings it"
    config.kubeconfig.touch()
    made = translate([sample.rule(), sample.monitor(), sample.config()], {}, config.chart, config.place)
    write_files(made, config)
    result = subprocess.run(
        [found.path, *arguments], cwd=config.rules_dir.parent, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
