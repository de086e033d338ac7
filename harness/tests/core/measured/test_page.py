"""A controller that was never run here, known by its page."""

from harness.core.contract.quantity import Quantity
from harness.core.exposition import parse_page
from harness.core.measured.axes import lacking
from harness.core.measured.page import Scraped, catalog_of_page

_PAGE = """\
# TYPE workqueue_depth gauge
workqueue_depth{name="secret",controller="secret",priority=""} 3
# TYPE leader_election_master_status gauge
leader_election_master_status{name="lease",namespace="its own"} 1
# TYPE controller_runtime_reconcile_total counter
controller_runtime_reconcile_total{controller="secret",result="success"} 12
"""
_TARGET = Scraped(
    namespace="ns", service="metrics", deployment="controller", container="manager", endpoint="http", port=8080
)
_CATALOG = catalog_of_page(parse_page(_PAGE, at_s=0, source="page"), _TARGET)


def test_a_series_of_the_page_has_the_labels_of_its_target() -> None:
    """As the operator's ServiceMonitor has it scraped."""
    (one,) = _CATALOG.named("workqueue_depth")
    assert one.value == 3
    assert one.labels == {
        "__name__": "workqueue_depth",
        "name": "secret",
        "controller": "secret",
        "container": "manager",
        "endpoint": "http",
        "instance": "10.244.0.7:8080",
        "job": "metrics",
        "namespace": "ns",
        "pod": _CATALOG.pod,
        "service": "metrics",
    }


def test_a_label_that_the_target_has_as_well_is_renamed() -> None:
    """As Prometheus does unless labels are honoured."""
    (one,) = _CATALOG.named("leader_election_master_status")
    assert (one.labels["namespace"], one.labels["exported_namespace"]) == ("ns", "its own")


def test_its_containers_are_told_of_as_a_default_chart_does() -> None:
    """So that memory and CPU can be driven; what only the page has and it lacks cannot."""
    assert lacking(_CATALOG, Quantity.MEMORY_USE) == ()
    assert lacking(_CATALOG, Quantity.CPU_THROTTLING) == ()
    assert lacking(_CATALOG, Quantity.RECONCILE_LATENCY) == (
        "controller_runtime_reconcile_time_seconds_bucket",
        "controller_runtime_reconcile_time_seconds_count",
    )
    assert {one.labels["resource"] for one in _CATALOG.named("kube_pod_container_resource_limits")} == {"memory", "cpu"}
