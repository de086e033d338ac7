"""The stack's servers are asked directly: nothing of the user's environment stands between."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.endpoint import Endpoint, EndpointReader, RefusedError
from harness.clients.prometheus import PrometheusReader
from harness.clients.receiver import ReceiverClient
from harness.tests.clients.speaking_server import data, speaking

_ANSWERS = {
    "/path": (200, "yes"),
    "/deliveries": (200, "[]"),
    "/api/v1/query": data({"resultType": "vector", "result": []}),
    "/api/v1/rules": data({"groups": []}),
    "/api/v2/receivers": (200, "[]"),
}


def _prometheus(url: str) -> None:
    with PrometheusReader(url) as reader:
        reader.instant("up")  # by its own client
        reader.rules()


def _alertmanager(url: str) -> None:
    with AlertmanagerReader(url) as reader:
        reader.receivers()


def _receiver(url: str) -> None:
    client = ReceiverClient(url, "token")
    client.deliveries()
    client.close()


def _endpoint(url: str) -> None:
    endpoint = Endpoint("server", url)
    endpoint.get("/path")
    endpoint.close()


@pytest.mark.parametrize("ask", [_prometheus, _alertmanager, _receiver, _endpoint], ids=lambda ask: ask.__name__[1:])
def test_neither_proxies_nor_netrc_are_obeyed(
    ask: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy knows nothing of a server on loopback, and no password of the user's belongs there."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    netrc = tmp_path / "netrc"
    netrc.touch(mode=0o600)
    netrc.write_text("machine 127.0.0.1 login user password planted\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with speaking(_ANSWERS) as server:
        ask(server.url)
    assert server.asked
    assert not [given for given in server.authorizations if given.startswith("Basic")]


def test_a_reader_gives_its_connection_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the end of a block, also after an error."""
    closed: list[str] = []
    endpoint = Endpoint("server", "http://127.0.0.1:9")
    monkeypatch.setattr(endpoint, "close", lambda: closed.append("closed"))
    with pytest.raises(KeyError), EndpointReader(endpoint):
        raise KeyError
    assert closed == ["closed"]


def test_a_refusal_has_its_status() -> None:
    """Whoever asked may know what it means."""
    with speaking({"/path": (418, "no")}) as server:
        endpoint = Endpoint("server", server.url)
        with pytest.raises(RefusedError, match="server answered /path unexpectedly") as caught:
            endpoint.get("/path")
        endpoint.close()
    assert (caught.value.status, caught.value.why) == (418, "status 418: no")
