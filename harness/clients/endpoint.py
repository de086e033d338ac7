"""One HTTP server of the stack, asked over one kept connection; every failure is "could not tell", never a verdict."""

import socket
from collections.abc import Callable, Mapping
from itertools import islice
from types import TracebackType
from typing import Literal, Self, TypeVar
from urllib.parse import urlsplit

import requests
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ProtocolError, ReadTimeoutError
from urllib3.util.retry import Retry

from harness.core.errors import CouldNotTellError, RetryableError
from harness.core.system_words import reason_of
from harness.waiting import NotYet

T = TypeVar("T")

#: a healthy server on the same machine answers in milliseconds; a stalled one must not hold up the run
TIMEOUT_S = 5.0
_CONNECT_TIMEOUT_S = 1.0
#: of what is wrong with an answer
_MOST_TOLD = 3


class UnreachableError(RetryableError):
    """No answer: refused, reset or too late."""


class HungUpError(UnreachableError):
    """It was reached, and closed the connection instead of an answer; what is no GET is not asked again then."""


class UnexpectedAnswerError(CouldNotTellError):
    """An answer, but not one that can be used."""


class RefusedError(UnexpectedAnswerError):
    """An answer with a status that is not 200."""

    def __init__(self, what: str, *, why: str, fix: str, status: int) -> None:
        super().__init__(what, why=why, fix=fix)
        #: the HTTP status
        self.status = status


class Answer(BaseModel):
    """The shape of an answer. Fields that are not named are left alone: servers add some with each version."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class OnceMore(Retry):
    """For a session's adapter: a GET without any answer is asked once more, a late or bad answer is not.

    A server may close the kept connection just as the next question comes, and cannot avoid that: it ends a connection
    that nobody uses (Prometheus after 5 minutes, `--web.read-timeout`), and a port-forward ends one with its pod's. A
    question that changes nothing may be asked again at once: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
    """

    def __init__(self, total: int = 1, **kwargs: object) -> None:
        """Args: as urllib3 counts down and copies it; nothing but `total` is set by hand."""
        fixed = {"connect": 0, "read": 1, "status": 0, "other": 0, "allowed_methods": frozenset({"GET"})}
        super().__init__(total, **{**fixed, **kwargs})  # type: ignore[arg-type]

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """What is left after this error (raises it, or a MaxRetryError, if that is nothing)."""
        left = self.new(total=0, read=0) if isinstance(error, ReadTimeoutError) else self
        return super(OnceMore, left).increment(method, url, response, error, _pool, _stacktrace)


class Endpoint:
    """A server at a base address, without trailing slash.

    Proxies and .netrc of the user's environment have no business with it.
    """

    def __init__(self, name: str, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        #: who asks, and whom it trusts, are set here
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://", HTTPAdapter(max_retries=OnceMore()))

    def close(self) -> None:
        """Gives the connection back."""
        self.session.close()

    def send(
        self,
        method: Literal["GET", "POST"],
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
    ) -> requests.Response:
        """Asks once, and gives the answer back whatever its status.

        Args:
            method: of HTTP.
            path: below the base address.
            query: what stands behind the question mark.
            body: goes along as JSON, unless it is None.

        Raises:
            UnreachableError: no answer within the timeout (a HungUpError if it was reached).
        """
        try:
            return self.session.request(method, self.url + path, params=query, json=body, timeout=self.timeout_s)
        except OSError as error:  # as all errors of requests are, and that of a certificate that is not there
            raise self.unreachable(error) from error

    def get(self, path: str, **query: str) -> requests.Response:
        """Asks once.

        Raises:
            UnreachableError: no answer within the timeout.
            RefusedError: a status other than 200.
        """
        return self._good(path, self.send("GET", path, query=query))

    def post(self, path: str, body: object = None) -> None:
        """Tells once. Errors as `get`."""
        self._good(path, self.send("POST", path, body=body))

    def send_bytes(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """Posts what is no JSON, and gives back what comes. Errors as `get`, but any status of success is good."""
        try:
            response = self.session.post(self.url + path, data=body, headers=dict(headers), timeout=self.timeout_s)
        except OSError as error:
            raise self.unreachable(error) from error
        return response.content if response.ok else self._good(path, response).content

    def read(self, path: str, shape: TypeAdapter[T], **query: str) -> T:
        """Asks once and reads the answer as JSON of a shape.

        Raises:
            UnreachableError: no answer within the timeout.
            UnexpectedAnswerError: a status other than 200 (then a RefusedError), no JSON, or another shape.
        """
        response = self.get(path, **query)
        try:
            found: object = response.json()
        except ValueError as error:
            raise self.unexpected(path, f"no JSON: {response.text.strip()[:80]!r}") from error
        return self.shaped(path, shape, found)

    def shaped(self, asked: str, shape: TypeAdapter[T], found: object) -> T:
        """What was answered to a question, in its shape (raises UnexpectedAnswerError if it has another)."""
        try:
            return shape.validate_python(found)
        except ValidationError as error:
            wrong = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise self.unexpected(asked, "; ".join(islice(wrong, _MOST_TOLD))) from error

    def unreachable(self, error: Exception) -> UnreachableError:
        """The error for "no answer", to be raised from its cause."""
        cause = error.args[0] if error.args else None
        return (HungUpError if isinstance(cause, ProtocolError) else UnreachableError)(
            f"{self.name} at {self.url} does not answer",
            why=reason_of(error),
            fix="see whether its process runs, and its log in the run's directory; one that is yours, ask yourself: "
            f"curl --noproxy '*' {self.url}",
        )

    def unexpected(self, path: str, why: str) -> UnexpectedAnswerError:
        """The error for an answer that cannot be used, to be raised from its cause if there is one."""
        return UnexpectedAnswerError(self._what(path), why=why, fix=self._fix)

    def _good(self, path: str, response: requests.Response) -> requests.Response:
        if response.status_code != requests.codes.ok:
            why = f"status {response.status_code}: {response.text.strip()[:200]}"
            raise RefusedError(self._what(path), why=why, fix=self._fix, status=response.status_code)
        return response

    def _what(self, path: str) -> str:
        return f"{self.name} answered {path} unexpectedly"

    @property
    def _fix(self) -> str:
        return f"check that {self.url} is {self.name} in a version that this harness knows"


class EndpointReader:
    """Who reads one server: holds its one connection, and gives it back at the end of a `with` block."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the connection back."""
        self._endpoint.close()


def answered(ask: Callable[[], T]) -> T | NotYet:
    """What a server answers; what kept it from that, for whoever waits until it does: it may be starting."""
    try:
        return ask()
    except (UnreachableError, UnexpectedAnswerError) as error:
        return NotYet(f"{error.what}: {error.why}")


def listens(url: str) -> NotYet | None:
    """Whether anybody takes connections at an address, of whom nothing is asked."""
    place = urlsplit(url)
    try:
        with socket.create_connection((place.hostname, place.port or 0), timeout=_CONNECT_TIMEOUT_S):
            return None
    except OSError as error:
        return NotYet(reason_of(error))
