"""cAdvisor's pages through the API server: the only way to a kubelet that every cluster has."""

import math
import time
from collections.abc import Callable, Collection

from harness.clients.kubernetes import KubeApi
from harness.core.errors import CouldNotTellError
from harness.core.exposition import Page, parse_page

#: A page is some hundred kilobytes and what it tells is renewed every ten seconds at best: whoever looks more often is
#: told the same once more.
_KEPT_S = 1.0


class NodePages:
    """What cAdvisor tells of one namespace, on some nodes.

    A page has all containers of its node. What is of other namespaces is left out unread: it is most of a page.
    """

    def __init__(
        self,
        api: KubeApi,
        *,
        namespace: str,
        nodes: Callable[[], Collection[str]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Args: where; whose containers; names of the nodes to ask; Unix time in seconds."""
        self._api = api
        self._namespace = namespace
        self._nodes = nodes
        self._clock = clock
        self._text = ""
        self._taken_s = -math.inf

    def take(self) -> Page:
        """One page of all these nodes, at most a second old; its instant is that of the question.

        Raises:
            CouldNotTellError: there is no node, or the API server does not lead to its kubelet.
            MalformedPageError: no page in the text format.
        """
        now_s = self._clock()
        if not 0 <= now_s - self._taken_s < _KEPT_S:  # a clock that was set back makes nothing younger
            self._text, self._taken_s = self._asked(), now_s
        return parse_page(self._text, at_s=now_s, source="cadvisor")

    def _asked(self) -> str:
        nodes = sorted(self._nodes())
        if not nodes:
            raise CouldNotTellError(
                "no node runs the controller", why="none of its pods has a node", fix="look at the pods' events"
            )
        wanted = f'namespace="{self._namespace}"'
        return "".join(
            f"{line}\n"
            for node in nodes
            for line in self._api.text(f"/api/v1/nodes/{node}/proxy/metrics/cadvisor").splitlines()
            if wanted in line
        )
