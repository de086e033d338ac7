"""The API client: one call, one request. Nothing here throttles, and nothing retries.

client-go limits itself to 20 requests/s by default; this client does not, because a limiter in the client looks like
a slow API server in the metrics. Concurrency is bounded by the workers, each of which waits for its own write.
HTTP/1.1: every request in flight has a connection, and idle connections are kept.
"""

import json
import ssl
import tempfile
import time
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final, Self

import aiohttp

from controller.errors import ApiError, ApiUnreachableError, MisuseError
from controller.jsonobject import JsonObject, child, children, number, text
from controller.kinds import Kind
from controller.kubeconfig import Connection

#: longest time of a request, seconds: an admission webhook may take 30 s of it
REQUEST_TIMEOUT_S: Final = 60.0
#: objects per page of a list: bounds the memory of a page, 500 as in kubectl
PAGE_SIZE: Final = 500
#: a token file is read again when it was read longer ago than this, seconds; as client-go
_TOKEN_AGE_S: Final = 60.0
_METADATA_ONLY: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


class KubeClient:
    """Talks JSON to one API server; an async context manager."""

    def __init__(self, connection: Connection, *, timeout_s: float = REQUEST_TIMEOUT_S, agent: str) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._agent = agent
        self._session: aiohttp.ClientSession | None = None
        self._authorization = ""
        self._authorized_s = float("-inf")

    async def __aenter__(self) -> Self:
        """Opens nothing yet but the session; the first request connects."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=_ssl_context(self._connection) if self._connection.server.startswith("https:") else False,
                limit=0,
                keepalive_timeout=90,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=self._timeout_s),
            headers={"User-Agent": self._agent, "Accept": "application/json"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: JsonObject | None = None,
        query: dict[str, str] | None = None,
        accept: str = "application/json",
    ) -> JsonObject:
        """Makes one request and gives the object in the answer.

        Raises:
            ApiError: the server answered with an error.
            ApiUnreachableError: no complete answer came in time.
        """
        if self._session is None:
            raise RuntimeError("the client is used outside of its context")
        call = f"{method} {path}"
        try:
            async with self._session.request(
                method,
                self._connection.server + path,
                params=query,
                data=None if body is None else json.dumps(body).encode(),
                headers={
                    "Accept": accept,
                    "Authorization": self._authorize(),
                    **({} if body is None else {"Content-Type": "application/json"}),
                },
            ) as response:
                payload = await response.read()
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ApiUnreachableError(
                f"{call} got no answer",
                why=str(error) or f"{type(error).__name__} after at most {self._timeout_s:g} s",
                fix="check that the API server is up, and what its admission webhooks do",
            ) from error
        return _answer(call, status, payload)

    async def create(self, kind: Kind, namespace: str, body: JsonObject) -> JsonObject:
        """Creates an object, and gives it as stored."""
        return await self.request("POST", f"/api/v1/namespaces/{namespace}/{kind.plural}", body=body)

    async def read(self, kind: Kind, namespace: str, name: str) -> JsonObject:
        """Reads an object."""
        return await self.request("GET", f"/api/v1/namespaces/{namespace}/{kind.plural}/{name}")

    async def replace(self, kind: Kind, namespace: str, name: str, body: JsonObject) -> JsonObject:
        """Replaces an object; its `resourceVersion` in the body makes that optimistic."""
        return await self.request("PUT", f"/api/v1/namespaces/{namespace}/{kind.plural}/{name}", body=body)

    async def delete(self, kind: Kind, namespace: str, name: str, uid: str) -> None:
        """Deletes exactly the object with this uid; another of the same name is a conflict."""
        await self.request(
            "DELETE", f"/api/v1/namespaces/{namespace}/{kind.plural}/{name}", body={"preconditions": {"uid": uid}}
        )

    async def pages(
        self, plural: str, *, selector: str = "", metadata_only: bool = False
    ) -> AsyncIterator[list[JsonObject]]:
        """Lists a core resource over all namespaces, a page at a time."""
        query = {"limit": str(PAGE_SIZE)} | ({"labelSelector": selector} if selector else {})
        while True:
            answer = await self.request(
                "GET", f"/api/v1/{plural}", query=query, accept=_METADATA_ONLY if metadata_only else "application/json"
            )
            yield children(answer, "items")
            token = text(child(answer, "metadata"), "continue")
            if not token:
                return
            query["continue"] = token

    def _authorize(self) -> str:
        now_s = time.monotonic()
        if now_s - self._authorized_s > _TOKEN_AGE_S:
            token = self._connection.current_token()
            if token:
                self._authorization = f"Bearer {token}"
            elif self._connection.username:
                self._authorization = aiohttp.encode_basic_auth(self._connection.username, self._connection.password)
            self._authorized_s = now_s
        return self._authorization


def _answer(call: str, status: int, payload: bytes) -> JsonObject:
    try:
        parsed: object = json.loads(payload) if payload else {}
    except ValueError:
        parsed = {}
    answer: JsonObject = parsed if isinstance(parsed, dict) else {}
    if status < 400:  # noqa: PLR2004 - HTTP: errors start here
        return answer
    raise ApiError(
        call,
        status=number(answer, "code") or status,
        reason=text(answer, "reason"),
        message=text(answer, "message"),
        causes=tuple(text(cause, "reason") for cause in children(child(answer, "details"), "causes")),
    )


def _ssl_context(connection: Connection) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=connection.ca_pem or None)
        if connection.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if connection.certificate_pem:
            # the library loads certificates from files only; both parts go in one, which lives for this block
            with tempfile.NamedTemporaryFile("w", encoding="ascii") as file:
                file.write(f"{connection.certificate_pem}\n{connection.key_pem}\n")
                file.flush()
                context.load_cert_chain(file.name)
    except (ssl.SSLError, OSError) as error:
        raise MisuseError(
            "the kubeconfig's certificates cannot be used", why=str(error), fix="write the kubeconfig again"
        ) from error
    return context
