"""A server on loopback that says what a test tells it to: the other end of the readers."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar
from urllib.parse import parse_qs, urlparse

#: status and body
Answer = tuple[int, str]


class SpeakingServer(ThreadingHTTPServer):
    """Answers each path with a status and a body, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, answers: Mapping[str, Answer]) -> None:
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

    def reply(self, path: str, body: str, authorization: str) -> Answer:
        """What is said to a request for a path without its query; one kind of server answers by more than the path."""
        del body, authorization
        return self.answers.get(path, (404, "not found"))


class _Handler(BaseHTTPRequestHandler):
    server: SpeakingServer

    def do_GET(self) -> None:
        self._answer("")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers["Content-Length"] or 0)).decode())

    def _answer(self, sent: str) -> None:
        url, authorization = urlparse(self.path), self.headers.get("Authorization", "")
        self.server.asked.append((url.path, parse_qs(url.query)))
        self.server.authorizations.append(authorization)
        status, body = self.server.reply(url.path, sent, authorization)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body.encode())))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Silent."""


Served = TypeVar("Served", bound=SpeakingServer)


@contextmanager
def served(server: Served) -> Iterator[Served]:
    """Any such server, while the test looks."""
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def speaking(answers: Mapping[str, Answer]) -> Iterator[SpeakingServer]:
    """The server of these answers, while the test looks."""
    with served(SpeakingServer(answers)) as server:
        yield server


def data(value: object) -> Answer:
    """A good answer of Prometheus."""
    return 200, json.dumps({"status": "success", "data": value})
