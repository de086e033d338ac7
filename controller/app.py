"""The process: starts the parts in order, and ends when asked, when the lease is lost, or when a part fails.

    servers -> lease -> caches, watches, workers -> ... -> workers stop -> watches stop -> lease released

Only the leader watches and works. Losing the lease ends the process at once with status 1, as with client-go: another
replica may be working already.
"""

import asyncio
import logging
import random
import secrets
import signal
import socket
from contextlib import AsyncExitStack
from typing import Final

from controller.clock import LoopClock
from controller.flags import LEASE_NAME, Flags
from controller.http import serve_metrics, serve_probes
from controller.kinds import Kind
from controller.kubeclient import KubeClient
from controller.kubeconfig import Connection
from controller.leader import LeaderElector
from controller.lease import KubeLease
from controller.manager import Manager
from controller.metrics import ControllerMetrics, Metrics

_log = logging.getLogger(__name__)

#: exit status when the lease was lost
LOST_LEASE: Final = 1


class App:
    """One replica."""

    def __init__(self, flags: Flags, connection: Connection) -> None:
        self._flags = flags
        self._connection = connection
        self._metrics = Metrics()
        self._series: dict[Kind, ControllerMetrics] = {kind: self._metrics.controller(kind.value) for kind in Kind}
        self._identity = f"{socket.gethostname()}_{secrets.token_hex(8)}"
        self._stop = asyncio.Event()

    def stop(self) -> None:
        """Asks the process to end, as SIGTERM does."""
        _log.info("stopping")
        self._stop.set()

    async def run(self) -> int:
        """Runs until it has to end; gives the exit status.

        Raises:
            MisuseError: an address cannot be listened on, or the credentials cannot be used.
            ControllerError: a part ended that must not.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        self._metrics.process.watch(loop)
        self._metrics.leading(LEASE_NAME, is_leader=False)
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(serve_metrics(self._metrics, self._flags.metrics))
            await stack.enter_async_context(serve_probes(self._flags.probes))
            if not self._flags.leader_elect:
                # nobody else may lead, so this process does: the alert that nobody leads must stay silent
                self._metrics.leading(LEASE_NAME, is_leader=True)
                await self._lead(lost=None)
                return 0
            # connections and a deadline of its own: slow writes of mirrors must not cost the lease
            client = await stack.enter_async_context(
                KubeClient(
                    self._connection,
                    timeout_s=self._flags.times.renew_deadline_s / 2,
                    agent="kubemirror-controller/leader-election",
                )
            )
            return await self._compete(client)

    async def _compete(self, client: KubeClient) -> int:
        elector = LeaderElector(
            KubeLease(client, namespace=self._flags.lease_namespace, name=LEASE_NAME),
            identity=self._identity,
            times=self._flags.times,
            clock=LoopClock(),
            random=random.random,
        )
        _log.info("candidate %s for lease %s/%s", self._identity, self._flags.lease_namespace, LEASE_NAME)
        acquisition = asyncio.create_task(elector.acquire(), name="lease acquisition")
        await self._first_of(acquisition)
        if not acquisition.done():
            await _cancelled(acquisition)
            await elector.release()  # the request that was cut off may have made this one the leader
            return 0
        acquisition.result()
        _log.info("leading")
        self._metrics.leading(LEASE_NAME, is_leader=True)
        renewal = asyncio.create_task(elector.renew(), name="lease renewal")
        try:
            await self._lead(lost=renewal)
        finally:
            lost = renewal.done()
            self._metrics.leading(LEASE_NAME, is_leader=False)
            await _cancelled(renewal)
            if not lost:
                await elector.release()
        if lost:
            _log.error("the lease was lost: ending, because another replica may lead")
            return LOST_LEASE
        return 0

    async def _lead(self, *, lost: asyncio.Task[None] | None) -> None:
        """Works until stopped, or until `lost` is done; no reconcile is under way any more when it returns."""
        async with KubeClient(self._connection, agent="kubemirror-controller") as client:
            manager = Manager(
                self._connection,
                client,
                metrics=self._metrics,
                series=self._series,
                worker_threads=self._flags.worker_threads,
                identity=self._identity,
            )
            work = asyncio.create_task(manager.run(), name="work")
            try:
                await self._first_of(work, *([lost] if lost else []))
                failure = work.exception() if work.done() else None
            finally:
                await _cancelled(work)
                if lost is not None and lost.done():
                    self._metrics.leading(LEASE_NAME, is_leader=False)
                    await manager.stop(grace_s=0)
                else:
                    await manager.stop(grace_s=self._flags.grace_s)
            if failure is not None:
                raise failure

    async def _first_of(self, *tasks: "asyncio.Task[None]") -> None:
        """Returns when one of the tasks is done, or when the process is asked to stop."""
        stop: asyncio.Task[object] = asyncio.create_task(_wait(self._stop), name="stop")
        await asyncio.wait({stop, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()


async def _wait(event: asyncio.Event) -> object:
    return await event.wait()


async def _cancelled(task: "asyncio.Task[None]") -> None:
    """Cancels the task and waits for its end; its result and its exception stay for whoever asks."""
    task.cancel()
    await asyncio.wait([task])
