"""One more try where a server closed the kept connection just as the next question came.

No server can avoid that: it ends a connection that nobody uses (Prometheus after 5 minutes, `--web.read-timeout`), and
a port-forward ends one with its pod's. A question that changes nothing may be asked again at once:
https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
"""

from types import TracebackType
from typing import Self

from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ReadTimeoutError
from urllib3.util.retry import Retry


class OnceMore(Retry):
    """For a session's adapter: a GET without any answer is asked once more, a late or bad answer is not."""

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
