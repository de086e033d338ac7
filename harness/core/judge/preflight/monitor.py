"""What stands in the ServiceMonitor, in the Services and in the pods' template: whether it can lead to a target at all.

What a monitor selects becomes targets as the operator's generateServiceMonitorConfig writes it down:
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/prometheus/promcfg.go
"""

from collections.abc import Iterator, Mapping

from harness.core.judge.finding import Clause
from harness.core.judge.preflight.facts import (
    EndpointFact,
    Installed,
    MonitorFact,
    ObjectFact,
    PortFact,
    ServiceFact,
    WorkloadFact,
)
from harness.core.judge.preflight.link import Part, breaks, holds
from harness.core.judge.preflight.taken_up import asks_for, pairs, selected, taken
from harness.core.nearest import nearest
from harness.core.operator.translation import MONITOR

#: so many Services are shown in the place of one that is not there
_SHOWN = 4


def monitor_parts(installed: Installed) -> Iterator[Part | None]:
    """What stands in the objects, in the order of causes: none of it changes by waiting."""
    yield selected(installed, MONITOR)
    yield taken(installed, MONITOR)
    monitor, one = installed.monitor, installed.objects.get(MONITOR)
    if monitor is None or one is None or installed.services is None:
        return
    mine = [service for service in installed.services if _selects(monitor, service)]
    mine.sort(key=lambda service: service.name != installed.service)  # the subject's own is the first to be blamed
    yield _service(one, monitor, installed, mine)
    work = installed.workload
    known = work if work is not None and work.exists else None
    yield _port(one, monitor, known, mine)
    if known is not None:
        yield _endpoints(monitor, known, mine)


def _selects(monitor: MonitorFact, service: ServiceFact) -> bool:
    inside = monitor.namespaces is None or service.namespace in monitor.namespaces
    return inside and monitor.selector.mismatch(service.labels) is None


def _service(one: ObjectFact, monitor: MonitorFact, installed: Installed, mine: list[ServiceFact]) -> Part:
    where = "all namespaces" if monitor.namespaces is None else f"namespace {', '.join(monitor.namespaces)}"
    asked = f"labels {asks_for(monitor.selector)} in {where}"
    expected = f"{one.title} selects the Service {installed.service}: {asked}"
    if any(service.name == installed.service for service in mine):
        return holds(Clause.SERVICE, expected, f"{len(mine)} selected")
    there = {service.name: service for service in installed.services or ()}
    ranked = [there[name] for name in nearest(installed.service, there, at_most=_SHOWN)]
    shown = "; ".join(f"{service.namespace}/{service.name} with {pairs(service.labels)}" for service in ranked)
    seen = f"it selects {_names(mine)}" if mine else "it selects no Service"
    actual = f"{seen}; there are {shown or 'no Services'}"
    wanted = there.get(installed.service)
    if wanted is None:
        cause = f"there is no Service {installed.service}, which the subject file names; there are {shown or 'none'}"
    elif monitor.namespaces is not None and wanted.namespace not in monitor.namespaces:
        cause = f"its namespaceSelector asks for {where}, and the Service {wanted.name} is in {wanted.namespace}"
    else:
        why = monitor.selector.mismatch(wanted.labels)
        cause = f"the selector of {one.title} does not fit the Service {wanted.name}: {why}"
    return breaks(Clause.SERVICE, expected, actual, cause)


def _port(one: ObjectFact, monitor: MonitorFact, work: WorkloadFact | None, mine: list[ServiceFact]) -> Part:
    """Whether one of the monitor's endpoints names a port that is there."""
    if not monitor.endpoints:
        text = "spec.endpoints is empty"
        return breaks(Clause.PORT, f"{one.title} names a port", text, f"{text}: name the port of the Service there")
    ports = [port for service in mine for port in service.ports]
    names = {port.name for port in ports}
    containers = {} if work is None else work.ports
    asked = [f"port {point.port}" if point.port else f"targetPort {point.target_port}" for point in monitor.endpoints]
    expected = f"{one.title} names a port that the Service has: {' or '.join(asked)}"
    if any(_is_there(point, names, containers, known=work is not None) for point in monitor.endpoints):
        return holds(Clause.PORT, expected, "it is there")
    first = monitor.endpoints[0]
    if first.port:
        ranked = nearest(first.port, names)
        there = ", ".join(str(port) for name in ranked for port in ports if port.name == name) or "none"
        what = f"the Service {mine[0].name} has" if len(mine) == 1 else f"the Services {_names(mine)} have"
        return breaks(
            Clause.PORT,
            expected,
            f"{what} the ports {there}",
            f"{one.title} scrapes a port named {first.port}, and {what} the ports {there}",
        )
    there = _shown(containers, first.target_port)
    return breaks(
        Clause.PORT,
        expected,
        f"the containers have the ports {there}",
        f"{one.title} scrapes targetPort {first.target_port}, and the containers have the ports {there}",
    )


def _is_there(point: EndpointFact, names: set[str], containers: Mapping[str, int], *, known: bool) -> bool:
    if point.port:
        return point.port in names
    return not known or point.target_port in (*containers, *map(str, containers.values()))


def _endpoints(monitor: MonitorFact, work: WorkloadFact, mine: list[ServiceFact]) -> Part:
    """Whether a Service leads to the controller's pods: its selector, and the port that it sends to."""
    expected = f"a Service that the monitor selects leads to the pods of {work.title}"
    asked = [service for service in mine if _is_asked(monitor, service)]
    fitting = [(service, _lost(monitor, work, service)) for service in asked if _fits(service, work)]
    leading = [service for service, lost in fitting if not lost]
    if leading:
        return holds(Clause.ENDPOINTS, expected, f"{leading[0].name} does")
    if fitting:
        service, lost = fitting[0]
        target, there = lost[0].target, _shown(work.ports, lost[0].target)
        return breaks(
            Clause.ENDPOINTS,
            f"{expected}: targetPort {target}",
            f"their containers have the ports {there}",
            f"the Service {service.name} sends to a container port named {target}, and the pods have {there}",
        )
    first = asked[0]
    differing = [
        f"{key}={text} ({'missing' if key not in work.pod_labels else f'they have {work.pod_labels[key]}'})"
        for key, text in sorted(first.selector.items())
        if work.pod_labels.get(key) != text
    ]
    return breaks(
        Clause.ENDPOINTS,
        f"{expected}: {pairs(first.selector)}",
        f"its pods have the labels {pairs(work.pod_labels)}",
        f"the selector of the Service {first.name} fits no pod of {work.title}: "
        + (", ".join(differing) or "it has none"),
    )


def _is_asked(monitor: MonitorFact, service: ServiceFact) -> bool:
    """Whether it has a port that the monitor asks for: by `targetPort` that is no matter of the Service."""
    names = {"", *(port.name for port in service.ports)}
    return any(point.port in names for point in monitor.endpoints)


def _fits(service: ServiceFact, work: WorkloadFact) -> bool:
    return bool(service.selector) and service.selector.items() <= work.pod_labels.items()


def _lost(monitor: MonitorFact, work: WorkloadFact, service: ServiceFact) -> tuple[PortFact, ...]:
    """The ports of a Service that the monitor asks for, if it sends to no container's port with any of them.

    A number is sent to whether a container declares it or not; by `targetPort` a monitor asks for whatever there is.
    """
    asked = tuple(port for port in service.ports if any(point.port in ("", port.name) for point in monitor.endpoints))
    return () if any(port.target.isdigit() or port.target in work.ports for port in asked) else asked


def _shown(ports: Mapping[str, int], wanted: str) -> str:
    """The containers' ports, the likeliest first."""
    named = ((name, str(ports[name])) for name in nearest(wanted, ports))
    return ", ".join(number if name == number else f"{name} ({number})" for name, number in named) or "none"


def _names(services: list[ServiceFact]) -> str:
    return ", ".join(service.name for service in services)
