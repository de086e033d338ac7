"""Probes: thresholds, the rhythm on a clock of the test's own, and real answers on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from harness.stacks.embedded.node.pod import Container, Handler, HttpCall, Probe
from harness.stacks.embedded.node.probing import Looker, Tally, keep_probing
from harness.stacks.embedded.node.process import Launch


def _probe(*, delay_s: int = 0, period_s: int = 10, success: int = 1, failure: int = 3) -> Probe:
    return Probe(
        handler=Handler(tcp="80"),
        initial_delay_s=delay_s,
        period_s=period_s,
        timeout_s=1,
        success_threshold=success,
        failure_threshold=failure,
    )


def _results(probe: Probe, answers: str) -> list[bool | None]:
    tally, results = Tally(probe=probe), []
    for answer in answers:
        tally = tally.add(answer == "+")
        results.append(tally.result)
    return results


def test_thresholds_decide_and_a_row_starts_anew() -> None:
    """Three failures in a row make a failure; one answer in between breaks the row."""
    assert _results(_probe(), "+--+---") == [True, True, True, True, True, True, False]
    assert _results(_probe(success=2), "+-++") == [None, None, None, True]


class _World:
    """A program that answers from an instant on, and a clock that only sleeping moves."""

    def __init__(self, *, up_from_s: float, down_from_s: float = 1e9, until_s: float = 100.0) -> None:
        self.now_s, self.looks, self.decisions = 0.0, list[float](), list[tuple[float, bool]]()
        self._up_s, self._down_s, self._until_s = up_from_s, down_from_s, until_s

    async def look(self, _handler: Handler, _timeout_s: float) -> bool:
        self.looks.append(round(self.now_s, 3))
        return self._up_s <= self.now_s + 1e-9 < self._down_s

    async def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        if self.now_s > self._until_s:
            raise asyncio.CancelledError

    def decided(self, ok: bool) -> None:
        self.decisions.append((round(self.now_s, 3), ok))

    async def probe(self, probe: Probe, *, eager: bool, until_success: bool = False) -> None:
        try:
            await keep_probing(
                probe,
                self.look,
                self.decided,
                eager=eager,
                until_success=until_success,
                clock=lambda: self.now_s,
                sleep=self.sleep,
            )
        except asyncio.CancelledError:
            return


async def test_a_starting_program_is_ready_soon_after_it_answers() -> None:
    """A period of 10 s does not delay the first success; afterwards the period holds."""
    world = _World(up_from_s=0.42, until_s=35.0)
    await world.probe(_probe(), eager=True)
    assert world.decisions == [(0.5, True)]
    assert world.looks[-3:] == [10.0, 20.0, 30.0]


async def test_extra_looks_never_count_as_failures() -> None:
    """The program has failureThreshold whole periods, as without the extra looks."""
    world = _World(up_from_s=1e9, until_s=25.0)
    await world.probe(_probe(), eager=True)
    assert world.decisions == [(20.0, False)]


async def test_a_program_that_stops_answering_is_found_by_the_period() -> None:
    """Three regular looks after the last success."""
    world = _World(up_from_s=0.0, down_from_s=15.0)
    await world.probe(_probe(), eager=True)
    assert world.decisions == [(0.0, True), (40.0, False)]


async def test_liveness_is_asked_by_the_period_only() -> None:
    """After the initial delay, and no more often than the pod's author wrote."""
    world = _World(up_from_s=0.0, until_s=40.0)
    await world.probe(_probe(delay_s=5), eager=False)
    assert world.looks == [5.0, 15.0, 25.0, 35.0]


async def test_a_startup_probe_ends_with_its_success() -> None:
    """So that liveness and readiness begin."""
    world = _World(up_from_s=0.15)
    await world.probe(_probe(), eager=True, until_success=True)
    assert world.decisions == [(0.2, True)]


@pytest.fixture
async def port() -> AsyncIterator[Callable[[int], Awaitable[int]]]:
    """Starts a server that answers with a status, and gives its port."""
    runners = []

    async def start(status: int) -> int:
        async def answer(request: web.Request) -> web.Response:
            return web.Response(status=status if request.headers.get("X-Ask") == "yes" else 400)

        application = web.Application()
        application.router.add_get("/healthz", answer)
        runners.append(web.AppRunner(application, access_log=None))
        await runners[-1].setup()
        await web.TCPSite(runners[-1], "127.0.0.1", 0).start()
        return int(runners[-1].addresses[0][1])

    yield start
    for runner in runners:
        await runner.cleanup()


def _looker(port_number: int) -> Looker:
    container = Container(name="c", image="i", ports=(("http", str(port_number)),))
    launch = Launch(
        command=("true",),
        environment={"PATH": "/usr/bin:/bin"},
        working_dir="",
        log_file=Path("/nowhere/0.log"),
        group=None,
    )
    return Looker(container, listen_ip="127.0.0.1", launch=launch)


def _get(port_name: str) -> Handler:
    headers = (("X-Ask", "yes"),)
    return Handler(http=HttpCall(scheme="http", host="", port=port_name, path="/healthz", headers=headers))


@pytest.mark.parametrize(("status", "ok"), [(200, True), (302, True), (404, False), (500, False)])
async def test_http_success_is_2xx_and_3xx(port: Callable[[int], Awaitable[int]], status: int, ok: bool) -> None:
    """By the port's name, with the probe's headers."""
    assert await _looker(await port(status)).look(_get("http"), 5.0) is ok


async def test_nobody_there_is_a_failure(port: Callable[[int], Awaitable[int]]) -> None:
    """For HTTP and TCP; a port of an unknown name too."""
    looker = _looker(1)
    assert not await looker.look(_get("http"), 5.0)
    assert not await looker.look(_get("nameless"), 5.0)
    assert not await looker.look(Handler(tcp="http"), 5.0)
    assert await _looker(await port(200)).look(Handler(tcp="http"), 5.0)


async def test_a_command_succeeds_by_its_exit_status() -> None:
    """Exec probes and preStop hooks."""
    assert await _looker(1).look(Handler(command=("true",)), 5.0)
    assert not await _looker(1).look(Handler(command=("false",)), 5.0)
    assert not await _looker(1).look(Handler(command=("sleep", "60")), 0.05)
    assert not await _looker(1).look(Handler(command=("no-such-program",)), 5.0)
