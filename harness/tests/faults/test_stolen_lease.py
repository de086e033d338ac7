"""Stolen lease: the intruder holds it until undo, which leaves it free."""

from dataclasses import replace

import pytest

from harness.core.errors import CouldNotTellError
from harness.faults import stolen_lease
from harness.faults.stolen_lease import StolenLease, release
from harness.tests.faults.fake_api import RUN, FakeApi, answer, cluster, subject
from harness.waiting import NotYet, wait_until

LEASE = "/apis/coordination.k8s.io/v1/namespaces/other-system/leases/other-leader"
INTRUDER = f"kubemirror-harness-intruder-{RUN}"


def test_the_leader_loses_it_and_it_is_free_again() -> None:
    """Whoever held it, the intruder does; after undo nobody does, in client-go's form of a released lease."""
    api = FakeApi()
    api.put(LEASE, {"spec": {"holderIdentity": "leader", "leaseDurationSeconds": 15, "leaseTransitions": 3}})
    fault = StolenLease()
    fault.inject(cluster(api))
    fault.inject(cluster(api))
    spec = api.objects[LEASE]["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"], spec["leaseTransitions"]) == (INTRUDER, 15, 3)
    assert spec["renewTime"].endswith("Z")
    fault.undo(cluster(api))
    fault.undo(cluster(api))
    spec = api.objects[LEASE]["spec"]
    assert (spec["holderIdentity"], spec["leaseDurationSeconds"]) == ("", 1)
    assert api.objects[LEASE]["metadata"]["labels"] == {}


def test_a_missing_lease_is_made() -> None:
    """No replica has made it yet: the intruder is first."""
    api = FakeApi()
    fault = StolenLease()
    fault.inject(cluster(api))
    assert api.objects[LEASE]["spec"]["holderIdentity"] == INTRUDER
    fault.undo(cluster(api))


def test_a_lease_of_somebody_else_is_left_alone() -> None:
    """Undo takes off our label when a replica has got the lease meanwhile, and touches nothing without our label."""
    api = FakeApi()
    release(cluster(api))
    marked = {"metadata": {"labels": {"kubemirror-harness/run": RUN}}, "spec": {"holderIdentity": "leader"}}
    api.put(LEASE, marked)
    release(cluster(api))
    assert api.objects[LEASE]["spec"] == {"holderIdentity": "leader"}
    assert api.objects[LEASE]["metadata"]["labels"] == {}
    asked = len(api.requests)
    release(cluster(api))
    assert [request.method for request in api.requests[asked:]] == ["GET"]


def test_the_intruder_goes_on_renewing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat after beat, also after one that failed, until undo."""
    monkeypatch.setattr(stolen_lease, "_RENEW_S", 0.001)
    api = FakeApi()
    api.put(LEASE, {"spec": {"holderIdentity": "leader"}})
    fault = StolenLease()
    fault.inject(cluster(api))
    api.interfere = lambda request: answer(500) if request.method == "PATCH" and len(api.requests) < 20 else None

    def taken_again() -> bool | NotYet:
        return True if len(api.requests) > 30 else NotYet(f"{len(api.requests)} requests")

    wait_until("renewals after failures", taken_again, timeout_s=20)
    fault.undo(cluster(api))
    sent = len(api.requests)
    assert api.objects[LEASE]["spec"]["holderIdentity"] == ""
    assert len(api.requests) == sent


def test_a_refusal_is_told() -> None:
    """For inject and for undo."""
    api = FakeApi()
    api.put(LEASE, {"spec": {"holderIdentity": INTRUDER}})
    api.interfere = lambda request: answer(403, {"message": "not you"}) if request.method == "PATCH" else None
    with pytest.raises(CouldNotTellError, match="not you"):
        StolenLease().inject(cluster(api))
    with pytest.raises(CouldNotTellError, match="not you"):
        StolenLease().undo(cluster(api))


def test_a_subject_without_lease_cannot_lose_it() -> None:
    """Inject says so; undo has nothing to do."""
    single = subject()
    single = replace(single, workload=replace(single.workload, lease=None))
    place = replace(cluster(FakeApi()), subject=single)
    with pytest.raises(CouldNotTellError, match="no lease to steal"):
        StolenLease().inject(place)
    StolenLease().undo(place)
