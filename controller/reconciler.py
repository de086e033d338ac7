"""One reconcile: brings every mirror of one source to what the source asks for, from the caches, with few calls.

A reconcile of an unchanged source makes no API call. Targets are written one after the other: `--worker-threads` is
the number of writes that can be under way. A target that fails does not keep the others from being written; the
reconcile then fails as a whole and is tried again with back-off.

A foreign object in a mirror's place is never overwritten. That is not an error that paging somebody would mend, so it
is logged, told as an Event on the source, and looked at again every five minutes (result `requeue_after`).
"""

import logging
from collections.abc import Callable
from typing import Final, Protocol

from controller import mirror
from controller.caches import Caches, KindCache
from controller.errors import ApiError, ControllerError, ReconcileError
from controller.jsonobject import JsonObject
from controller.kinds import Kind
from controller.mirror import Key, Mirror, Ownership, Source

_log = logging.getLogger(__name__)

#: a source with a foreign object in its way is looked at again after this long, seconds
CONFLICT_RETRY_S: Final = 300.0
#: errors that are shown in full when several targets fail
_SHOWN_ERRORS: Final = 3


class ObjectStore(Protocol):
    """The four calls on an API server that a reconcile makes; each raises ApiError or ApiUnreachableError."""

    async def create(self, kind: Kind, namespace: str, body: JsonObject) -> JsonObject:
        """Creates an object, and gives it as stored."""

    async def read(self, kind: Kind, namespace: str, name: str) -> JsonObject:
        """Reads an object."""

    async def replace(self, kind: Kind, namespace: str, name: str, body: JsonObject) -> JsonObject:
        """Replaces the object if it still has the body's resourceVersion, and gives it as stored."""

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Deletes the object if it still has this uid."""


class ConflictListener(Protocol):
    """Who tells people of a foreign object in a mirror's place."""

    async def foreign_object(self, kind: Kind, source: Key, source_uid: str, namespace: str) -> None:
        """The mirror of `source` in `namespace` cannot be made. Never raises; called on every look."""


class MirrorReconciler:
    """Reconciles the sources of one kind."""

    def __init__(
        self,
        kind: Kind,
        *,
        caches: Caches,
        store: ObjectStore,
        conflicts: ConflictListener,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        """Args: `stopping` tells that no further write shall begin."""
        self._kind = kind
        self._caches = caches
        self._store = store
        self._conflicts = conflicts
        self._stopping = stopping

    @property
    def _cache(self) -> KindCache:
        return self._caches.kinds[self._kind]

    async def reconcile(self, key: Key) -> float | None:
        """Brings the mirrors of the source `key` in line; a source that does not exist has none.

        Returns:
            Seconds after which to look again although nothing changed, or None.

        Raises:
            ReconcileError: at least one target could not be written.
        """
        source = self._cache.source(key)
        if source is not None and source.targets.invalid:
            _log.warning("%s %s: no namespace can be called %s", self._kind, key, ", ".join(source.targets.invalid))
        wanted = source.targets.select(self._caches.namespaces.active, own=key.namespace) if source else []
        existing = self._cache.mirrors_of(key)
        failed: list[ControllerError] = []
        conflicts = 0
        for namespace in wanted if source else []:
            assert source is not None  # noqa: S101 - for the type checker: wanted is empty without a source
            seen = existing.get(namespace)
            if seen is not None and seen.equals(source):
                continue
            if self._stopping():
                return None
            try:
                conflicts += not await self._write(source, namespace, seen)
            except ControllerError as error:
                failed.append(error)
        for namespace in existing.keys() - set(wanted):
            if self._stopping():
                return None
            try:
                await self._delete(existing[namespace])
            except ControllerError as error:
                failed.append(error)
        if failed:
            raise _summary(self._kind, key, failed)
        return CONFLICT_RETRY_S if conflicts else None

    async def _write(self, source: Source, namespace: str, seen: Mirror | None) -> bool:
        """Makes or repairs one mirror; False if a foreign object is in its place."""
        try:
            if seen is None:
                await self._create(source, namespace)
            else:
                await self._replace(source, seen)
        except ApiError as error:
            if error.is_not_found and seen is None:
                return True  # the namespace went while we looked; its event is under way
            if error.is_namespace_terminating:
                return True
            if not (error.is_conflict or error.is_not_found):
                raise
            return await self._write_again(source, namespace)
        return True

    async def _write_again(self, source: Source, namespace: str) -> bool:
        """The caches were behind: looks at the object itself, and writes once more."""
        try:
            body = await self._store.read(self._kind, namespace, source.key.name)
        except ApiError as error:
            if not error.is_not_found:
                raise
            await self._create(source, namespace)
            return True
        owner = mirror.ownership(body, self._kind, source.key)
        seen = mirror.mirror_from(body, self._kind)
        if owner is Ownership.ANOTHER_SOURCES and not self._claimed(seen):
            owner = Ownership.OURS
        if owner is not Ownership.OURS:
            _log.warning(
                "%s %s: an object of the same name that is not its mirror is in namespace %s, left alone",
                self._kind,
                source.key,
                namespace,
            )
            await self._conflicts.foreign_object(self._kind, source.key, source.uid, namespace)
            return False
        if seen.equals(source):
            self._cache.mirror_seen(seen)
        else:
            await self._replace(source, seen)
        return True

    def _claimed(self, seen: Mirror) -> bool:
        """The mirror's own source exists and still wants it there."""
        other = self._cache.source(seen.source) if seen.source else None
        return other is not None and other.targets.match(seen.key.namespace, own=other.key.namespace)

    async def _create(self, source: Source, namespace: str) -> None:
        body = await self._store.create(self._kind, namespace, mirror.desired(source, self._kind, namespace))
        self._cache.mirror_seen(mirror.mirror_from(body, self._kind))

    async def _replace(self, source: Source, seen: Mirror) -> None:
        namespace = seen.key.namespace
        if seen.type != source.content.type:
            await self._recreate(source, seen)
            return
        wanted = mirror.desired(source, self._kind, namespace, resource_version=seen.resource_version)
        try:
            body = await self._store.replace(self._kind, namespace, source.key.name, wanted)
        except ApiError as error:
            if not error.is_invalid:
                raise
            await self._recreate(source, seen)  # somebody made the mirror immutable
            return
        self._cache.mirror_seen(mirror.mirror_from(body, self._kind))

    async def _recreate(self, source: Source, seen: Mirror) -> None:
        await self._delete(seen)
        await self._create(source, seen.key.namespace)

    async def _delete(self, seen: Mirror) -> None:
        if seen.key.namespace not in self._caches.namespaces.active:
            return  # goes with its namespace
        try:
            await self._store.delete(self._kind, seen.key.namespace, seen.key.name, seen.uid)
        except ApiError as error:
            if not (error.is_not_found or error.is_conflict):
                raise  # gone already, or another object by now, is what was wanted
        self._cache.forget_mirror(seen.key)


def _summary(kind: Kind, key: Key, failed: list[ControllerError]) -> ReconcileError:
    reasons = "; ".join(error.line for error in failed[:_SHOWN_ERRORS])
    more = f"; and {len(failed) - _SHOWN_ERRORS} more" if len(failed) > _SHOWN_ERRORS else ""
    return ReconcileError(
        f"{kind} {key}: {len(failed)} target(s) failed", why=f"{reasons}{more}", fix="it is tried again with back-off"
    )
