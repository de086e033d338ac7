"""`python -m controller.bench`: mirrors per second, in memory and against the API server that KUBECONFIG names.

In memory shows what the controller itself costs. Against a server, the real process runs beside the benchmark, and
what it makes is counted from outside; everything that was made there is deleted afterwards.
"""

import asyncio
import base64
import os
import socket
import sys
import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Final, Self

import aiohttp

from controller import kubeconfig, names
from controller.caches import Caches
from controller.clock import LoopClock
from controller.errors import ApiError, ReconcileError
from controller.kinds import Kind
from controller.kubeclient import KubeClient
from controller.memoryapi import MemoryApi
from controller.metrics import Metrics
from controller.mirror import Key, Namespace, key_of, source_from
from controller.reconciler import MirrorReconciler
from controller.workers import Controller

#: sources x target namespaces
SHAPES: Final = ((2_000, 1), (20, 200))
_TIMEOUT_S: Final = 300.0
_WORKERS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What a run against an API server took."""

    #: from the controller's start to its last reconcile, seconds
    took_s: float
    #: resident set of the controller, MiB
    rss_mib: float
    #: CPU time of the controller, start-up included, seconds
    cpu_s: float
    #: longest answer of /metrics, seconds
    scrape_s: float


class _NoConflicts:
    async def foreign_object(self, kind: Kind, source: Key, source_uid: str, namespace: str) -> None:
        """Nothing is in the way here."""


def _source(number: int, namespace: str, targets: str, version: int = 0) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": f"bench-{number}",
            "namespace": namespace,
            "labels": {names.ENABLED: names.TRUE},
            "annotations": {names.SYNC: names.TRUE, names.TARGET_NAMESPACES: targets},
            **({"uid": f"s{number}", "resourceVersion": str(version)} if version else {}),
        },
        "data": {"password": base64.b64encode(f"{number:064}".encode()).decode()},
    }


async def in_memory(sources: int, targets: int) -> float:
    """Seconds to make `sources` x `targets` mirrors in memory."""
    caches = Caches()
    for number in range(targets):
        caches.namespaces.seen(Namespace(name=f"bench-{number}", version="1", terminating=False))
    cache = caches.kinds[Kind.SECRET]
    for number in range(sources):
        cache.source_seen(source_from(_source(number, "bench-source", "bench-*", 1), Kind.SECRET))
    api = MemoryApi(set(caches.namespaces.active))
    controller = Controller(
        Kind.SECRET.value,
        reconciler=MirrorReconciler(Kind.SECRET, caches=caches, store=api, conflicts=_NoConflicts()),
        metrics=Metrics().controller(Kind.SECRET.value),
        clock=LoopClock(),
        workers=_WORKERS,
    )
    start_s = time.monotonic()
    for key in cache.source_keys():
        controller.enqueue(key)
    controller.start()
    while len(api.calls) < sources * targets or controller.queue.running:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.001)
    took_s = time.monotonic() - start_s
    await controller.stop(grace_s=1)
    return took_s


class _Process:
    """The controller as a user would run it."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._url = ""

    async def __aenter__(self) -> Self:
        with socket.socket() as one, socket.socket() as other:
            for probe in (one, other):
                probe.bind(("127.0.0.1", 0))
            metrics, health = (probe.getsockname()[1] for probe in (one, other))
        self._url = f"http://127.0.0.1:{metrics}/metrics"
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "controller", "--leader-elect=false", "--log-level=error"),
            *(f"--metrics-bind-address=127.0.0.1:{metrics}", f"--health-probe-bind-address=127.0.0.1:{health}"),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def figures(self) -> dict[str, float]:
        """Every sample of /metrics, the series as text; empty before it answers."""
        try:
            async with aiohttp.ClientSession() as session, session.get(self._url) as response:
                lines = (await response.text()).splitlines()
        except aiohttp.ClientError:
            return {}
        return {series: float(value) for series, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


async def against_server(client: KubeClient, sources: int, targets: int) -> Figures:
    """Makes sources first, then starts the controller, and waits until it has reconciled all of them."""
    spaces = ["bench-source", *(f"bench-{number}" for number in range(targets))]
    try:
        await _all(client.request("POST", "/api/v1/namespaces", body={"metadata": {"name": name}}) for name in spaces)
        await _all(
            client.create(Kind.SECRET, "bench-source", _source(number, "bench-source", "bench-*"))
            for number in range(sources)
        )
        async with _Process() as process:
            start_s, slowest_s, found = time.monotonic(), 0.0, dict[str, float]()
            while found.get('controller_runtime_reconcile_total{controller="secret",result="success"}', 0) < sources:
                await asyncio.sleep(0.05)
                asked_s = time.monotonic()
                found = await process.figures()
                slowest_s = max(slowest_s, time.monotonic() - asked_s) if found else 0.0
                if time.monotonic() - start_s > _TIMEOUT_S:
                    raise ReconcileError("the mirrors were not made in time", why=f"{found}", fix="look at the log")
            return Figures(
                took_s=time.monotonic() - start_s,
                rss_mib=found["go_memstats_alloc_bytes"] / 2**20,
                cpu_s=found["process_cpu_seconds_total"],
                scrape_s=slowest_s,
            )
    finally:
        await _all(client.request("DELETE", f"/api/v1/namespaces/{name}") for name in spaces)
        while await _left(client, set(spaces)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.5)


async def _all(calls: Iterable[Awaitable[object]]) -> None:
    """Makes the calls, twenty at a time; what exists already or is gone already is as good."""
    limit = asyncio.Semaphore(20)

    async def one(call: Awaitable[object]) -> None:
        async with limit:
            try:
                await call
            except ApiError as error:
                if not (error.is_conflict or error.is_not_found):
                    raise

    await asyncio.gather(*(one(call) for call in calls))


async def _left(client: KubeClient, spaces: set[str]) -> bool:
    return bool(spaces & {key_of(body).name async for page in client.pages("namespaces") for body in page})


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> None:
    """Prints the table."""
    _say(
        f"{'where':<12}{'sources x targets':<19}{'mirrors/s':>10}{'seconds':>9}{'CPU s':>8}{'RSS MiB':>9}{'scrape':>8}"
    )
    for sources, targets in SHAPES:
        took_s = await in_memory(sources, targets)
        _say(f"{'in memory':<12}{f'{sources} x {targets}':<19}{sources * targets / took_s:>10.0f}{took_s:>9.2f}")
    if "KUBECONFIG" not in os.environ:
        _say("KUBECONFIG is not set: nothing was measured against an API server")
        return
    async with KubeClient(kubeconfig.load("", os.environ), agent="kubemirror-bench") as client:
        for sources, targets in SHAPES:
            figures = await against_server(client, sources, targets)
            _say(
                f"{'API server':<12}{f'{sources} x {targets}':<19}{sources * targets / figures.took_s:>10.0f}"
                f"{figures.took_s:>9.2f}{figures.cpu_s:>8.2f}{figures.rss_mib:>9.0f}{figures.scrape_s:>8.3f}"
            )


if __name__ == "__main__":
    asyncio.run(main())
