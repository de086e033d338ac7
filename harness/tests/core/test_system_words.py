"""What the operating system says is said in words."""

import errno
import http.client
import socket
import ssl

import pytest
import requests

from harness.core.system_words import file_and_reason, reason_of


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "this user may not do that there"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "the disk is full"),
        (OSError(errno.ETXTBSY, "Text file busy", "/x"), "text file busy"),
        (OSError("odd"), "OSError: odd"),
    ],
)
def test_neither_a_number_nor_the_file_is_repeated(error: OSError, words: str) -> None:
    """Whoever is told has both already."""
    assert reason_of(error) == words


def test_a_closed_port_is_said_in_words_whatever_the_client_wraps_it_in() -> None:
    """requests, aiohttp and the socket itself come to the same sentence; no class and no pool of objects is named."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]  # bound, and nobody listens
        with pytest.raises(requests.ConnectionError) as by_requests:
            requests.get(f"http://127.0.0.1:{port}/", timeout=5)
        with pytest.raises(OSError, match="refused") as by_socket:
            socket.create_connection(("127.0.0.1", port), timeout=5)
    for found in (by_requests.value, by_socket.value):
        assert reason_of(found) == "nothing listens there (connection refused)"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (requests.ReadTimeout("HTTPConnectionPool(host='x', port=1): Read timed out."), "no answer in time"),
        (TimeoutError(), "no answer in time"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "it closed the connection without an answer"),
        (
            requests.ConnectionError(http.client.RemoteDisconnected("Remote end closed")),
            "it closed the connection without an answer",
        ),
        (ValueError("odd"), "ValueError: odd"),
        (
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version"),
            "SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version",
        ),
        (ValueError(), "ValueError"),
    ],
)
def test_what_is_at_the_bottom_of_an_error_is_said(error: BaseException, words: str) -> None:
    """Its wrappers are passed over; what has no words of ours keeps its own."""
    assert reason_of(error) == words


def test_a_file_that_nobody_knows_of_is_named() -> None:
    """A program that a kubeconfig asks for credentials, say."""
    assert file_and_reason(FileNotFoundError(errno.ENOENT, "No such file", "aws")) == "aws: there is no such file"
    assert file_and_reason(ValueError("odd")) == "ValueError: odd"
