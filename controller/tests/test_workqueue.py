"""The workqueue does what client-go's does."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller.ratelimiter import ItemBackoff
from controller.tests.clock import FakeClock
from controller.workqueue import QueueShutDownError, WorkQueue


class Counts:
    """An observer that counts."""

    def __init__(self) -> None:
        self.adds = self.depth = self.retries = 0

    def added(self) -> None:
        self.adds += 1
        self.depth += 1

    def taken(self) -> None:
        self.depth -= 1

    def retried(self) -> None:
        self.retries += 1


class Bench:
    """A queue of strings, its clock and its counts."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.counts = Counts()
        self.queue: WorkQueue[str] = WorkQueue(clock=self.clock, limiter=ItemBackoff(), observer=self.counts)

    async def take(self) -> str:
        """Takes what waits; fails instead of waiting for ever when nothing does."""
        assert len(self.queue), "nothing waits"
        return await self.queue.get()


@pytest.fixture
def bench() -> Bench:
    """A fresh bench for each test."""
    return Bench()


async def test_item_waits_once(bench: Bench) -> None:
    """An item that is added thrice is handed out once, and the others keep their order."""
    for item in ("a", "b", "a", "a"):
        bench.queue.add(item)
    assert len(bench.queue) == bench.counts.depth == bench.counts.adds == 2
    assert [await bench.take(), await bench.take()] == ["a", "b"]


async def test_item_is_never_worked_on_twice_at_once(bench: Bench) -> None:
    """An item that is added while a worker has it waits for that worker, and is then handed out again."""
    bench.queue.add("a")
    assert await bench.take() == "a"
    bench.queue.add("a")
    assert len(bench.queue) == 0, "nobody else may take it"
    assert bench.counts.depth == 1, "but it waits"
    bench.queue.done("a")
    assert await bench.take() == "a"
    bench.queue.done("a")
    assert (len(bench.queue), bench.counts.depth, bench.queue.running) == (0, 0, 0)


async def test_depth_leaves_out_what_runs_and_what_is_delayed(bench: Bench) -> None:
    """With every worker busy the depth counts exactly the items that wait."""
    for item in "abcde":
        bench.queue.add(item)
    for _ in range(2):
        await bench.take()
    bench.queue.add_after("later", 10)
    assert bench.counts.depth == bench.queue.depth == 3


async def test_delayed_item_enters_when_its_time_has_come(bench: Bench) -> None:
    """A delayed item waits neither early nor late, and counts as a retry at once."""
    bench.queue.add_after("a", 5)
    assert bench.counts.retries == 1
    bench.clock.advance(4.999)
    assert len(bench.queue) == 0
    bench.clock.advance(0.001)
    assert len(bench.queue) == 1


async def test_earlier_of_two_delays_holds(bench: Bench) -> None:
    """A second delay can bring an item forward, and never puts it off or doubles it."""
    bench.queue.add_after("a", 10)
    bench.queue.add_after("a", 3)
    bench.queue.add_after("a", 20)
    bench.clock.advance(3)
    assert await bench.take() == "a"
    bench.queue.done("a")
    bench.clock.advance(100)
    assert len(bench.queue) == 0


async def test_rate_limited_item_backs_off_until_forgotten(bench: Bench) -> None:
    """Failures double the delay from 5 ms; success resets it."""
    for delay_s in (0.005, 0.010, 0.020):
        bench.queue.add_rate_limited("a")
        bench.clock.advance(delay_s - 0.0001)
        assert len(bench.queue) == 0
        bench.clock.advance(0.0001)
        bench.queue.done(await bench.take())
    assert bench.queue.retries("a") == 3
    bench.queue.forget("a")
    bench.queue.add_rate_limited("a")
    bench.clock.advance(0.005)
    assert len(bench.queue) == 1


async def test_waiting_worker_gets_the_item(bench: Bench) -> None:
    """A worker that waits on an empty queue is woken by an item, and exactly one is."""
    workers = [asyncio.create_task(bench.queue.get()) for _ in range(2)]
    await asyncio.sleep(0)
    bench.queue.add("a")
    done, waiting = await asyncio.wait(workers, return_when=asyncio.FIRST_COMPLETED)
    assert [task.result() for task in done] == ["a"]
    for task in waiting:
        task.cancel()


async def test_wake_up_of_a_cancelled_worker_is_passed_on(bench: Bench) -> None:
    """An item whose worker was cancelled in the moment of being woken goes to the next worker."""
    first, second = (asyncio.create_task(bench.queue.get()) for _ in range(2))
    await asyncio.sleep(0)
    bench.queue.add("a")
    first.cancel()
    assert await second == "a"


async def test_shut_down_sends_workers_home(bench: Bench) -> None:
    """After a shut-down waiting workers end, nothing is handed out and nothing enters, not even what was delayed."""
    worker = asyncio.create_task(bench.queue.get())
    await asyncio.sleep(0)
    bench.queue.add_after("later", 1)
    bench.queue.shut_down()
    bench.queue.add("a")
    bench.clock.advance(2)
    with pytest.raises(QueueShutDownError):
        await worker
    with pytest.raises(QueueShutDownError):
        await bench.queue.get()
    assert bench.counts.depth == 0


@given(steps=st.lists(st.tuples(st.sampled_from(["add", "get", "done", "after"]), st.sampled_from("abc"))))
def test_any_history_keeps_the_promises(steps: list[tuple[str, str]]) -> None:
    """Whatever happens in whatever order: no item runs twice at once, none is lost, the depth is true."""

    async def history() -> None:
        bench = Bench()
        running: set[str] = set()
        owed: set[str] = set()
        for step, item in steps:
            if step == "add":
                bench.queue.add(item)
                owed.add(item)
            elif step == "after":
                bench.queue.add_after(item, 1)
                bench.clock.advance(1)
                owed.add(item)
            elif step == "get" and len(bench.queue):
                taken = await bench.take()
                assert taken not in running
                running.add(taken)
                owed.discard(taken)
            elif step == "done" and item in running:
                running.discard(item)
                bench.queue.done(item)
            assert bench.counts.depth == bench.queue.depth == len(owed)
        for item in running:
            bench.queue.done(item)
        assert {await bench.take() for _ in range(len(bench.queue))} == owed

    asyncio.run(history())
