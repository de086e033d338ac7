"""The API server, as the node needs it: typed requests and a watch that outlives its connections.

aiohttp alone, not a client library: importing one costs the node more than all of its own start.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.errors import MisuseError, RetryableError
from harness.core.system_words import reason_of
from harness.stacks.embedded.node.document import Document, Json, ShapeError

_MERGE = "application/merge-patch+json"
_STRATEGIC = "application/strategic-merge-patch+json"
#: how long the server keeps one watch open; a new one costs one request
_WATCH_S = 300
#: a silent peer (a stopped server, a lost connection) is noticed after this long: bookmarks come every minute
_SILENCE_S = 100
_BACK_OFF_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class ApiRefusedError(RetryableError):
    """The API server answered with an error."""

    def __init__(self, request: str, status: int, message: str) -> None:
        super().__init__(f"{request} was refused", why=f"{status}: {message}", fix="see the API server's log")
        #: the HTTP status code
        self.status = status


class ApiUnreachableError(RetryableError):
    """The API server did not answer."""

    def __init__(self, request: str, reason: str) -> None:
        super().__init__(f"{request} was not answered", why=reason, fix="see whether the API server runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """Where the API server is and how to prove who one is."""

    server: str
    ca_file: Path
    certificate_file: Path
    key_file: Path

    @classmethod
    def read(cls, kubeconfig: Path) -> Self:
        """Reads the current context of a kubeconfig that names its certificates as files.

        Raises:
            MisuseError: the file is missing, or it embeds credentials or uses others than client certificates.
        """
        try:
            content = YAML(typ="safe", pure=True).load(kubeconfig.read_text())
            document = Document(content)
            context = _named(document, "contexts", document.text("current-context")).at("context")
            cluster = _named(document, "clusters", context.text("cluster")).at("cluster")
            user = _named(document, "users", context.text("user")).at("user")
            return cls(
                server=cluster.require("server"),
                ca_file=kubeconfig.parent / cluster.require("certificate-authority"),
                certificate_file=kubeconfig.parent / user.require("client-certificate"),
                key_file=kubeconfig.parent / user.require("client-key"),
            )
        except (OSError, ShapeError, AttributeError, YAMLError) as error:
            raise MisuseError(
                f"{kubeconfig} cannot be used by the node",
                why=str(error),
                fix="give the kubeconfig that kwokctl wrote: server, and certificates as files",
            ) from error

    def ssl_context(self) -> ssl.SSLContext:
        """A context that trusts the cluster's CA only and presents the client certificate."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.load_cert_chain(self.certificate_file, self.key_file)
        return context


class Change(StrEnum):
    """What a watch event says."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    #: a complete list follows from the server: what is not in it is gone
    LISTED = "LISTED"


@dataclass(frozen=True, slots=True)
class Event:
    """One change of one object, or (`LISTED`) all objects as of now."""

    change: Change
    objects: tuple[Document, ...]


class Api:
    """A client for as long as it is entered as a context."""

    def __init__(self, cluster: ClientConfig) -> None:
        self._cluster = cluster
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(ssl=self._cluster.ssl_context(), limit=0, keepalive_timeout=120)
        self._session = aiohttp.ClientSession(
            base_url=self._cluster.server, connector=connector, timeout=aiohttp.ClientTimeout(total=15)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, **parameters: str) -> Document:
        """Reads one object or list.

        Raises:
            ApiRefusedError: the server answered with an error.
            ApiUnreachableError: it did not answer.
        """
        return await self._request("GET", path, None, "application/json", parameters)

    async def post(self, path: str, body: Json) -> Document:
        """Creates an object; errors as `get`."""
        return await self._request("POST", path, body, "application/json", {})

    async def merge(self, path: str, body: Json) -> Document:
        """Patches an object; lists are replaced; errors as `get`."""
        return await self._request("PATCH", path, body, _MERGE, {})

    async def strategic(self, path: str, body: Json) -> Document:
        """Patches an object; lists with a key (conditions) are merged by it; errors as `get`."""
        return await self._request("PATCH", path, body, _STRATEGIC, {})

    async def delete(self, path: str, body: Json) -> Document:
        """Deletes an object; errors as `get`."""
        return await self._request("DELETE", path, body, "application/json", {})

    async def watch(self, path: str, **parameters: str) -> AsyncIterator[Event]:
        """Yields a complete list, then every change, for ever.

        Ends of a watch are normal and lead to the next one; errors and an expired version lead to a new list, after a
        pause that grows to 5 s while nothing works.
        """
        failures, version = 0, ""
        while True:
            try:
                if not version:
                    listed = await self.get(path, **parameters)
                    version = listed.at("metadata").text("resourceVersion")
                    failures = 0
                    yield Event(Change.LISTED, listed.items("items"))
                async for event in self._changes(path, version, parameters):
                    failures = 0
                    version = event.at("object", "metadata").text("resourceVersion")
                    if event.text("type") != "BOOKMARK":
                        yield Event(Change(event.text("type")), (event.at("object"),))
                await asyncio.sleep(_BACK_OFF_S[0])  # a server that ends every watch at once must not be hammered
            except (RetryableError, ShapeError, ValueError) as error:
                version = version if isinstance(error, ApiUnreachableError) and failures < 1 else ""
                await asyncio.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)])
                failures += 1

    async def _changes(self, path: str, version: str, parameters: Mapping[str, str]) -> AsyncIterator[Document]:
        query = {
            **parameters,
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(_WATCH_S),
        }
        timeout = aiohttp.ClientTimeout(total=None, sock_read=_SILENCE_S)
        try:
            async with self._open().get(path, params=query, timeout=timeout, read_bufsize=1 << 22) as response:
                if response.status >= 400:  # noqa: PLR2004 - HTTP: errors begin here
                    raise ApiRefusedError(f"watch {path}", response.status, await response.text())
                buffered = b""
                async for chunk in response.content.iter_any():
                    *lines, buffered = (buffered + chunk).split(b"\n")
                    for line in lines:
                        event = Document.parse(line)
                        if event.text("type") == "ERROR":
                            status = event.at("object")
                            raise ApiRefusedError(f"watch {path}", status.integer("code"), status.text("message"))
                        yield event
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiUnreachableError(f"watch {path}", reason_of(error)) from error

    async def _request(
        self, method: str, path: str, body: Json, content_type: str, parameters: Mapping[str, str]
    ) -> Document:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        try:
            async with self._open().request(method, path, params=parameters, data=data, headers=headers) as response:
                text = await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiUnreachableError(f"{method} {path}", reason_of(error)) from error
        if status >= 400:  # noqa: PLR2004 - HTTP: errors begin here
            raise ApiRefusedError(f"{method} {path}", status, _message(text))
        return Document.parse(text)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise ApiUnreachableError("the API client", "it is not entered")
        return self._session


def _named(document: Document, key: str, name: str) -> Document:
    for entry in document.items(key):
        if entry.text("name") == name:
            return entry
    raise ShapeError(f"{key} has no entry named {name!r}")


def _message(text: bytes) -> str:
    try:
        return Document.parse(text).text("message")
    except ShapeError:
        return text.decode(errors="replace")[:200]
