"""The delays of failed items are controller-runtime's."""

from controller.ratelimiter import ItemBackoff, LongestOf, TokenBucket, default_limiter
from controller.tests.clock import FakeClock


def test_back_off_doubles_from_5_ms_to_1000_s() -> None:
    """The delays are 5 ms, 10 ms, ... and never more than 1000 s, however often an item fails."""
    backoff: ItemBackoff[str] = ItemBackoff()
    delays = [backoff.when("a") for _ in range(2_000)]
    assert delays[:4] == [0.005, 0.01, 0.02, 0.04]
    assert delays[17] == 655.36
    assert set(delays[18:]) == {1_000.0}


def test_items_back_off_on_their_own() -> None:
    """One item's failures do not delay another."""
    backoff: ItemBackoff[str] = ItemBackoff()
    backoff.when("a")
    backoff.when("a")
    assert (backoff.when("b"), backoff.retries("a"), backoff.retries("c")) == (0.005, 2, 0)


def test_bucket_lets_a_burst_through_and_then_ten_a_second() -> None:
    """A hundred at once, then one every 100 ms; tokens come back with time, never more than the burst."""
    clock = FakeClock()
    bucket: TokenBucket[str] = TokenBucket(clock)
    assert {bucket.when("a") for _ in range(100)} == {0.0}
    assert [round(bucket.when("a"), 6) for _ in range(3)] == [0.1, 0.2, 0.3]
    clock.advance(1_000)
    assert {bucket.when("a") for _ in range(100)} == {0.0}
    assert round(bucket.when("a"), 6) == 0.1


def test_default_is_the_longer_of_both() -> None:
    """Many items that fail for the first time are held by the bucket, one that fails often by its own back-off."""
    clock = FakeClock()
    limiter: LongestOf[int] = default_limiter(clock)
    delays = [limiter.when(item) for item in range(150)]
    assert delays[:100] == [0.005] * 100
    assert round(delays[149], 6) == 5.0
    assert limiter.retries(3) == 1
    limiter.forget(3)
    assert limiter.retries(3) == 0
