"""The loop's clock: what is cancelled is cancelled, also at the very moment at which it would have ended."""

import asyncio

import pytest

from controller.clock import LoopClock


async def test_a_cancellation_is_not_lost_when_the_work_ends_at_that_moment() -> None:
    """Else a renewal that is cancelled goes on, keeps the lease until the process is killed, and nobody leads.

    `asyncio.wait_for` loses it before Python 3.12: https://github.com/python/cpython/issues/86296
    """
    begun, work_ends = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def work() -> None:
        begun.set()
        await work_ends

    async def renewals() -> None:
        while True:
            await LoopClock().within(60, work())
            await asyncio.sleep(60)

    task = asyncio.create_task(renewals())
    await begun.wait()
    work_ends.set_result(None)
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=5)
    assert done
    assert task.cancelled()


async def test_work_that_takes_too_long_is_cancelled() -> None:
    """And says so."""
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        await LoopClock().within(0, work())
    assert await LoopClock().within(60, asyncio.sleep(0, "value")) == "value"
