"""The one way to wait. A wait that ends without success says what was seen last, not just that time is up."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from harness.core.errors import RetryableError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NotYet:
    """What a probe returns while the awaited state is not there: the difference, in words."""

    #: what is seen instead of what is awaited, e.g. `0 of 1 pods ready`
    mismatch: str


class WaitTimeoutError(RetryableError):
    """The awaited state did not come in time."""


class AwaitedGoneError(RetryableError):
    """What was waited for can no longer come, because the process that would bring it has ended."""


def wait_until(
    what: str,
    probe: Callable[[], T | NotYet],
    *,
    timeout_s: float,
    interval_s: float = 0.05,
    ended: Callable[[], str | None] = lambda: None,
    fix: str = "on a slow machine give it more time; while the run's directory is there, its logs tell more",
) -> T:
    """Calls `probe` until it returns something else than `NotYet`, and returns that.

    Args:
        what: what is awaited, as the start of a sentence: `etcd ready`.
        probe: looks once; its own errors are not caught.
        timeout_s: at most this long, by the monotonic clock; the probe is always called once more at the end.
        interval_s: pause between two looks.
        ended: says why the wait is hopeless ("exited with status 1"), or None while there is hope.
        fix: what a person can do when it fails.

    Raises:
        WaitTimeoutError: with the last mismatch.
        AwaitedGoneError: as soon as `ended` gives a reason.
    """
    start_s = time.monotonic()
    while True:
        elapsed_s = time.monotonic() - start_s
        seen = probe()
        if not isinstance(seen, NotYet):
            return seen
        reason = ended()
        if reason is not None:
            raise AwaitedGoneError(
                f"{what}: will not happen", why=f"{reason} after {elapsed_s:.1f} s; last seen: {seen.mismatch}", fix=fix
            )
        if elapsed_s >= timeout_s:
            raise WaitTimeoutError(f"{what}: not within {timeout_s:g} s", why=f"last seen: {seen.mismatch}", fix=fix)
        time.sleep(interval_s)
