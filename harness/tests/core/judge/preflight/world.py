"""A subject that is installed as it should be: each test spoils one thing of it."""

from collections.abc import Mapping
from dataclasses import replace

from harness.core.judge.preflight import (
    ContainerFact,
    EndpointFact,
    Installed,
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
)
from harness.core.operator.selector import LabelSelector
from harness.core.operator.translation import ALERTMANAGER_CONFIG, MONITOR, RULE

NAMESPACE, SERVICE = "subject-system", "controller-metrics"
RELEASE = {"release": "prometheus"}
APP = {"app": "controller"}
EVERY = LabelSelector()

CONTAINER = ContainerFact(name="controller", ready=True, running_s=60.0)
POD = PodFact(name="controller-1", labels=APP, ready=True, containers=(CONTAINER,))
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
