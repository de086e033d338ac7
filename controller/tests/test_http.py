"""Prometheus and the kubelet are answered."""

import aiohttp
import pytest

from controller.errors import MisuseError
from controller.http import Address, serve_metrics, serve_probes
from controller.metrics import Metrics

LOOPBACK = Address(host="127.0.0.1", port=0)


async def _get(port: int, path: str, accept: str = "*/*") -> tuple[int, str, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}", headers={"Accept": accept}) as response,
    ):
        return response.status, response.headers["Content-Type"], await response.text()


async def test_metrics_are_text_whatever_is_accepted() -> None:
    """A client that prefers OpenMetrics gets the text format too, as from controller-runtime."""
    async with serve_metrics(Metrics(), LOOPBACK) as port:
        status, content_type, text = await _get(port, "/metrics", "application/openmetrics-text")
    assert (status, content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert "process_open_fds" in text


async def test_probes_answer() -> None:
    """/healthz and /readyz are ok; nothing else is there."""
    async with serve_probes(LOOPBACK) as port:
        assert [(await _get(port, path))[0] for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 404]


async def test_taken_port_is_told() -> None:
    """A port that somebody has ends the start with the flag's name."""
    async with serve_probes(LOOPBACK) as port:
        with pytest.raises(MisuseError) as raised:
            async with serve_probes(Address(host="127.0.0.1", port=port)):
                pass
    assert "--health-probe-bind-address" in raised.value.fix
