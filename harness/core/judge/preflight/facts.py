"""What is known of a subject's objects on a stack that is up: as the Kubernetes API, Prometheus and Alertmanager say.

Facts only: what of them is wrong, and what is the first thing wrong, the judges beside this module say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.core.operator.selector import LabelSelector


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFact:
    """One of the subject's objects of the operator's kinds."""

    #: `ServiceMonitor`
    kind: str
    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """As messages name it."""
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which objects of a kind somebody takes up."""

    #: `Prometheus monitoring/prometheus`
    by: str
    selector: LabelSelector
    namespaces: LabelSelector


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An object that is not in force although nobody's selector passes over it."""

    kind: str
    namespace: str
    name: str
    #: in the words of whoever refused it
    why: str

    def __str__(self) -> str:
        """As messages say it."""
        return f"{self.kind} {self.namespace}/{self.name}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerFact:
    """One container of the controller's pods, init containers included."""

    name: str
    #: why it waits: `CrashLoopBackOff`, `ContainerCreating`; empty while it runs or has ended
    waiting: str = ""
    message: str = ""
    #: how often a run of it ended
    exits: int = 0
    #: of the last run that ended; None if none did
    exit_code: int | None = None
    exit_reason: str = ""
    #: whether it is an init container that ends before the others start: it is ready once it has
    init: bool = False
    ready: bool = False
    #: seconds for which the present run has been going; None if none is
    running_s: float | None = None
    #: seconds that its own probes give it after a start before one that does not pass counts
    starts_within_s: float = 0.0
    #: of the last run that ended, the last one last
    last_words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PodFact:
    """One pod behind the controller's Deployment."""

    name: str
    ready: bool = False
    #: seconds for which it has not been ready; None where that is not told
    unready_s: float | None = None
    #: why it has no node; empty where it has one
    unscheduled: str = ""
    containers: tuple[ContainerFact, ...] = ()
    #: warnings about it, the newest last: a probe that fails, a volume that is not there
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadFact:
    """The controller's Deployment with its pods."""

    namespace: str
    name: str
    #: whether there is such a Deployment, and the names of those that there are in its namespace
    exists: bool
    deployments: tuple[str, ...] = ()
    replicas: int = 1
    #: that the pods get
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    #: name -> number, of all containers; one without a name is under its number
    ports: Mapping[str, int] = field(default_factory=dict)
    pods: tuple[PodFact, ...] = ()
    #: why its pods cannot be made; empty where they can
    refusal: str = ""

    @property
    def title(self) -> str:
        """As messages name it."""
        return f"Deployment {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortFact:
    """One port of a Service."""

    #: may be empty where it is the only one
    name: str
    number: int
    #: a number or the name of a container's port, as text
    target: str

    def __str__(self) -> str:
        """`metrics (8080 -> metrics)`."""
        return f"{self.name or '(no name)'} ({self.number} -> {self.target})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFact:
    """One Service."""

    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    #: of pods; without one it has no endpoints of its own
    selector: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[PortFact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFact:
    """One of `spec.endpoints` of a ServiceMonitor."""

    #: the Service's port by its name; empty where `target_port` is given
    port: str = ""
    #: the container's port, by name or number
    target_port: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorFact:
    """What the subject's ServiceMonitor asks for."""

    #: of Services
    selector: LabelSelector
    #: None for all
    namespaces: tuple[str, ...] | None
    endpoints: tuple[EndpointFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetFact:
    """One active target as Prometheus lists it."""

    scrape_pool: str
    labels: Mapping[str, str]
    #: `up`, `down` or `unknown`
    health: str
    last_error: str
    #: as Prometheus asks it: `http://10.0.0.1:8080/metrics`
    scrape_url: str = ""
    #: of that
    path: str = ""
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHealth:
    """One rule as Prometheus has loaded it."""

    name: str
    #: `ok`, `err` or `unknown`
    health: str
    last_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFact:
    """One of Alertmanager's routes."""

    #: without what the operator puts before it
    receiver: str
    matchers: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Everything there is to know of a subject on a stack. None is what was not asked, or could not be."""

    #: the subject's
    service: str
    metrics_port: int
    metrics_path: str
    #: those of the operator's kinds, by kind; one that nobody could find is missing
    objects: Mapping[str, ObjectFact] = field(default_factory=dict)
    selections: Mapping[str, Selection] = field(default_factory=dict)
    #: labels of the namespaces of the objects, by namespace
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    #: of the manifests that the controller is installed with; empty where all were taken
    manifests_refused: str = ""
    workload: WorkloadFact | None = None
    monitor: MonitorFact | None = None
    #: in the namespaces that the monitor looks into
    services: Sequence[ServiceFact] | None = None
    targets: Sequence[TargetFact] | None = None
    rules: Sequence[RuleHealth] | None = None
    #: where an alert with the documented labels is led, without what the operator puts before the receivers
    receivers: Sequence[str] | None = None
    routes: Sequence[RouteFact] = ()
