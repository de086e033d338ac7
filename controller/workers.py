"""A controller: a queue and the workers that empty it, with controller-runtime's accounting.

Source: https://github.com/kubernetes-sigs/controller-runtime/blob/main/pkg/internal/controller/controller.go
"""

import asyncio
import logging
from typing import Protocol

from controller.clock import Clock
from controller.errors import ControllerError
from controller.metrics import ControllerMetrics, Result
from controller.mirror import Key
from controller.ratelimiter import RateLimiter, default_limiter
from controller.workqueue import QueueShutDownError, WorkQueue

_log = logging.getLogger(__name__)


class Reconciler(Protocol):
    """What a controller does with an item."""

    async def reconcile(self, key: Key) -> float | None:
        """Brings one thing in line; returns seconds after which to look again, or None. Raises to be tried again."""


class Controller:
    """One queue, `workers` workers."""

    def __init__(
        self,
        name: str,
        *,
        reconciler: Reconciler,
        metrics: ControllerMetrics,
        clock: Clock,
        workers: int,
        limiter: RateLimiter[Key] | None = None,
    ) -> None:
        self._name = name
        self._reconciler = reconciler
        self._metrics = metrics
        self._clock = clock
        self._workers = workers
        self.queue: WorkQueue[Key] = WorkQueue(clock=clock, limiter=limiter or default_limiter(clock), observer=metrics)
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """The workers begin."""
        self._tasks = [
            asyncio.create_task(self._work(), name=f"{self._name} worker {number}") for number in range(self._workers)
        ]

    def enqueue(self, key: Key) -> None:
        """Something about this source changed."""
        self.queue.add(key)

    async def stop(self, *, grace_s: float) -> None:
        """No item is begun any more; those under way have `grace_s` seconds, then they are cancelled."""
        self.queue.shut_down()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=max(0.0, grace_s))
        for task in late:
            task.cancel()
        if late:
            _log.warning("%s: %d reconcile(s) cancelled after %g s", self._name, len(late), grace_s)
            await asyncio.wait(late, timeout=1)

    async def reconcile_one(self) -> None:
        """Takes one item, reconciles it and accounts for it.

        Raises:
            QueueShutDownError: there will be no more items.
        """
        key = await self.queue.get()
        try:
            start_s = self._clock.monotonic()
            result = await self._reconcile(key)
            self._metrics.reconciled(result, self._clock.monotonic() - start_s)
        finally:
            self.queue.done(key)

    async def _reconcile(self, key: Key) -> Result:
        try:
            again_s = await self._reconciler.reconcile(key)
        except ControllerError as error:
            _log.error("reconcile failed, try %d: %s", self.queue.retries(key) + 1, error.line)
            self.queue.add_rate_limited(key)
            return Result.ERROR
        except Exception as error:  # noqa: BLE001 - like a recovered panic: one bad item must not end a worker
            # no traceback: its frames could show what is secret
            _log.error("reconcile of %s failed unexpectedly: %s", key, type(error).__name__)
            self.queue.add_rate_limited(key)
            return Result.ERROR
        self.queue.forget(key)
        if again_s is not None:
            self.queue.add_after(key, again_s)
            return Result.REQUEUE_AFTER
        return Result.SUCCESS

    async def _work(self) -> None:
        while True:
            try:
                await self.reconcile_one()
            except QueueShutDownError:
                return
            # a flood of items that need no call must not keep the event loop from others
            await asyncio.sleep(0)
