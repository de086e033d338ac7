"""An API server in miniature: scripted answers over real TLS, and a record of what was asked."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from ruamel.yaml import YAML

from harness.stacks.embedded.node.api import Api, ClientConfig
from harness.stacks.embedded.node.document import Document, Json


async def eventually(holds: Callable[[], bool]) -> None:
    """Yields to other tasks until something holds that no event announces; a test that hangs fails after 20 s."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - what is awaited is a file's content or a frozen view
            await asyncio.sleep(0.001)


@dataclass
class MiniApiServer:
    """Answers by the table `answers` (`METHOD path` -> statuses and bodies, the last one for good), else with 404."""

    kubeconfig: Path
    answers: dict[str, list[tuple[int, Json]]] = field(default_factory=dict)
    #: (method and path, body)
    asked: list[tuple[str, Document]] = field(default_factory=list)
    #: one list of lines per watch; a watch beyond them stays open and silent
    watches: list[list[Json]] = field(default_factory=list)
    watch_versions: list[str] = field(default_factory=list)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    def bodies(self, what: str) -> list[Document]:
        """The bodies of all requests of that method and path."""
        return [body for asked, body in self.asked if asked == what]

    async def until(self, what: str, count: int = 1) -> Document:
        """Waits for a request and returns the body of the `count`th."""
        async with asyncio.timeout(20), self.news:
            await self.news.wait_for(lambda: len(self.bodies(what)) >= count)
        return self.bodies(what)[count - 1]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The one handler."""
        if "watch" in request.query:
            return await self._watch(request)
        what = f"{request.method} {request.path}"
        text = await request.read()
        async with self.news:
            self.asked.append((what, Document.parse(text) if text else Document({})))
            self.news.notify_all()
        scripted = self.answers.get(what, [(404, {"message": f"{what} is not scripted"})])
        status, body = scripted.pop(0) if len(scripted) > 1 else scripted[0]
        return web.json_response(body, status=status)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        self.watch_versions.append(request.query["resourceVersion"])
        response = web.StreamResponse()
        await response.prepare(request)
        if self.watches:
            for line in self.watches.pop(0):
                await response.write(json.dumps(line).encode() + b"\n")
            return response
        await asyncio.Event().wait()
        return response


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MiniApiServer]:
    """A running server and a kubeconfig for it."""
    authority = trustme.CA()
    certificate, client = authority.issue_cert("127.0.0.1"), authority.issue_cert("admin@example.org")
    authority.cert_pem.write_to_path(tmp_path / "ca.crt")
    client.cert_chain_pems[0].write_to_path(tmp_path / "admin.crt")
    client.private_key_pem.write_to_path(tmp_path / "admin.key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED

    mini = MiniApiServer(kubeconfig=tmp_path / "kubeconfig")
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", mini.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.01)  # aiohttp takes 0 for "for ever"
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    host, port = runner.addresses[0][:2]
    content = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
        "clusters": [{"name": "k", "cluster": {"server": f"https://{host}:{port}", "certificate-authority": "ca.crt"}}],
        "users": [{"name": "u", "user": {"client-certificate": "admin.crt", "client-key": "admin.key"}}],
    }
    with mini.kubeconfig.open("w") as stream:
        YAML(typ="safe", pure=True).dump(content, stream)
    yield mini
    await runner.cleanup()


@pytest.fixture
async def api(server: MiniApiServer) -> AsyncIterator[Api]:
    """A client of that server."""
    async with Api(ClientConfig.read(server.kubeconfig)) as client:
        yield client
