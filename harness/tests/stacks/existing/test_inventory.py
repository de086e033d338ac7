"""The inventory: everything that stands for itself, nothing that changes by itself, and what could not be seen."""

import pytest

from harness.clients.kubernetes import ApiRefusedError
from harness.core.errors import CouldNotTellError, MisuseError
from harness.stacks.existing.inventory import (
    CHANGING,
    Inventory,
    difference,
    inventory,
    of_run,
    refuse_unlistable,
    resource_types,
    runs_left,
    unlistable_made,
)
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.fake_cluster import ClusterApi

RUN = {"kubemirror-harness/run": "mine"}
CORE, SHOP, APPS = "/api/v1", "/api/v1/namespaces/shop", "/apis/apps/v1/namespaces/shop"
LEASES = "/apis/coordination.k8s.io/v1/namespaces"


def names(found: Inventory) -> list[str]:
    """As people read them."""
    return sorted(map(str, found.objects))


def test_types_are_taken_in_the_first_version_that_has_them() -> None:
    """A type that the preferred version lacks is not lost, none is there twice, what nobody can delete is left out."""
    types = resource_types(ClusterApi().api)
    monitoring = {one.resource: one.version for one in types.known if one.group == "monitoring.coreos.com"}
    assert monitoring == {"prometheusrules": "v1", "servicemonitors": "v1", "alertmanagerconfigs": "v1alpha1"}
    assert {"pods/log", "componentstatuses"}.isdisjoint(one.resource for one in types.known)
    assert not [one for one in types.known if one.group == "metrics.k8s.io"]
    deployment = types.of_kind("apps", "Deployment")
    assert deployment is not None
    assert deployment.path("shop", "web") == f"{APPS}/deployments/web"
    assert types.of_kind("apps", "Nothing") is None


def test_what_comes_and_goes_by_itself_is_left_out() -> None:
    """Events, nodes, heartbeats, and what another object owns; everything else is there, wherever it is."""
    api = ClusterApi()
    for path in (SHOP, f"{SHOP}/services/web", f"{APPS}/deployments/web", f"{CORE}/nodes/n", f"{SHOP}/events/e"):
        api.put(path, {})
    api.labelled(f"{APPS}/replicasets/web-1", {}, owner=f"{APPS}/deployments/web")
    api.labelled(f"{SHOP}/pods/web-1-x", {}, owner=f"{APPS}/replicasets/web-1")
    api.put(f"{LEASES}/kube-node-lease/leases/n", {})
    api.put(f"{LEASES}/shop/leases/leader", {})
    api.put("/apis/rbac.authorization.k8s.io/v1/clusterroles/web", {})
    assert names(inventory(api.api)) == [
        "clusterroles.rbac.authorization.k8s.io web",
        "deployments.apps shop/web",
        "leases.coordination.k8s.io shop/leader",
        "namespaces shop",
        "services shop/web",
    ]
    assert all(CHANGING.values())


def test_a_leftover_shows() -> None:
    """Also one without the run's label; one that was deleted and made again under its name does not."""
    api = ClusterApi()
    api.put(f"{SHOP}/secrets/again", {})
    api.put(f"{SHOP}/secrets/gone", {})
    before = inventory(api.api)
    assert difference(before, inventory(api.api)).appeared == frozenset()
    del api.objects[f"{SHOP}/secrets/gone"], api.objects[f"{SHOP}/secrets/again"]
    api.put(f"{SHOP}/secrets/again", {})
    api.put(f"{SHOP}/configmaps/left", {})
    found = difference(before, inventory(api.api))
    assert [str(one) for one in found.appeared] == ["configmaps shop/left"]
    assert [str(one) for one in found.vanished] == ["secrets shop/gone"]
    assert not found.unlistable


def test_what_could_not_be_seen_is_told() -> None:
    """A type that may not be listed and a group whose server is ill: nothing is proved about them."""
    api = ClusterApi()
    before = inventory(api.api)
    api.interfere = lambda one: (
        answer(403) if one.path == f"{CORE}/secrets" else answer(503) if "metrics" in one.path else None
    )
    after = inventory(api.api)
    assert after.unlistable == {"secrets", "/apis/metrics.k8s.io/v1beta1"}
    assert difference(before, after).unlistable == difference(after, before).unlistable == after.unlistable
    api.interfere = lambda one: answer(403) if one.path == "/apis" else None
    with pytest.raises(Exception, match="/apis"):
        inventory(api.api)
    assert issubclass(ApiRefusedError, Exception)


def test_the_objects_of_a_run_are_found_by_its_label() -> None:
    """All of them, owned ones too; none of another run."""
    api = ClusterApi()
    api.labelled(f"{APPS}/deployments/web", RUN)
    api.labelled(f"{SHOP}/pods/web", RUN, owner=f"{APPS}/deployments/web")
    api.labelled(f"{SHOP}/pods/other", {"kubemirror-harness/run": "other"})
    api.put(f"{SHOP}/pods/nobodys", {})
    assert sorted(str(one.ref) for one in of_run(api.api, "mine").objects) == [
        "deployments.apps shop/web",
        "pods shop/web",
    ]
    assert runs_left(api.api).ids == {"mine", "other"}
    assert not runs_left(api.api).unlistable
    api.interfere = lambda one: answer(403) if one.path == f"{CORE}/secrets" else None
    assert runs_left(api.api).unlistable == {"secrets"}


@pytest.mark.parametrize("run", ["", "a,b=c", "a b", "-a", "a" * 64])
def test_what_is_no_runs_id_selects_nothing(run: str) -> None:
    """An empty value, or a selector in its place, would mean objects of others."""
    api = ClusterApi()
    with pytest.raises(MisuseError, match="is no run's id"):
        of_run(api.api, run)
    assert not api.requests


@pytest.mark.parametrize(
    "one",
    ["secrets", "deployments.apps", "/api/v1", "/apis/apps/v1", "/apis/monitoring.coreos.com/v1alpha1"],
)
def test_what_a_run_makes_matters(one: str) -> None:
    """A type that may not be listed, or a group that does not tell its types."""
    assert unlistable_made({one, "challenges.acme.example", "/apis/metrics.k8s.io/v1beta1"}) == (one,)
    with pytest.raises(CouldNotTellError, match="cannot be told") as told:
        refuse_unlistable({one})
    assert one in told.value.why


@pytest.mark.parametrize(
    "one", ["challenges.acme.example", "prometheuses.monitoring.coreos.com", "/apis/apps.example/v1"]
)
def test_the_rest_does_not(one: str) -> None:
    """A run has made none of it, and a name that only begins alike is another's."""
    assert unlistable_made({one}) == ()
    refuse_unlistable({one})
