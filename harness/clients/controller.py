"""Reading a controller's /metrics page directly: what Prometheus should see, read past it."""

import time

from harness.clients.endpoint import TIMEOUT_S, Endpoint, EndpointReader
from harness.core.exposition import Page, parse_page


class ControllerPage(EndpointReader):
    """The /metrics page of one controller pod."""

    def __init__(self, url: str, *, source: str, timeout_s: float = TIMEOUT_S) -> None:
        """Args: url of the page; `source` as the target's `instance` label, so that scrape instants can be matched."""
        super().__init__(Endpoint("the controller", url, timeout_s=timeout_s))
        self._source = source

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
