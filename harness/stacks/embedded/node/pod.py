"""A pod as the node reads it from the API: what to run and how, typed.

Field meanings: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Self

from harness.core.quantity import parse_quantity, whole
from harness.stacks.embedded.cgroups import Limits
from harness.stacks.embedded.node.document import Document


class RestartPolicy(StrEnum):
    """Whether an ended container is started again."""

    ALWAYS = "Always"
    ON_FAILURE = "OnFailure"
    NEVER = "Never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """Requests and limits as they were written, so that they can be reported back unchanged."""

    requests: tuple[tuple[str, str], ...] = ()
    limits: tuple[tuple[str, str], ...] = ()

    @classmethod
    def read(cls, document: Document) -> Self:
        """Reads `resources` of a container or of a container's status."""
        return cls(requests=document.table("requests"), limits=document.table("limits"))

    def limit(self, resource: str) -> Decimal | None:
        """A limit in cores or bytes; None when there is none."""
        text = dict(self.limits).get(resource)
        return None if text is None else parse_quantity(text)

    def request(self, resource: str) -> Decimal | None:
        """A request in cores or bytes; None when there is none."""
        text = dict(self.requests).get(resource)
        return None if text is None else parse_quantity(text)

    def to_limits(self) -> Limits:
        """What is written to the container's group."""
        memory, cpu, request = self.limit("memory"), self.limit("cpu"), self.request("cpu")
        return Limits(
            memory_bytes=None if memory is None else whole(memory),
            cpu_limit_millicores=None if cpu is None else whole(cpu * 1000),
            cpu_request_millicores=None if request is None else whole(request * 1000),
        )


class EnvSource(StrEnum):
    """Where the value of an environment variable comes from."""

    FIELD = "fieldRef"
    RESOURCE = "resourceFieldRef"
    SECRET = "secretKeyRef"  # noqa: S105 - the name of a field
    CONFIG_MAP = "configMapKeyRef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A value that is to be looked up."""

    source: EnvSource
    #: object's name, or the container's name for a resource; empty where it does not apply
    name: str
    #: field path, resource, or key
    key: str
    optional: bool = False
    #: for a resource: the value is divided by this and rounded up
    divisor: str = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One entry of `env`."""

    name: str
    #: a literal, in which `$(VAR)` is expanded; used when there is no reference
    value: str
    reference: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableSource:
    """One entry of `envFrom`: all keys of an object."""

    source: EnvSource
    name: str
    prefix: str
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """`httpGet` of a probe or hook."""

    scheme: str
    #: empty: the pod's own
    host: str
    #: a number or the name of one of the container's ports
    port: str
    path: str
    headers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """What a probe or a hook does; exactly one field is set, or none when the node does not know the kind."""

    http: HttpCall | None = None
    #: port, number or name
    tcp: str | None = None
    command: tuple[str, ...] | None = None
    sleep_s: int | None = None

    @classmethod
    def read(cls, document: Document) -> Self:
        """Reads a probe's or a lifecycle hook's action."""
        if document.has("httpGet"):
            http = document.at("httpGet")
            headers = tuple((entry.text("name"), entry.text("value")) for entry in http.items("httpHeaders"))
            return cls(
                http=HttpCall(
                    scheme=(http.text("scheme") or "HTTP").lower(),
                    host=http.text("host"),
                    port=http.text("port"),
                    path=http.text("path") or "/",
                    headers=headers,
                )
            )
        if document.has("tcpSocket"):
            return cls(tcp=document.at("tcpSocket").text("port"))
        if document.has("exec"):
            return cls(command=document.at("exec").texts("command"))
        if document.has("sleep"):
            return cls(sleep_s=document.at("sleep").integer("seconds"))
        return cls()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """When to look and how many looks decide."""

    handler: Handler
    initial_delay_s: int
    period_s: int
    timeout_s: int
    success_threshold: int
    failure_threshold: int

    @classmethod
    def read(cls, container: Document, key: str) -> Self | None:
        """Reads one of a container's probes; None when it has none."""
        if not container.has(key):
            return None
        probe = container.at(key)
        return cls(
            handler=Handler.read(probe),
            initial_delay_s=probe.integer("initialDelaySeconds"),
            period_s=probe.integer("periodSeconds", 10),
            timeout_s=probe.integer("timeoutSeconds", 1),
            success_threshold=probe.integer("successThreshold", 1),
            failure_threshold=probe.integer("failureThreshold", 3),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a pod."""

    name: str
    image: str
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    working_dir: str = ""
    environment: tuple[Variable, ...] = ()
    environment_from: tuple[VariableSource, ...] = ()
    #: port name -> number
    ports: tuple[tuple[str, str], ...] = ()
    resources: Resources = Resources()
    #: resources whose change restarts the container
    restart_on_resize: frozenset[str] = frozenset()
    liveness: Probe | None = None
    readiness: Probe | None = None
    startup: Probe | None = None
    pre_stop: Handler | None = None
    #: an init container that runs beside the others; the node refuses those
    is_sidecar: bool = False

    @classmethod
    def read(cls, document: Document) -> Self:
        """Reads one entry of `spec.containers` or `spec.initContainers`."""
        return cls(
            name=document.text("name"),
            image=document.text("image"),
            command=document.texts("command"),
            args=document.texts("args"),
            working_dir=document.text("workingDir"),
            environment=tuple(_variable(entry) for entry in document.items("env")),
            environment_from=tuple(_variable_source(entry) for entry in document.items("envFrom")),
            ports=tuple((port.text("name"), port.text("containerPort")) for port in document.items("ports")),
            resources=Resources.read(document.at("resources")),
            restart_on_resize=frozenset(
                policy.text("resourceName")
                for policy in document.items("resizePolicy")
                if policy.text("restartPolicy") == "RestartContainer"
            ),
            liveness=Probe.read(document, "livenessProbe"),
            readiness=Probe.read(document, "readinessProbe"),
            startup=Probe.read(document, "startupProbe"),
            pre_stop=Handler.read(document.at("lifecycle", "preStop"))
            if document.at("lifecycle").has("preStop")
            else None,
            is_sidecar=document.text("restartPolicy") == "Always",
        )

    def port_number(self, port: str) -> int | None:
        """The number of a port given by name or number; None for an unknown name."""
        number = dict(self.ports).get(port, port)
        return int(number) if number.isdigit() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """One pod, as of one version of its object."""

    namespace: str
    name: str
    uid: str
    generation: int = 0
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    service_account: str = "default"
    #: the admission controller mounted a token, so the pod may talk to the API
    wants_token: bool = False
    node_name: str = ""
    owner_kind: str = ""
    owner_name: str = ""
    restart_policy: RestartPolicy = RestartPolicy.ALWAYS
    #: seconds between SIGTERM and SIGKILL for a container that is restarted
    termination_grace_s: int = 30
    init_containers: tuple[Container, ...] = ()
    containers: tuple[Container, ...] = ()
    #: seconds a deleted pod has to end; None while it is not being deleted
    deletion_grace_s: int | None = None
    #: the status that the API holds, from a life before the node's restart
    status: Document = Document({})  # noqa: RUF009 - an immutable empty object

    @classmethod
    def read(cls, document: Document) -> Self:
        """Reads a pod object.

        Raises:
            ShapeError: it is not one.
        """
        metadata, spec = document.at("metadata"), document.at("spec")
        owner = next(iter(metadata.items("ownerReferences")), Document({}))
        return cls(
            namespace=metadata.require("namespace"),
            name=metadata.require("name"),
            uid=metadata.require("uid"),
            generation=metadata.integer("generation"),
            labels=metadata.table("labels"),
            annotations=metadata.table("annotations"),
            service_account=spec.text("serviceAccountName") or "default",
            wants_token=any(
                source.has("serviceAccountToken")
                for volume in spec.items("volumes")
                for source in volume.at("projected").items("sources")
            ),
            node_name=spec.text("nodeName"),
            owner_kind=owner.text("kind"),
            owner_name=owner.text("name"),
            restart_policy=RestartPolicy(spec.text("restartPolicy") or "Always"),
            termination_grace_s=spec.integer("terminationGracePeriodSeconds", 30),
            init_containers=tuple(Container.read(entry) for entry in spec.items("initContainers")),
            containers=tuple(Container.read(entry) for entry in spec.items("containers")),
            deletion_grace_s=metadata.integer("deletionGracePeriodSeconds")
            if metadata.has("deletionTimestamp")
            else None,
            status=document.at("status"),
        )

    @property
    def path(self) -> str:
        """The object's path on the API server."""
        return f"/api/v1/namespaces/{self.namespace}/pods/{self.name}"

    @property
    def is_finished(self) -> bool:
        """Whether an earlier life of the node already brought it to its end."""
        return self.status.text("phase") in {"Succeeded", "Failed"}


def _variable(entry: Document) -> Variable:
    where = entry.at("valueFrom")
    for source in EnvSource:
        if where.has(source):
            return Variable(name=entry.text("name"), value="", reference=_reference(source, where.at(source)))
    return Variable(name=entry.text("name"), value=entry.text("value"))


def _reference(source: EnvSource, where: Document) -> Reference:
    match source:
        case EnvSource.FIELD:
            return Reference(source=source, name="", key=where.text("fieldPath"))
        case EnvSource.RESOURCE:
            return Reference(
                source=source,
                name=where.text("containerName"),
                key=where.text("resource"),
                divisor=where.text("divisor") or "1",
            )
        case _:
            return Reference(
                source=source, name=where.text("name"), key=where.text("key"), optional=where.truth("optional")
            )


def _variable_source(entry: Document) -> VariableSource:
    source, key = (EnvSource.SECRET, "secretRef") if entry.has("secretRef") else (EnvSource.CONFIG_MAP, "configMapRef")
    where = entry.at(key)
    return VariableSource(
        source=source, name=where.text("name"), prefix=entry.text("prefix"), optional=where.truth("optional")
    )
