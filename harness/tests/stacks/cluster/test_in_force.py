"""In force is what Prometheus and Alertmanager say they have loaded; a silent one is waited for, with its words."""

import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from aiohttp import web

from harness.clients.kubernetes import ApiUnreachableError, KubeApi
from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.in_force import (
    TOUCHED,
    Probe,
    began,
    quit_process,
    receiver_loaded,
    rules_gone,
    rules_loaded,
    scraped,
    touching,
)
from harness.tests.faults.fake_api import FakeApi
from harness.tests.loop_server import serving
from harness.waiting import NotYet

_POD = "/api/v1/namespaces/monitoring/pods/p-0"
_SILENT = "http://127.0.0.1:1"


class Answers:
    """What the server says by path, and the questions it was asked."""

    def __init__(self) -> None:
        self.by_path: dict[str, object] = {}
        self.asked: list[str] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        """The planted answer; 503 without one."""
        self.asked.append(f"{request.method} {request.path_qs}")
        if request.path not in self.by_path:
            raise web.HTTPServiceUnavailable
        return web.json_response(self.by_path[request.path])


@pytest.fixture
def answers() -> Iterator[Answers]:
    """A server that says nothing yet."""
    found, app = Answers(), web.Application()
    app.router.add_route("*", "/{path:.*}", found.answer)
    with serving(app) as url:
        found.url = url
        yield found


def mismatch(probe: Probe) -> str | None:
    """What is seen instead; None when it is in force."""
    seen = probe()
    return None if seen is None else seen.mismatch


def ups(*values: int) -> dict[str, Any]:
    """What Prometheus answers for targets with these values."""
    return {"data": {"result": [{"value": [0, str(value)]} for value in values]}}


@pytest.mark.parametrize(
    ("values", "seen"),
    [((), "0 of 0"), ((0,), "0 of 1"), ((1, 0), "1 of 2"), ((1, 1), None)],
    ids=["none", "down", "one-down", "all-up"],
)
def test_every_target_has_to_be_up(answers: Answers, values: tuple[int, ...], seen: str | None) -> None:
    """And there has to be one."""
    answers.by_path["/api/v1/query"] = ups(*values)
    assert mismatch(scraped(answers.url, "metrics")) == (seen and f"{seen} targets of job metrics are up")
    assert answers.asked == ["GET /api/v1/query?query=up%7Bjob%3D%22metrics%22%7D"]


@pytest.mark.parametrize(
    ("groups", "seen"),
    [
        ({}, "groups a, b are not evaluated"),
        ({"a": "2026-01-01T00:00:00Z"}, "groups b are not evaluated"),
        ({"a": "2026-01-01T00:00:00Z", "b": "0001-01-01T00:00:00Z"}, "groups b are not evaluated"),
        ({"a": "2026-01-01T00:00:00Z", "b": "2026-01-01T00:00:00Z", "c": "0001-01-01T00:00:00Z"}, None),
    ],
    ids=["none", "one-missing", "one-not-evaluated", "all"],
)
def test_rules_are_in_force_once_evaluated(answers: Answers, groups: dict[str, str], seen: str | None) -> None:
    """Each group; what others have loaded is their business."""
    told = [{"name": name, "lastEvaluation": at} for name, at in groups.items()]
    answers.by_path["/api/v1/rules"] = {"data": {"groups": told}}
    assert mismatch(rules_loaded(answers.url, ("a", "b"))) == seen


@pytest.mark.parametrize(
    ("names", "seen"), [((), None), (("c",), None), (("c", "b", "a"), "groups a, b are loaded")], ids=str
)
def test_rules_are_gone_when_no_group_is_left(answers: Answers, names: tuple[str, ...], seen: str | None) -> None:
    """Others' may stay."""
    answers.by_path["/api/v1/rules"] = {"data": {"groups": [{"name": name} for name in names]}}
    assert mismatch(rules_gone(answers.url, ("a", "b"))) == seen


@pytest.mark.parametrize(
    ("names", "seen"),
    [([], "it has receivers (none)"), (["null", "n/c/o"], "it has receivers null, n/c/o"), (["null", "n/c/r"], None)],
    ids=["none", "others", "there"],
)
def test_a_receiver_is_known_by_its_qualified_name(answers: Answers, names: list[str], seen: str | None) -> None:
    """Others are told."""
    answers.by_path["/api/v2/receivers"] = [{"name": name} for name in names]
    assert mismatch(receiver_loaded(answers.url, "n/c/r")) == seen


@pytest.mark.parametrize(
    ("make", "who"),
    [
        (lambda url: scraped(url, "j"), "Prometheus"),
        (lambda url: rules_loaded(url, ("g",)), "Prometheus"),
        (lambda url: rules_gone(url, ("g",)), "Prometheus"),
        (lambda url: receiver_loaded(url, "r"), "Alertmanager"),
    ],
    ids=["scraped", "rules", "no-rules", "receiver"],
)
def test_who_does_not_answer_is_waited_for(answers: Answers, make: Callable[[str], Probe], who: str) -> None:
    """With the reason: a refused connection, a status, something else than an answer."""
    assert "Connection refused" in str(mismatch(make(_SILENT)))
    assert mismatch(make(answers.url)) == f"{who}: HTTP Error 503: Service Unavailable"
    if who == "Prometheus":
        answers.by_path = {path: {"status": "error"} for path in ("/api/v1/query", "/api/v1/rules")}
        assert mismatch(make(answers.url)) == "Prometheus: 'data'"


def test_a_proxy_of_the_environment_is_not_asked(answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows nothing of this process's loopback."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", _SILENT)
    answers.by_path["/api/v1/query"] = ups(1)
    assert mismatch(scraped(answers.url, "j")) is None


def test_a_pod_is_touched_after_each_answer_that_is_not_yes() -> None:
    """Each time with another value, so that the kubelet sees a change; not any more when it is in force."""
    api, seen = FakeApi(), [NotYet("a"), NotYet("b"), None]
    api.put(_POD, {"metadata": {"annotations": {"own": "x"}}})
    probe = touching(cast("KubeApi", api), _POD, lambda: seen.pop(0))
    values = []
    for expected in ("a", "b", None):
        assert mismatch(probe) == expected
        values.append(api.objects[_POD]["metadata"]["annotations"][TOUCHED])
    first, second, last = values
    assert first != second == last
    assert api.objects[_POD]["metadata"]["annotations"]["own"] == "x"


def test_a_pod_that_may_not_be_touched_costs_time_only() -> None:
    """Nor one that is not there any more; an API server without an answer is another matter."""
    api = FakeApi()
    assert mismatch(touching(cast("KubeApi", api), _POD, lambda: NotYet("a"))) == "a"

    def gone(_request: object) -> None:
        raise ApiUnreachableError("no answer", why="planted", fix="-")

    api.interfere = gone
    with pytest.raises(ApiUnreachableError):
        touching(cast("KubeApi", api), _POD, lambda: NotYet("a"))()


def test_a_process_tells_when_it_began(answers: Answers) -> None:
    """Empty while nobody answers, or nobody that is ready."""
    assert began(_SILENT) == began(answers.url) == ""
    answers.by_path["/api/v1/status/runtimeinfo"] = {"data": {"startTime": "2026-01-01T00:00:00Z"}}
    assert began(answers.url) == "2026-01-01T00:00:00Z"


def test_a_process_is_asked_to_end(answers: Answers) -> None:
    """By a POST, as it wants it."""
    answers.by_path["/-/quit"] = ""
    quit_process(answers.url)
    assert answers.asked == ["POST /-/quit"]


def test_a_process_that_cannot_be_asked_to_end_is_told(answers: Answers) -> None:
    """One that is not there, and one whose lifecycle API is off."""
    for url, why in ((_SILENT, "Connection refused"), (answers.url, "HTTP Error 503")):
        with pytest.raises(CouldNotTellError, match="was not asked to end") as caught:
            quit_process(url)
        assert why in caught.value.why


@pytest.mark.parametrize("reset", [False, True], ids=["hung up", "reset"])
def test_a_process_that_ends_before_it_answers_has_ended(*, reset: bool) -> None:
    """That is what was wanted; a port-forward may pass it on as a reset."""

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        if reset:
            at_once = struct.pack("ii", 1, 0)
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        request.transport.close()
        return web.Response()

    app = web.Application()
    app.router.add_post("/-/quit", hang_up)
    with serving(app) as url:
        quit_process(url)
