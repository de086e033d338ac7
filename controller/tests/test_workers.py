"""A controller accounts for every reconcile as controller-runtime does."""

import asyncio

import pytest

from controller.clock import LoopClock
from controller.errors import ReconcileError
from controller.metrics import Metrics
from controller.mirror import Key
from controller.tests.clock import FakeClock
from controller.workers import Controller

KEY = Key("home", "s")


class Scripted:
    """A reconciler that ends as it is told to."""

    def __init__(self) -> None:
        self.outcome: float | Exception | None = None
        self.duration_s = 0.0
        self.clock = FakeClock()

    async def reconcile(self, key: Key) -> float | None:
        assert key == KEY
        self.clock.advance(self.duration_s)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


class Bench:
    """One controller, no workers: the test takes each step."""

    def __init__(self) -> None:
        self.reconciler = Scripted()
        self.metrics = Metrics()
        self.controller = Controller(
            "secret",
            reconciler=self.reconciler,
            metrics=self.metrics.controller("secret"),
            clock=self.reconciler.clock,
            workers=1,
        )

    async def step(self, outcome: float | Exception | None, duration_s: float = 0.0) -> None:
        self.reconciler.outcome, self.reconciler.duration_s = outcome, duration_s
        self.controller.enqueue(KEY)
        await self.controller.reconcile_one()

    def value(self, series: str) -> float:
        lines = dict(line.rpartition(" ")[::2] for line in self.metrics.text().decode().splitlines())
        return float(lines[series])

    def total(self, result: str) -> float:
        return self.value(f'controller_runtime_reconcile_total{{controller="secret",result="{result}"}}')


@pytest.fixture
def bench() -> Bench:
    """A fresh bench for each test."""
    return Bench()


async def test_success_counts_once_and_is_over(bench: Bench) -> None:
    """A success counts as success only, and the item does not come back."""
    await bench.step(None, 0.3)
    assert (bench.total("success"), bench.total("error")) == (1, 0)
    time_s = "controller_runtime_reconcile_time_seconds"
    assert bench.value(f'{time_s}_bucket{{controller="secret",le="0.3"}}') == 1
    assert bench.value(f'{time_s}_bucket{{controller="secret",le="0.25"}}') == 0
    assert bench.value(f'{time_s}_sum{{controller="secret"}}') == pytest.approx(0.3)
    bench.reconciler.clock.advance(10_000)
    assert len(bench.controller.queue) == 0


@pytest.mark.parametrize("error", [ReconcileError("x", why="y", fix="z"), ValueError("bug")], ids=["expected", "a bug"])
async def test_error_counts_in_both_series_and_comes_back(bench: Bench, error: Exception) -> None:
    """A failed reconcile counts in reconcile_total and in reconcile_errors_total, its time too, and is retried."""
    await bench.step(error)
    assert (bench.total("error"), bench.total("success")) == (1, 0)
    assert bench.value('controller_runtime_reconcile_errors_total{controller="secret"}') == 1
    assert bench.value('controller_runtime_reconcile_time_seconds_count{controller="secret"}') == 1
    assert bench.value('workqueue_retries_total{controller="secret",name="secret"}') == 1
    bench.reconciler.clock.advance(0.005)
    assert len(bench.controller.queue) == 1


async def test_success_ends_the_back_off(bench: Bench) -> None:
    """After a success the next failure is the first again."""
    error = ReconcileError("x", why="y", fix="z")
    await bench.step(error)
    await bench.step(None)
    assert bench.controller.queue.retries(KEY) == 0


async def test_look_again_later_is_no_error(bench: Bench) -> None:
    """A reconcile that wants another look counts as requeue_after, and comes back when it said."""
    await bench.step(300.0)
    assert (bench.total("requeue_after"), bench.total("error")) == (1, 0)
    bench.reconciler.clock.advance(299.9)
    assert len(bench.controller.queue) == 0
    bench.reconciler.clock.advance(0.1)
    assert len(bench.controller.queue) == 1


class Blocking:
    """A reconciler whose API server does not answer."""

    def __init__(self) -> None:
        self.running = 0
        self.answer = asyncio.Event()

    async def reconcile(self, key: Key) -> float | None:
        assert key
        self.running += 1
        await self.answer.wait()
        return None


async def test_blocked_workers_block_each_on_its_own() -> None:
    """All workers wait for their own write; the depth counts the rest, each source once, and metrics still answer."""
    metrics, reconciler = Metrics(), Blocking()
    controller = Controller(
        "secret", reconciler=reconciler, metrics=metrics.controller("secret"), clock=LoopClock(), workers=5
    )
    controller.start()
    for number in range(200):
        controller.enqueue(Key("home", str(number % 150)))
    while reconciler.running < 5:  # noqa: ASYNC110 - a turn of the loop, no time
        await asyncio.sleep(0)
    for number in range(150):
        controller.enqueue(Key("home", str(number)))
    # 145 that nobody has taken, and the 5 that were touched again while they are worked on
    assert b'workqueue_depth{controller="secret",name="secret"} 150.0' in metrics.text()
    reconciler.answer.set()
    while controller.queue.depth or controller.queue.running:  # noqa: ASYNC110 - a turn of the loop, no time
        await asyncio.sleep(0)
    assert reconciler.running == 155
    await controller.stop(grace_s=1)


async def test_stop_cancels_what_does_not_end_in_time() -> None:
    """A reconcile that outlasts its grace is cancelled; none is begun."""
    reconciler = Blocking()
    controller = Controller(
        "secret", reconciler=reconciler, metrics=Metrics().controller("secret"), clock=LoopClock(), workers=2
    )
    controller.start()
    for name in "abc":
        controller.enqueue(Key("home", name))
    while reconciler.running < 2:  # noqa: ASYNC110 - a turn of the loop, no time
        await asyncio.sleep(0)
    await controller.stop(grace_s=0)
    assert (reconciler.running, controller.queue.running) == (2, 0)
