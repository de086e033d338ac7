"""The workqueue: which items wait, which are worked on, and which come back later. client-go's semantics.

- An item waits at most once, however often it is added.
- An item is worked on by one worker at a time; added meanwhile, it waits again as soon as that worker is done.
- Delayed items do not wait yet: they enter when their time has come. Of two delays for one item the earlier holds.
- The depth counts what waits, an item that was added again while it is worked on included, as in client-go.

Not thread-safe: one event loop owns it. Source: https://pkg.go.dev/k8s.io/client-go/util/workqueue
"""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from controller.clock import Cancellable, Clock
from controller.ratelimiter import RateLimiter

T = TypeVar("T", bound=Hashable)


class QueueShutDownError(Exception):
    """The queue was shut down: the worker can go home."""


class QueueObserver(Protocol):
    """What a queue tells its metrics."""

    def added(self) -> None:
        """An item was accepted: one more waits."""

    def taken(self) -> None:
        """A worker took an item: one less waits."""

    def retried(self) -> None:
        """An item was given a delay, by the rate limiter or otherwise."""


class WorkQueue(Generic[T]):
    """A queue of distinct items for several workers of one event loop."""

    def __init__(self, *, clock: Clock, limiter: RateLimiter[T], observer: QueueObserver) -> None:
        self._clock = clock
        self._limiter = limiter
        self._observer = observer
        self._waiting: deque[T] = deque()
        self._dirty: set[T] = set()
        self._processing: set[T] = set()
        self._getters: deque[asyncio.Future[None]] = deque()
        self._ready_at_s: dict[T, float] = {}
        self._delayed: list[tuple[float, int, T]] = []
        self._order = itertools.count()
        self._timer: Cancellable | None = None
        self._shut = False

    def __len__(self) -> int:
        """Items that a worker could take now."""
        return len(self._waiting)

    @property
    def depth(self) -> int:
        """Items that wait, those included that wait for the worker that has them to be done."""
        return len(self._dirty)

    @property
    def running(self) -> int:
        """Items that workers have."""
        return len(self._processing)

    def add(self, item: T) -> None:
        """The item waits, if it does not already. Never limited, never refused unless shut down."""
        if self._shut or item in self._dirty:
            return
        self._observer.added()
        self._dirty.add(item)
        if item not in self._processing:
            self._push(item)

    def add_after(self, item: T, delay_s: float) -> None:
        """The item waits in `delay_s` seconds; at once for 0 and less. Counts as a retry, as in client-go."""
        if self._shut:
            return
        self._observer.retried()
        if delay_s <= 0:
            self.add(item)
            return
        ready_s = self._clock.monotonic() + delay_s
        if self._ready_at_s.get(item, ready_s) < ready_s:
            return
        self._ready_at_s[item] = ready_s
        heapq.heappush(self._delayed, (ready_s, next(self._order), item))
        self._arm()

    def add_rate_limited(self, item: T) -> None:
        """The item waits when the rate limiter allows: what a failed item gets."""
        self.add_after(item, self._limiter.when(item))

    def forget(self, item: T) -> None:
        """The item's next failure is its first."""
        self._limiter.forget(item)

    def retries(self, item: T) -> int:
        """Failures since the item was forgotten last."""
        return self._limiter.retries(item)

    async def get(self) -> T:
        """Takes the item that waits longest. The caller must call `done` for it.

        Raises:
            QueueShutDownError: the queue is shut down.
        """
        while not self._waiting:
            if self._shut:
                raise QueueShutDownError
            getter = asyncio.get_running_loop().create_future()
            self._getters.append(getter)
            try:
                await getter
            except asyncio.CancelledError:
                # the wake-up meant for the cancelled worker must not be lost
                if getter.done() and not getter.cancelled():
                    self._wake_one()
                raise
        item = self._waiting.popleft()
        self._observer.taken()
        self._processing.add(item)
        self._dirty.discard(item)
        return item

    def done(self, item: T) -> None:
        """The worker is done with the item; if it was added meanwhile, it waits again now."""
        self._processing.discard(item)
        if item in self._dirty:
            self._push(item)

    def shut_down(self) -> None:
        """Nothing enters or leaves any more; workers end with the item they have.

        client-go still hands out what waits. Here it is dropped, because a restart lists everything anyhow and a
        slow API server must not hold up the end of the process.
        """
        self._shut = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._delayed.clear()
        self._ready_at_s.clear()
        self._waiting.clear()
        for _ in self._dirty:
            self._observer.taken()
        self._dirty.clear()
        while self._getters:
            self._wake_one()

    def _push(self, item: T) -> None:
        self._waiting.append(item)
        self._wake_one()

    def _wake_one(self) -> None:
        while self._getters:
            getter = self._getters.popleft()
            if not getter.done():
                getter.set_result(None)
                return

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._delayed:
            delay_s = max(0.0, self._delayed[0][0] - self._clock.monotonic())
            self._timer = self._clock.call_later(delay_s, self._release)

    def _release(self) -> None:
        self._timer = None
        now_s = self._clock.monotonic()
        while self._delayed and self._delayed[0][0] <= now_s:
            ready_s, _, item = heapq.heappop(self._delayed)
            if self._ready_at_s.get(item) == ready_s:  # otherwise an earlier delay replaced this one
                del self._ready_at_s[item]
                self.add(item)
        self._arm()
