"""The two HTTP servers: /metrics for Prometheus; /healthz and /readyz for the kubelet.

Both are up before the lease is asked for: a standby replica is healthy, ready and scraped.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from controller.errors import MisuseError
from controller.metrics import CONTENT_TYPE, Metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where to listen."""

    #: empty: on all addresses
    host: str
    port: int

    @classmethod
    def parse(cls, written: str) -> "Address":
        """Reads `host:port`, `[v6]:port` or `:port`.

        Raises:
            ValueError: it is none of them.
        """
        host, colon, port = written.rpartition(":")
        if not colon or not port.isdecimal() or int(port) > 65_535:  # noqa: PLR2004 - TCP's largest port
            raise ValueError(f"{written!r} is not host:port or :port")
        return cls(host=host.strip("[]"), port=int(port))


def serve_metrics(metrics: Metrics, address: Address) -> AbstractAsyncContextManager[int]:
    """Serves /metrics; entering gives the port.

    Always the text format, whatever the client accepts: controller-runtime does not offer OpenMetrics either.
    """

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": CONTENT_TYPE})

    return _serve({"/metrics": answer}, address, "--metrics-bind-address")


def serve_probes(address: Address) -> AbstractAsyncContextManager[int]:
    """Serves /healthz and /readyz; entering gives the port. Who answers is alive, and ready to lead or to wait."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    return _serve({"/healthz": answer, "/readyz": answer}, address, "--health-probe-bind-address")


@asynccontextmanager
async def _serve(
    handlers: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]], address: Address, flag: str
) -> "AsyncIterator[int]":
    application = web.Application()
    for path, handler in handlers.items():
        application.router.add_get(path, handler)
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, address.host or None, address.port)
        try:
            await site.start()
        except OSError as error:
            raise MisuseError(
                f"cannot listen on {address.host}:{address.port}", why=str(error), fix=f"choose another {flag}"
            ) from error
        addresses = runner.addresses
        yield int(addresses[0][1]) if addresses else address.port
    finally:
        await runner.cleanup()
