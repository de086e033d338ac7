"""What pods say: status, events and logs, also of a container that was started again; nothing of configuration."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from harness.clients.kubernetes import Json, KubeApi
from harness.clients.pods import condition, container_end, events, holds, pod_logs, pod_states
from harness.core.errors import CouldNotTellError
from harness.tests.faults.fake_api import FakeApi

_POD: Json = {
    "metadata": {"labels": {"app": "mirror"}},
    "spec": {"nodeName": "n1", "containers": [{"name": "c", "env": [{"name": "TOKEN", "value": "planted"}]}]},
    "status": {
        "phase": "Running",
        "initContainerStatuses": [{"name": "init"}],
        "containerStatuses": [{"name": "c", "restartCount": 2}],
    },
}


class _Api(FakeApi):
    """Has logs."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = ""
        self.put("/api/v1/namespaces/ns/pods/a", _POD)

    def text(self, path: str, *, query: Mapping[str, str] | None = None) -> str:
        assert query is not None
        if query["container"] == self.refused:
            raise CouldNotTellError(f"GET {path}", why="403", fix="-")
        assert int(query["tailLines"]) > 0
        return super().text(path, query=query)


@pytest.fixture
def api() -> _Api:
    """With one pod."""
    return _Api()


def _door(api: _Api) -> KubeApi:
    return cast("KubeApi", api)


def _pods(api: _Api) -> list[Json]:
    return api.items("/api/v1/namespaces/ns/pods")


def test_a_pods_status_is_told_and_its_configuration_is_not(api: _Api) -> None:
    """What is in an environment may be a secret."""
    (found,) = pod_states(_pods(api))
    assert (found["name"], found["nodeName"], found["labels"]) == ("a", "n1", {"app": "mirror"})
    assert found["status"] == _POD["status"]
    assert "planted" not in str(found)


def test_each_containers_log_is_read_and_the_one_before(api: _Api) -> None:
    """Where it was started again."""
    path = "/api/v1/namespaces/ns/pods/a/log"
    assert pod_logs(_door(api), "ns", _pods(api)) == {
        "a.init.log": f"{path} init false",
        "a.c.log": f"{path} c false",
        "a.c.previous.log": f"{path} c true",
    }


def test_a_log_that_cannot_be_had_says_why(api: _Api) -> None:
    """The others are had."""
    api.refused = "c"
    found = pod_logs(_door(api), "ns", _pods(api))
    assert found["a.c.log"] == "GET /api/v1/namespaces/ns/pods/a/log: 403\n"
    assert found["a.init.log"].endswith("init false")


def test_events_are_told_by_their_time(api: _Api) -> None:
    """Those of the old and of the new kind."""

    def put(name: str, **more: Any) -> None:
        api.put(f"/api/v1/namespaces/ns/events/{name}", {"involvedObject": {"kind": "Pod", "name": name}, **more})

    put("late", lastTimestamp="2026-01-02T00:00:00Z", reason="BackOff", message="again", type="Warning", count=7)
    put("new", eventTime="2026-01-01T00:00:00Z", series={"count": 3})
    put("bare", metadata={"creationTimestamp": "2025-12-31T00:00:00Z"})
    found = events(_door(api), "ns")
    assert [(one["about"], one["count"]) for one in found] == [("Pod bare", 1), ("Pod new", 3), ("Pod late", 7)]
    assert (found[2]["reason"], found[2]["message"], found[2]["type"]) == ("BackOff", "again", "Warning")


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ((), ["mirror", "mirror-7b-x", "mirrors", "other"]),
        (("mirror",), ["mirror", "mirror-7b-x"]),
        (("mirror-7b-x", "other"), ["mirror-7b-x", "other"]),
        (("nobody",), []),
    ],
)
def test_only_events_of_what_is_asked_about_are_told(api: _Api, about: tuple[str, ...], told: list[str]) -> None:
    """In a namespace that is somebody's, others' are nobody's business."""
    for name in ("mirror", "mirror-7b-x", "mirrors", "other"):
        api.put(f"/api/v1/namespaces/ns/events/{name}", {"involvedObject": {"kind": "Pod", "name": name}})
    found = events(_door(api), "ns", about=about)
    assert sorted(one["about"].removeprefix("Pod ") for one in found) == told


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ({}, (0, "exit code unknown, -")),
        ({"restartCount": 2, "state": {"running": {}}}, (2, "exit code unknown, -")),
        (
            {"restartCount": 1, "state": {"running": {}}, "lastState": {"terminated": {"exitCode": 1}}},
            (1, "exit code 1, -"),
        ),
        (
            {
                "restartCount": 1,
                "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}},
            },
            (2, "exit code 137, OOMKilled"),
        ),
    ],
    ids=["never", "unknown how", "before", "just now"],
)
def test_an_end_is_counted_before_its_restart(status: Json, end: tuple[int, str]) -> None:
    """And the newest is the one that is told."""
    assert container_end(status) == end


@pytest.mark.parametrize("found", [{}, {"status": {}}, {"status": {"conditions": None}}], ids=str)
def test_a_condition_that_is_not_there_does_not_hold(found: Json) -> None:
    """Nor is anything said of it."""
    assert condition(found, "Ready") == {}
    assert not holds(found, "Ready")


def test_a_condition_is_found_by_its_type_and_holds_where_it_is_true() -> None:
    """Neither False nor Unknown is true."""
    said = [{"type": "Placed", "status": "True"}, {"type": "Ready", "status": "Unknown", "reason": "r"}]
    found = {"status": {"conditions": said}}
    assert holds(found, "Placed")
    assert not holds(found, "Ready")
    assert condition(found, "Ready")["reason"] == "r"
