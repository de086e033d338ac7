"""The watches: kopf, embedded, in a thread of its own, used as a pure observer.

Only `on.event` handlers are registered, so kopf never writes to an object: no finalizers, no progress or last-handled
annotations, no Events. Two operators run side by side because a stream has one label selector and sources and mirrors
carry different labels; what carries neither never travels. Standalone, no CRDs, no peering, no cluster scanning.

kopf 1.45 resumes a broken stream from its last resourceVersion. When that is too old, it lists anew and reports every
object as if it were new (`type` None), but not what was deleted meanwhile: that is what `Relisted` is for, see `audit`.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Final

from controller.changes import Change
from controller.kubeconfig import Connection

#: how long a stop may take, seconds
_JOIN_S: Final = 3.0


class Watches:
    """Watches sources, mirrors and namespaces until stopped."""

    def __init__(
        self,
        connection: Connection,
        *,
        put: Callable[[Change], None],
        running: Callable[[asyncio.AbstractEventLoop], None],
        ended: Callable[[str], None],
    ) -> None:
        """Remembers whom to call; all are called in the watches' thread.

        Args:
            connection: the API server.
            put: gets every change.
            running: gets the thread's event loop once it runs.
            ended: gets the reason if the watches end unasked.
        """
        self._connection = connection
        self._put = put
        self._running = running
        self._ended = ended
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._stopping = False
        # a daemon, so that a hanging watch cannot keep a process alive that has lost its lease
        self._thread = threading.Thread(target=self._run, name="watches", daemon=True)

    def start(self) -> None:
        """Begins to watch; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the watches; blocks for 3 s at most."""
        self._stopping = True
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            try:
                self._loop.call_soon_threadsafe(self._stop.set)
            except RuntimeError:  # it closed just now
                return
        if self._thread.is_alive():
            self._thread.join(_JOIN_S)

    def _run(self) -> None:
        reason = "kopf stopped"
        try:
            asyncio.run(self._watch())
        except Exception as error:  # noqa: BLE001 - the thread's last frame: whatever it was, somebody must hear of it
            reason = f"{type(error).__name__}: {error}"
        if not self._stopping:
            self._ended(reason)

    async def _watch(self) -> None:
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._running(self._loop)
        import kopf  # noqa: PLC0415 - 0.6 s of start-up, which the lease and the probes need not wait for

        from controller import observer  # noqa: PLC0415 - imports kopf

        for handler in logging.getLogger().handlers:  # a logger's own filters do not apply to its children
            handler.addFilter(_not_about_signals)
        if self._stopping:
            return
        tasks = [
            asyncio.create_task(
                kopf.operator(
                    registry=registry,
                    settings=settings,
                    standalone=True,
                    clusterwide=True,
                    stop_flag=self._stop,
                    identity=observer.IDENTITY,
                )
            )
            for registry, settings in (
                observer.sources(self._connection, self._put),
                observer.mirrors(self._connection, self._put),
            )
        ]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self._stop.set()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


def _not_about_signals(record: logging.LogRecord) -> bool:
    """Signals are handled by the main thread, not by kopf, which warns about that."""
    return "OS signals are ignored" not in record.getMessage()
