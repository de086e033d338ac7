"""Facts of a subject's objects as they are written: in the API server, or in manifests that nobody has applied yet."""

from collections.abc import Iterable

from harness.core.judge.preflight.facts import EndpointFact, MonitorFact, PortFact, ServiceFact, WorkloadFact
from harness.core.operator.reading import Field
from harness.core.operator.selector import LabelSelector


def monitor_fact(spec: Field, namespace: str) -> MonitorFact:
    """What a ServiceMonitor asks for.

    Args:
        spec: its.
        namespace: that it is in, which it looks into where it names none.

    Raises:
        ShapeError: the operator would refuse it.
    """
    names = spec.at("namespaceSelector", "matchNames").texts() or (namespace,)
    return MonitorFact(
        selector=LabelSelector.read(spec.at("selector")),
        namespaces=None if spec.at("namespaceSelector", "any").flag() else names,
        endpoints=tuple(_endpoint(point) for point in spec.at("endpoints").items()),
    )


def service_fact(one: Field) -> ServiceFact:
    """One Service.

    Raises:
        ShapeError: the API server would refuse it.
    """
    metadata, spec = one.at("metadata"), one.at("spec")
    return ServiceFact(
        namespace=metadata.at("namespace").text(),
        name=metadata.at("name").text(),
        labels=metadata.at("labels").text_map(),
        selector=spec.at("selector").text_map(),
        ports=tuple(map(_port, spec.at("ports").items())),
    )


def workload_fact(one: Field | None, *, namespace: str, name: str, deployments: Iterable[str] = ()) -> WorkloadFact:
    """A Deployment as it is written, without pods.

    Args:
        one: the object; None where there is none of this name.
        namespace: it is looked for in.
        name: of it.
        deployments: names of those that there are.

    Raises:
        ShapeError: the API server would refuse it.
    """
    if one is None:
        return WorkloadFact(namespace=namespace, name=name, exists=False, deployments=tuple(deployments))
    template, replicas = one.at("spec", "template"), one.at("spec", "replicas").integer()
    ports = {
        port.at("name").text() or str(port.at("containerPort").integer()): port.at("containerPort").integer() or 0
        for container in template.at("spec", "containers").items()
        for port in container.at("ports").items()
    }
    return WorkloadFact(
        namespace=namespace,
        name=name,
        exists=True,
        deployments=tuple(deployments),
        replicas=1 if replicas is None else replicas,
        pod_labels=template.at("metadata", "labels").text_map(),
        ports=ports,
    )


def _endpoint(point: Field) -> EndpointFact:
    target = point.at("targetPort").content
    return EndpointFact(port=point.at("port").text(), target_port="" if target is None else str(target))


def _port(port: Field) -> PortFact:
    number, target = port.at("port").integer() or 0, port.at("targetPort").content
    return PortFact(name=port.at("name").text(), number=number, target=str(number if target is None else target))
