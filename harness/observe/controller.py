"""Reading a controller's /metrics page directly: what Prometheus should see, read past it."""

import time
from types import TracebackType
from typing import Self

from harness.core.exposition import Page, parse_page
from harness.observe.endpoint import TIMEOUT_S, Endpoint


class ControllerPage:
    """The /metrics page of one controller pod."""

    def __init__(self, url: str, *, source: str, timeout_s: float = TIMEOUT_S) -> None:
        """Args: url of the page; `source` as the target's `instance` label, so that scrape instants can be matched."""
        self._endpoint = Endpoint("the controller", url, timeout_s=timeout_s)
        self._source = source

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the connection back."""
        self._endpoint.close()

    def take(self) -> Page:
        """Takes the page once; its instant is the middle of the request, by this machine's clock.

        Raises:
            UnreachableError: no answer within the timeout.
            UnexpectedAnswerError: a status other than 200.
            MalformedPageError: no page in the text format.
        """
        sent_s = time.time()
        text = self._endpoint.get("").text
        return parse_page(text, at_s=(sent_s + time.time()) / 2, source=self._source)
