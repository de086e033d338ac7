"""In force is what Prometheus and Alertmanager say they have loaded; a silent one is waited for, with its words."""

import json
from typing import cast

import pytest

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.kubernetes import ApiUnreachableError, KubeApi
from harness.clients.prometheus import PrometheusReader
from harness.stacks.cluster.in_force import TOUCHED, Probe, receiver_loaded, rules_gone, rules_loaded, touching
from harness.tests.clients.speaking_server import Answer, data, speaking
from harness.tests.faults.fake_api import FakeApi
from harness.waiting import NotYet

_POD = "/api/v1/namespaces/monitoring/pods/p-0"


def mismatch(probe: Probe) -> str | None:
    """What is seen instead; None when it is in force."""
    seen = probe()
    return None if seen is None else seen.mismatch


def rules(*groups: str, evaluated: str = "2026-01-01T00:00:00Z", **at: str) -> dict[str, Answer]:
    """A Prometheus with these groups; each was last evaluated then."""
    told = {**dict.fromkeys(groups, evaluated), **at}
    shape = {"file": "f", "interval": 1, "rules": []}
    found = [{"name": name, "lastEvaluation": at, **shape} for name, at in told.items()]
    return {"/api/v1/rules": data({"groups": found})}


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        (rules(), "groups a, b are not evaluated"),
        (rules("a"), "groups b are not evaluated"),
        (rules("a", b="0001-01-01T00:00:00Z"), "groups b are not evaluated"),
        (rules("a", "b", c="0001-01-01T00:00:00Z"), None),
    ],
    ids=["none", "one-missing", "one-not-evaluated", "all"],
)
def test_rules_are_in_force_once_evaluated(answers: dict[str, Answer], seen: str | None) -> None:
    """Each group; what others have loaded is their business."""
    with speaking(answers) as server, PrometheusReader(server.url) as prometheus:
        assert mismatch(rules_loaded(prometheus, ("a", "b"))) == seen


@pytest.mark.parametrize(
    ("names", "seen"), [((), None), (("c",), None), (("c", "b", "a"), "groups a, b are loaded")], ids=str
)
def test_rules_are_gone_when_no_group_is_left(names: tuple[str, ...], seen: str | None) -> None:
    """Others' may stay."""
    with speaking(rules(*names)) as server, PrometheusReader(server.url) as prometheus:
        assert mismatch(rules_gone(prometheus, ("a", "b"))) == seen


@pytest.mark.parametrize(
    ("names", "seen"),
    [([], "it has receivers (none)"), (["null", "n/c/o"], "it has receivers null, n/c/o"), (["null", "n/c/r"], None)],
    ids=["none", "others", "there"],
)
def test_a_receiver_is_known_by_its_qualified_name(names: list[str], seen: str | None) -> None:
    """Others are told."""
    answers = {"/api/v2/receivers": (200, json.dumps([{"name": name} for name in names]))}
    with speaking(answers) as server, AlertmanagerReader(server.url) as alertmanager:
        assert mismatch(receiver_loaded(alertmanager, "n/c/r")) == seen


def test_who_does_not_answer_is_waited_for() -> None:
    """With the reason."""
    with speaking({}) as server, PrometheusReader(server.url) as prometheus:
        for probe in (rules_loaded(prometheus, ("g",)), rules_gone(prometheus, ("g",))):
            assert mismatch(probe) == "Prometheus answered /api/v1/rules unexpectedly: status 404: not found"
    with AlertmanagerReader(server.url) as alertmanager:
        assert "nothing listens there" in str(mismatch(receiver_loaded(alertmanager, "r")))


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
