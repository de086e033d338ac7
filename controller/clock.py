"""Time as the controller sees it: injected, so that tests turn the hands themselves."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Protocol, TypeVar

T = TypeVar("T")


class Cancellable(Protocol):
    """A callback that has not run yet."""

    def cancel(self) -> None:
        """The callback will not run; too late is not an error."""


class Clock(Protocol):
    """What the workqueue, the rate limiters and the leader election may ask."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary instant; never goes back."""

    def now(self) -> datetime:
        """Wall-clock time, UTC; only for what other processes read."""

    async def sleep(self, delay_s: float) -> None:
        """Returns after `delay_s` seconds."""

    async def within(self, timeout_s: float, work: Awaitable[T]) -> T:
        """What `work` gives.

        Raises:
            TimeoutError: it took longer than `timeout_s` seconds; the work was cancelled.
        """

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Cancellable:
        """Calls back once, after `delay_s` seconds."""


class LoopClock:
    """The running event loop's clock."""

    def monotonic(self) -> float:
        """Seconds of the loop's monotonic clock."""
        return asyncio.get_running_loop().time()

    def now(self) -> datetime:
        """Wall-clock time, UTC."""
        return datetime.now(UTC)

    async def sleep(self, delay_s: float) -> None:
        """Lets the loop do other work for `delay_s` seconds."""
        await asyncio.sleep(delay_s)

    async def within(self, timeout_s: float, work: Awaitable[T]) -> T:
        """Cancels `work` after `timeout_s` seconds and raises TimeoutError."""
        async with asyncio.timeout(timeout_s):  # not wait_for: before 3.12 it loses a cancellation now and then
            return await work

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Cancellable:
        """A timer of the loop."""
        return asyncio.get_running_loop().call_later(delay_s, callback)
