"""The process starts, serves, leads and ends as it should, against an API server for tests."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest

from controller.app import LOST_LEASE, App
from controller.flags import Flags, parse
from controller.http import Address
from controller.leader import ElectionTimes
from controller.tests.kubeapi import KubeApi

LEASES = "/apis/coordination.k8s.io/v1/namespaces/kubemirror-system/leases"
LEADS = 'leader_election_master_status{name="kubemirror-controller-leader"}'
#: ends a test that hangs; no test waits for it
PATIENCE_S = 30


def _flags(*arguments: str) -> Flags:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        addresses = [Address(host="127.0.0.1", port=probe.getsockname()[1]) for probe in (one, other)]
    return replace(
        parse([*arguments, "--leader-election-namespace=kubemirror-system"], {}),
        metrics=addresses[0],
        probes=addresses[1],
    )


@asynccontextmanager
async def _running(api: KubeApi, flags: Flags) -> AsyncIterator[tuple[App, "asyncio.Task[int]"]]:
    app = App(flags, api.connection)
    task = asyncio.create_task(app.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield app, task
    finally:
        app.stop()
        await asyncio.wait([task])


async def _scraped(flags: Flags) -> str:
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"http://127.0.0.1:{flags.metrics.port}/metrics") as response:
                    return await response.text()
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("elect", ["true", "false"])
async def test_leads_watches_and_ends_when_asked(elect: str) -> None:
    """With the lease, or without election, the metric says 1 and the watches run; asked to stop, it ends with 0."""
    api = KubeApi()
    api.answers[LEASES] = (201, {"metadata": {"resourceVersion": "1"}})
    flags = _flags(f"--leader-elect={elect}")
    async with api.serve(), _running(api, flags) as (app, task):
        while f"{LEADS} 1.0" not in await _scraped(flags) or api.opened < 5:  # noqa: ASYNC110 - a process does not tell
            await asyncio.sleep(0.01)
        app.stop()
        assert await task == 0


async def test_standby_serves_but_does_not_watch() -> None:
    """A replica without the lease is ready and scraped, says 0, and asks for nothing but the lease."""
    api = KubeApi()
    held = {"spec": {"holderIdentity": "other", "leaseDurationSeconds": 3_600}}
    api.answers[f"{LEASES}/kubemirror-controller-leader"] = (200, held)
    flags = _flags()
    async with api.serve(), _running(api, flags) as (app, task):
        assert f"{LEADS} 0.0" in await _scraped(flags)
        while len(api.requests) < 3:  # noqa: ASYNC110 - the server does not tell
            await asyncio.sleep(0.01)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{flags.probes.port}/readyz") as ready,
        ):
            assert ready.status == 200
        app.stop()
        assert await task == 0
    assert {request.split("/")[1] for request in api.requests} == {"apis"}
    assert all("/leases" in request for request in api.requests)


async def test_lost_lease_ends_the_process() -> None:
    """A leader that cannot renew ends with status 1, although nobody asked it to."""
    api = KubeApi()
    api.answers[LEASES] = (201, {"metadata": {"resourceVersion": "1"}})
    flags = replace(_flags(), times=ElectionTimes(lease_s=3, renew_deadline_s=2, retry_s=0.05))
    async with api.serve(), _running(api, flags) as (_, task):
        while f"{LEADS} 1.0" not in await _scraped(flags):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.01)
        api.answers[LEASES] = (500, {"code": 500})
        assert await task == LOST_LEASE
