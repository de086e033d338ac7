"""A clock whose hands the test turns."""

import heapq
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

T = TypeVar("T")


class _Timer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class FakeClock:
    """Starts at 0 s; moves only when `advance` or `sleep` is called."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._timers: list[tuple[float, int, _Timer]] = []
        self._order = itertools.count()
        self.slept_s: list[float] = []

    def monotonic(self) -> float:
        return self._now_s

    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC) + timedelta(seconds=self._now_s)

    async def sleep(self, delay_s: float) -> None:
        self.slept_s.append(delay_s)
        self.advance(delay_s)

    async def within(self, timeout_s: float, work: Awaitable[T]) -> T:
        end_s = self._now_s + timeout_s
        result = await work
        if self._now_s > end_s:
            raise TimeoutError
        return result

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> _Timer:
        timer = _Timer(callback)
        heapq.heappush(self._timers, (self._now_s + delay_s, next(self._order), timer))
        return timer

    def advance(self, delay_s: float) -> None:
        """Time passes; due timers fire in order, each at its own instant."""
        end_s = self._now_s + delay_s
        while self._timers and self._timers[0][0] <= end_s + 1e-9:
            due_s, _, timer = heapq.heappop(self._timers)
            self._now_s = max(self._now_s, due_s)
            if timer.callback is not None:
                timer.callback()
        self._now_s = end_s
