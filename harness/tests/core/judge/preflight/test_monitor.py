"""What a monitor, Services and pods say: the first part that leads nowhere is blamed, and one way through is enough."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause
from harness.core.judge.preflight import (
    EndpointFact,
    Installed,
    PortFact,
    Refused,
)
from harness.core.operator.selector import LabelSelector, Operator, Requirement
from harness.core.operator.translation import MONITOR
from harness.tests.core.judge.preflight.world import (
    APP,
    INSTALLED,
    NAMESPACE,
    SERVICES,
    WORK,
    assert_blamed,
    broken,
    monitor,
    of_objects,
    scraping,
    selection,
    services,
)

OTHER_NAMESPACES = LabelSelector(labels={"team": "platform"})


@pytest.mark.parametrize(
    ("installed", "clause", "actual", "cause"),
    [
        pytest.param(
            of_objects(MONITOR, {"app": "controller"}),
            Clause.SELECTED,
            "label release=prometheus missing; its labels are app=controller",
            "Prometheus monitoring/p takes only ServiceMonitors with release=prometheus, and of ServiceMonitor "
            "subject-system/subject label release=prometheus missing: give its metadata the label release: prometheus",
            id="release label missing",
        ),
        pytest.param(
            of_objects(MONITOR, {"release": "prom"}),
            Clause.SELECTED,
            "label release is 'prom', but 'prometheus' is asked for",
            "give its metadata the label release: prometheus",
            id="release of another name",
        ),
        pytest.param(
            replace(
                INSTALLED,
                selections={
                    MONITOR: replace(selection("Prometheus monitoring/p"), namespaces=OTHER_NAMESPACES),
                },
            ),
            Clause.SELECTED,
            "of namespace subject-system, label team is 'subject', but 'platform' is asked for",
            "label that namespace, or widen the selector",
            id="namespace not watched",
        ),
        pytest.param(
            replace(
                INSTALLED,
                refused=(Refused(kind=MONITOR, namespace=NAMESPACE, name="subject", why="spec.endpoints: must be"),),
            ),
            Clause.TAKEN,
            "spec.endpoints: must be",
            "ServiceMonitor subject-system/subject is refused: spec.endpoints: must be",
            id="refused",
        ),
        pytest.param(
            monitor(selector=LabelSelector(labels={"app": "controllers"})),
            Clause.SERVICE,
            "it selects no Service; there are subject-system/controller-metrics with app=controller; "
            "subject-system/webhook with app=webhook",
            "does not fit the Service controller-metrics: label app is 'controller', but 'controllers' is asked for",
            id="selector matches nothing",
        ),
        pytest.param(
            monitor(selector=LabelSelector(labels={"app": "webhook"})),
            Clause.SERVICE,
            "it selects webhook",
            "does not fit the Service controller-metrics",
            id="selector matches another",
        ),
        pytest.param(
            monitor(namespaces=("elsewhere",)),
            Clause.SERVICE,
            "it selects no Service",
            "its namespaceSelector asks for namespace elsewhere, and the Service controller-metrics is in "
            "subject-system",
            id="namespaceSelector",
        ),
        pytest.param(
            replace(INSTALLED, services=(SERVICES[1],)),
            Clause.SERVICE,
            "it selects no Service",
            "there is no Service controller-metrics, which the subject file names; there are subject-system/webhook",
            id="no such Service",
        ),
        pytest.param(
            replace(INSTALLED, services=()),
            Clause.SERVICE,
            "it selects no Service; there are no Services",
            "which the subject file names; there are none",
            id="no Service",
        ),
        pytest.param(
            monitor(endpoints=(EndpointFact(port="http-metrics"),)),
            Clause.PORT,
            "the Service controller-metrics has the ports metrics (8080 -> metrics)",
            "ServiceMonitor subject-system/subject scrapes a port named http-metrics, and the Service",
            id="port name",
        ),
        pytest.param(
            replace(
                monitor(endpoints=(EndpointFact(port="http-metrics"),)),
                services=(replace(SERVICES[1], labels=APP), SERVICES[0]),
            ),
            Clause.PORT,
            "the Services controller-metrics, webhook have the ports metrics (8080 -> metrics)",
            "scrapes a port named http-metrics, and the Services controller-metrics, webhook have",
            id="port name of several",
        ),
        pytest.param(
            services(ports=()),
            Clause.PORT,
            "the Service controller-metrics has the ports none",
            "scrapes a port named metrics",
            id="no port",
        ),
        pytest.param(
            monitor(endpoints=(EndpointFact(target_port="8081"),)),
            Clause.PORT,
            "the containers have the ports metrics (8080)",
            "scrapes targetPort 8081, and the containers have the ports metrics (8080)",
            id="target port",
        ),
        pytest.param(
            replace(
                monitor(endpoints=(EndpointFact(target_port="9444"),)),
                workload=replace(WORK, ports={"9443": 9443, "http": 8080}),
            ),
            Clause.PORT,
            "the containers have the ports 9443, http (8080)",
            "scrapes targetPort 9444",
            id="target port of several",
        ),
        pytest.param(
            replace(monitor(endpoints=(EndpointFact(target_port="8081"),)), workload=replace(WORK, ports={})),
            Clause.PORT,
            "the containers have the ports none",
            "scrapes targetPort 8081",
            id="target port of none",
        ),
        pytest.param(monitor(endpoints=()), Clause.PORT, "spec.endpoints is empty", "name the port", id="no endpoint"),
        pytest.param(
            services(selector={"app": "controller", "tier": "x"}),
            Clause.ENDPOINTS,
            "its pods have the labels app=controller",
            "the selector of the Service controller-metrics fits no pod of Deployment subject-system/controller: "
            "tier=x (missing)",
            id="Service selects no pod",
        ),
        pytest.param(
            services(selector={"app": "webhook"}),
            Clause.ENDPOINTS,
            "its pods have the labels app=controller",
            "fits no pod of Deployment subject-system/controller: app=webhook (they have controller)",
            id="Service selects others",
        ),
        pytest.param(
            services(selector={}),
            Clause.ENDPOINTS,
            "its pods have the labels app=controller",
            "fits no pod of Deployment subject-system/controller: it has none",
            id="Service selects nothing",
        ),
        pytest.param(
            replace(
                INSTALLED,
                services=(replace(SERVICES[1], labels=APP), replace(SERVICES[0], selector={"app": "x"})),
            ),
            Clause.ENDPOINTS,
            "its pods have the labels app=controller",
            "the selector of the Service controller-metrics fits no pod of",
            id="neither Service selects a pod",
        ),
        pytest.param(
            replace(
                INSTALLED,
                services=(
                    replace(SERVICES[0], selector={"app": "x"}),
                    replace(SERVICES[0], name="webhook", ports=(PortFact(name="webhook", number=443, target="9443"),)),
                ),
            ),
            Clause.ENDPOINTS,
            "its pods have the labels app=controller",
            "the selector of the Service controller-metrics fits no pod of",
            id="the Service that selects a pod lacks the port",
        ),
        pytest.param(
            services(ports=(PortFact(name="metrics", number=8080, target="metricks"),)),
            Clause.ENDPOINTS,
            "their containers have the ports metrics (8080)",
            "the Service controller-metrics sends to a container port named metricks, and the pods have metrics (8080)",
            id="Service's targetPort",
        ),
        pytest.param(
            services(
                ports=(
                    PortFact(name="webhook", number=443, target="9443"),
                    PortFact(name="metrics", number=8080, target="metricks"),
                )
            ),
            Clause.ENDPOINTS,
            "their containers have the ports metrics (8080)",
            "the Service controller-metrics sends to a container port named metricks",
            id="Service's targetPort beside one that fits",
        ),
        pytest.param(
            replace(
                monitor(endpoints=(EndpointFact(target_port="8080"),)),
                services=(
                    replace(SERVICES[0], ports=(PortFact(name="metrics", number=8080, target="metricks"),)),
                    SERVICES[1],
                ),
            ),
            Clause.ENDPOINTS,
            "their containers have the ports metrics (8080)",
            "the Service controller-metrics sends to a container port named metricks",
            id="Service's targetPort beside the monitor's",
        ),
    ],
)
def test_a_monitor_that_can_lead_nowhere_is_violated_with_what_is_to_blame(
    installed: Installed, clause: Clause, actual: str, cause: str
) -> None:
    """The first broken part alone, the label, selector or port by its name, and those that there are."""
    assert_blamed(installed, clause, actual, cause)


@pytest.mark.parametrize(
    ("requirement", "asked"),
    [
        (Requirement(key="tier", operator=Operator.IN, values=("a", "b")), "In (a, b)"),
        (Requirement(key="tier", operator=Operator.EXISTS), "Exists"),
    ],
    ids=["values", "no values"],
)
def test_a_label_that_an_expression_asks_for_is_told_as_it_asks(requirement: Requirement, asked: str) -> None:
    """Which of its values to give nobody can say."""
    selecting = replace(selection("Prometheus monitoring/p"), selector=LabelSelector(requirements=(requirement,)))
    found = scraping(replace(INSTALLED, selections={MONITOR: selecting}))[1]
    assert found.judgement.cause == (
        f"Prometheus monitoring/p takes only ServiceMonitors with tier {asked}, and of ServiceMonitor "
        f"subject-system/subject label tier is missing, but {asked} is asked for"
    )


def test_the_four_services_with_the_likeliest_names_are_told() -> None:
    """In the place of one that is not there."""
    others = tuple(replace(SERVICES[1], name=name) for name in ("metrics", "a", "controller-metric", "b", "controller"))
    found = scraping(replace(INSTALLED, services=others))[1]
    there = [f"subject-system/{name} with app=webhook" for name in ("controller-metric", "controller", "metrics", "a")]
    assert broken(found).actual == f"it selects no Service; there are {'; '.join(there)}"


@pytest.mark.parametrize(
    ("endpoints", "asked"),
    [
        pytest.param((EndpointFact(port="metrics"),), "port metrics", id="by name"),
        pytest.param((EndpointFact(target_port="8080"),), "targetPort 8080", id="by target"),
        pytest.param(
            (EndpointFact(port="http"), EndpointFact(target_port="8080")), "port http or targetPort 8080", id="both"
        ),
    ],
)
def test_what_a_monitor_asks_for_is_told(endpoints: tuple[EndpointFact, ...], asked: str) -> None:
    """Also where it is there."""
    (found,) = (
        one for one in scraping(monitor(endpoints=endpoints))[1].judgement.findings if one.clause is Clause.PORT
    )
    assert found.expected == f"ServiceMonitor subject-system/subject names a port that the Service has: {asked}"


def test_a_selector_of_all_namespaces_and_a_numbered_port_fit() -> None:
    """What a monitor may leave open is open."""
    for installed in (
        monitor(namespaces=None),
        monitor(endpoints=(EndpointFact(target_port="8080"),)),
        monitor(endpoints=(EndpointFact(target_port="metrics"),)),
        monitor(endpoints=(EndpointFact(port="nowhere"), EndpointFact(port="metrics"))),
        services(ports=(PortFact(name="metrics", number=80, target="8080"),)),
        replace(INSTALLED, workload=None),
        replace(monitor(endpoints=(EndpointFact(target_port="8080"),)), workload=None),
        replace(INSTALLED, monitor=None),
        replace(INSTALLED, services=None),
        replace(INSTALLED, selections={}),
        replace(INSTALLED, objects={}),
    ):
        assert scraping(installed)[1].holds


LOST = (PortFact(name="metrics", number=8080, target="metricks"),)


@pytest.mark.parametrize(
    "installed",
    [
        pytest.param(
            replace(INSTALLED, services=(replace(SERVICES[1], labels=APP, selector={"app": "x"}), SERVICES[0])),
            id="another that selects no pod",
        ),
        pytest.param(
            replace(INSTALLED, services=(SERVICES[0], replace(SERVICES[0], name="webhook", ports=LOST))),
            id="another whose port no container has",
        ),
        pytest.param(
            replace(INSTALLED, services=(replace(SERVICES[0], ports=LOST), replace(SERVICES[0], name="second"))),
            id="the subject's own whose port no container has",
        ),
        pytest.param(
            services(ports=(*SERVICES[0].ports, PortFact(name="webhook", number=443, target="lost"))),
            id="a port that nobody asks for",
        ),
        pytest.param(
            replace(
                monitor(endpoints=(EndpointFact(port="metrics"), EndpointFact(port="webhook"))),
                services=(
                    replace(
                        SERVICES[0], ports=(PortFact(name="webhook", number=443, target="lost"), *SERVICES[0].ports)
                    ),
                ),
            ),
            id="one of the ports that are asked for",
        ),
    ],
)
def test_one_way_from_the_monitor_to_the_pods_is_enough(installed: Installed) -> None:
    """Whatever else it selects: that makes no target, and breaks none."""
    assert scraping(installed)[1].holds


def test_a_deployment_that_is_not_there_has_no_ports_to_compare() -> None:
    """Only the Deployment is blamed, not what the monitor asks of its pods."""
    nowhere = replace(WORK, exists=False, ports={}, pods=())
    installed = replace(monitor(endpoints=(EndpointFact(target_port="8080"),)), workload=nowhere, targets=())
    controller, found = scraping(installed)
    assert (controller.broken, found.broken, found.judgement.because_of) == (True, False, "controller")
