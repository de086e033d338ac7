"""The door to Docker: its command, as PATH and the user's `DOCKER_*` variables have it."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.stacks.command import CommandFailedError, output_of

#: an engine that is there answers within a second; one behind ssh, or on a busy machine, within a few
_ANSWER_TIMEOUT_S = 20.0
#: a base image may have to be pulled
_PULL_TIMEOUT_S = 600.0
#: containers are killed, and their volumes removed, on a machine that may be busy with others
_REMOVE_TIMEOUT_S = 120.0

_STATE_TIMEOUT_S = 5.0
_STATE = "{{.State.Status}} {{.State.ExitCode}} {{.State.StartedAt}} {{.Name}}"

_START = "start Docker (`docker info` must work for this user), or use --stack embedded, which needs none"


class NoDockerError(CouldNotTellError):
    """There is no Docker, or no engine that answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredImage:
    """An image in the engine's store."""

    #: `sha256:...`
    id: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A container, running or not."""

    id: str
    #: value of the label that it was asked for by
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerState:
    """How a container is."""

    name: str
    #: `running`, `paused`, `restarting`, `exited`, `dead`
    status: str
    #: 0 while it runs
    exit_code: int
    #: instant, as Docker writes it; another one means that it was started again
    started: str


class Docker:
    """Calls of `docker`, each bounded in time."""

    def __init__(self, *, run_id: str | None = None) -> None:
        """Args: the run that its calls belong to; None where they belong to none."""
        self._run_id = run_id

    @staticmethod
    def installed() -> bool:
        """Whether there is a `docker` on PATH; says nothing about an engine."""
        return shutil.which("docker") is not None

    def engine(self) -> str:
        """The engine's version.

        Raises:
            NoDockerError: there is no `docker`, or no engine behind it.
        """
        if not self.installed():
            raise NoDockerError("there is no Docker", why="no program `docker` on PATH", fix=f"install and {_START}")
        try:
            return self._ask("no Docker engine answers", "version", "--format", "{{.Server.Version}}").strip()
        except CommandFailedError as error:
            raise NoDockerError(error.what, why=error.why, fix=_START) from error

    def image(self, name: str) -> StoredImage | None:
        """The image by its name or id, if the engine's store has it; nothing is pulled.

        Raises:
            NoDockerError: no engine answers.
        """
        try:
            told = self._ask(
                f"no image {name}", "image", "inspect", "--format", "{{.Id}} {{json .Config.Labels}}", name
            )
        except CommandFailedError:
            # It is refused in the same way where nobody could look.
            self.engine()
            return None
        image_id, _, labels = told.strip().partition(" ")
        return StoredImage(id=image_id, labels=json.loads(labels) or {})

    def build(
        self, context: Path, *, tag: str, arguments: Mapping[str, str], labels: Mapping[str, str], offline: bool
    ) -> None:
        """Builds the directory's `Dockerfile`.

        Args:
            context: the build context, sent whole.
            tag: the image's name.
            arguments: values of the Dockerfile's ARGs.
            labels: on the image.
            offline: whether the steps are kept from every network.

        Raises:
            CommandFailedError: with the last lines of the build.
        """
        output_of(
            (
                *("docker", "build", "--tag", tag),
                *(("--network", "none") if offline else ()),
                *(word for name, value in arguments.items() for word in ("--build-arg", f"{name}={value}")),
                *(word for name, value in labels.items() for word in ("--label", f"{name}={value}")),
                str(context),
            ),
            what=f"the image {tag} was not built",
            fix="correct the Dockerfile, or build the image yourself under this name",
            timeout_s=_PULL_TIMEOUT_S,
            run_id=self._run_id,
            # An attestation is an image of its own beside the image, which `kind load` cannot always take along.
            environment={"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
        )

    def run(self, image: str, *, entrypoint: str, arguments: Sequence[str]) -> str:
        """What a program of an image prints, in a container without network that is gone afterwards.

        Raises:
            CommandFailedError: it cannot be pulled, or the program fails.
        """
        return output_of(
            ("docker", "run", "--rm", "--network", "none", "--entrypoint", entrypoint, image, *arguments),
            what=f"{entrypoint} of the image {image} cannot be run",
            fix=f"see whether `docker pull {image}` works, or name an image that is here",
            timeout_s=_PULL_TIMEOUT_S,
            run_id=self._run_id,
        )

    def containers(self, label: str, *, value: str | None = None) -> tuple[Container, ...]:
        """Containers with a label, stopped ones too; only those with this value of it where given.

        Raises:
            NoDockerError: no engine answers.
        """
        wanted = label if value is None else f"{label}={value}"
        shown = f'{{{{.ID}}}} {{{{.Label "{label}"}}}}'
        arguments = ("ps", "--all", "--no-trunc", "--filter", f"label={wanted}", "--format", shown)
        try:
            told = self._ask("Docker does not tell its containers", *arguments)
        except CommandFailedError as error:
            raise NoDockerError(error.what, why=error.why, fix=_START) from error
        rows = (line.partition(" ") for line in told.splitlines() if line.strip())
        return tuple(Container(id=container, label=given) for container, _, given in rows)

    def states(self, containers: Sequence[Container]) -> tuple[ContainerState, ...]:
        """How containers are, in their order. Waits 5 s at most: who asks this asks it again and again.

        Raises:
            CommandFailedError: one of them is gone, or no engine answers.
        """
        told = output_of(
            ("docker", "container", "inspect", "--format", _STATE, *(container.id for container in containers)),
            what="Docker does not tell the state of containers",
            fix=_START,
            timeout_s=_STATE_TIMEOUT_S,
            run_id=self._run_id,
        )
        rows = (line.split(" ", 3) for line in told.splitlines() if line.strip())
        return tuple(
            ContainerState(name=name.removeprefix("/"), status=status, exit_code=int(code), started=started)
            for status, code, started, name in rows
        )

    def remove_containers(self, containers: Sequence[Container]) -> None:
        """Removes them with their volumes, running or not.

        Raises:
            CommandFailedError: one does not go away, or is gone already.
        """
        output_of(
            ("docker", "rm", "--force", "--volumes", *(container.id for container in containers)),
            what="containers could not be removed",
            fix="remove them by hand: docker rm --force --volumes ID",
            timeout_s=_REMOVE_TIMEOUT_S,
            run_id=self._run_id,
        )

    def _ask(self, what: str, *arguments: str) -> str:
        return output_of(
            ("docker", *arguments), what=what, fix=_START, timeout_s=_ANSWER_TIMEOUT_S, run_id=self._run_id
        )
