"""The subject file: YAML text to `harness.core.contract.subject.Subject`, or every mistake in it with its place."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import Field

from harness.core.contract.subject import ImageBuild, ImageCommand, ObjectName, Sources, Subject, SubjectFiles, Workload
from harness.core.files.located import LocatedYaml
from harness.core.files.validated import FileModel, validate

Text = Annotated[str, Field(min_length=1)]
#: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
_LABEL = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
DnsLabel = Annotated[str, Field(pattern=rf"^{_LABEL}$", max_length=63)]
DnsName = Annotated[str, Field(pattern=rf"^{_LABEL}(\.{_LABEL})*$", max_length=253)]
#: goes into the lines of a request as it is
UrlPath = Annotated[str, Field(pattern=r"^/[!-~]*$")]


class _ObjectName(FileModel):
    namespace: DnsLabel = Field(description="`namespace:` with lower-case letters, digits and dashes")
    name: DnsName = Field(description="`name:` with lower-case letters, digits, dashes and dots")


class _Controller(FileModel):
    deployment: DnsName = Field(description="`deployment:` with the Deployment's name")
    container: DnsLabel = Field(description="`container:` with the container's name")
    service: DnsLabel = Field(description="`service:` with the name of the Service that is scraped")
    metrics_port: Annotated[int, Field(ge=1, le=65535)] = Field(description="`metrics_port: 8080`, 1 to 65535")
    metrics_path: UrlPath = Field(
        default="/metrics", description="`metrics_path: /metrics`, with the slash and without spaces"
    )
    lease: _ObjectName | None = Field(default=None, description="`lease:` with namespace and name, or leave it out")


class _Sources(FileModel):
    labels: dict[Text, str] = Field(default={}, description='labels with text; quote "true" and numbers')
    annotations: dict[Text, str] = Field(default={}, description='annotations with text; quote "true" and numbers')
    queues: Annotated[dict[Text, Text], Field(min_length=1)] = Field(
        description="`queues:` with kind and queue, like `Secret: secret`"
    )


class _Build(FileModel):
    dockerfile: Text = Field(description="`dockerfile:` with the path of the image's Dockerfile")
    context: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description="`context: [../controller]`, a list of the files and directories that the Dockerfile copies"
    )
    requirements: Text | None = Field(
        default=None, description="`requirements:` with the path of a pip lock file with hashes, or leave it out"
    )


class _Image(FileModel):
    command: Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description='`command: ["{subject}/bin/controller"]` or `["{python}", "-m", "package"]`, a list of words'
    )
    append_args: tuple[str, ...] = Field(default=(), description="a list of words")
    build: _Build | None = Field(default=None, description="`build:` with dockerfile and context, or leave it out")


class SubjectModel(FileModel):
    """The whole file."""

    name: DnsLabel = Field(description="`name:` with a short name, lower-case letters, digits and dashes")
    namespace: DnsLabel = Field(description="`namespace:` with the namespace that the controller runs in")
    release: DnsLabel = Field(description="`release: prometheus`, the Helm release of kube-prometheus-stack")
    contract: Text = Field(description="`contract:` with the contract file's path")
    manifests: Text | Annotated[tuple[Text, ...], Field(min_length=1)] = Field(
        description="`manifests:` with the path of a kustomize directory or a YAML file, or a list of them"
    )
    rules: Text = Field(description="`rules:` with the path of a PrometheusRule")
    service_monitor: Text = Field(description="`service_monitor:` with the path of a ServiceMonitor")
    alertmanager: Text = Field(
        description="`alertmanager:` with the path of an AlertmanagerConfig, or of Alertmanager's own configuration"
    )
    dashboard: Text = Field(description="`dashboard:` with the path of a Grafana dashboard")
    chart_values: Text = Field(description="`chart_values:` with the path of values for kube-prometheus-stack")
    documentation: Text | None = Field(
        default=None, description="`documentation:` with the path of a Markdown file that `harness check` reads"
    )
    healthy: Text | None = Field(
        default=None,
        description="`healthy:` with the path of a recording of the controller while nothing is wrong, or of a file"
        " with its /metrics page, or leave it out",
    )
    controller: _Controller = Field(description="`controller:` with deployment, container, service and metrics_port")
    sources: _Sources = Field(description="`sources:` with labels, annotations and queues")
    images: dict[Text, _Image] = Field(default={}, description="`images:` with image and command")


def load_subject(text: str, source: str) -> Subject:
    """Reads a subject; its paths stay as written.

    Args:
        text: the file's content.
        source: the file's name, for messages and `Subject.source`.

    Raises:
        FileMistakesError: with every mistake, each with line, key and fix.
    """
    file = validate(LocatedYaml(text, source), SubjectModel)
    lease = file.controller.lease
    return Subject(
        source=source,
        name=file.name,
        namespace=file.namespace,
        release=file.release,
        files=SubjectFiles(
            contract=PurePosixPath(file.contract),
            manifests=tuple(map(PurePosixPath, _listed(file.manifests))),
            rules=PurePosixPath(file.rules),
            service_monitor=PurePosixPath(file.service_monitor),
            alertmanager=PurePosixPath(file.alertmanager),
            dashboard=PurePosixPath(file.dashboard),
            chart_values=PurePosixPath(file.chart_values),
            documentation=None if file.documentation is None else PurePosixPath(file.documentation),
            healthy=None if file.healthy is None else PurePosixPath(file.healthy),
        ),
        workload=Workload(
            deployment=file.controller.deployment,
            container=file.controller.container,
            service=file.controller.service,
            metrics_port=file.controller.metrics_port,
            metrics_path=file.controller.metrics_path,
            lease=ObjectName(namespace=lease.namespace, name=lease.name) if lease else None,
        ),
        sources=Sources(labels=file.sources.labels, annotations=file.sources.annotations, queues=file.sources.queues),
        images=tuple(
            ImageCommand(image=image, command=how.command, append_args=how.append_args, build=_build(how.build))
            for image, how in file.images.items()
        ),
    )


def _build(given: _Build | None) -> ImageBuild | None:
    if given is None:
        return None
    return ImageBuild(
        dockerfile=PurePosixPath(given.dockerfile),
        context=tuple(map(PurePosixPath, given.context)),
        requirements=None if given.requirements is None else PurePosixPath(given.requirements),
    )


def _listed(given: str | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given
