"""The subject: what is under test. A parameter everywhere, a constant nowhere.

`harness.core.contract.subject_file` reads it from YAML; `monitoring/subject.yaml` is the default one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectName:
    """The name of a namespaced object of the Kubernetes API."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The controller that is watched and damaged, all in the subject's namespace."""

    deployment: str
    #: the container of its pods that is the controller
    container: str
    #: the Service whose endpoints are scraped; its name is the job label of every series
    service: str
    #: the container's own port, 1 to 65535
    metrics_port: int
    #: starts with a slash
    metrics_path: str
    #: the Lease that its replicas elect a leader with; None if it elects none
    lease: ObjectName | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Objects that give the controller work."""

    labels: Mapping[str, str]
    #: the text `{targets}` stands for the namespaces to mirror to, separated by commas
    annotations: Mapping[str, str]
    #: kind of the object (`Secret`) -> name of the controller, and of its workqueue, that reconciles it
    queues: Mapping[str, str]

    def annotations_for(self, targets: tuple[str, ...]) -> dict[str, str]:
        """The annotations of a source that is to be mirrored to these namespaces."""
        return {key: value.replace("{targets}", ",".join(targets)) for key, value in self.annotations.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The directories that a subject file leaves open: a copy of it elsewhere leads to the same controller."""

    #: of the subject file: what paths are relative to, and `{subject}`
    subject: PurePath
    #: where this harness is, with the controller that is tested by default: `{checkout}`
    checkout: PurePath

    def path(self, path: PurePath) -> PurePath:
        """Where a path of the subject file leads; an absolute one stays."""
        return self.subject / self.word(str(path))

    def word(self, word: str) -> str:
        """A word with the directories in place of their names."""
        return word.replace("{subject}", str(self.subject)).replace("{checkout}", str(self.checkout))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageBuild:
    """What one image is built from where containers run; paths as in `SubjectFiles`."""

    dockerfile: PurePath
    #: files and directories that the Dockerfile copies; each lies in the build context under its own last name
    context: tuple[PurePath, ...]
    #: a pip lock file with hashes: its wheels lie in the context as `wheels/`, and the build needs no network
    requirements: PurePath | None

    def below(self, places: "Places") -> Self:
        """The same files at absolute paths."""
        return replace(
            self,
            dockerfile=places.path(self.dockerfile),
            context=tuple(map(places.path, self.context)),
            requirements=None if self.requirements is None else places.path(self.requirements),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCommand:
    """One image of the subject: how its container runs as a plain process, and how it is built."""

    image: str
    #: replaces the image's entrypoint; `{python}` stands for the interpreter that runs the harness, and, here and in
    #: `append_args`, `{subject}` and `{checkout}` for directories until `Subject.resolve`, see `Places`
    command: tuple[str, ...]
    #: appended to the container's args; `$(NAME)` is expanded as in a container's args
    append_args: tuple[str, ...]
    #: None for an image that is only pulled, or that somebody else builds
    build: ImageBuild | None = None

    def command_for(self, python: str) -> tuple[str, ...]:
        """The command with the interpreter's path in its place."""
        return tuple(word.replace("{python}", python) for word in self.command)

    def resolve(self, places: "Places") -> Self:
        """The same command with the directories in their places."""
        return replace(
            self,
            command=tuple(map(places.word, self.command)),
            append_args=tuple(map(places.word, self.append_args)),
            build=None if self.build is None else self.build.below(places),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFiles:
    """The files that make the subject, relative to the subject file until `Subject.resolve`."""

    contract: PurePath
    #: directories with a kustomization.yaml, and files with YAML documents, applied in this order
    manifests: tuple[PurePath, ...]
    #: a PrometheusRule
    rules: PurePath
    #: a ServiceMonitor
    service_monitor: PurePath
    #: an AlertmanagerConfig, or a plain configuration of Alertmanager, by itself or in a ConfigMap or a Secret
    alertmanager: PurePath
    #: a Grafana dashboard as JSON
    dashboard: PurePath
    #: values for the kube-prometheus-stack chart
    chart_values: PurePath
    #: Markdown that says what the contract says; None if there is none that should be held to it
    documentation: PurePath | None = None
    #: the controller while nothing is wrong: a recording, or its /metrics page; None where there is neither
    healthy: PurePath | None = None

    def below(self, places: "Places") -> Self:
        """The same files at absolute paths."""
        return replace(
            self,
            contract=places.path(self.contract),
            manifests=tuple(map(places.path, self.manifests)),
            rules=places.path(self.rules),
            service_monitor=places.path(self.service_monitor),
            alertmanager=places.path(self.alertmanager),
            dashboard=places.path(self.dashboard),
            chart_values=places.path(self.chart_values),
            documentation=None if self.documentation is None else places.path(self.documentation),
            healthy=None if self.healthy is None else places.path(self.healthy),
        )

    def items(self) -> tuple[tuple[str, PurePath], ...]:
        """Key in the subject file, and path."""
        return (
            ("contract", self.contract),
            *(("manifests", path) for path in self.manifests),
            ("rules", self.rules),
            ("service_monitor", self.service_monitor),
            ("alertmanager", self.alertmanager),
            ("dashboard", self.dashboard),
            ("chart_values", self.chart_values),
            *(() if self.documentation is None else (("documentation", self.documentation),)),
            *(("healthy", path) for path in (self.healthy,) if path is not None),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A controller with its manifests, rules, dashboard, routing and contract."""

    #: where it was read from, for messages
    source: str
    name: str
    namespace: str
    #: name of the Helm release of kube-prometheus-stack; its default selectors ask for the label `release` with it
    release: str
    files: SubjectFiles
    workload: Workload
    sources: Sources
    images: tuple[ImageCommand, ...]

    def resolve(self, places: "Places") -> Self:
        """The same subject with absolute paths."""
        return replace(
            self,
            files=self.files.below(places),
            images=tuple(image.resolve(places) for image in self.images),
        )
