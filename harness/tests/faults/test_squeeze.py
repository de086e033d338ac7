"""Squeezes: the limit of running pods comes down in place, and everything comes back."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from harness.clients.kubernetes import ApiAnswer, ApiRequest, Json
from harness.core.errors import CouldNotTellError
from harness.core.marks import FORMER_RESOURCES, FORMER_SPEC, RUN_LABEL
from harness.faults import squeeze
from harness.faults.cluster import Cluster
from harness.faults.cpu_squeeze import CpuSqueeze
from harness.faults.memory_squeeze import MemorySqueeze
from harness.tests.faults.fake_api import (
    FakeApi,
    FakeUsage,
    RollingApi,
    annotation,
    answer,
    cluster,
    deployment,
    in_effect,
    pod,
)
from harness.waiting import WaitTimeoutError

PODS = "/api/v1/namespaces/other-system/pods"
DEPLOYMENT = "/apis/apps/v1/namespaces/other-system/deployments/other-manager"


def resources(api: FakeApi, name: str) -> Json:
    """Of the controller's container in this pod."""
    found: Json = api.objects[f"{PODS}/{name}"]["spec"]["containers"][1]["resources"]
    return found


def counting(api: FakeApi, used: Mapping[str, float], cache: Callable[[str], float] = lambda _: 0.0) -> Cluster:
    """A cluster that knows what the pods have in use: pod -> bytes, and page cache on top."""
    return replace(cluster(api), usage=FakeUsage(memory=lambda name: used[name], cache=cache))


def busy(api: FakeApi, cores: float) -> Cluster:
    """A cluster whose pods all use so much CPU."""
    return replace(cluster(api), usage=FakeUsage(cores=cores))


def refusing_resize(status: int) -> RollingApi:
    """An API server that does not resize."""
    api = RollingApi()
    api.interfere = lambda request: answer(status) if request.path.endswith("/resize") else None
    return api


def test_memory_comes_down_to_just_above_the_working_set() -> None:
    """Each running pod gets a limit of its own; a Burstable pod's request makes room; undo puts all of it back."""
    api = FakeApi()
    deployment(api)
    for name in ("a", "b"):
        pod(api, name)
    pod(api, "ending", deletionTimestamp="now")
    pod(api, "pending", phase="Pending")
    before = {name: resources(api, name) for name in ("a", "b", "ending", "pending")}
    fault, there = MemorySqueeze(ratio=0.95), counting(api, {"a": 950.0, "b": 95.5})
    fault.inject(there)
    fault.inject(there)
    assert resources(api, "a") == {"limits": {"memory": "1000"}, "requests": {"memory": "900", "cpu": "10m"}}
    assert resources(api, "b")["limits"] == {"memory": "101"}
    assert annotation(api.objects[f"{PODS}/a"], FORMER_RESOURCES) == before["a"]
    for _ in range(2):
        MemorySqueeze().undo(cluster(api))
    assert {name: resources(api, name) for name in before} == before
    assert api.objects[f"{PODS}/a"]["metadata"]["labels"] == {"app": "other"}
    assert annotation(api.objects[f"{PODS}/a"], FORMER_RESOURCES) is None


@pytest.mark.parametrize(
    ("used", "ratio", "limit"),
    [(900.0, 0.85, "1059"), (900.0, 0.95, "948"), (900.4, 0.9, "1001")],
    ids=["below", "above", "rounded up"],
)
def test_the_ratio_is_that_of_the_working_set_now(used: float, ratio: float, limit: str) -> None:
    """What cAdvisor counts for the pod, and never above the ratio that is asked for."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    MemorySqueeze(ratio=ratio).inject(counting(api, {"a": used}))
    assert resources(api, "a")["limits"] == {"memory": limit}
    assert used / int(limit) <= ratio


def test_memory_that_nobody_counts_is_not_guessed() -> None:
    """No limit is set, and nothing is marked as changed."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    before = resources(api, "a")
    with pytest.raises(CouldNotTellError, match="what pod a uses is not known"):
        MemorySqueeze().inject(cluster(api))
    assert resources(api, "a") == before
    assert annotation(api.objects[f"{PODS}/a"], FORMER_RESOURCES) is None


def test_a_guaranteed_pod_stays_guaranteed() -> None:
    """Its request follows its limit, or the API server would refuse the resize."""
    api = FakeApi()
    deployment(api)
    pod(api, "a", qos="Guaranteed")
    CpuSqueeze(times_use=1.1).inject(busy(api, 0.0181))
    found = resources(api, "a")
    assert (found["limits"]["cpu"], found["requests"]["cpu"]) == ("20m", "20m")


@pytest.mark.parametrize(
    ("former", "use", "request_"),
    [("5m", 0.02, "5m"), ("18m", 0.02, "18m"), ("19m", 0.02, "18m"), ("100m", 0.02, "18m"), ("0.1", 0.2, "0.1")],
    ids=["below", "just below", "just above", "above", "cores"],
)
def test_a_burstable_pod_keeps_its_request_as_far_as_the_limit_allows(former: str, use: float, request_: str) -> None:
    """What asks for next to nothing is starved on a busy node, and not held back by its limit."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    container = api.objects[f"{PODS}/a"]["spec"]["containers"]
    next(one for one in container if one["name"] == "manager")["resources"] = {"requests": {"cpu": former}}
    CpuSqueeze(times_use=1).inject(busy(api, use))
    assert resources(api, "a")["requests"]["cpu"] == request_


def test_a_limit_is_never_less_than_the_kernel_takes() -> None:
    """1 ms of each 100 ms."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    CpuSqueeze(times_use=1.1).inject(busy(api, 0.0))
    assert resources(api, "a")["limits"]["cpu"] == "10m"


def test_what_nobody_counts_is_not_squeezed() -> None:
    """Without figures there is no average to squeeze to."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    with pytest.raises(CouldNotTellError, match="what pod a uses is not known"):
        CpuSqueeze().inject(cluster(api))


def test_a_limit_that_was_not_there_is_asked_away() -> None:
    """Undo names the added limit with a null; an API server that refuses gets the pod replaced instead."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    CpuSqueeze().inject(busy(api, 0.02))

    def refuse(request: ApiRequest) -> ApiAnswer | None:
        if not request.path.endswith("/resize"):
            return None
        assert isinstance(request.body, dict)
        container = request.body["spec"]["containers"][0]
        assert container["resources"]["limits"] == {"memory": "64Mi", "cpu": None}
        return answer(422)

    api.interfere = refuse
    CpuSqueeze().undo(cluster(api))
    assert f"{PODS}/a" not in api.objects


@pytest.mark.parametrize("status", [404, 405, 422])
def test_without_resize_the_deployment_is_rolled_out(status: int) -> None:
    """The template gets the limit, the pod keeps no mark, and undo puts the former template back."""
    api = refusing_resize(status)
    before = deployment(api)["spec"]
    pod(api, "a")
    CpuSqueeze(times_use=2).inject(busy(api, 0.015))
    container = api.objects[DEPLOYMENT]["spec"]["template"]["spec"]["containers"][1]
    assert container["resources"] == {"limits": {"memory": "64Mi", "cpu": "30m"}, "requests": {"cpu": "10m"}}
    assert annotation(api.objects[DEPLOYMENT], FORMER_SPEC) == before
    last = [one for one in api.requests if one.path == f"{PODS}/a"][-1]
    assert last.body == {"metadata": {"labels": {RUN_LABEL: None}, "annotations": {FORMER_RESOURCES: None}}}
    CpuSqueeze().undo(cluster(api))
    assert api.objects[DEPLOYMENT]["spec"] == before


def test_a_refusal_is_told() -> None:
    """Missing permission is no missing feature."""
    api = refusing_resize(403)
    deployment(api)
    pod(api, "a")
    with pytest.raises(CouldNotTellError, match="could not be resized"):
        CpuSqueeze().inject(busy(api, 0.02))
    assert annotation(api.objects[f"{PODS}/a"], FORMER_RESOURCES) is None


def test_nothing_to_squeeze_is_an_error() -> None:
    """No pod runs: inject says so, undo does nothing."""
    api = FakeApi()
    deployment(api)
    pod(api, "a", phase="Pending")
    with pytest.raises(CouldNotTellError, match="no pod to squeeze"):
        CpuSqueeze().inject(busy(api, 0.02))
    CpuSqueeze().undo(cluster(api))


def test_an_unknown_container_is_an_error() -> None:
    """The subject's container name must be one of the pod's."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")["spec"]["containers"][1]["name"] = "renamed"
    with pytest.raises(CouldNotTellError, match="has no container manager"):
        CpuSqueeze().inject(busy(api, 0.02))


def test_an_ending_pod_is_not_restored() -> None:
    """It goes anyway, and its replacement has the template's resources."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    CpuSqueeze(times_use=1).inject(busy(api, 0.02))
    api.objects[f"{PODS}/a"]["metadata"]["deletionTimestamp"] = "now"
    CpuSqueeze().undo(cluster(api))
    assert resources(api, "a")["limits"]["cpu"] == "20m"


def test_a_pod_that_vanishes_meanwhile_needs_nothing() -> None:
    """Its replacement has the template's resources."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    CpuSqueeze().inject(busy(api, 0.02))
    api.interfere = lambda request: answer(404) if request.path.endswith("/resize") else None
    CpuSqueeze().undo(cluster(api))
    assert [request.method for request in api.requests if request.path == f"{PODS}/a"].count("DELETE") == 0


def test_a_limit_that_the_node_does_not_put_into_effect_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The spec has it, the status has not: rules that read the spec would fire for nothing. The kubelet says why."""
    monkeypatch.setattr(squeeze, "_EFFECT_TIMEOUT_S", 0.0)
    api = FakeApi()
    deployment(api)
    pod(api, "a")

    def refuse(found: Json) -> None:
        found["status"]["conditions"] = [
            {"type": "Ready", "status": "True"},
            {"type": "PodResizeInProgress", "reason": "Error", "message": "below current usage"},
        ]

    api.kubelet = refuse
    with pytest.raises(WaitTimeoutError, match="memory limit in effect: not within") as caught:
        MemorySqueeze(ratio=0.95).inject(counting(api, {"a": 950.0}))
    assert caught.value.why == "last seen: pod a is to have 1000; PodResizeInProgress: below current usage"
    api.kubelet = lambda _: None
    api.objects[f"{PODS}/a"]["status"]["conditions"] = []
    with pytest.raises(WaitTimeoutError, match="not within") as caught:
        CpuSqueeze().inject(busy(api, 0.02))
    assert "its node has said nothing" in caught.value.why
    MemorySqueeze().undo(cluster(api))
    assert resources(api, "a")["limits"] == {"memory": "64Mi"}


def test_a_status_may_write_the_limit_in_another_way() -> None:
    """`1Ki` is 1024."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    status = {"name": "manager", "resources": {"limits": {"memory": "1Ki"}}}
    api.kubelet = lambda found: found["status"].update(containerStatuses=[{"name": "side"}, status])
    MemorySqueeze(ratio=0.5).inject(counting(api, {"a": 512.0}))


def test_page_cache_in_the_way_of_a_limit_is_left_behind_by_a_roll_out() -> None:
    """The kubelet would refuse: new pods start under the limit instead. They use less than the old, so once more."""
    api = RollingApi()
    before = deployment(api)["spec"]
    pod(api, "a")
    used, cached = iter([950.0, 900.0]), iter([50.0, 20.0, 0.0])
    state = {"memory": next(used), "cache": next(cached)}

    def rolled(request: ApiRequest) -> None:
        if request.method == "PATCH" and "/deployments/" in request.path:
            state["memory"], state["cache"] = next(used, 900.0), next(cached)

    api.interfere = rolled
    usage = FakeUsage(memory=lambda _: state["memory"], cache=lambda _: state["cache"])
    MemorySqueeze(ratio=0.95).inject(replace(cluster(api), usage=usage))
    assert api.objects[DEPLOYMENT]["spec"]["template"]["spec"]["containers"][1]["resources"]["limits"] == {
        "memory": "1000"
    }
    assert resources(api, "a-new")["limits"] == {"memory": "948"}
    api.interfere = lambda _: None
    MemorySqueeze().undo(cluster(api))
    assert api.objects[DEPLOYMENT]["spec"] == before


def test_a_limit_that_never_comes_near_enough_is_an_error() -> None:
    """With what was in the way."""
    api = RollingApi()
    deployment(api)
    pod(api, "a")
    grown = iter(range(1000, 100_000, 100))
    there = replace(cluster(api), usage=FakeUsage(memory=lambda _: float(next(grown)), cache=lambda _: 500.0))
    with pytest.raises(CouldNotTellError, match="memory could not be squeezed to 95%") as caught:
        MemorySqueeze(ratio=0.95).inject(there)
    assert caught.value.why.startswith("a uses 16")


def _limits_set(api: FakeApi) -> list[str]:
    bodies = [request.body for request in api.requests if request.path.endswith("/resize")]
    return [body["spec"]["containers"][0]["resources"]["limits"]["memory"] for body in bodies if isinstance(body, dict)]


def test_a_limit_stops_once_on_its_way_down() -> None:
    """Below the ratio that is to be exceeded; what is in use there, page cache gone, decides about the rest."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    usage = FakeUsage(memory=lambda _: 1000.0 if not _limits_set(api) else 950.0)
    MemorySqueeze(ratio=0.95, at_least=0.9).inject(replace(cluster(api), usage=usage))
    assert _limits_set(api) == ["1177", "1000"]
    MemorySqueeze(ratio=0.95, at_least=0.9).inject(replace(cluster(api), usage=usage))
    assert _limits_set(api)[2:] == ["1000"], "there is no way left to stop on"


@pytest.mark.parametrize(
    ("moves", "at_least", "limit"),
    [(1.0, 0.9, "1053"), (20.0, 0.9, "1060"), (1.0, 0.97, "1016"), (1.0, 0.95, "1026")],
    ids=["hardly", "more than the room", "where little is left", "where the wanted ratio would be all of it"],
)
def test_a_container_is_left_the_room_that_it_moves_by(moves: float, at_least: float, limit: str) -> None:
    """Above the most that it uses; and never less than half of what is left above the ratio to be exceeded."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    usage = FakeUsage(memory=lambda _: 1000.0, moves=lambda _: moves)
    ratio = min(at_least + 0.05, 1.0)
    MemorySqueeze(ratio=ratio, at_least=at_least).inject(replace(cluster(api), usage=usage))
    assert _limits_set(api)[-1] == limit


def test_who_moves_too_much_for_any_limit_is_not_squeezed() -> None:
    """Above 95 % of a limit with room for 60 bytes more: there is no such limit."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    usage = FakeUsage(memory=lambda _: 1000.0, moves=lambda _: 30.0)
    with pytest.raises(CouldNotTellError, match="no memory limit keeps pod a above 95% of it and alive") as caught:
        MemorySqueeze(ratio=0.97, at_least=0.95).inject(replace(cluster(api), usage=usage))
    assert "between 970 and 1030 bytes" in caught.value.why
    assert _limits_set(api) == ["1145"]


@pytest.mark.parametrize("at", [1, 2], ids=["on the way", "at the end"])
def test_a_container_that_ends_under_its_new_limit_is_told_at_once(at: int) -> None:
    """With how it ended: what becomes of it then is the squeeze's doing."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")

    def ending(found: Json) -> None:
        in_effect(found)
        if len(_limits_set(api)) >= at:
            status = next(one for one in found["status"]["containerStatuses"] if one["name"] == "manager")
            status |= {"restartCount": 1, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}

    api.kubelet = ending
    usage = FakeUsage(memory=lambda _: 1000.0)
    with pytest.raises(CouldNotTellError, match="the memory squeeze ended the container of pod a") as caught:
        MemorySqueeze(ratio=0.95, at_least=0.9).inject(replace(cluster(api), usage=usage))
    assert caught.value.why == f"with a limit of {['1177', '1053'][at - 1]} (exit code 137, OOMKilled)"
    MemorySqueeze().undo(cluster(api))
    assert resources(api, "a")["limits"] == {"memory": "64Mi"}


def test_a_container_that_ended_before_is_squeezed_like_any_other() -> None:
    """Only what ends from now on is the squeeze's doing."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")

    def restarted(found: Json) -> None:
        in_effect(found)
        for status in found["status"]["containerStatuses"]:
            status["restartCount"] = 3

    restarted(api.objects[f"{PODS}/a"])
    api.kubelet = restarted
    MemorySqueeze(ratio=0.95, at_least=0.9).inject(counting(api, {"a": 950.0}))
    assert resources(api, "a")["limits"] == {"memory": "1000"}


def test_a_limit_comes_down_until_it_holds_back_enough() -> None:
    """An average says too little: near it a few percent decide between hardly and all the time."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    shares = iter([0.05, 0.2, 0.39, 0.6])
    there = replace(cluster(api), usage=FakeUsage(cores=0.1, throttled=lambda _: next(shares)))
    CpuSqueeze(times_use=1.3, at_least=0.4).inject(there)
    assert resources(api, "a")["limits"]["cpu"] == "107m"  # 130, 122, 114, then one that is tight enough


def test_a_limit_comes_down_in_new_pods_where_none_is_resized() -> None:
    """Each roll-out gives them other names: it is they who are asked after, and the next limit is made of theirs."""
    api = refusing_resize(404)
    deployment(api)
    for name in ("a", "b"):
        pod(api, name)
    shares = {"a-new": 0.2, "b-new": 0.5, "a-new-new": 0.6, "b-new-new": 0.5}
    there = replace(cluster(api), usage=FakeUsage(cores=0.1, throttled=lambda name: shares[name]))
    CpuSqueeze(times_use=1.3, at_least=0.4).inject(there)
    for name in ("a-new-new", "b-new-new"):
        assert resources(api, name)["limits"]["cpu"] == "122m"


def test_new_pods_have_the_highest_of_the_limits() -> None:
    """One template has one limit: a lower one would starve whoever used most, or end it."""
    api = refusing_resize(404)
    deployment(api)
    for name in ("a", "b"):
        pod(api, name)
    MemorySqueeze(ratio=0.5).inject(counting(api, {"a": 900.0, "b": 1024.0}))
    assert resources(api, "a-new")["limits"] == resources(api, "b-new")["limits"] == {"memory": "2048"}


def test_a_controller_that_no_limit_holds_back_is_an_error() -> None:
    """It has no work: what was tried last is told, and undo puts the limit back."""
    api = FakeApi()
    deployment(api)
    pod(api, "a")
    there = replace(cluster(api), usage=FakeUsage(cores=0.1, throttled=lambda _: 0.1))
    with pytest.raises(CouldNotTellError, match="until 40% of all periods are held back") as caught:
        CpuSqueeze(times_use=1.3, at_least=0.4).inject(there)
    assert caught.value.why == "with a limit of 58m it is 10%"
    CpuSqueeze().undo(cluster(api))
    assert resources(api, "a")["limits"] == {"memory": "64Mi"}
