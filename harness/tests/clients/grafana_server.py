"""A Grafana on loopback that holds one dashboard and answers each query as a test says."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.tests.clients.speaking_server import Answer, SpeakingServer, served

USER, PASSWORD = "admin", "prom-operator"
_AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class GrafanaServer(SpeakingServer):
    """Its state."""

    def __init__(self, dashboard: Mapping[str, Any], sources: list[Mapping[str, Any]]) -> None:
        super().__init__({})
        self.pages: dict[str, tuple[int, Any]] = {
            f"/api/dashboards/uid/{dashboard['uid']}": (200, {"dashboard": dashboard, "meta": {}}),
            "/api/search": (200, [{"uid": dashboard["uid"], "title": dashboard["title"], "type": "dash-db"}]),
            "/api/datasources": (200, sources),
        }
        #: expression -> status and answer; None for none to this query
        self.results: dict[str, tuple[int, Any]] = {}
        #: to every other query
        self.usual: tuple[int, Any] = (200, {"frames": []})
        #: the bodies of the queries
        self.queried: list[dict[str, Any]] = []

    def reply(self, path: str, body: str, authorization: str) -> Answer:
        """As Grafana does it, in JSON."""
        if authorization != _AUTHORIZATION:
            status, page = 401, {"message": "Unauthorized"}
        elif path == "/api/ds/query":
            status, page = self._queried(json.loads(body))
        else:
            status, page = self.pages.get(path, (404, {"message": "not found"}))
        return status, json.dumps(page)

    def _queried(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.queried.append(body)
        (query,) = body["queries"]
        status, result = self.results.get(query["expr"], self.usual)
        return status, {"results": {} if result is None else {query["refId"]: result}}


@contextmanager
def grafana(dashboard: Mapping[str, Any], sources: list[Mapping[str, Any]]) -> Iterator[GrafanaServer]:
    """The server, while the test looks."""
    with served(GrafanaServer(dashboard, sources)) as server:
        yield server
