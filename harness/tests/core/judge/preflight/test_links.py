"""Each link is judged to its first broken part, which is blamed with the values that do exist; the rest follows."""

from dataclasses import replace

import pytest

from harness.core.contract import RoutePromise
from harness.core.judge import Clause, Finding
from harness.core.judge.preflight import (
    OVER_S,
    ContainerFact,
    EndpointFact,
    Installed,
    Link,
    LinkState,
    PortFact,
    Refused,
    RouteFact,
    RuleHealth,
    WorkloadFact,
    judge_route,
    judge_rules,
    judge_scraping,
    passed_over,
)
from harness.core.operator.selector import LabelSelector, Operator, Requirement
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.core.verdict import Verdict
from harness.tests.core.judge.preflight.world import (
    APP,
    CONTAINER,
    EVERY,
    INSTALLED,
    MONITORED,
    NAMESPACE,
    POD,
    SERVICE,
    SERVICES,
    TARGET,
    WORK,
    of_objects,
    selection,
    with_container,
)

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN
RULES = ("QueueDeep", "depth:max")
ROUTE = RoutePromise(matchers={"component": "subject"}, receiver="team", continues=True)
LABELS = {"component": "subject", "namespace": NAMESPACE}


def scraping(installed: Installed, waited_s: float = OVER_S) -> tuple[LinkState, LinkState]:
    """The first two links, when there is nothing to wait for any more unless said."""
    return judge_scraping(installed, waited_s=waited_s)


def broken(state: LinkState) -> Finding:
    """The one part of a link that does not hold; none behind it was looked at."""
    *before, last = state.judgement.findings
    assert all(one.outcome is V for one in before)
    assert last.outcome is not V
    return last


def test_what_is_as_it_should_be_is_verified_link_by_link() -> None:
    """And needs no cause."""
    states = (*scraping(INSTALLED), judge_rules(RULES, INSTALLED), judge_route(ROUTE, LABELS, INSTALLED))
    assert [(state.link, state.judgement.verdict, state.judgement.cause) for state in states] == [
        (link, V, "") for link in (Link.CONTROLLER, Link.TARGET, Link.RULES, Link.ROUTE)
    ]
    assert all(state.holds and not state.broken and not state.lasting for state in states)


def services(**fields: object) -> Installed:
    """The subject's Service with other fields."""
    return replace(INSTALLED, services=(replace(SERVICES[0], **fields), SERVICES[1]))  # type: ignore[arg-type]


def monitor(**fields: object) -> Installed:
    """The monitor with another spec."""
    return replace(INSTALLED, monitor=replace(MONITORED, **fields))  # type: ignore[arg-type]


def target(**fields: object) -> Installed:
    """The one target in another state."""
    return replace(INSTALLED, targets=(replace(TARGET, **fields),))  # type: ignore[arg-type]


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
        pytest.param(
            replace(INSTALLED, targets=(replace(TARGET, labels={"service": "other"}),)),
            Clause.TARGET,
            "none; Prometheus has targets of serviceMonitor/subject-system/subject/0",
            "selectors and port fit, and Prometheus makes no target of it: look at the monitor's relabelings",
            id="relabelled away",
        ),
        pytest.param(
            target(
                health="down", last_error="404 Not Found", scrape_url="http://10.0.0.1:8080/metricz", path="/metricz"
            ),
            Clause.HEALTHY,
            "1 down: http://10.0.0.1:8080/metricz 404 Not Found",
            "the monitor asks for /metricz, and by the subject file the page is /metrics; Prometheus asks",
            id="path",
        ),
        pytest.param(
            target(health="down", last_error="refused", port=9090),
            Clause.HEALTHY,
            "1 down",
            "the monitor leads to port 9090, and by the subject file it is 8080",
            id="port number",
        ),
        pytest.param(
            target(health="down", last_error="refused"),
            Clause.HEALTHY,
            "refused",
            "Prometheus asks http://10.0.0.1:8080/metrics and is told: refused",
            id="down",
        ),
    ],
)
def test_a_target_that_cannot_be_is_violated_with_what_is_to_blame(
    installed: Installed, clause: Clause, actual: str, cause: str
) -> None:
    """The first broken part alone, the label, selector or port by its name, and those that there are."""
    controller, found = scraping(installed)
    assert controller.holds
    finding = broken(found)
    assert (found.judgement.verdict, finding.clause) == (X, clause)
    assert actual in finding.actual
    assert cause in found.judgement.cause
    assert found.broken
    assert found.lasting


@pytest.mark.parametrize(
    ("installed", "waited_s", "actual"),
    [
        pytest.param(replace(INSTALLED, targets=()), 5.0, "none; Prometheus has targets of nothing", id="absent"),
        pytest.param(
            target(health="down", last_error="refused"), 5.0, "1 down: http://10.0.0.1:8080/metrics refused", id="down"
        ),
        pytest.param(target(health="unknown"), OVER_S, "not scraped yet", id="not scraped"),
        pytest.param(
            target(health="down", last_error="context deadline exceeded"),
            OVER_S,
            "1 down: http://10.0.0.1:8080/metrics context deadline exceeded",
            id="slow, as a slow machine is",
        ),
    ],
)
def test_a_target_that_is_not_there_yet_is_waited_for(installed: Installed, waited_s: float, actual: str) -> None:
    """A target that is absent, down or not scraped is no finding as long as waiting may help."""
    found = scraping(installed, waited_s)[1]
    assert (found.judgement.verdict, broken(found).actual) == (U, actual)


@pytest.mark.parametrize("port", [None, 8080])
def test_a_target_that_is_asked_where_the_controller_answers_is_told_without_a_reason(port: int | None) -> None:
    """The monitor is not to blame for it."""
    found = scraping(target(health="down", last_error="refused", path="/metrics", port=port))[1]
    assert found.judgement.cause == "Prometheus asks http://10.0.0.1:8080/metrics and is told: refused"


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


@pytest.mark.parametrize("running", [True, False])
def test_a_target_that_is_up_is_judged_by_itself_although_the_controller_does_not_run(running: bool) -> None:
    """It shows that Prometheus gets there; one that is down follows from the controller."""
    crashed = with_container(exits=2, exit_code=1, running_s=None)
    health = {} if running else {"health": "down", "last_error": "refused"}
    found = scraping(replace(crashed, targets=(replace(TARGET, **health),)))[1]  # type: ignore[arg-type]
    assert (found.holds, found.judgement.because_of) == (running, "" if running else "controller")


def test_one_of_several_targets_that_is_up_is_enough() -> None:
    """A standby that does not answer is the alerts' business."""
    installed = replace(INSTALLED, targets=(replace(TARGET, health="down"), TARGET))
    assert scraping(installed)[1].holds


def test_series_of_another_job_are_unknown() -> None:
    """The harness finds them by the Service's name; that the monitor names them otherwise is nobody's mistake."""
    found = scraping(target(labels={"service": SERVICE, "job": "controller"}))[1]
    assert (found.judgement.verdict, broken(found).clause) == (U, Clause.LABELS)
    assert "jobLabel or relabelings name the job controller" in found.judgement.cause


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


WORDS = ("Traceback", "ValueError: bad")


@pytest.mark.parametrize(
    ("installed", "actual", "cause"),
    [
        pytest.param(
            with_container(exits=2, exit_code=2, exit_reason="Error", running_s=None, last_words=WORDS),
            "container controller of pod controller-1 has ended 2 times, last with exit code 2",
            "the controller crashes: container controller ends with exit code 2\nits last words:\n"
            "Traceback\nValueError: bad",
            id="ended twice",
        ),
        pytest.param(
            with_container(waiting="CrashLoopBackOff", exits=1, exit_code=137, exit_reason="OOMKilled", running_s=None),
            "has ended 1 time, last with exit code 137 (OOMKilled)",
            "ends with exit code 137 (OOMKilled), and said nothing",
            id="back-off",
        ),
        pytest.param(
            with_container(waiting="CrashLoopBackOff", running_s=None),
            "with an unknown status",
            "an unknown status",
            id="nothing known",
        ),
        pytest.param(
            with_container(waiting="CreateContainerConfigError", message='secret "x" not found', running_s=None),
            'cannot be started: CreateContainerConfigError secret "x" not found',
            'secret "x" not found',
            id="configuration",
        ),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, pods=(), trouble="exceeded quota")),
            "0 made: exceeded quota",
            "the pods of Deployment subject-system/controller are refused: exceeded quota",
            id="no pod",
        ),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, replicas=2, trouble="exceeded quota")),
            "1 made: exceeded quota",
            "the pods of Deployment subject-system/controller are refused: exceeded quota",
            id="one pod of two",
        ),
        pytest.param(
            with_container(exit_reason="StartError", message="no such file", exits=1, running_s=None),
            "cannot be started: StartError no such file",
            "container controller of pod controller-1 cannot be started: StartError no such file",
            id="start",
        ),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, exists=False, deployments=("controller-manager", "a"))),
            "in subject-system there are: controller-manager, a",
            "the subject file names the Deployment controller; the manifests bring controller-manager, a",
            id="no Deployment",
        ),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, replicas=0, pods=())),
            "it asks for 0 replicas",
            "give it at least 1",
            id="no replicas",
        ),
        pytest.param(
            replace(
                with_container(running_s=40.0),
                workload=replace(
                    WORK,
                    pods=(
                        replace(
                            with_container(running_s=40.0).workload.pods[0],  # type: ignore[union-attr]  # it is there
                            warnings=("Unhealthy: statuscode: 404",),
                        ),
                    ),
                ),
            ),
            "runs for 40 s and is not ready: Unhealthy: statuscode: 404",
            "the readiness probe of container controller does not pass: Unhealthy: statuscode: 404",
            id="never ready",
        ),
        pytest.param(
            replace(INSTALLED, manifests_refused='The Deployment "x" is invalid: spec.replicas'),
            'The Deployment "x" is invalid: spec.replicas',
            "the manifests are refused: The Deployment",
            id="manifests refused",
        ),
    ],
)
def test_a_controller_that_does_not_start_is_violated_with_its_last_words(
    installed: Installed, actual: str, cause: str
) -> None:
    """It is the subject's fault, and explains that there is no target."""
    controller, found = scraping(installed)
    assert (controller.judgement.verdict, controller.broken) == (X, True)
    assert actual in broken(controller).actual
    assert cause in controller.judgement.cause
    assert found.judgement.because_of == "controller" or found.holds
    assert not found.broken


@pytest.mark.parametrize(
    ("installed", "waited_s"),
    [
        pytest.param(with_container(exits=1, exit_code=1, running_s=1.0), OVER_S, id="ended once"),
        pytest.param(with_container(waiting="ErrImagePull", running_s=None), OVER_S, id="no image"),
        pytest.param(with_container(waiting="ContainerCreating", running_s=None), OVER_S, id="being made"),
        pytest.param(with_container(running_s=5.0), OVER_S, id="not ready yet"),
        pytest.param(with_container(waiting="CreateContainerConfigError", running_s=None), 3.0, id="settling"),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, pods=(), trouble="quota"), targets=()), 3.0, id="no pod yet"
        ),
        pytest.param(replace(INSTALLED, workload=replace(WORK, pods=()), targets=()), 3.0, id="no pod at all"),
        pytest.param(
            replace(
                INSTALLED,
                workload=replace(WORK, pods=(replace(POD, ready=False, unscheduled="0/1 nodes"),)),
                targets=(),
            ),
            OVER_S,
            id="no node",
        ),
    ],
)
def test_what_may_be_the_place_s_fault_or_pass_is_unknown(installed: Installed, waited_s: float) -> None:
    """An image that does not come is no finding about the subject, and what is being made may be made."""
    controller, found = scraping(installed, waited_s)
    assert controller.judgement.verdict is U
    assert controller.judgement.cause
    assert found.judgement.because_of == "controller"


TWO = replace(WORK, replicas=2)
UNREADY = replace(POD, name="controller-2", ready=False)


@pytest.mark.parametrize(
    ("work", "actual"),
    [
        pytest.param(replace(WORK, pods=()), "0 made, 0 ready", id="no pod"),
        pytest.param(TWO, "1 made, 1 ready", id="one of two"),
        pytest.param(
            replace(TWO, pods=(POD, UNREADY)), "2 made, 1 ready; controller-2: not ready", id="a condition of the pod"
        ),
        pytest.param(
            replace(
                WORK,
                pods=(
                    replace(
                        UNREADY,
                        containers=(
                            CONTAINER,
                            ContainerFact(name="a", waiting="ContainerCreating"),
                            ContainerFact(name="b", running_s=3.0),
                            ContainerFact(name="c", exits=1),
                        ),
                    ),
                ),
            ),
            "1 made, 0 ready; controller-2: container a ContainerCreating, container b runs, container c has ended",
            id="containers",
        ),
        pytest.param(
            replace(WORK, pods=(replace(UNREADY, containers=(ContainerFact(name="a", waiting="ErrImagePull"),)),)),
            "container a of pod controller-2 has no image: ErrImagePull",
            id="no image",
        ),
        pytest.param(
            replace(
                WORK,
                pods=(replace(UNREADY, containers=(ContainerFact(name="a", waiting="CreateContainerConfigError"),)),),
            ),
            "container a of pod controller-2 cannot be started: CreateContainerConfigError",
            id="configuration",
        ),
    ],
)
def test_what_is_not_ready_yet_is_told_pod_by_pod(work: WorkloadFact, actual: str) -> None:
    """With what each of its containers does that is not ready itself."""
    found = scraping(replace(INSTALLED, workload=work), 3.0)[0]
    assert (found.judgement.verdict, broken(found).actual) == (U, actual)


@pytest.mark.parametrize(("replicas", "expected"), [(1, "1 pod of"), (2, "2 pods of"), (3, "3 pods of")])
def test_as_many_pods_are_expected_as_the_deployment_asks_for(replicas: int, expected: str) -> None:
    """All of them, ready."""
    found = scraping(replace(INSTALLED, workload=replace(WORK, replicas=replicas, pods=(POD,) * replicas)))[0]
    assert found.holds
    assert found.judgement.findings[0].expected == f"{expected} Deployment subject-system/controller ready"


@pytest.mark.parametrize(("waited_s", "verdict"), [(9.9, U), (10.0, X)])
@pytest.mark.parametrize(
    "installed",
    [
        with_container(waiting="CreateContainerConfigError", running_s=None),
        replace(INSTALLED, workload=replace(WORK, pods=(), trouble="quota"), targets=()),
    ],
    ids=["configuration", "no pod"],
)
def test_what_the_manifests_may_still_bring_is_waited_for_ten_seconds(
    installed: Installed, waited_s: float, verdict: Verdict
) -> None:
    """Then it is not in them."""
    assert scraping(installed, waited_s)[0].judgement.verdict is verdict


@pytest.mark.parametrize(("running_s", "verdict"), [(29.9, U), (30.0, X)])
def test_a_readiness_probe_is_given_thirty_seconds(running_s: float, verdict: Verdict) -> None:
    """From the start of its container; without a warning about it nothing is quoted."""
    found = scraping(with_container(running_s=running_s))[0]
    assert found.judgement.verdict is verdict
    if verdict is X:
        assert found.judgement.cause == "the readiness probe of container controller does not pass"


def test_an_init_container_that_takes_long_is_not_asked_whether_it_is_ready() -> None:
    """It may wait for what the controller needs; what it does is told, and nothing is blamed on a probe."""
    found = scraping(with_container(init=True, running_s=300.0))[0]
    assert (found.judgement.verdict, broken(found).actual) == (
        U,
        "1 made, 0 ready; controller-1: container controller runs",
    )


def test_trouble_with_pods_that_are_all_there_is_over() -> None:
    """Whatever the Deployment still says of it."""
    assert scraping(replace(INSTALLED, workload=replace(WORK, trouble="exceeded quota")))[0].holds


def test_a_controller_that_runs_after_a_start_that_failed_was_started() -> None:
    """What its run before came to is over."""
    back = replace(CONTAINER, exits=1, exit_code=128, exit_reason="StartError")
    assert scraping(replace(INSTALLED, workload=replace(WORK, pods=(replace(POD, containers=(back,)),))))[0].holds


def test_a_controller_that_came_back_after_two_ends_is_no_crash() -> None:
    """What is ready runs."""
    installed = with_container(exits=5, exit_code=1)
    assert installed.workload is not None
    ready = replace(installed.workload.pods[0], ready=True)
    back = replace(ready, containers=(replace(ready.containers[0], ready=True),))
    assert scraping(replace(INSTALLED, workload=replace(WORK, pods=(back,))))[0].holds


def test_a_monitor_that_fits_nothing_is_a_finding_of_its_own_beside_a_crash() -> None:
    """Neither explains the other, and whoever mends one would meet the other next."""
    installed = replace(
        with_container(exits=2, exit_code=1, running_s=None),
        monitor=replace(MONITORED, selector=LabelSelector(labels={"app": "x"})),
    )
    assert [state.broken for state in scraping(installed)] == [True, True]


def test_a_subject_of_which_nothing_is_known_holds_nothing() -> None:
    """Absent is never a pass."""
    nothing = Installed(service=SERVICE, metrics_port=8080, metrics_path="/metrics")
    states = (*scraping(nothing), judge_rules(RULES, nothing), judge_route(ROUTE, LABELS, nothing))
    assert [state.judgement.verdict for state in states] == [U, U, U, U]


def rules(*health: RuleHealth) -> Installed:
    """Prometheus has these rules."""
    return replace(INSTALLED, rules=health)


OK = RuleHealth(name="QueueDeep", health="ok")


@pytest.mark.parametrize(
    ("installed", "clause", "actual", "cause", "about"),
    [
        pytest.param(
            replace(of_objects(RULE, {}), rules=()),
            Clause.SELECTED,
            "label release=prometheus missing; its labels are (none)",
            "give its metadata the label release: prometheus",
            None,
            id="release label missing",
        ),
        pytest.param(
            replace(
                rules(),
                refused=(Refused(kind=RULE, namespace=NAMESPACE, name="Subject", why="metadata.name: Invalid"),),
            ),
            Clause.TAKEN,
            "metadata.name: Invalid",
            "PrometheusRule subject-system/Subject is refused: metadata.name: Invalid",
            None,
            id="refused",
        ),
        pytest.param(
            rules(), Clause.LOADED, "not loaded: QueueDeep, depth:max", "2 documented rules", None, id="none loaded"
        ),
        pytest.param(
            rules(OK, RuleHealth(name="depth:maximum", health="ok")),
            Clause.LOADED,
            "not loaded: depth:max",
            "Prometheus has not loaded depth:max; rules that nothing documents: depth:maximum",
            {"depth:max"},
            id="one missing",
        ),
        pytest.param(
            rules(OK, RuleHealth(name="depth:max", health="err", last_error="many-to-many matching")),
            Clause.HEALTHY,
            "depth:max: many-to-many matching",
            "Prometheus cannot evaluate depth:max: many-to-many matching",
            {"depth:max"},
            id="one ill",
        ),
        pytest.param(
            rules(
                RuleHealth(name="QueueDeep", health="err"),
                OK,
                RuleHealth(name="depth:max", health="ok"),
            ),
            Clause.HEALTHY,
            "QueueDeep: in state err",
            "Prometheus cannot evaluate QueueDeep",
            {"QueueDeep"},
            id="the worst of one name",
        ),
    ],
)
def test_rules_that_do_not_work_are_violated(
    installed: Installed, clause: Clause, actual: str, cause: str, about: set[str] | None
) -> None:
    """Where some work, only what hangs on the others cannot be tested."""
    found = judge_rules(RULES, installed)
    assert (found.judgement.verdict, broken(found).clause) == (X, clause)
    assert actual in broken(found).actual
    assert cause in found.judgement.cause
    assert found.rules == about


@pytest.mark.parametrize(
    ("health", "cause"),
    [
        ((), "Prometheus has not loaded 2 documented rules, QueueDeep among them"),
        ((OK,), "Prometheus has not loaded depth:max"),
    ],
    ids=["both", "one"],
)
def test_rules_that_are_not_loaded_are_told_by_their_number_and_the_first(
    health: tuple[RuleHealth, ...], cause: str
) -> None:
    """Nothing is said of others where there are none."""
    assert judge_rules(RULES, rules(*health)).judgement.cause == cause


def test_rules_that_are_not_evaluated_yet_are_waited_for() -> None:
    """All of them; and where nothing is documented nothing is proved."""
    waiting = judge_rules(RULES, rules(OK, RuleHealth(name="depth:max", health="unknown")))
    assert (waiting.judgement.verdict, waiting.rules) == (U, None)
    assert judge_rules([], rules(OK)).judgement.verdict is U


@pytest.mark.parametrize(
    ("installed", "clause", "actual", "cause"),
    [
        pytest.param(
            replace(
                INSTALLED,
                selections={ALERTMANAGER_CONFIG: selection("Alertmanager")},
                objects={ALERTMANAGER_CONFIG: replace(INSTALLED.objects[ALERTMANAGER_CONFIG], labels=APP)},
            ),
            Clause.SELECTED,
            "label release=prometheus missing; its labels are app=controller",
            "Alertmanager takes only AlertmanagerConfigs with release=prometheus",
            id="label",
        ),
        pytest.param(
            replace(
                INSTALLED,
                refused=(Refused(kind=ALERTMANAGER_CONFIG, namespace=NAMESPACE, name="subject", why="no such key"),),
            ),
            Clause.TAKEN,
            "no such key",
            "is refused: no such key",
            id="refused",
        ),
        pytest.param(
            replace(INSTALLED, receivers=("null",)),
            Clause.ROUTE,
            "it goes to null",
            'the route to team takes {component="subject"}, and the documented labels are '
            '{component="subject", namespace="subject-system"}',
            id="matchers",
        ),
        pytest.param(
            replace(
                INSTALLED,
                receivers=("null", "teams"),
                routes=(RouteFact(receiver="null", matchers="{}"), RouteFact(receiver="teams", matchers="{}")),
            ),
            Clause.ROUTE,
            "it goes to null, teams",
            "no route leads to a receiver team; those that routes lead to: teams, null",
            id="name",
        ),
        pytest.param(
            replace(INSTALLED, receivers=(), routes=()),
            Clause.ROUTE,
            "it goes to no receiver",
            "those that routes lead to: none",
            id="nowhere",
        ),
    ],
)
def test_a_route_that_leads_elsewhere_is_violated(
    installed: Installed, clause: Clause, actual: str, cause: str
) -> None:
    """Nothing that a wait changes."""
    found = judge_route(ROUTE, LABELS, installed)
    assert (found.judgement.verdict, broken(found).clause, broken(found).actual) == (X, clause, actual)
    assert cause in found.judgement.cause


def test_what_will_never_be_in_force_is_not_worth_a_wait() -> None:
    """By its labels, or because somebody refuses it."""
    refused = Refused(kind=RULE, namespace=NAMESPACE, name="subject", why="no")
    assert not passed_over(INSTALLED, RULE)
    assert passed_over(of_objects(RULE, {}), RULE)
    assert passed_over(replace(INSTALLED, refused=(refused,)), RULE)
    assert str(refused) == "PrometheusRule subject-system/subject: no"
    assert EVERY.mismatch({}) is None
