"""A real aiohttp server on loopback in a thread, for tests of clients that block."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web


@contextmanager
def serving(app: web.Application) -> Iterator[str]:
    """Serves until the block ends; gives the address, `http://127.0.0.1:port`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        runner = web.AppRunner(app, access_log=None)

        async def begin() -> None:
            await runner.setup()
            await web.SockSite(runner, listening).start()

        asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()
