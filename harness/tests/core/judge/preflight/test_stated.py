"""Facts of objects as they are written: what a manifest leaves out is as the API server fills it in."""

import pytest

from harness.core.judge.preflight.stated import monitor_fact, service_fact, workload_fact
from harness.core.operator.reading import Field, ShapeError


def test_a_port_without_a_target_is_sent_to_its_own_number() -> None:
    """By name or number where there is one, also to 0."""
    ports = [{"port": 80}, {"name": "metrics", "port": 8080, "targetPort": "web"}, {"port": 81, "targetPort": 9000}]
    found = service_fact(Field("", {"metadata": {"name": "shop", "namespace": "a"}, "spec": {"ports": ports}}))
    assert [(one.name, one.number, one.target) for one in found.ports] == [
        ("", 80, "80"),
        ("metrics", 8080, "web"),
        ("", 81, "9000"),
    ]
    assert (found.namespace, found.name, found.labels, found.selector) == ("a", "shop", {}, {})


@pytest.mark.parametrize(
    ("selector", "namespaces"),
    [({}, ("own",)), ({"matchNames": ["a", "b"]}, ("a", "b")), ({"any": True}, None)],
    ids=["its own", "named", "any"],
)
def test_a_monitor_looks_where_it_says(selector: dict[str, object], namespaces: tuple[str, ...] | None) -> None:
    """Into its own namespace where it says nothing."""
    spec = {"namespaceSelector": selector, "selector": {}, "endpoints": [{"port": "a"}, {"targetPort": 8080}]}
    found = monitor_fact(Field("spec", spec), "own")
    assert found.namespaces == namespaces
    assert [(one.port, one.target_port) for one in found.endpoints] == [("a", ""), ("", "8080")]


def test_a_deployment_has_one_replica_unless_it_says_so() -> None:
    """Ports without a name go by their number."""
    containers = [{"ports": [{"name": "metrics", "containerPort": 8080}, {"containerPort": 9090}]}, {"name": "other"}]
    template = {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": containers}}
    found = workload_fact(Field("", {"spec": {"template": template}}), namespace="a", name="shop")
    assert (found.exists, found.replicas, found.pod_labels) == (True, 1, {"app": "shop"})
    assert found.ports == {"metrics": 8080, "9090": 9090}
    none = workload_fact(Field("", {"spec": {"replicas": 0}}), namespace="a", name="shop")
    assert (none.replicas, none.ports) == (0, {})
    missing = workload_fact(None, namespace="a", name="shop", deployments=["other"])
    assert (missing.exists, missing.deployments) == (False, ("other",))


def test_what_the_api_server_would_refuse_is_refused() -> None:
    """A port that is a text."""
    with pytest.raises(ShapeError):
        service_fact(Field("", {"metadata": {"name": "shop"}, "spec": {"ports": [{"port": "80"}]}}))
