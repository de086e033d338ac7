"""The watches report everything and write nothing. kopf runs for real, against an API server for tests."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from controller import audit, names
from controller.caches import Caches
from controller.changes import (
    Change,
    Inbox,
    MirrorGone,
    MirrorSeen,
    NamespaceGone,
    NamespaceSeen,
    Relisted,
    SourceGone,
    SourceSeen,
)
from controller.kinds import Kind
from controller.kubeclient import KubeClient
from controller.mirror import Key, Namespace, desired, source_from
from controller.tests.kubeapi import KubeApi
from controller.tests.objects import source_body
from controller.watches import Watches

#: five streams: sources and mirrors of two kinds, and namespaces
STREAMS = 5
#: ends a test that hangs; no test waits for it
PATIENCE_S = 30


def _space(name: str) -> dict[str, object]:
    return {"metadata": {"name": name, "uid": f"uid-{name}", "resourceVersion": "1"}}


def _mirror_body() -> dict[str, object]:
    body = dict(desired(source_from(source_body(), Kind.SECRET), Kind.SECRET, "a", resource_version="5"))
    body["metadata"] = {**body["metadata"], "uid": "m"}  # type: ignore[dict-item]  # a metadata object
    return body


class Reports:
    """Collects what the watches report."""

    def __init__(self) -> None:
        self.changes: asyncio.Queue[Change] = asyncio.Queue()
        self.ended: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def put(self, change: Change) -> None:
        self._loop.call_soon_threadsafe(self.changes.put_nowait, change)

    def end(self, reason: str) -> None:
        self._loop.call_soon_threadsafe(self.ended.put_nowait, reason)

    async def until(self, wanted: Callable[[Change], bool]) -> Change:
        async with asyncio.timeout(PATIENCE_S):
            while not wanted(change := await self.changes.get()):
                pass
        return change


@asynccontextmanager
async def _watched(api: KubeApi) -> AsyncIterator[Reports]:
    reports = Reports()
    watches = Watches(api.connection, put=reports.put, running=lambda _: None, ended=reports.end)
    watches.start()
    try:
        async with asyncio.timeout(PATIENCE_S):
            while api.opened < STREAMS:  # noqa: ASYNC110 - the server does not tell
                await asyncio.sleep(0.01)
        yield reports
    finally:
        await asyncio.to_thread(watches.stop)


async def test_everything_is_reported_and_nothing_is_written() -> None:
    """Lists and events of sources, mirrors and namespaces arrive; no request is anything but a GET."""
    api = KubeApi()
    api.objects["secrets"] = [source_body(), _mirror_body()]
    api.objects["namespaces"] = [_space("a")]
    async with api.serve(), _watched(api) as reports:
        listed = [await reports.until(lambda change: not isinstance(change, Relisted)) for _ in range(3)]
        assert {type(change) for change in listed} == {SourceSeen, MirrorSeen, NamespaceSeen}
        api.tell("secrets", "MODIFIED", source_body(version=2), selector=names.ENABLED)
        changed = await reports.until(lambda change: isinstance(change, SourceSeen))
        assert isinstance(changed, SourceSeen)
        assert changed.source.resource_version == "2"
        api.tell("secrets", "DELETED", source_body(version=3), selector=names.ENABLED)
        await reports.until(lambda change: isinstance(change, SourceGone))
        api.tell("secrets", "DELETED", _mirror_body(), selector=names.MIRROR)
        await reports.until(lambda change: isinstance(change, MirrorGone))
        api.tell("namespaces", "DELETED", _space("a"))
        await reports.until(lambda change: isinstance(change, NamespaceGone))
    assert [request for request in api.requests if not request.startswith("GET ")] == []
    assert reports.ended.empty(), "a stop that was asked for is not an end"


async def test_a_user_without_a_name_may_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container the user is a number, and nobody there knows a name for it."""

    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 65532")

    monkeypatch.setattr("getpass.getuser", nobody)
    api = KubeApi()
    api.objects["namespaces"] = [_space("a")]
    async with api.serve(), _watched(api) as reports:
        await reports.until(lambda change: isinstance(change, NamespaceSeen))
    assert reports.ended.empty()


async def test_only_labelled_objects_travel() -> None:
    """Every list and watch of Secrets and ConfigMaps carries a label selector."""
    api = KubeApi()
    async with api.serve(), _watched(api):
        pass
    asked = [request for request in api.requests if "/secrets" in request or "/configmaps" in request]
    assert len(asked) >= 8
    assert [request for request in asked if "labelSelector=kubemirror" not in request] == []


async def test_broken_stream_is_taken_up_again() -> None:
    """After all streams broke, events arrive again."""
    api = KubeApi()
    async with api.serve(), _watched(api) as reports:
        api.cut()
        async with asyncio.timeout(PATIENCE_S):
            while api.opened < 2 * STREAMS:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
        api.tell("namespaces", "ADDED", _space("late"))
        await reports.until(lambda change: isinstance(change, NamespaceSeen) and change.namespace.name == "late")


async def test_new_list_is_told() -> None:
    """A stream that is too far behind lists anew, and says so: what vanished meanwhile was not reported."""
    api = KubeApi()
    api.watch_error = {"code": 410, "kind": "Status"}
    api.objects["namespaces"] = [_space("a")]
    async with api.serve(), _watched(api) as reports:
        await reports.until(lambda change: isinstance(change, Relisted))


async def test_audit_finds_what_vanished() -> None:
    """What the caches know and a list does not is reported as gone; what exists is not."""
    api = KubeApi()
    api.objects["secrets"] = [source_body("kept"), source_body("lost"), _mirror_body()]
    api.objects["namespaces"] = [_space("a"), _space("b")]
    caches = Caches()
    async with api.serve(), KubeClient(api.connection, agent="test") as client:
        await audit.fill(client, caches)
        assert caches.namespaces.active == {"a", "b"}
        assert caches.kinds[Kind.SECRET].source_keys() == {Key("home", name) for name in ("kept", "lost", "s")}
        assert await audit.vanished(client, caches) == []
        api.objects["secrets"] = [source_body("kept")]
        api.objects["namespaces"] = [_space("b")]
        gone = await audit.vanished(client, caches)
    assert gone == [
        NamespaceGone(name="a", version="1"),
        SourceGone(kind=Kind.SECRET, key=Key("home", "lost"), version="1"),
        MirrorGone(kind=Kind.SECRET, key=Key("a", "s"), version="5"),
    ]


async def test_inbox_takes_changes_from_any_thread_in_order() -> None:
    """Thousands of changes from another thread are all applied, in order, a portion per turn of the loop."""
    caches = Caches()
    affected: list[Key] = []
    relists: list[None] = []
    inbox = Inbox(
        caches,
        loop=asyncio.get_running_loop(),
        enqueue=lambda _, key: affected.append(key),
        relisted=lambda: relists.append(None),
    )

    def flood() -> None:
        for number in range(1_000):
            inbox.put(SourceSeen(kind=Kind.SECRET, source=source_from(source_body(str(number)), Kind.SECRET)))
        inbox.put(Relisted())
        inbox.put(NamespaceSeen(namespace=Namespace(name="a", version="1", terminating=False)))

    await asyncio.to_thread(flood)
    async with asyncio.timeout(PATIENCE_S):
        while len(affected) < 2_000:  # noqa: ASYNC110 - a turn of the loop, no time
            await asyncio.sleep(0)
    assert affected[:1_000] == [Key("home", str(number)) for number in range(1_000)]
    assert (len(affected), len(relists)) == (2_000, 1)
