"""The client of the API server, over real connections."""

from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.stacks.embedded.node.api import Api, ApiRefusedError, ApiUnreachableError, Change, ClientConfig, Event
from harness.stacks.embedded.node.document import Json
from harness.tests.stacks.node.conftest import MiniApiServer


def _object(name: str, version: str) -> Json:
    return {"metadata": {"name": name, "resourceVersion": version}}


def _list(version: str, *names: str) -> Json:
    return {"metadata": {"resourceVersion": version}, "items": [_object(name, version) for name in names]}


def _names(event: Event) -> tuple[str, list[str]]:
    return event.change, [one.at("metadata").text("name") for one in event.objects]


async def _watch(api: Api, count: int) -> list[tuple[str, list[str]]]:
    seen: list[tuple[str, list[str]]] = []
    async for event in api.watch("/things"):
        seen.append(_names(event))
        if len(seen) == count:
            break
    return seen


async def test_a_refusal_carries_the_servers_words(server: MiniApiServer, api: Api) -> None:
    """Status and message of the Status object are what a person needs."""
    server.answers["GET /x"] = [(403, {"kind": "Status", "message": "pods is forbidden"})]
    with pytest.raises(ApiRefusedError) as caught:
        await api.get("/x")
    assert (caught.value.status, caught.value.why) == (403, "403: pods is forbidden")


async def test_no_answer_is_told_from_a_refusal(server: MiniApiServer) -> None:
    """Nobody listens there."""
    cluster = ClientConfig.read(server.kubeconfig)
    gone = ClientConfig(
        server="https://127.0.0.1:1",
        ca_file=cluster.ca_file,
        certificate_file=cluster.certificate_file,
        key_file=cluster.key_file,
    )
    async with Api(gone) as api:
        with pytest.raises(ApiUnreachableError):
            await api.get("/x")


async def test_a_watch_lists_first_and_goes_on_after_its_end(server: MiniApiServer, api: Api) -> None:
    """A watch that the server ended is taken up where it ended, without a new list."""
    server.answers["GET /things"] = [(200, _list("5", "a"))]
    server.watches = [
        [{"type": "ADDED", "object": _object("b", "6")}, {"type": "BOOKMARK", "object": _object("", "9")}],
        [{"type": "DELETED", "object": _object("a", "10")}],
    ]
    assert await _watch(api, 3) == [(Change.LISTED, ["a"]), (Change.ADDED, ["b"]), (Change.DELETED, ["a"])]
    assert server.watch_versions == ["5", "9"]


async def test_an_expired_version_leads_to_a_new_list(server: MiniApiServer, api: Api) -> None:
    """After 410 Gone only a list can tell what vanished meanwhile."""
    server.answers["GET /things"] = [(200, _list("5", "a")), (200, _list("50", "b"))]
    server.watches = [[{"type": "ERROR", "object": {"code": 410, "message": "too old resource version"}}]]
    assert await _watch(api, 2) == [(Change.LISTED, ["a"]), (Change.LISTED, ["b"])]


async def test_a_list_that_fails_is_tried_again(server: MiniApiServer, api: Api) -> None:
    """A server that starts up answers 500 or nothing for a while."""
    server.answers["GET /things"] = [(500, {"message": "starting"}), (200, _list("5"))]
    assert await _watch(api, 1) == [(Change.LISTED, [])]


@pytest.mark.parametrize(
    "content", ["", "a: [", "current-context: x", "clusters: []\ncontexts: []\nusers: []\ncurrent-context: c\n"]
)
def test_a_kubeconfig_that_cannot_be_used_is_refused(tmp_path: Path, content: str) -> None:
    """The message names the file."""
    file = tmp_path / "kubeconfig"
    file.write_text(content)
    with pytest.raises(MisuseError, match="kubeconfig cannot be used"):
        ClientConfig.read(file)
