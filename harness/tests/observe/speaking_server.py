"""A server on loopback that says what a test tells it to: the other end of the readers."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse


class SpeakingServer(ThreadingHTTPServer):
    """Answers each path with a status and a body, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answers: Mapping[str, tuple[int, str]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        #: path and query of each request
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        #: who the asking said they are, per request; empty for nobody
        self.authorizations: list[str] = []

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: SpeakingServer

    def do_GET(self) -> None:
        url = urlparse(self.path)
        self.server.asked.append((url.path, parse_qs(url.query)))
        self.server.authorizations.append(self.headers.get("Authorization", ""))
        status, body = self.server.answers.get(url.path, (404, "not found"))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Silent."""


@contextmanager
def speaking(answers: Mapping[str, tuple[int, str]]) -> Iterator[SpeakingServer]:
    """The server, while the test looks."""
    with SpeakingServer(answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def data(value: object) -> tuple[int, str]:
    """A good answer of Prometheus."""
    return 200, json.dumps({"status": "success", "data": value})
