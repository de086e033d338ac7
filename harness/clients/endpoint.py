"""One HTTP server of the stack, asked over one kept connection; every failure is "could not tell", never a verdict."""

from types import TracebackType
from typing import Self

import requests
from requests.adapters import HTTPAdapter

from harness.clients.once_more import OnceMore
from harness.core.errors import CouldNotTellError, RetryableError
from harness.core.system_words import why_no_answer

#: a healthy server on the same machine answers in milliseconds; a stalled one must not hold up the run
TIMEOUT_S = 5.0


class UnreachableError(RetryableError):
    """No answer: refused, reset or too late."""


class UnexpectedAnswerError(CouldNotTellError):
    """An answer, but not one that can be used."""


class RefusedError(UnexpectedAnswerError):
    """An answer with a status that is not 200."""

    def __init__(self, what: str, *, why: str, fix: str, status: int) -> None:
        super().__init__(what, why=why, fix=fix)
        #: the HTTP status
        self.status = status


def loopback_session() -> requests.Session:
    """A session with a server on loopback, whose connections are kept; one closed in a question's face is asked anew.

    Proxies and .netrc of the user's environment have no business with such a server.
    """
    session = requests.Session()
    session.trust_env = False
    session.mount("http://", HTTPAdapter(max_retries=OnceMore()))
    return session


class Endpoint:
    """A server at a base address, without trailing slash."""

    def __init__(self, name: str, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self.name = name
        self.url = url.rstrip("/")
        self.timeout_s = timeout_s
        self.session = loopback_session()

    def close(self) -> None:
        """Gives the connection back."""
        self.session.close()

    def get(self, path: str, **query: str) -> requests.Response:
        """Asks once.

        Raises:
            UnreachableError: no answer within the timeout.
            RefusedError: a status other than 200.
        """
        try:
            response = self.session.get(self.url + path, params=query, timeout=self.timeout_s)
        except requests.RequestException as error:
            raise self.unreachable(error) from error
        if response.status_code != requests.codes.ok:
            raise self._refused(path, response)
        return response

    def get_json(self, path: str, **query: str) -> object:
        """Asks once and reads the answer as JSON.

        Raises:
            UnreachableError: no answer within the timeout.
            UnexpectedAnswerError: a status other than 200 (then a RefusedError), or no JSON.
        """
        response = self.get(path, **query)
        try:
            found: object = response.json()
        except ValueError as error:
            raise self.unexpected(path, f"no JSON: {response.text.strip()[:80]!r}") from error
        return found

    def unreachable(self, error: Exception) -> UnreachableError:
        """The error for "no answer", to be raised from its cause."""
        return UnreachableError(
            f"{self.name} at {self.url} does not answer",
            why=why_no_answer(error),
            fix="see whether its process runs, and its log in the run's directory",
        )

    def unexpected(self, path: str, why: str) -> UnexpectedAnswerError:
        """The error for an answer that cannot be used, to be raised from its cause if there is one."""
        return UnexpectedAnswerError(self._what(path), why=why, fix=self._fix)

    def _refused(self, path: str, response: requests.Response) -> RefusedError:
        why = f"status {response.status_code}: {response.text.strip()[:200]}"
        return RefusedError(self._what(path), why=why, fix=self._fix, status=response.status_code)

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
