"""The examination: each thing that is not as it must be is refused, and nothing is changed."""

from collections.abc import Callable

import pytest

from harness.clients.kubernetes import Json
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.marks import RUN_LABEL
from harness.stacks.existing.discovery import Asked, FoundPrometheus, GivenUrl, NoMonitoringError
from harness.stacks.existing.examination import AskedMonitoring, ConflictsError, Found, examine, refuse_conflicts
from harness.stacks.existing.guard import NotAllowedError, Tenancy
from harness.stacks.existing.permissions import NotPermittedError
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.fake_cluster import ClusterApi
from harness.tests.stacks.existing.test_discovery import monitoring, selecting
from harness.tests.stacks.existing.whole_cluster import (
    ALLOWED,
    CONTEXT,
    DEPLOYMENT,
    NAMESPACE,
    WholeCluster,
    shop,
    shop_bundle,
)

OTHER_NAMESPACE: Json = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "monitoring"}}


def looked(api: WholeCluster, asked: AskedMonitoring | None = None, *more: Json, run: str = "") -> Found:
    """What is found."""
    return examine(api.api, shop(), shop_bundle(*more), asked or AskedMonitoring(), context=CONTEXT, run=run)


@pytest.mark.parametrize(("there", "tenancy"), [(False, Tenancy.OWN), (True, Tenancy.EXISTING)])
def test_a_cluster_that_fits_is_told(*, there: bool, tenancy: Tenancy) -> None:
    """Whose namespace it is and which monitoring; by looking only."""
    api = WholeCluster()
    if there:
        api.labelled(NAMESPACE, ALLOWED)
    found = looked(api)
    assert found.tenancy is tenancy
    assert isinstance(found.prometheus, FoundPrometheus)
    assert found.prometheus.at.name == "k8s"
    assert not api.changes


def _unpermitted(api: WholeCluster) -> None:
    api.refused.add(("delete", "leases"))


def _somebodys(api: WholeCluster) -> None:
    api.labelled(NAMESPACE, {})


def _used(api: WholeCluster) -> None:
    api.labelled(NAMESPACE, {**ALLOWED, RUN_LABEL: "other"})


def _unselected(api: WholeCluster) -> None:
    monitoring(api, "Prometheus", "monitoring/k8s", selecting(ruleSelector={"matchLabels": {"release": "other"}}))


def _unrouted(api: WholeCluster) -> None:
    monitoring(api, "Alertmanager", "monitoring/main", {})


def _certified(api: WholeCluster) -> None:
    monitoring(api, "Prometheus", "monitoring/k8s", selecting(web={"tlsConfig": {}}))


def _strange(api: WholeCluster) -> None:
    api.labelled(NAMESPACE, ALLOWED)
    api.put(DEPLOYMENT, {})


def _strange_secret(api: WholeCluster) -> None:
    api.labelled(NAMESPACE, ALLOWED)
    api.put(f"{NAMESPACE}/secrets/kubemirror-harness-receiver", {})


def _namespace(api: WholeCluster) -> None:
    api.put("/api/v1/namespaces/monitoring", {})


@pytest.mark.parametrize(
    ("plant", "error", "told"),
    [
        (_unpermitted, NotPermittedError, "delete  leases.coordination.k8s.io"),
        (_somebodys, NotAllowedError, "nobody has allowed faults in it"),
        (_used, NotAllowedError, "harness down --context 'my dev' --confirm-context 'my dev'"),
        (_unselected, NoMonitoringError, "no Prometheus selects the subject's objects"),
        (_unrouted, NoMonitoringError, "no Alertmanager selects the subject's objects"),
        (_certified, NoMonitoringError, "give its address: --prometheus-url URL"),
        (_strange, ConflictsError, "deployments.apps shop/web exists"),
        (_strange_secret, ConflictsError, "secrets shop/kubemirror-harness-receiver exists"),
        (_namespace, ConflictsError, "makes namespaces that are there already: monitoring"),
    ],
)
def test_what_does_not_fit_is_refused(
    plant: Callable[[WholeCluster], None], error: type[MisuseError], told: str
) -> None:
    """Exit code 2, with the reason."""
    api = WholeCluster()
    plant(api)
    with pytest.raises(error) as refused:
        looked(api, None, OTHER_NAMESPACE)
    assert told in str(refused.value)
    assert refused.value.exit_code == 2
    assert not api.changes


def test_another_namespace_of_the_run_itself_is_no_stranger() -> None:
    """Nor one that is not there yet."""
    api = WholeCluster()
    looked(api, None, OTHER_NAMESPACE)
    api.labelled("/api/v1/namespaces/monitoring", {RUN_LABEL: "mine"})
    looked(api, None, OTHER_NAMESPACE, run="mine")


def test_a_url_needs_no_certificate_of_ours() -> None:
    """What is given is taken."""
    asked = AskedMonitoring(prometheus=Asked(url="https://p/"), alertmanager=Asked(url="https://a"))
    found = looked(WholeCluster(), asked)
    assert (found.prometheus, found.alertmanager) == (GivenUrl(url="https://p"), GivenUrl(url="https://a"))


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
