"""How long a failed item waits before it is tried again: client-go's limiters, with controller-runtime's defaults.

Source: https://pkg.go.dev/k8s.io/client-go/util/workqueue#DefaultTypedControllerRateLimiter
"""

from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from controller.clock import Clock

T = TypeVar("T", bound=Hashable)
T_contra = TypeVar("T_contra", bound=Hashable, contravariant=True)

#: first delay of an item's back-off, seconds
BASE_DELAY_S = 0.005
#: longest delay of an item's back-off, seconds
MAX_DELAY_S = 1_000.0
#: retries per second over all items of a queue
OVERALL_RATE = 10.0
#: retries that may go at once before the rate holds
OVERALL_BURST = 100


class RateLimiter(Protocol[T_contra]):
    """Decides the delay of an item that is to be tried again."""

    def when(self, item: T_contra) -> float:
        """Seconds until the item may be tried again; counts as a try."""

    def forget(self, item: T_contra) -> None:
        """The item succeeded or is given up; its next failure is its first."""

    def retries(self, item: T_contra) -> int:
        """Failures since the item was forgotten last."""


class ItemBackoff(Generic[T]):
    """Per item: base, 2 x base, 4 x base, ... up to a limit, seconds."""

    def __init__(self, *, base_s: float = BASE_DELAY_S, max_s: float = MAX_DELAY_S) -> None:
        self._base_s = base_s
        self._max_s = max_s
        self._failures: dict[T, int] = {}

    def when(self, item: T) -> float:
        """Doubles with every call for the same item."""
        failures = self._failures.get(item, 0)
        self._failures[item] = failures + 1
        # 2.0 ** 1024 overflows; far below that the limit has been reached
        return min(self._base_s * 2.0 ** min(failures, 63), self._max_s)

    def forget(self, item: T) -> None:
        """The next delay is the base again."""
        self._failures.pop(item, None)

    def retries(self, item: T) -> int:
        """Calls of `when` since the item was forgotten last."""
        return self._failures.get(item, 0)


class TokenBucket(Generic[T]):
    """Over all items: `rate` tokens a second, at most `burst` saved up. An empty bucket goes into debt, as in Go."""

    def __init__(self, clock: Clock, *, rate: float = OVERALL_RATE, burst: int = OVERALL_BURST) -> None:
        self._clock = clock
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._seen_s = clock.monotonic()

    def when(self, item: T) -> float:  # noqa: ARG002 - the bucket is the same for every item
        """Takes a token, and tells in how many seconds it will exist."""
        now_s = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now_s - self._seen_s) * self._rate) - 1
        self._seen_s = now_s
        return max(0.0, -self._tokens / self._rate)

    def forget(self, item: T) -> None:
        """Nothing is kept per item."""

    def retries(self, item: T) -> int:  # noqa: ARG002 - nothing is kept per item
        """Always 0."""
        return 0


class LongestOf(Generic[T]):
    """The longest delay of several limiters; every one of them is asked, so that each counts."""

    def __init__(self, *limiters: RateLimiter[T]) -> None:
        self._limiters = limiters

    def when(self, item: T) -> float:
        """The longest of the delays, seconds."""
        return max(limiter.when(item) for limiter in self._limiters)

    def forget(self, item: T) -> None:
        """All of them forget."""
        for limiter in self._limiters:
            limiter.forget(item)

    def retries(self, item: T) -> int:
        """The highest count."""
        return max(limiter.retries(item) for limiter in self._limiters)


def default_limiter(clock: Clock) -> LongestOf[T]:
    """What controller-runtime gives a queue: 5 ms to 1000 s per item, and 10 retries/s (burst 100) over all."""
    return LongestOf(ItemBackoff(), TokenBucket(clock))
