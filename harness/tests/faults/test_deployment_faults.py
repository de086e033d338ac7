"""Faults of the Deployment and its pods: done, kept in the cluster, and taken back exactly."""

import copy

import pytest

from harness.clients.kubernetes import ApiRequest, Json
from harness.core.errors import CouldNotTellError
from harness.core.marks import FORMER_RUN, FORMER_SPEC
from harness.faults.controller_pods import selector_text
from harness.faults.crash_loop import CrashLoop
from harness.faults.fault import Fault
from harness.faults.former_spec import DeploymentBusyError
from harness.faults.killed_pod import KilledPod
from harness.faults.removed_limits import RemovedLimits
from harness.faults.rolling_update import ROLLED, RollingUpdate
from harness.faults.scaled_to_zero import ScaledToZero
from harness.faults.second_replica import SecondReplica
from harness.tests.faults.fake_api import RUN, FakeApi, annotation, answer, cluster, deployment, pod

DEPLOYMENT = "/apis/apps/v1/namespaces/other-system/deployments/other-manager"
PODS = "/api/v1/namespaces/other-system/pods"
#: what leaves the former spec in an annotation
DEPLOYMENT_FAULTS: list[Fault] = [
    ScaledToZero(),
    CrashLoop(),
    RollingUpdate(),
    RemovedLimits(),
    SecondReplica(),
]


def without_version(found: Json) -> Json:
    """The object as two looks can be compared."""
    metadata = {key: value for key, value in found["metadata"].items() if key not in {"resourceVersion", "labels"}}
    return {**found, "metadata": metadata}


@pytest.mark.parametrize("fault", DEPLOYMENT_FAULTS, ids=lambda fault: fault.name)
def test_the_former_spec_comes_back_exactly(fault: Fault) -> None:
    """After inject (twice) and undo (twice, by another object) the Deployment is as it was, without our marks."""
    api = FakeApi()
    deployment(api)["spec"]["replicas"] = 1
    before = copy.deepcopy(without_version(api.objects[DEPLOYMENT]))
    fault.inject(cluster(api))
    assert without_version(api.objects[DEPLOYMENT]) != before
    assert api.objects[DEPLOYMENT]["metadata"]["labels"] == {"kubemirror-harness/run": RUN}
    fault.inject(cluster(api))
    assert annotation(api.objects[DEPLOYMENT], FORMER_SPEC) == before["spec"]
    for _ in range(2):
        type(fault)().undo(cluster(api))
    assert without_version(api.objects[DEPLOYMENT]) == before
    assert api.objects[DEPLOYMENT]["metadata"]["labels"] == {}


@pytest.mark.parametrize("run", [RUN, "former"], ids=["this run", "another"])
def test_a_label_that_was_there_before_comes_back_too(run: str) -> None:
    """Who installed the Deployment put it there, and finds by it what to remove; however often it is changed."""
    api = FakeApi()
    deployment(api)["metadata"]["labels"] = {"kubemirror-harness/run": run, "tier": "b"}
    before = copy.deepcopy(api.objects[DEPLOYMENT]["metadata"])
    for _ in range(2):
        ScaledToZero().inject(cluster(api))
        assert api.objects[DEPLOYMENT]["metadata"]["labels"]["kubemirror-harness/run"] == RUN
        assert api.objects[DEPLOYMENT]["metadata"]["annotations"][FORMER_RUN] == run
    ScaledToZero().undo(cluster(api))
    after = api.objects[DEPLOYMENT]["metadata"]
    assert (after["labels"], after["annotations"]) == (before["labels"], before["annotations"])


def test_zero_means_zero() -> None:
    """The Deployment is told to run no pod."""
    api = FakeApi()
    deployment(api)
    ScaledToZero().inject(cluster(api))
    assert api.objects[DEPLOYMENT]["spec"]["replicas"] == 0


def test_each_rolling_update_is_one_more() -> None:
    """The template gets a number that it did not have; everything else of it stays, and so does the strategy."""
    api = FakeApi()
    before = deployment(api)["spec"]
    for number in ("1", "2"):
        RollingUpdate().inject(cluster(api))
        spec = api.objects[DEPLOYMENT]["spec"]
        template = {**before["template"], "metadata": {"annotations": {ROLLED: number}}}
        assert spec == {**before, "template": template}


def test_an_update_of_nothing_is_an_error() -> None:
    """There is no such Deployment."""
    with pytest.raises(CouldNotTellError):
        RollingUpdate().inject(cluster(FakeApi()))


def test_limits_are_removed_and_requests_stay() -> None:
    """Only the controller's container changes."""
    api = FakeApi()
    deployment(api)["spec"]["template"]["spec"]["containers"][1]["resources"]["requests"] = {"memory": "1Mi"}
    RemovedLimits().inject(cluster(api))
    side, manager = api.objects[DEPLOYMENT]["spec"]["template"]["spec"]["containers"]
    assert side == {"name": "side", "image": "s"}
    assert manager["resources"] == {"requests": {"memory": "1Mi"}}
    assert api.objects[DEPLOYMENT]["spec"]["strategy"]["type"] == "RollingUpdate"


def test_a_second_replica_is_a_second_pod() -> None:
    """Whatever number there was before."""
    api = FakeApi()
    deployment(api)["spec"]["replicas"] = 1
    SecondReplica().inject(cluster(api))
    assert api.objects[DEPLOYMENT]["spec"]["replicas"] == 2


def test_the_newest_replica_is_to_go_first() -> None:
    """Whoever leads is older; and where nothing was changed nobody is to go."""
    api = FakeApi()
    deployment(api)["spec"]["replicas"] = 1
    for name, at in (("a", "2026-01-01T00:00:09Z"), ("b", "2026-01-01T00:00:01Z")):
        pod(api, name, creationTimestamp=at)
    SecondReplica().undo(cluster(api))
    assert all("annotations" not in api.objects[f"{PODS}/{name}"]["metadata"] for name in "ab")
    SecondReplica().inject(cluster(api))
    SecondReplica().undo(cluster(api))
    costs = {name: api.objects[f"{PODS}/{name}"]["metadata"].get("annotations") for name in "ab"}
    assert costs == {"a": {"controller.kubernetes.io/pod-deletion-cost": "-1000"}, "b": None}
    assert api.objects[DEPLOYMENT]["spec"]["replicas"] == 1


def test_a_crash_loop_leaves_no_old_pod_alive() -> None:
    """Only the controller's container changes, and the strategy does not wait for the new pod to be ready."""
    api = FakeApi()
    deployment(api)
    CrashLoop(command=("/bin/false",)).inject(cluster(api))
    spec = api.objects[DEPLOYMENT]["spec"]
    assert spec["strategy"] == {"type": "Recreate"}
    side, manager = spec["template"]["spec"]["containers"]
    assert side == {"name": "side", "image": "s"}
    assert manager["command"] == ["/bin/false"]
    assert "args" not in manager


def test_a_conflict_is_tried_again() -> None:
    """Somebody changes the Deployment between our look and our change: the former spec kept is the newer one."""
    api = FakeApi()
    deployment(api)
    raced: list[ApiRequest] = []

    def race(request: ApiRequest) -> None:
        if request.method == "PATCH" and not raced:
            raced.append(request)
            newer = api.objects[DEPLOYMENT]
            newer["spec"]["replicas"] = 5
            api.put(DEPLOYMENT, newer)

    api.interfere = race
    ScaledToZero().inject(cluster(api))
    assert annotation(api.objects[DEPLOYMENT], FORMER_SPEC)["replicas"] == 5


def test_conflicts_without_end_are_told() -> None:
    """An autoscaler that never rests is named as the cause, for inject and for undo."""
    api = FakeApi()
    deployment(api)
    ScaledToZero().inject(cluster(api))
    api.interfere = lambda request: answer(409) if request.method == "PATCH" else None
    with pytest.raises(DeploymentBusyError, match="changes all the time"):
        ScaledToZero().inject(cluster(api))
    with pytest.raises(DeploymentBusyError, match="changes all the time"):
        ScaledToZero().undo(cluster(api))


def test_a_refusal_is_told() -> None:
    """What the API server says reaches the person, for inject and for undo."""
    api = FakeApi()
    deployment(api)
    ScaledToZero().inject(cluster(api))
    api.interfere = lambda request: answer(403, {"message": "not you"}) if request.method == "PATCH" else None
    with pytest.raises(CouldNotTellError, match="not you"):
        ScaledToZero().inject(cluster(api))
    with pytest.raises(CouldNotTellError, match="not you"):
        ScaledToZero().undo(cluster(api))


@pytest.mark.parametrize("fault", DEPLOYMENT_FAULTS, ids=lambda fault: fault.name)
def test_nothing_to_undo_is_fine(fault: Fault) -> None:
    """No Deployment, or one that was never touched: undo does nothing."""
    api = FakeApi()
    fault.undo(cluster(api))
    before = deployment(api)
    fault.undo(cluster(api))
    assert api.objects[DEPLOYMENT] == before


def test_one_living_pod_is_killed() -> None:
    """The first by name that is not ending already; strangers are spared."""
    api = FakeApi()
    deployment(api)
    pod(api, "a", deletionTimestamp="now")
    pod(api, "b")
    pod(api, "c")
    pod(api, "0", labels={"app": "stranger"})
    KilledPod().inject(cluster(api))
    assert sorted(path.rpartition("/")[2] for path in api.objects if path.startswith(PODS)) == ["0", "a", "c"]
    KilledPod().undo(cluster(api))


def test_no_pod_cannot_be_killed() -> None:
    """A fault that hits nothing is an error, not a success; so without any Deployment."""
    api = FakeApi()
    with pytest.raises(CouldNotTellError, match="no pod to kill"):
        KilledPod().inject(cluster(api))
    deployment(api)
    with pytest.raises(CouldNotTellError, match="no pod to kill"):
        KilledPod().inject(cluster(api))


def test_a_selector_is_written_for_the_api() -> None:
    """Labels and expressions of a Deployment's selector become one query."""
    selector = {
        "matchLabels": {"a": "b"},
        "matchExpressions": [
            {"key": "c", "operator": "In", "values": ["d", "e"]},
            {"key": "f", "operator": "NotIn", "values": ["g"]},
            {"key": "h", "operator": "Exists"},
            {"key": "i", "operator": "DoesNotExist"},
        ],
    }
    assert selector_text(selector) == "a=b,c in (d,e),f notin (g),h,!i"
