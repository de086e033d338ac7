"""A subject that is installed as it should be: each test spoils one thing of it."""

from collections.abc import Mapping
from dataclasses import replace

from harness.core.contract.model import RoutePromise
from harness.core.judge import Clause, Finding
from harness.core.judge.preflight import (
    OVER_S,
    ContainerFact,
    EndpointFact,
    Installed,
    LinkState,
    MonitorFact,
    ObjectFact,
    PodFact,
    PortFact,
    RouteFact,
    RuleHealth,
    Selection,
    ServiceFact,
    TargetFact,
    WorkloadFact,
    judge_scraping,
)
from harness.core.operator.selector import LabelSelector
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE
from harness.core.verdict import Verdict

V, X, U = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN

NAMESPACE, SERVICE = "subject-system", "controller-metrics"
RELEASE = {"release": "prometheus"}
APP = {"app": "controller"}
EVERY = LabelSelector()
RULES = ("QueueDeep", "depth:max")
ROUTE = RoutePromise(matchers={"component": "subject"}, receiver="team", continues=True)
LABELS = {"component": "subject", "namespace": NAMESPACE}

CONTAINER = ContainerFact(name="controller", ready=True, running_s=60.0)
POD = PodFact(name="controller-1", ready=True, containers=(CONTAINER,))
WORK = WorkloadFact(
    namespace=NAMESPACE, name="controller", exists=True, pod_labels=APP, ports={"metrics": 8080}, pods=(POD,)
)
TARGET = TargetFact(
    scrape_pool="serviceMonitor/subject-system/subject/0",
    labels={"service": SERVICE, "job": SERVICE},
    health="up",
    last_error="",
    scrape_url="http://10.0.0.1:8080/metrics",
)
MONITORED = MonitorFact(
    selector=LabelSelector(labels=APP), namespaces=(NAMESPACE,), endpoints=(EndpointFact(port="metrics"),)
)
SERVICES = (
    ServiceFact(
        namespace=NAMESPACE,
        name=SERVICE,
        labels=APP,
        selector=APP,
        ports=(PortFact(name="metrics", number=8080, target="metrics"),),
    ),
    ServiceFact(namespace=NAMESPACE, name="webhook", labels={"app": "webhook"}),
)


def labelled(kind: str, labels: Mapping[str, str] = RELEASE) -> ObjectFact:
    """One of the subject's objects, with these labels."""
    return ObjectFact(kind=kind, namespace=NAMESPACE, name="subject", labels=labels)


def selection(by: str, labels: Mapping[str, str] = RELEASE) -> Selection:
    """Whoever takes up what carries these labels, of every namespace."""
    return Selection(by=by, selector=LabelSelector(labels=labels), namespaces=EVERY)


INSTALLED = Installed(
    service=SERVICE,
    metrics_port=8080,
    metrics_path="/metrics",
    objects={kind: labelled(kind) for kind in (RULE, MONITOR, ALERTMANAGER_CONFIG)},
    selections={
        RULE: selection("Prometheus monitoring/p"),
        MONITOR: selection("Prometheus monitoring/p"),
        ALERTMANAGER_CONFIG: selection("Alertmanager", {}),
    },
    namespaces={NAMESPACE: {"team": "subject"}},
    workload=WORK,
    monitor=MONITORED,
    services=SERVICES,
    targets=(TARGET,),
    rules=(RuleHealth(name="QueueDeep", health="ok"), RuleHealth(name="depth:max", health="ok")),
    receivers=("team",),
    routes=(RouteFact(receiver="null", matchers="{}"), RouteFact(receiver="team", matchers='{component="subject"}')),
)


def of_objects(kind: str, labels: Mapping[str, str]) -> Installed:
    """The same with other labels on one object."""
    return replace(INSTALLED, objects={**INSTALLED.objects, kind: labelled(kind, labels)})


def with_container(**fields: object) -> Installed:
    """The same with another state of the controller's only container; its pod is not ready."""
    container = replace(CONTAINER, ready=False, **fields)  # type: ignore[arg-type]  # names of its own fields
    pod = replace(POD, ready=False, containers=(container,))
    return replace(INSTALLED, workload=replace(WORK, pods=(pod,)), targets=())


def scraping(installed: Installed, waited_s: float = OVER_S) -> tuple[LinkState, LinkState]:
    """The first two links, when there is nothing to wait for any more unless said."""
    return judge_scraping(installed, waited_s=waited_s)


def broken(state: LinkState) -> Finding:
    """The one part of a link that does not hold; none behind it was looked at."""
    *before, last = state.judgement.findings
    assert all(one.outcome is V for one in before)
    assert last.outcome is not V
    return last


def assert_blamed(installed: Installed, clause: Clause, actual: str, cause: str) -> None:
    """The controller runs, and the target's link breaks for good at this part, with this to blame."""
    controller, found = scraping(installed)
    assert controller.holds
    finding = broken(found)
    assert (found.judgement.verdict, finding.clause) == (X, clause)
    assert actual in finding.actual
    assert cause in found.judgement.cause
    assert found.broken
    assert found.lasting


def services(**fields: object) -> Installed:
    """The subject's Service with other fields."""
    return replace(INSTALLED, services=(replace(SERVICES[0], **fields), SERVICES[1]))  # type: ignore[arg-type]


def monitor(**fields: object) -> Installed:
    """The monitor with another spec."""
    return replace(INSTALLED, monitor=replace(MONITORED, **fields))  # type: ignore[arg-type]


def target(**fields: object) -> Installed:
    """The one target in another state."""
    return replace(INSTALLED, targets=(replace(TARGET, **fields),))  # type: ignore[arg-type]
