"""What the leader does: fills the caches, runs a controller per kind, keeps the watches and the audit going."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Final

from controller import audit
from controller.caches import Caches
from controller.changes import Inbox
from controller.clock import LoopClock
from controller.errors import ApiError, ApiUnreachableError, WatchesEndedError
from controller.events import EventWriter
from controller.kinds import Kind
from controller.kubeclient import KubeClient
from controller.kubeconfig import Connection
from controller.metrics import ControllerMetrics, Metrics
from controller.mirror import Key
from controller.reconciler import MirrorReconciler
from controller.watches import Watches
from controller.workers import Controller

_log = logging.getLogger(__name__)

#: pause before the caches are filled again after a failure, seconds
_FILL_RETRY_S: Final = 1.0
#: tries to fill the caches before the process gives up: two minutes, as controller-runtime
_FILL_TRIES: Final = 120
#: an audit follows the report of a new list after this long, seconds; the rest of the list arrives meanwhile
_AUDIT_DELAY_S: Final = 2.0
#: and comes in any case after this long, seconds
_AUDIT_PERIOD_S: Final = 300.0


class Manager:
    """Everything that only the leader has."""

    def __init__(
        self,
        connection: Connection,
        client: KubeClient,
        *,
        metrics: Metrics,
        series: dict[Kind, ControllerMetrics],
        worker_threads: int,
        identity: str,
    ) -> None:
        """To be made on the event loop that it shall run on."""
        loop = asyncio.get_running_loop()
        self._client = client
        self._caches = Caches()
        self._stopping = False
        self._relisted = asyncio.Event()
        self._ended: asyncio.Future[str] = loop.create_future()
        conflicts = EventWriter(client, identity=identity)
        self._controllers = {
            kind: Controller(
                kind.value,
                reconciler=MirrorReconciler(
                    kind, caches=self._caches, store=client, conflicts=conflicts, stopping=lambda: self._stopping
                ),
                metrics=series[kind],
                clock=LoopClock(),
                workers=worker_threads,
            )
            for kind in Kind
        }
        self._inbox = Inbox(self._caches, loop=loop, enqueue=self._enqueue, relisted=self._relisted.set)
        self._watches = Watches(
            connection,
            put=self._inbox.put,
            running=metrics.process.watch,
            ended=lambda reason: _on(loop, lambda: self._tell_ended(reason)),
        )

    async def run(self) -> None:
        """Works until cancelled; `stop` must follow.

        Raises:
            ApiError, ApiUnreachableError: the caches could not be filled within two minutes.
            WatchesEndedError: the watches ended unasked.
        """
        self._watches.start()  # its slow import goes on while the lists are on their way
        await self._fill()
        for kind, cache in self._caches.kinds.items():
            for key in cache.source_keys():
                self._enqueue(kind, key)
        for controller in self._controllers.values():
            controller.start()
        audits = asyncio.create_task(self._audit(), name="audit")
        try:
            reason = await self._ended
        finally:
            audits.cancel()
        raise WatchesEndedError("the watches ended unasked", why=reason, fix="see above what kopf said")

    async def stop(self, *, grace_s: float) -> None:
        """Ends everything: reconciles under way finish their write, within `grace_s` seconds."""
        self._stopping = True
        await asyncio.gather(*(controller.stop(grace_s=grace_s) for controller in self._controllers.values()))
        await asyncio.to_thread(self._watches.stop)

    def _enqueue(self, kind: Kind, key: Key) -> None:
        self._controllers[kind].enqueue(key)

    def _tell_ended(self, reason: str) -> None:
        if not self._ended.done():
            self._ended.set_result(reason)

    async def _fill(self) -> None:
        for attempt in range(1, _FILL_TRIES + 1):
            try:
                await audit.fill(self._client, self._caches)
            except (ApiError, ApiUnreachableError) as error:
                if attempt == _FILL_TRIES:
                    raise
                _log.warning("the caches are not filled yet: %s", error.line)
                await asyncio.sleep(_FILL_RETRY_S)
            else:
                return

    async def _audit(self) -> None:
        """Compares caches and lists after every new list of a watch, and every five minutes."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_AUDIT_PERIOD_S):
                    await self._relisted.wait()
            self._relisted.clear()
            await asyncio.sleep(_AUDIT_DELAY_S)
            try:
                changes = await audit.vanished(self._client, self._caches)
            except (ApiError, ApiUnreachableError) as error:
                _log.warning("audit put off: %s", error.line)
                self._relisted.set()
                continue
            for change in changes:
                self._inbox.put(change)


def _on(loop: asyncio.AbstractEventLoop, callback: Callable[[], None]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is closed: nobody wants to know any more
        loop.call_soon_threadsafe(callback)
