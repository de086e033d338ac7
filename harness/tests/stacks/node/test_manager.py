"""The manager: each pod gets its worker, and the address it asks for."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import cast

import pytest

from harness.stacks.embedded.node.addresses import ADDRESS_ANNOTATION, AddressPool
from harness.stacks.embedded.node.api import Change, Event
from harness.stacks.embedded.node.document import Document
from harness.stacks.embedded.node.manager import PodManager
from harness.stacks.embedded.node.pod import Pod
from harness.stacks.embedded.node.podworker import PodWorker, Surroundings
from harness.tests.stacks.node.conftest import eventually


class _Worker:
    """Has an address for as long as it runs, and runs until it is told that its pod is gone."""

    def __init__(self, pod: Pod, around: Surroundings) -> None:
        self.pod = pod
        self._addresses = around.addresses
        self.byte = self._addresses.take(pod.uid, wanted=2)
        self._gone = asyncio.Event()

    async def run(self) -> None:
        await self._gone.wait()
        self._addresses.release(self.pod.uid)

    def update(self, pod: Pod) -> None:
        self.pod = pod

    def vanish(self) -> None:
        self._gone.set()


class _Api:
    """Says what a test says, one event at a time."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()

    async def watch(self, _path: str, **_query: str) -> AsyncIterator[Event]:
        while True:
            yield await self.events.get()


def _object(uid: str) -> Document:
    metadata = {"namespace": "x", "name": f"receiver-{uid}", "uid": uid, "annotations": {ADDRESS_ANNOTATION: "2"}}
    return Document({"metadata": metadata, "spec": {"containers": []}})


@pytest.fixture
async def running() -> AsyncIterator[tuple[PodManager, _Api]]:
    """A manager that follows a test's events."""
    api = _Api()
    around = SimpleNamespace(api=api, addresses=AddressPool(), config=SimpleNamespace(node_name="n1"))
    pods = PodManager(cast("Surroundings", around), work=cast("Callable[[Pod, Surroundings], PodWorker]", _Worker))
    life = asyncio.create_task(pods.run())
    yield pods, api
    life.cancel()
    await asyncio.gather(life, return_exceptions=True)


async def _uids(pods: PodManager, expected: list[str]) -> None:
    await eventually(lambda: [worker.pod.uid for worker in pods.workers] == expected)


async def test_a_pod_waits_for_the_address_it_asks_for(running: tuple[PodManager, _Api]) -> None:
    """A replacement starts when the pod before it has ended, at the address that others were told of."""
    pods, api = running
    await api.events.put(Event(Change.ADDED, (_object("old"),)))
    await api.events.put(Event(Change.ADDED, (_object("new"),)))
    await _uids(pods, ["old"])
    await api.events.put(Event(Change.DELETED, (_object("old"),)))
    await _uids(pods, ["new"])
    assert [cast("_Worker", worker).byte for worker in pods.workers] == [2]


@pytest.mark.parametrize("change", [Change.DELETED, Change.LISTED])
async def test_a_pod_that_is_gone_while_it_waits_never_starts(running: tuple[PodManager, _Api], change: Change) -> None:
    """Whether its deletion is told or it is missing from a list."""
    pods, api = running
    await api.events.put(Event(Change.ADDED, (_object("old"),)))
    await api.events.put(Event(Change.ADDED, (_object("new"),)))
    await _uids(pods, ["old"])
    gone = _object("new") if change is Change.DELETED else _object("old")
    await api.events.put(Event(change, (gone,)))
    await api.events.put(Event(Change.DELETED, (_object("old"),)))
    await _uids(pods, [])
