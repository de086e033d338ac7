"""The unreachable replica: the controller's own pod but for the number of one port, and nothing of it left behind."""

import pytest

from harness.clients.kubernetes import Json
from harness.core.errors import CouldNotTellError, NotHereError
from harness.core.marks import ROLE_LABEL, RUN_LABEL
from harness.faults.undo_all import undo_all
from harness.faults.unreachable_replica import NOWHERE, UnreachableReplica
from harness.tests.faults.fake_api import RUN, FakeApi, answer, cluster, deployment

_POD = "/api/v1/namespaces/other-system/pods/other-manager-unreachable-replica"
_SERVICE = "/api/v1/namespaces/other-system/services/other-metrics"


def _there(target: object = "metrics") -> tuple[FakeApi, Json]:
    """An API server with the Deployment and a Service in front of its metrics; and the Deployment's own container."""
    api = FakeApi()
    template = deployment(api)["spec"]["template"]
    template["metadata"] = {"labels": {"app": "other"}, "annotations": {"some": "thing"}}
    container: Json = template["spec"]["containers"][1]
    container["ports"] = [{"name": "metrics", "containerPort": 8080}, {"name": "health", "containerPort": 8081}]
    container["readinessProbe"] = {"httpGet": {"path": "/readyz", "port": "health"}}
    container["livenessProbe"] = {"httpGet": {"path": "/metrics", "port": "metrics"}}
    api.put(_SERVICE, {"spec": {"selector": {"app": "other"}, "ports": [{"port": 80, "targetPort": target}]}})
    return api, container


def test_its_metrics_port_leads_nowhere_and_all_else_is_the_controllers() -> None:
    """Image, arguments, resources, labels; the probes go on asking where the controller listens."""
    api, container = _there()
    before = api.objects["/apis/apps/v1/namespaces/other-system/deployments/other-manager"]
    UnreachableReplica().inject(cluster(api))
    pod = api.objects[_POD]
    made = pod["spec"]["containers"][1]
    assert made["ports"] == [
        {"name": "metrics", "containerPort": NOWHERE},
        {"name": "health", "containerPort": 8081},
    ]
    assert made["livenessProbe"]["httpGet"] == {"path": "/metrics", "port": 8080}
    assert made["readinessProbe"] == container["readinessProbe"]
    assert {key: made[key] for key in ("image", "args", "resources")} == {
        key: container[key] for key in ("image", "args", "resources")
    }
    assert pod["spec"]["containers"][0] == {"name": "side", "image": "s"}
    assert pod["metadata"]["labels"] == {"app": "other", RUN_LABEL: RUN, ROLE_LABEL: "unreachable-replica"}
    assert pod["metadata"]["annotations"] == {"some": "thing"}
    assert api.objects["/apis/apps/v1/namespaces/other-system/deployments/other-manager"] == before


def test_it_is_made_once_and_goes_with_the_fault() -> None:
    """Also when it is undone twice, by whoever undoes everything."""
    api, _ = _there()
    for _ in range(2):
        UnreachableReplica().inject(cluster(api))
    for _ in range(2):
        UnreachableReplica().undo(cluster(api))
        assert _POD not in api.objects
    UnreachableReplica().inject(cluster(api))
    undo_all(cluster(api))
    assert _POD not in api.objects


def test_a_pod_of_that_name_that_is_somebody_elses_stays() -> None:
    """The name is no proof."""
    api, _ = _there()
    api.put(_POD, {"metadata": {"labels": {"app": "other"}}})
    UnreachableReplica().undo(cluster(api))
    assert _POD in api.objects


@pytest.mark.parametrize("target", [8080, "health", None], ids=["by number", "another port", "none"])
def test_a_port_that_the_service_does_not_name_cannot_be_led_astray(target: object) -> None:
    """A number is the same in each pod."""
    api, _ = _there(target)
    with pytest.raises(NotHereError, match="no replica of this controller can be made unreachable"):
        UnreachableReplica().inject(cluster(api))
    assert _POD not in api.objects


def test_a_refusal_is_told() -> None:
    """Of the making and of the deleting, in the API server's words."""
    api, _ = _there()
    api.interfere = lambda request: answer(403, {"message": "quota"}) if request.method == "POST" else None
    with pytest.raises(CouldNotTellError, match="could not be made") as caught:
        UnreachableReplica().inject(cluster(api))
    assert caught.value.why == "quota"
    api.interfere = lambda _: None
    UnreachableReplica().inject(cluster(api))
    api.interfere = lambda request: answer(403, {"message": "no"}) if request.method == "DELETE" else None
    with pytest.raises(CouldNotTellError, match="could not be deleted"):
        UnreachableReplica().undo(cluster(api))
