"""An API server for tests: lists, pages, watches and errors over real HTTP, on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from aiohttp import web

from controller.jsonobject import JsonObject, child, text
from controller.kubeconfig import Connection

_RESOURCES = [("secrets", "Secret", True), ("configmaps", "ConfigMap", True), ("namespaces", "Namespace", False)]


def _resource(plural: str, kind: str, namespaced: bool) -> JsonObject:
    return {
        "name": plural,
        "singularName": kind.lower(),
        "kind": kind,
        "namespaced": namespaced,
        "verbs": ["list", "watch", "get", "patch"],
    }


_DISCOVERY: dict[str, JsonObject] = {
    "/api": {"versions": ["v1"]},
    "/apis": {"groups": []},
    "/api/v1": {"resources": [_resource(*resource) for resource in _RESOURCES]},
}


class KubeApi:
    """Objects by plural; a change is told to every watch that is open."""

    def __init__(self) -> None:
        self.objects: dict[str, list[JsonObject]] = {plural: [] for plural, _, _ in _RESOURCES}
        #: `GET /api/v1/secrets?...` in order
        self.requests: list[str] = []
        self.authorizations: set[str] = set()
        self.bodies: list[JsonObject] = []
        #: path to (status, answer) that is given instead
        self.answers: dict[str, tuple[int, JsonObject]] = {}
        #: objects per page
        self.page = 500
        #: what a watch from a resourceVersion is told first
        self.watch_error: JsonObject | None = None
        self._watches: list[tuple[str, str, asyncio.Queue[JsonObject | None]]] = []
        #: watches opened so far, those included that were closed since
        self.opened = 0
        self._port = 0

    @property
    def connection(self) -> Connection:
        return Connection(server=f"http://127.0.0.1:{self._port}", token="t0ken")  # noqa: S106 - a test's

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Self]:
        """Serves until the block ends."""
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self._handle)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self._port = runner.addresses[0][1]
        try:
            yield self
        finally:
            self.cut()
            await runner.cleanup()

    def tell(self, plural: str, kind: str, body: JsonObject, *, selector: str = "") -> None:
        """Sends a watch event of this type to the watches of the resource, or only to those with the selector."""
        for watched, wanted, queue in self._watches:
            if watched == plural and selector in wanted:
                queue.put_nowait({"type": kind, "object": body})

    def cut(self) -> None:
        """Closes every watch."""
        for _, _, queue in self._watches:
            queue.put_nowait(None)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path_qs}")
        self.authorizations.add(request.headers.get("Authorization", ""))
        if request.method in {"POST", "PUT", "DELETE"}:
            self.bodies.append(json.loads(await request.read() or b"{}"))
        if request.path in self.answers:
            status, answer = self.answers[request.path]
            return web.json_response(answer, status=status)
        plural = request.path.removeprefix("/api/v1/")
        if request.path in _DISCOVERY:
            return web.json_response(_DISCOVERY[request.path])
        if plural not in self.objects:
            return web.json_response({"reason": "NotFound", "message": "no such thing", "code": 404}, status=404)
        if "watch" in request.query:
            return await self._watch(request, plural)
        return self._list(request, plural)

    def _list(self, request: web.Request, plural: str) -> web.Response:
        selector = request.query.get("labelSelector", "")
        found = [body for body in self.objects[plural] if _selected(body, selector)]
        start = int(request.query.get("continue", "0"))
        rest = start + self.page < len(found)
        metadata = {"resourceVersion": "100", "continue": str(start + self.page) if rest else ""}
        return web.json_response({"metadata": metadata, "items": found[start : start + self.page]})

    async def _watch(self, request: web.Request, plural: str) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        if self.watch_error is not None and request.query.get("resourceVersion"):
            error, self.watch_error = self.watch_error, None
            await response.write(json.dumps({"type": "ERROR", "object": error}).encode() + b"\n")
            return response
        watch = (plural, request.query.get("labelSelector", ""), asyncio.Queue[JsonObject | None]())
        self._watches.append(watch)
        self.opened += 1
        try:
            while (event := await watch[2].get()) is not None:
                await response.write(json.dumps(event).encode() + b"\n")
        finally:
            self._watches.remove(watch)
        return response


def _selected(body: JsonObject, selector: str) -> bool:
    key, _, value = selector.partition("=")
    return not selector or text(child(child(body, "metadata"), "labels"), key) == value
