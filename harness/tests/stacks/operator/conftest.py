"""An operator process's surroundings: an API server in miniature, two programs that reload, a directory."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aiohttp import web

from harness.stacks.embedded.operator.config import OperatorConfig
from harness.tests.core.operator.sample import chart
from harness.tests.stacks.node.conftest import server

__all__ = ["server"]


@dataclass
class Reloading:
    """Stands for Prometheus and Alertmanager at one address: counts reloads and answers with `statuses` in turn."""

    statuses: list[int] = field(default_factory=list)
    count: int = 0
    address: str = ""

    async def answer(self, _request: web.Request) -> web.Response:
        """The one handler; 200 once the statuses are used up."""
        self.count += 1
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200, text="not\nthis")


@pytest.fixture
async def reloading() -> AsyncIterator[Reloading]:
    """A listening one."""
    one = Reloading()
    application = web.Application()
    application.router.add_post("/-/reload", one.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)  # aiohttp takes 0 for "for ever"
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    one.address = f"{host}:{port}"
    yield one
    await runner.cleanup()


@pytest.fixture
def config(tmp_path: Path) -> OperatorConfig:
    """A configuration whose files are in a directory of the test's own."""
    (tmp_path / "rules").mkdir()
    return OperatorConfig(
        kubeconfig=tmp_path / "kubeconfig",
        chart=chart({"prometheus": {"prometheusSpec": {"scrapeInterval": "15s"}}}),
        prometheus_config=tmp_path / "prometheus.yaml",
        rules_dir=tmp_path / "rules",
        alertmanager_config=tmp_path / "alertmanager.yaml",
        status_file=tmp_path / "status.json",
        prometheus_address="127.0.0.1:1",
        alertmanager_address="127.0.0.1:1",
        node_name="node-1",
        node_metrics_address="127.18.0.1:9100",
    )


def at(config: OperatorConfig, reloading: Reloading) -> OperatorConfig:
    """The configuration with both programs at one address."""
    return replace(config, prometheus_address=reloading.address, alertmanager_address=reloading.address)
