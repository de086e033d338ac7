"""A reconcile brings mirrors in line with few calls, and never touches what is not its own."""

import logging

import pytest

from controller import names
from controller.caches import Caches
from controller.errors import ApiError, ReconcileError
from controller.jsonobject import JsonObject, child
from controller.kinds import Kind
from controller.memoryapi import MemoryApi
from controller.mirror import Key, Namespace, mirror_from, source_from
from controller.reconciler import CONFLICT_RETRY_S, MirrorReconciler
from controller.tests.objects import foreign_body, source_body

HOME = Key("home", "s")


class World:
    """A cluster in memory, its caches, and a reconciler of Secrets; tests say what the watches have seen."""

    def __init__(self) -> None:
        self.api = MemoryApi({"home", "a", "b"})
        self.caches = Caches()
        for name in self.api.namespaces:
            self.caches.namespaces.seen(Namespace(name=name, version="1", terminating=False))
        self.cache = self.caches.kinds[Kind.SECRET]
        self.told: list[str] = []
        self.stopping = False
        self.reconciler = MirrorReconciler(
            Kind.SECRET, caches=self.caches, store=self.api, conflicts=self, stopping=lambda: self.stopping
        )

    async def foreign_object(self, kind: Kind, source: Key, source_uid: str, namespace: str) -> None:
        self.told.append(f"{kind} {source} {source_uid} {namespace}")

    def see_source(self, version: int = 1, **more: object) -> None:
        self.cache.source_seen(source_from(source_body(version=version, **more), Kind.SECRET))  # type: ignore[arg-type]

    async def reconcile(self, key: Key = HOME) -> float | None:
        self.api.calls.clear()
        return await self.reconciler.reconcile(key)

    def data(self, namespace: str) -> JsonObject | None:
        body = self.api.get(Kind.SECRET, namespace, "s")
        return None if body is None else child(body, "data")

    def edit(self, namespace: str, **changes: object) -> None:
        """Somebody changes the object, and the watch has not told yet."""
        body = self.api.get(Kind.SECRET, namespace, "s")
        assert body is not None
        metadata = {**child(body, "metadata"), **{k: v for k, v in changes.items() if k in {"labels", "annotations"}}}
        rest = {k: v for k, v in changes.items() if k not in {"labels", "annotations"}}
        self.api.put(Kind.SECRET, {**body, **rest, "metadata": metadata})

    def see_mirror(self, namespace: str) -> None:
        """The watch tells what stands there now."""
        body = self.api.get(Kind.SECRET, namespace, "s")
        assert body is not None
        self.cache.mirror_seen(mirror_from(body, Kind.SECRET))


@pytest.fixture
def world() -> World:
    """A fresh world for each test."""
    return World()


async def test_source_gets_a_mirror_in_every_target_and_none_at_home(world: World) -> None:
    """One create for each target, in order, and nothing else."""
    world.see_source()
    assert await world.reconcile() is None
    assert world.api.calls == ["create secret a/s", "create secret b/s"]
    assert world.data("a") == world.data("b") == {"k": "dg=="}


async def test_unchanged_source_costs_no_call(world: World) -> None:
    """A second reconcile asks nothing, before the watch has reported the mirrors as well as after."""
    world.see_source()
    await world.reconcile()
    await world.reconcile()
    assert world.api.calls == []
    world.see_mirror("a")
    await world.reconcile()
    assert world.api.calls == []


async def test_changed_source_is_written_once_per_mirror(world: World) -> None:
    """An update replaces each mirror with one call."""
    world.see_source()
    await world.reconcile()
    world.see_source(2, data={"k": "bmV3"})
    await world.reconcile()
    assert world.api.calls == ["replace secret a/s", "replace secret b/s"]
    assert world.data("a") == {"k": "bmV3"}


async def test_drift_is_repaired(world: World) -> None:
    """What somebody added to a mirror goes, what was changed comes back; the other mirror is left alone."""
    world.see_source()
    await world.reconcile()
    world.edit("a", data={"k": "eA==", "z": ""})
    world.see_mirror("a")
    await world.reconcile()
    assert world.api.calls == ["replace secret a/s"]
    assert world.data("a") == {"k": "dg=="}


@pytest.mark.parametrize("changes", [{"labels": {}}, {"annotations": {}}], ids=["labels off", "annotations off"])
async def test_stripped_mirror_is_taken_back(world: World, changes: dict[str, object]) -> None:
    """A mirror that lost its labels or its annotations is recognised by the other, and repaired."""
    world.see_source()
    await world.reconcile()
    world.edit("a", **changes)
    world.cache.mirror_gone(Key("a", "s"), "99999")
    world.cache._gone_mirrors = type(world.cache._gone_mirrors)()  # what came later than the news
    await world.reconcile()
    assert world.api.calls == ["create secret a/s", "read secret a/s", "replace secret a/s"]
    body = world.api.get(Kind.SECRET, "a", "s")
    assert body is not None
    assert child(child(body, "metadata"), "labels") == {names.MIRROR: "true", names.MANAGED_BY: "kubemirror"}


async def test_gone_source_takes_its_mirrors_along(world: World) -> None:
    """Without its source no mirror stays, as after a deletion that nobody watched."""
    world.see_source()
    await world.reconcile()
    world.cache.source_gone(HOME, "2")
    await world.reconcile()
    assert sorted(world.api.calls) == ["delete secret a/s", "delete secret b/s"]
    assert (world.data("a"), world.data("b"), world.cache.source_keys()) == (None, None, set())


@pytest.mark.parametrize("more", [{"sync": "false"}, {"targets": "b"}], ids=["sync off", "target removed"])
async def test_mirror_that_is_not_wanted_any_more_goes(world: World, more: dict[str, object]) -> None:
    """Taking the annotation off, or the namespace out of it, deletes the mirror."""
    world.see_source()
    await world.reconcile()
    world.see_source(2, **more)
    await world.reconcile()
    assert world.data("a") is None


async def test_foreign_object_is_never_touched(world: World) -> None:
    """An object that nobody mirrored stays as it is, is told of, and is looked at again later: no error."""
    world.api.put(Kind.SECRET, foreign_body())
    world.see_source()
    assert await world.reconcile() == CONFLICT_RETRY_S
    assert world.data("a") == {"own": "eA=="}
    assert world.data("b") == {"k": "dg=="}, "the other target is served"
    assert world.told == ["secret home/s uid-home-s a"]
    world.cache.source_gone(HOME, "2")
    await world.reconcile()
    assert world.data("a") == {"own": "eA=="}, "nor is it deleted with the source"


async def test_first_of_two_sources_keeps_the_place(world: World) -> None:
    """Two sources of one name do not overwrite each other; when the first goes, the second gets the place."""
    rival = Key("b", "s")
    world.see_source(targets="a")
    await world.reconcile()
    world.see_source(targets="a", namespace="b", data={"k": "cml2YWw="})
    assert await world.reconcile(rival) == CONFLICT_RETRY_S
    assert world.data("a") == {"k": "dg=="}
    world.cache.source_gone(HOME, "2")
    assert await world.reconcile(rival) is None, "nobody claims it any more"
    assert world.data("a") == {"k": "cml2YWw="}


async def test_namespace_that_goes_meanwhile_is_no_error(world: World) -> None:
    """Neither a namespace that is gone nor one that is being deleted fails the reconcile."""
    world.see_source()
    world.api.namespaces.discard("a")
    world.api.terminating.add("b")
    assert await world.reconcile() is None


async def test_mirrors_in_a_dying_namespace_are_left_to_it(world: World) -> None:
    """What goes with its namespace is not deleted twice."""
    world.see_source()
    await world.reconcile()
    world.caches.namespaces.seen(Namespace(name="a", version="2", terminating=True))
    await world.reconcile()
    assert world.api.calls == []


async def test_stale_cache_heals_itself(world: World) -> None:
    """A mirror that was changed, deleted or made while the caches were behind is brought in line in one reconcile."""
    world.see_source()
    await world.reconcile()
    world.edit("a", data={})
    world.api.remove(Kind.SECRET, "b", "s")
    world.see_source(2, data={"k": "bmV3"})
    assert await world.reconcile() is None
    assert world.data("a") == world.data("b") == {"k": "bmV3"}


@pytest.mark.parametrize("how", ["type", "immutable"])
async def test_what_cannot_be_replaced_is_made_anew(world: World, how: str) -> None:
    """A source that came back with another type, or a mirror that was made immutable, does not stop the mirroring."""
    world.see_source()
    await world.reconcile()
    if how == "immutable":
        world.edit("a", immutable=True)
        world.see_mirror("a")
    world.see_source(2, data={"k": "bmV3"}, **({"type": "kubernetes.io/tls"} if how == "type" else {}))
    await world.reconcile()
    body = world.api.get(Kind.SECRET, "a", "s")
    assert body is not None
    assert body["data"] == {"k": "bmV3"}
    assert "immutable" not in body


class Refusing(MemoryApi):
    """Refuses what happens in namespace `a`, as a webhook would."""

    async def create(self, kind: Kind, namespace: str, body: JsonObject) -> JsonObject:
        if namespace == "a":
            raise ApiError("create", status=403, reason="Forbidden", message="admission webhook denied the request")
        return await super().create(kind, namespace, body)


async def test_refused_write_is_an_error_that_keeps_no_other_target_waiting(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """A denial fails the reconcile, after the other targets were served, with the webhook's words and no content."""
    world.api = Refusing({"home", "a", "b"})
    world.reconciler._store = world.api
    world.see_source()
    with caplog.at_level(logging.DEBUG), pytest.raises(ReconcileError, match="1 target") as raised:
        await world.reconcile()
    assert "admission webhook denied" in raised.value.line
    assert world.data("b") == {"k": "dg=="}
    assert "dg==" not in f"{raised.value}{caplog.text}"


async def test_no_write_begins_while_the_process_ends(world: World) -> None:
    """Asked to stop, a reconcile ends before its next write."""
    world.see_source()
    world.stopping = True
    await world.reconcile()
    assert world.api.calls == []
