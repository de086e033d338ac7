"""A connection that is closed in a question's face: asked once more, and no more than that."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

import pytest

from harness.clients.endpoint import Endpoint, UnreachableError
from harness.clients.prometheus import PrometheusReader
from harness.clients.receiver import ReceiverClient
from harness.core.errors import RetryableError


def _answer(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


_ANSWER = _answer(b'{"status": "success", "data": {"resultType": "vector", "result": [], "groups": []}}')


@contextmanager
def answering(connections: Sequence[Sequence[bytes | None]]) -> Iterator[tuple[str, list[int]]]:
    """A server that gives these answers on these connections, and then closes each; None says nothing until the end.

    With the number of questions on each connection so far.
    """
    asked: list[int] = []
    over = threading.Event()

    def serve(listener: socket.socket) -> None:
        for answers in connections:
            with suppress(OSError):
                connection, _ = listener.accept()
                asked.append(0)
                with connection:
                    for one in answers:
                        if not connection.recv(65_536):
                            break
                        asked[-1] += 1
                        if one is None:
                            over.wait(10)
                        elif one:
                            connection.sendall(one)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        finally:
            over.set()
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _endpoint(url: str) -> None:
    endpoint = Endpoint("server", url)
    try:
        for _ in range(2):
            endpoint.get("/path")
    finally:
        endpoint.close()


def _prometheus(url: str) -> None:
    with PrometheusReader(url) as reader:
        reader.rules()
        reader.instant("up")


def _receiver(url: str) -> None:
    client = ReceiverClient(url, "token")
    try:
        for _ in range(2):
            assert client.deliveries() == ()
    finally:
        client.close()


_ask = pytest.mark.parametrize(
    ("ask", "answer"),
    [
        pytest.param(_endpoint, _ANSWER, id="endpoint"),
        pytest.param(_prometheus, _ANSWER, id="prometheus"),
        pytest.param(_receiver, _answer(b"[]"), id="receiver"),
    ],
)


@_ask
def test_a_kept_connection_that_is_closed_costs_nothing(ask: Callable[[str], None], answer: bytes) -> None:
    """The second question is read there, and answered on another."""
    with answering([(answer, b""), (answer,)]) as (url, asked):
        ask(url)
    assert asked == [2, 1]


@_ask
def test_a_server_that_never_answers_is_asked_twice(ask: Callable[[str], None], answer: bytes) -> None:
    """And then it does not answer."""
    with answering([(answer, b""), (b"",), (answer,)]) as (url, asked), pytest.raises(RetryableError):
        ask(url)
    assert asked[:2] == [2, 1]
    assert len(asked) == 2 or asked[2] == 0


def test_a_late_answer_is_not_waited_for_twice() -> None:
    """A stalled server must not hold up the run."""
    with answering([(None,), (_ANSWER,)]) as (url, asked):
        endpoint = Endpoint("server", url, timeout_s=0.2)
        with pytest.raises(UnreachableError, match="does not answer"):
            endpoint.get("/path")
        endpoint.close()
        assert asked == [1]
