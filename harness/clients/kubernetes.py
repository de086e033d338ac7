"""The one door to a Kubernetes API server: requests made from any thread, answers with status, body and warnings.

kr8s reads the kubeconfig and obtains the credentials; aiohttp carries the requests, on a loop of its own. Measured with
400 creations at once: 0.7 ms of CPU each, against 8 ms and more by kr8s's own transport, which at the rates of a flood
would be a fault of its own on a small machine. kr8s's synchronous face also hides what is needed here: the `Warning`
header of a dry run, the deletion of a collection, and 404 without a wait. And its transport obeys HTTPS_PROXY, which
knows nothing of a server on loopback; here only the kubeconfig's `proxy-url` counts. That is also why the credentials
are not taken from `kr8s.asyncio.api().auth`: that call asks for the server's version first, by that transport.
"""

import asyncio
import json
import re
import tempfile
import threading
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal, TypeVar

import aiohttp
from kr8s._auth import KubeAuth  # see above

from harness.core.errors import CouldNotTellError, RetryableError
from harness.core.system_words import file_and_reason, reason_of

T = TypeVar("T")

#: a JSON object as the API server sends or takes it: the edge, past which there are types
Json = dict[str, Any]

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

#: longer than the API server waits for any webhook (30 s), so that a delayed write ends with the server's own answer
_TIMEOUT_S = 40.0
#: a loop that does not end within this is abandoned; its thread is a daemon
_CLOSE_TIMEOUT_S = 5.0

#: how JSON escapes a character beyond the basic plane, an emoji for example
_PAIR = re.compile(r"\\ud[89ab][0-9a-f]{2}\\ud[c-f][0-9a-f]{2}")

_CONTENT_TYPES = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}


class ApiUnreachableError(RetryableError):
    """The API server gave no answer."""


class ApiRefusedError(CouldNotTellError):
    """The API server answered with an error."""

    def __init__(self, what: str, *, why: str, fix: str, status: int) -> None:
        super().__init__(what, why=why, fix=fix)
        #: the HTTP status
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiRequest:
    """One request."""

    method: Method
    #: from the root: `/api/v1/namespaces/default/configmaps`
    path: str
    body: Json | list[Json] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    #: of a PATCH
    patch: Literal["merge", "strategic", "json", "apply"] = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """One answer."""

    #: the HTTP status
    status: int
    #: the object, or the Status object of a refusal
    body: Json
    #: the texts of the `Warning` headers
    warnings: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether the status is one of success."""
        return self.status < HTTPStatus.BAD_REQUEST


class KubeApi:
    """Requests to one API server, from any thread, any number at once. To be closed by whoever made it."""

    def __init__(self, kubeconfig: Path, *, context: str | None = None) -> None:
        """Reads the kubeconfig and asks the server for its version.

        Raises:
            ApiUnreachableError: no answer, no version, or a kubeconfig that cannot be used.
        """
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="kube-api", daemon=True)
        self._thread.start()
        try:
            self._wait(self._open(kubeconfig, context))
        except Exception as error:
            self._stop()
            raise ApiUnreachableError(
                f"the API server of {kubeconfig} does not answer",
                why=file_and_reason(error),
                fix="check that the cluster runs and that the kubeconfig is its own",
            ) from error

    def send(self, request: ApiRequest) -> ApiAnswer:
        """Sends a request and gives the answer back, whatever its status.

        Raises:
            ApiUnreachableError: no answer within 40 s.
        """
        return self._wait(self._send(request))

    def ask(self, request: ApiRequest) -> Json:
        """Sends a request that must succeed, and gives the body of the answer back.

        Raises:
            ApiUnreachableError: no answer within 40 s.
            ApiRefusedError: a status that is not one of success.
        """
        return _accepted(request, self.send(request))

    def find(self, path: str) -> Json | None:
        """The object at this path, None if there is none (at once, without waiting for it to appear).

        Raises:
            ApiUnreachableError: no answer within 40 s.
            ApiRefusedError: a status that is neither success nor 404.
        """
        request = ApiRequest(method="GET", path=path)
        answer = self.send(request)
        return None if answer.status == HTTPStatus.NOT_FOUND else _accepted(request, answer)

    def items(self, path: str, *, labels: Mapping[str, str] | str = "") -> list[Json]:
        """The objects of a collection that carry these labels (a mapping, or a selector as text).

        Raises:
            ApiUnreachableError: no answer within 40 s.
            ApiRefusedError: a status that is not one of success.
        """
        selector = labels if isinstance(labels, str) else ",".join(f"{name}={text}" for name, text in labels.items())
        found = self.ask(ApiRequest(method="GET", path=path, query={"labelSelector": selector}))
        return list(found["items"])

    def text(self, path: str, *, query: Mapping[str, str] | None = None) -> str:
        """What a path gives that leads to no object but to another server: a kubelet, a Service.

        Raises:
            ApiUnreachableError: no answer within 40 s.
            ApiRefusedError: a status that is not one of success.
        """
        status, text = self._wait(self._retried(ApiRequest(method="GET", path=path, query=query or {})))[:2]
        if status >= HTTPStatus.BAD_REQUEST:
            raise ApiRefusedError(
                f"GET {path}: refused with status {status}",
                why=text.strip()[:300] or "no message",
                fix="check the permissions of the kubeconfig's user (nodes/proxy, services/proxy, pods/log)",
                status=status,
            )
        return text

    def send_all(self, requests: Sequence[ApiRequest], *, at_once: int = 32) -> list[ApiAnswer]:
        """Sends many requests, `at_once` of them in flight; the answers have the order of the requests.

        Raises:
            ApiUnreachableError: one of them got no answer; others may have been carried out.
        """
        return self._wait(self._send_all(requests, at_once))

    def close(self) -> None:
        """Ends connections, loop and thread. Harmless the second time."""
        if self._loop.is_closed():
            return
        self._wait(self._session.close())
        self._stop()

    async def _open(self, kubeconfig: Path, context: str | None) -> None:
        # no service account: a file that was named is never silently replaced by the pod's own credentials
        self._auth = KubeAuth(kubeconfig=str(kubeconfig), context=context, serviceaccount="")
        self._session = await _authenticated(self._auth)
        request = ApiRequest(method="GET", path="/version")
        try:
            _accepted(request, await self._send(request))
        except BaseException:
            await self._session.close()
            raise

    async def _send(self, request: ApiRequest) -> ApiAnswer:
        status, text, warnings = await self._retried(request)
        return ApiAnswer(status=status, body=_body(text), warnings=warnings)

    async def _retried(self, request: ApiRequest) -> tuple[int, str, tuple[str, ...]]:
        try:
            answer = await self._exchange(request)
            if answer[0] == HTTPStatus.UNAUTHORIZED:  # tokens of cloud providers live for minutes
                old, self._session = self._session, await _authenticated(self._auth)
                await old.close()
                answer = await self._exchange(request)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ApiUnreachableError(
                f"{request.method} {request.path}: no answer",
                why=reason_of(error),
                fix="check that the API server runs",
            ) from error
        return answer

    async def _exchange(self, request: ApiRequest) -> tuple[int, str, tuple[str, ...]]:
        """Status, text and warnings of one answer."""
        headers = {"Content-Type": _CONTENT_TYPES[request.patch] if request.method == "PATCH" else "application/json"}
        async with self._session.request(
            request.method,
            self._auth.server.rstrip("/") + request.path,
            params=request.query,
            data=None if request.body is None else _written(request.body),
            headers=headers,
            proxy=self._auth.proxy,
            server_hostname=self._auth.tls_server_name,
        ) as response:
            return response.status, await response.text(), tuple(response.headers.getall("Warning", []))

    async def _send_all(self, requests: Sequence[ApiRequest], at_once: int) -> list[ApiAnswer]:
        gate = asyncio.Semaphore(at_once)

        async def one(request: ApiRequest) -> ApiAnswer:
            async with gate:
                return await self._send(request)

        return await asyncio.gather(*(one(request) for request in requests))

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_TIMEOUT_S)
        if not self._thread.is_alive():
            self._loop.close()


def labels_of(found: Json) -> Mapping[str, str]:
    """The labels of an object, or of a template of one; none where it says nothing of them."""
    labels: Mapping[str, str] | None = found.get("metadata", {}).get("labels")
    return labels or {}


async def _authenticated(auth: KubeAuth) -> aiohttp.ClientSession:
    """A session with the credentials that the kubeconfig leads to now.

    kr8s copies those that stand in the kubeconfig itself, private keys too, to files for everybody's temporary
    directory, and leaves them there. Once they are read nobody needs them.
    """
    try:
        await auth.reauthenticate()
        return await _session(auth)
    finally:
        _remove_copies(auth)


def _remove_copies(auth: KubeAuth) -> None:
    """Never a file that the kubeconfig names: only what stands in it as data, and lies where kr8s copies that to."""
    user, cluster = auth._user, auth._cluster  # noqa: SLF001 - kr8s tells it nowhere else
    copied = (
        (user, "client-key", auth.client_key_file),
        (user, "client-certificate", auth.client_cert_file),
        (cluster, "certificate-authority", auth.server_ca_file),
    )
    for section, name, file in copied:
        if file is None or f"{name}-data" not in section or str(file) == section.get(name):
            continue
        if (copy := Path(str(file))).parent == Path(tempfile.gettempdir()):
            copy.unlink(missing_ok=True)


async def _session(auth: KubeAuth) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            ssl=await auth.ssl_context(),  # type: ignore[no-untyped-call]  # kr8s has no type for it
            limit=0,  # whoever sends bounds what is in flight; a wait for a connection would count as no answer
        ),
        headers={"Authorization": f"Bearer {auth.token}"} if auth.token else None,
        timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
    )


def _written(body: Json | list[Json]) -> str:
    """JSON that is YAML as well, as which the API server reads what is applied.

    YAML knows no pairs of escapes for a character beyond the basic plane, and most other escapes of JSON are characters
    that it does not allow unescaped.
    """
    return _PAIR.sub(lambda pair: str(json.loads(f'"{pair[0]}"')), json.dumps(body))


def _body(text: str) -> Json:
    try:
        body = json.loads(text)
    except ValueError:
        return {"message": text}
    return body if isinstance(body, dict) else {"message": text}


def _accepted(request: ApiRequest, answer: ApiAnswer) -> Json:
    if not answer.accepted:
        raise ApiRefusedError(
            f"{request.method} {request.path}: refused with status {answer.status}",
            why=str(answer.body.get("message", "no message")),
            fix="check the permissions of the kubeconfig's user and that the object is what is expected",
            status=answer.status,
        )
    return answer.body
