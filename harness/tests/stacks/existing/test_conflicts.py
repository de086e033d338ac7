"""Conflicts: what is there already and is not the run's is never applied over."""

import pytest

from harness.clients.kubernetes import Json
from harness.core.errors import CouldNotTellError
from harness.stacks.existing.conflicts import ConflictsError, refuse_conflicts
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.fake_cluster import ClusterApi

ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/web"


def manifest(api_version: str, kind: str, namespace: str | None = None) -> Json:
    """One that is to be applied."""
    metadata = {"name": "web"} if namespace is None else {"name": "web", "namespace": namespace}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata}


WANTED = [
    manifest("v1", "Namespace"),
    manifest("rbac.authorization.k8s.io/v1", "ClusterRole"),
    manifest("apps/v1", "Deployment", "shop"),
    manifest("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig", "shop"),
    manifest("v1", "ConfigMap"),
]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (ROLE, "clusterroles.rbac.authorization.k8s.io web exists"),
        ("/apis/apps/v1/namespaces/shop/deployments/web", "deployments.apps shop/web exists"),
        ("/apis/monitoring.coreos.com/v1alpha1/namespaces/shop/alertmanagerconfigs/web", "shop/web exists"),
        ("/api/v1/namespaces/default/configmaps/web", "configmaps default/web exists"),
    ],
)
@pytest.mark.parametrize("labels", [{}, {"kubemirror-harness/run": "other"}], ids=["nobody's", "another run's"])
def test_what_is_there_is_refused(path: str, told: str, labels: dict[str, str]) -> None:
    """Of the whole cluster and of a namespace; nothing is changed."""
    api = ClusterApi()
    api.labelled(path, labels)
    with pytest.raises(ConflictsError, match="is in this cluster already") as refused:
        refuse_conflicts(api.api, WANTED, run="mine")
    assert told in refused.value.why
    assert refused.value.exit_code == 2
    assert {one.method for one in api.requests} == {"GET"}


def test_what_is_the_runs_own_may_be_applied_again() -> None:
    """And what is not there; a namespace is the guard's."""
    api = ClusterApi()
    api.put("/api/v1/namespaces/web", {})
    api.labelled(ROLE, {"kubemirror-harness/run": "mine"})
    refuse_conflicts(api.api, WANTED, run="mine")


def test_a_kind_that_the_cluster_does_not_know_is_told() -> None:
    """Monitoring without the operator."""
    with pytest.raises(ConflictsError, match="has no Prometheus of monitoring"):
        refuse_conflicts(ClusterApi().api, [manifest("monitoring.coreos.com/v1", "Prometheus", "x")], run="mine")


def test_no_answer_is_no_absence() -> None:
    """Who may not look has not been told that there is nothing."""
    api = ClusterApi()
    api.interfere = lambda one: answer(403) if one.path == ROLE else None
    with pytest.raises(CouldNotTellError, match="cannot be told whether clusterroles"):
        refuse_conflicts(api.api, WANTED, run="mine")
