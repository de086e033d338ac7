"""The teardown: afterwards the cluster has what it had before, or each object that is left is named."""

import pytest

from harness.core.errors import HarnessError
from harness.core.marks import EXISTING_NAMESPACE_LABEL, RUN_LABEL
from harness.stacks.existing.guard import down_command
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.existing.teardown import TornDown, tear_down
from harness.stacks.run import LeftoverError
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.whole_cluster import (
    ALLOWED,
    CONTEXT,
    DEPLOYMENT,
    DESTINATION,
    LEASE,
    NAMESPACE,
    WholeCluster,
    shop,
)

SERVER = DESTINATION.server
RUN = {RUN_LABEL: "mine"}
TAKEN = {**ALLOWED, **RUN, EXISTING_NAMESPACE_LABEL: "true"}


def _existing_namespace() -> tuple[WholeCluster, Snapshot]:
    """A run in the middle, in a namespace that was there."""
    api = WholeCluster()
    api.labelled(NAMESPACE, ALLOWED)
    before = Snapshot.look(api.api, shop(), context=CONTEXT, server=SERVER)
    api.labelled(NAMESPACE, TAKEN)
    api.labelled(DEPLOYMENT, RUN)
    return api, before


def settled(api: WholeCluster, before: Snapshot | None) -> TornDown:
    """Without waiting for what does not go."""
    return tear_down(api.api, shop(), "mine", before, context=CONTEXT, timeout_s=0)


def left(api: WholeCluster, before: Snapshot | None) -> HarnessError:
    """What is said to be left."""
    with pytest.raises(LeftoverError) as error:
        settled(api, before)
    return error.value


def test_an_existing_namespace_is_given_back_as_it_was() -> None:
    """Without the run's objects, its marks, and the Lease that the controller made; twice is harmless."""
    api, before = _existing_namespace()
    api.put(LEASE, {})
    found = settled(api, before)
    assert [str(one) for one in found.removed] == ["deployments.apps shop/web"]
    assert str(found.diff) == "before: 2 objects, after: 2 objects, nothing of the run is left"
    assert api.objects[NAMESPACE]["metadata"]["labels"] == ALLOWED
    assert LEASE not in api.objects
    assert settled(api, before).removed == ()


def test_a_namespace_of_the_runs_own_goes() -> None:
    """With everything in it."""
    api = WholeCluster()
    before = Snapshot.look(api.api, shop(), context=CONTEXT, server=SERVER)
    api.labelled(NAMESPACE, RUN)
    api.labelled(DEPLOYMENT, RUN)
    api.put(LEASE, {})
    settled(api, before)
    assert not any(path.startswith(NAMESPACE) for path in api.objects)


def test_a_lease_that_was_there_stays() -> None:
    """It is the owner's controller's, or that of a former installation."""
    api = WholeCluster()
    api.labelled(NAMESPACE, ALLOWED)
    api.put(LEASE, {})
    before = Snapshot.look(api.api, shop(), context=CONTEXT, server=SERVER)
    settled(api, before)
    assert LEASE in api.objects


def test_a_lease_of_another_run_stays() -> None:
    """The namespace may be another's the moment it is given back."""
    api, before = _existing_namespace()
    before = Snapshot(context=CONTEXT, inventory=before.inventory, lease=False)
    api.labelled(LEASE, {RUN_LABEL: "other"})
    assert str(left(api, before).why) == "leases.coordination.k8s.io shop/leader"
    assert LEASE in api.objects


def test_a_lease_that_may_not_be_deleted_is_named() -> None:
    """With the server's word."""
    api, before = _existing_namespace()
    api.put(LEASE, {})
    api.interfere = lambda one: answer(403) if (one.method, one.path) == ("DELETE", LEASE) else None
    error = left(api, before)
    assert str(error).startswith("Lease leader is left\n  why: fake 403")
    assert error.fix.endswith(f"then: {down_command(CONTEXT)}")


def test_what_the_controller_made_without_a_label_is_named() -> None:
    """Nobody else had any business in that namespace."""
    api, before = _existing_namespace()
    api.put(f"{NAMESPACE}/configmaps/state", {})
    error = left(api, before)
    assert error.what == "before: 2 objects, after: 3 objects, 1 of the run are left"
    assert error.why == "configmaps shop/state"
    assert error.fix.endswith(f"then: {down_command(CONTEXT)}")


def test_what_goes_late_is_waited_for() -> None:
    """The second look does not find it any more."""
    api, before = _existing_namespace()
    late = f"{NAMESPACE}/configmaps/late"
    api.put(late, {})
    looks: list[str] = []

    def going(request: object) -> None:
        if getattr(request, "path", "") == "/api/v1/configmaps" and not getattr(request, "query", {}):
            looks.append("look")
            if len(looks) == 2:
                api.objects.pop(late, None)

    api.interfere = going
    with pytest.raises(LeftoverError, match="it went only after 0 s"):
        settled(api, before)


def test_what_cannot_be_removed_is_named() -> None:
    """A finalizer holds it."""
    api, before = _existing_namespace()
    api.held.add(DEPLOYMENT)
    error = left(api, before)
    assert error.what == "run mine is not removed completely"
    assert "deployments.apps shop/web" in error.why
    assert error.fix.endswith(f"then: {down_command(CONTEXT)}")


def test_without_knowledge_of_before_nothing_is_claimed() -> None:
    """The run goes all the same; a Lease that may be the owner's stays."""
    api, _ = _existing_namespace()
    api.put(LEASE, {})
    found = settled(api, None)
    assert found.diff is None
    assert DEPLOYMENT not in api.objects
    assert LEASE in api.objects
