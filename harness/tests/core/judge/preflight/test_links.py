"""Each link is judged to its first broken part, which is blamed with the values that do exist; the rest follows."""

from dataclasses import replace

import pytest

from harness.core.contract import RoutePromise
from harness.core.judge import Clause, Finding
from harness.core.judge.preflight import (
    OVER_S,
    EndpointFact,
    Installed,
    Link,
    LinkState,
    PortFact,
    Refused,
    RouteFact,
    RuleHealth,
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
                selections={
                    MONITOR: replace(
                        selection("Prometheus monitoring/p"),
                        selector=LabelSelector(
                            requirements=(Requirement(key="tier", operator=Operator.IN, values=("a", "b")),)
                        ),
                    )
                },
            ),
            Clause.SELECTED,
            "label tier is missing, but In (a, b) is asked for",
            "with tier In (a, b)",
            id="expression",
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
            "there is no Service controller-metrics, which the subject file names",
            id="no such Service",
        ),
        pytest.param(
            monitor(endpoints=(EndpointFact(port="http-metrics"),)),
            Clause.PORT,
            "the Service controller-metrics has the ports metrics (8080 -> metrics)",
            "ServiceMonitor subject-system/subject scrapes a port named http-metrics, and the Service",
            id="port name",
        ),
        pytest.param(
            monitor(endpoints=(EndpointFact(target_port="8081"),)),
            Clause.PORT,
            "the containers have the ports metrics (8080)",
            "scrapes targetPort 8081",
            id="target port",
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
            services(ports=(PortFact(name="metrics", number=8080, target="metricks"),)),
            Clause.ENDPOINTS,
            "their containers have the ports metrics (8080)",
            "the Service controller-metrics sends to a container port named metricks, and the pods have metrics (8080)",
            id="Service's targetPort",
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


def test_a_target_that_is_not_there_yet_is_waited_for() -> None:
    """A target that is absent, down or not scraped is no finding as long as waiting may help."""
    for installed in (replace(INSTALLED, targets=()), target(health="down", last_error="refused")):
        assert scraping(installed, 5.0)[1].judgement.verdict is U
    assert scraping(target(health="unknown"))[1].judgement.verdict is U
    late = target(health="down", last_error='Get "http://10.0.0.1:8080/metrics": context deadline exceeded')
    assert scraping(late)[1].judgement.verdict is U  # a slow machine looks the same


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
        monitor(endpoints=(EndpointFact(port="nowhere"), EndpointFact(port="metrics"))),
        services(ports=(PortFact(name="metrics", number=80, target="8080"),)),
        replace(INSTALLED, workload=None),
        replace(INSTALLED, monitor=None),
        replace(INSTALLED, services=None),
        replace(INSTALLED, selections={}, objects={}),
    ):
        assert scraping(installed)[1].holds


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
            "no pod is made: exceeded quota",
            "the pods of Deployment subject-system/controller are refused: exceeded quota",
            id="no pod",
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


def test_rules_that_are_not_evaluated_yet_are_waited_for() -> None:
    """And where nothing is documented nothing is proved."""
    assert judge_rules(["QueueDeep"], rules(replace(OK, health="unknown"))).judgement.verdict is U
    assert judge_rules([], rules(OK)).judgement.verdict is U


@pytest.mark.parametrize(
    ("installed", "clause", "cause"),
    [
        pytest.param(
            replace(
                INSTALLED,
                selections={ALERTMANAGER_CONFIG: selection("Alertmanager")},
                objects={ALERTMANAGER_CONFIG: replace(INSTALLED.objects[ALERTMANAGER_CONFIG], labels=APP)},
            ),
            Clause.SELECTED,
            "Alertmanager takes only AlertmanagerConfigs with release=prometheus",
            id="label",
        ),
        pytest.param(
            replace(
                INSTALLED,
                refused=(Refused(kind=ALERTMANAGER_CONFIG, namespace=NAMESPACE, name="subject", why="no such key"),),
            ),
            Clause.TAKEN,
            "is refused: no such key",
            id="refused",
        ),
        pytest.param(
            replace(INSTALLED, receivers=("null",)),
            Clause.ROUTE,
            'the route to team takes {component="subject"}, and the documented labels are '
            '{component="subject", namespace="subject-system"}',
            id="matchers",
        ),
        pytest.param(
            replace(
                INSTALLED,
                receivers=("null",),
                routes=(RouteFact(receiver="null", matchers="{}"), RouteFact(receiver="teams", matchers="{}")),
            ),
            Clause.ROUTE,
            "no route leads to a receiver team; those that routes lead to: teams, null",
            id="name",
        ),
        pytest.param(
            replace(INSTALLED, receivers=(), routes=()), Clause.ROUTE, "those that routes lead to: none", id="nowhere"
        ),
    ],
)
def test_a_route_that_leads_elsewhere_is_violated(installed: Installed, clause: Clause, cause: str) -> None:
    """Nothing that a wait changes."""
    found = judge_route(ROUTE, LABELS, installed)
    assert (found.judgement.verdict, broken(found).clause) == (X, clause)
    assert cause in found.judgement.cause


def test_what_will_never_be_in_force_is_not_worth_a_wait() -> None:
    """By its labels, or because somebody refuses it."""
    refused = Refused(kind=RULE, namespace=NAMESPACE, name="subject", why="no")
    assert not passed_over(INSTALLED, RULE)
    assert passed_over(of_objects(RULE, {}), RULE)
    assert passed_over(replace(INSTALLED, refused=(refused,)), RULE)
    assert str(refused) == "PrometheusRule subject-system/subject: no"
    assert EVERY.mismatch({}) is None
