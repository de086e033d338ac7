"""An API server in memory, for the benchmark and the tests: versions, conflicts and uids behave, nothing else does."""

import itertools
import json

from controller.errors import ApiError
from controller.jsonobject import JsonObject, child, text
from controller.kinds import Kind

Place = tuple[Kind, str, str]


class MemoryApi:
    """Stores Secrets and ConfigMaps; raises what a real API server would answer."""

    def __init__(self, namespaces: set[str]) -> None:
        #: where objects can be created
        self.namespaces = namespaces
        #: namespaces in which creating is forbidden, because they are being deleted
        self.terminating: set[str] = set()
        #: what was asked, in order: `create secret a/x`
        self.calls: list[str] = []
        self._objects: dict[Place, JsonObject] = {}
        self._versions = itertools.count(1_000)

    def put(self, kind: Kind, body: JsonObject) -> JsonObject:
        """Stores an object as somebody else would, without a call being counted; gives it as stored."""
        metadata = child(body, "metadata")
        place = (kind, text(metadata, "namespace"), text(metadata, "name"))
        return self._store(place, body, self._objects.get(place))

    def get(self, kind: Kind, namespace: str, name: str) -> JsonObject | None:
        """The stored object, without a call being counted."""
        return self._objects.get((kind, namespace, name))

    def remove(self, kind: Kind, namespace: str, name: str) -> None:
        """Deletes as somebody else would, without a call being counted."""
        del self._objects[kind, namespace, name]

    async def create(self, kind: Kind, namespace: str, body: JsonObject) -> JsonObject:
        """404 without namespace, 403 in one that is being deleted, 409 if it exists."""
        name = text(child(body, "metadata"), "name")
        call = self._called("create", kind, namespace, name)
        if namespace not in self.namespaces:
            raise ApiError(call, status=404, reason="NotFound")
        if namespace in self.terminating:
            raise ApiError(call, status=403, reason="Forbidden", causes=("NamespaceTerminating",))
        if (kind, namespace, name) in self._objects:
            raise ApiError(call, status=409, reason="AlreadyExists")
        return self._store((kind, namespace, name), body, None)

    async def read(self, kind: Kind, namespace: str, name: str) -> JsonObject:
        """404 if it does not exist."""
        return self._existing(self._called("read", kind, namespace, name), (kind, namespace, name))

    async def replace(self, kind: Kind, namespace: str, name: str, body: JsonObject) -> JsonObject:
        """409 with another resourceVersion, 422 if the type differs or the stored object is immutable."""
        call = self._called("replace", kind, namespace, name)
        old = self._existing(call, (kind, namespace, name))
        if text(child(body, "metadata"), "resourceVersion") != text(child(old, "metadata"), "resourceVersion"):
            raise ApiError(call, status=409, reason="Conflict")
        if text(body, "type") != text(old, "type") or old.get("immutable") is True:
            raise ApiError(call, status=422, reason="Invalid")
        return self._store((kind, namespace, name), body, old)

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """409 with another uid."""
        call = self._called("delete", kind, namespace, name)
        old = self._existing(call, (kind, namespace, name))
        if text(child(old, "metadata"), "uid") != uid:
            raise ApiError(call, status=409, reason="Conflict")
        del self._objects[kind, namespace, name]

    def _called(self, verb: str, kind: Kind, namespace: str, name: str) -> str:
        call = f"{verb} {kind} {namespace}/{name}"
        self.calls.append(call)
        return call

    def _existing(self, call: str, place: Place) -> JsonObject:
        if place not in self._objects:
            raise ApiError(call, status=404, reason="NotFound")
        return self._objects[place]

    def _store(self, place: Place, body: JsonObject, old: JsonObject | None) -> JsonObject:
        version = str(next(self._versions))
        uid = text(child(old, "metadata"), "uid") if old is not None else f"uid-{version}"
        metadata = {**child(body, "metadata"), "uid": uid, "resourceVersion": version}
        # a copy through text, as over the wire
        self._objects[place] = json.loads(json.dumps({**body, "metadata": metadata}))
        return self._objects[place]
