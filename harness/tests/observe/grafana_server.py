"""A Grafana on loopback that holds one dashboard and answers each query as a test says."""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USER, PASSWORD = "admin", "prom-operator"
_AUTHORIZATION = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class GrafanaServer(ThreadingHTTPServer):
    """Its state."""

    daemon_threads = True

    def __init__(self, dashboard: Mapping[str, Any], sources: list[Mapping[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, tuple[int, Any]] = {
            f"/api/dashboards/uid/{dashboard['uid']}": (200, {"dashboard": dashboard, "meta": {}}),
            "/api/datasources": (200, sources),
        }
        #: expression -> status and answer; None for none to this query
        self.results: dict[str, tuple[int, Any]] = {}
        #: the bodies of the queries
        self.queried: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: GrafanaServer

    def do_GET(self) -> None:
        self._answer(*self.server.pages.get(self.path, (404, {"message": "not found"})))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.queried.append(body)
        (query,) = body["queries"]
        status, result = self.server.results.get(query["expr"], (200, {"frames": []}))
        results = {} if result is None else {query["refId"]: result}
        self._answer(status, {"results": results} if self.path == "/api/ds/query" else {})

    def _answer(self, status: int, page: object) -> None:
        if self.headers.get("Authorization") != _AUTHORIZATION:
            status, page = 401, {"message": "Unauthorized"}
        body = json.dumps(page).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Silent."""


@contextmanager
def grafana(dashboard: Mapping[str, Any], sources: list[Mapping[str, Any]]) -> Iterator[GrafanaServer]:
    """The server, while the test looks."""
    with GrafanaServer(dashboard, sources) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
