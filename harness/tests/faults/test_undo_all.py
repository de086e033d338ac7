"""Undoing all of a run: everything goes, nothing of another run, and one failure does not stop the rest."""

from dataclasses import replace

import pytest

from harness.agents.webhook.plan import WriteFaults
from harness.clients.kubernetes import Json
from harness.core.contract.model import RoutePromise
from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_LABEL
from harness.core.rules.speed import REAL_TIME
from harness.faults import webhook_rule
from harness.faults.cpu_squeeze import CpuSqueeze
from harness.faults.crash_loop import CrashLoop
from harness.faults.namespaces import create_namespaces
from harness.faults.probe_route import ProbeRoute
from harness.faults.removed_limits import RemovedLimits
from harness.faults.rolling_update import RollingUpdate
from harness.faults.scaled_to_zero import ScaledToZero
from harness.faults.second_replica import SecondReplica
from harness.faults.undo_all import undo_all
from harness.tests.faults.fake_api import RUN, FakeApi, FakeUsage, answer, cluster, deployment, pod

LEASE = "/apis/coordination.k8s.io/v1/namespaces/other-system/leases/other-leader"


def specs(api: FakeApi) -> dict[str, Json]:
    """Every object's content, without metadata."""
    return {path: {**found, "metadata": {}} for path, found in api.objects.items()}


def runs_in(api: FakeApi) -> set[str]:
    """The runs that have something there."""
    marked = (found["metadata"].get("labels", {}).get(RUN_LABEL) for found in api.objects.values())
    return {run for run in marked if run}


def test_everything_of_a_run_goes() -> None:
    """Rules, lease, squeezed pods, changed Deployment, route: by a process that knows only the run's id."""
    api = FakeApi()
    place, other = replace(cluster(api), usage=FakeUsage(cores=0.01)), replace(cluster(api), run="another-run")
    deployment(api)
    pod(api, "a")
    create_namespaces(other)
    api.put(
        f"{webhook_rule.COLLECTION}/x", webhook_rule.rule_manifest(other, fault="x", plan=WriteFaults.parse("/deny/1"))
    )
    before = specs(api)
    assert runs_in(api) == {"another-run"}

    create_namespaces(place)
    api.put(
        f"{webhook_rule.COLLECTION}/y", webhook_rule.rule_manifest(place, fault="y", plan=WriteFaults.parse("/deny/1"))
    )
    CpuSqueeze().inject(place)
    for fault in (CrashLoop(), RollingUpdate(), RemovedLimits(), SecondReplica(), ScaledToZero()):
        fault.inject(place)
    route = RoutePromise(matchers={}, receiver="r", continues=True)
    ProbeRoute(promise=route, url="http://r", speed=REAL_TIME).install(place)
    assert runs_in(api) == {"another-run", RUN}
    pod_path = "/api/v1/namespaces/other-system/pods/a"
    api.objects[pod_path]["spec"]["containers"][1]["resources"]["limits"].pop("cpu")  # a server that can remove limits
    for _ in range(2):
        undo_all(place)
    left = {path for path in api.objects if path not in before}
    assert left == {f"/api/v1/namespaces/{name}" for name in (place.source_namespace, place.target_namespace)}
    assert {path: one for path, one in specs(api).items() if path in before} == before


def test_one_failure_does_not_stop_the_rest() -> None:
    """The rules may not be deleted; the Deployment is restored all the same, and the message says what is left."""
    api = FakeApi()
    place = cluster(api)
    deployment(api)
    ScaledToZero().inject(place)
    api.interfere = lambda request: answer(403) if request.path == webhook_rule.COLLECTION else None
    with pytest.raises(CouldNotTellError, match="could not be undone completely") as failed:
        undo_all(place)
    assert webhook_rule.COLLECTION in failed.value.why
    assert api.objects["/apis/apps/v1/namespaces/other-system/deployments/other-manager"]["spec"]["replicas"] == 2
