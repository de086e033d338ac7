"""One kind cluster of one run: created, given images, deleted. What it is made with is decided first, as data."""

import os
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.core.errors import CouldNotTellError, MisuseError
from harness.stacks.command import last_words
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.leftovers import CLUSTER_LABEL, announce, cluster_name, made, remove_cluster
from harness.stacks.process import ProcessSpec, RunningProcess, last_line
from harness.stacks.run import LeftoverError, Run
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: the node: the Kubernetes that the embedded stack's control plane is, and one that kind 0.33 starts
NODE_IMAGE = "kindest/node:v1.34.4"
#: the default cluster: one node
CONFIG = Path(__file__).parent / "config.yaml"

#: https://github.com/kubernetes-sigs/kind/blob/v0.33.0/pkg/internal/apis/config/validate.go
_NAME = re.compile(r"[a-z0-9.-]+")
#: with `-control-plane` behind it a host name (.../pkg/cluster/internal/create/create.go)
_NAME_MAX_CHARS = 50

#: the node's image may have to be pulled (1 GB); kubeadm's own limits lie within that
_CREATE_TIMEOUT_S = 900.0
#: network and storage of the node come up after its control plane
_READY_TIMEOUT_S = 180
_LOAD_TIMEOUT_S = 300.0
_DELETE_TIMEOUT_S = 120.0
_KILL_TIMEOUT_S = 20.0

#: what kind and docker read from the environment, beyond what every process of a run takes over
_PASSED_ON = (
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "DOCKER_API_VERSION"),
    *("SSH_AUTH_SOCK", "KIND_EXPERIMENTAL_DOCKER_NETWORK", "PYTHONPATH"),
    # kind gives a proxy on to the node
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
)


class KindError(CouldNotTellError):
    """kind did not do what it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOptions:
    """What a person can choose: the options of pytest-kind's own plug-in."""

    #: --kind-bin; None for the pinned one
    kind: Path | None = None
    #: --kind-kubectl-bin; None for the pinned one
    kubectl: Path | None = None
    #: --kind-image
    image: str = NODE_IMAGE
    #: --cluster-name; None for one named after the run
    name: str | None = None

    def __post_init__(self) -> None:
        """Refuses what pytest-kind would download in place of, and what kind would refuse after a while."""
        for option, path in (("--kind-bin", self.kind), ("--kind-kubectl-bin", self.kubectl)):
            if path is not None and not os.access(path, os.X_OK):
                raise MisuseError(
                    f"{option}={path} cannot be used", why="it is no program", fix="name one, or leave the option out"
                )
        if self.name is not None and not (_NAME.fullmatch(self.name) and len(self.name) <= _NAME_MAX_CHARS):
            raise MisuseError(
                f"--cluster-name={self.name} cannot be used",
                why=f"kind takes lower-case letters, digits, dots and dashes, {_NAME_MAX_CHARS} at most",
                fix="leave the option out: a cluster is named after its run",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPlan:
    """A cluster, decided."""

    run: Run
    name: str
    #: programs that are there
    kind: Path
    kubectl: Path
    #: of the node
    image: str
    #: kind's configuration
    config: Path = CONFIG

    @classmethod
    def of(cls, run: Run, options: KindOptions, *, kind: Path, kubectl: Path) -> Self:
        """A run's cluster with what was chosen; `kind` and `kubectl` where nothing was."""
        return cls(
            run=run,
            name=options.name or cluster_name(run.id),
            kind=(options.kind or kind).absolute(),
            kubectl=(options.kubectl or kubectl).absolute(),
            image=options.image,
        )

    @property
    def kubeconfig(self) -> Path:
        """Where kind writes how to reach the cluster (0600); no file of the user's."""
        return self.run.directory / "secrets" / "kind.kubeconfig"

    @property
    def log(self) -> Path:
        """What kind says."""
        return self.run.directory / "logs" / "kind.log"

    def process(self, verb: str, *arguments: str) -> ProcessSpec:
        """The process that does one thing to the cluster."""
        return ProcessSpec(
            name="kind",
            argv=(
                *(sys.executable, "-m", "harness.stacks.kind", verb, *arguments),
                f"--name={self.name}",
                f"--directory={self.run.directory}",
                f"--kubeconfig={self.kubeconfig}",
                f"--kind={self.kind}",
                f"--kubectl={self.kubectl}",
            ),
            env={
                **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                # a copy of each image on its way into the node
                "TMPDIR": str(self.run.temporary),
                # Asked for by name: kind would otherwise take whatever else it finds on the machine.
                "KIND_EXPERIMENTAL_PROVIDER": "docker",
            },
            log=self.log,
        )


class OwnCluster:
    """The cluster of a plan."""

    def __init__(self, plan: ClusterPlan, docker: Docker) -> None:
        self.plan = plan
        self._docker = docker

    def create(self) -> None:
        """Creates it and returns when its node is ready; what a failed attempt made goes with its run.

        Raises:
            NoDockerError: no engine answers.
            MisuseError: there is a cluster of this name, which is somebody's.
            KindError: with kind's last words.
        """
        plan = self.plan
        self._docker.engine()
        if self._docker.containers(CLUSTER_LABEL, value=plan.name):
            # pytest-kind would take it over, and this run delete it in the end.
            raise MisuseError(
                f"there is a kind cluster {plan.name} already",
                why="it was not made by this run, which would delete it in the end",
                fix="leave out --cluster-name, or use that one with --stack existing",
            )
        announce(plan.run, plan.name)
        options = (f"--image={plan.image}", f"--config={plan.config}", f"--ready-timeout={_READY_TIMEOUT_S}")
        self._run(
            plan.process("create", *options),
            f"the kind cluster {plan.name} was not created",
            fix=f"`docker pull {plan.image}` shows whether the node's image can be had",
            timeout_s=_CREATE_TIMEOUT_S,
        )
        made(plan.run)

    def load(self, images: Sequence[str]) -> None:
        """Copies images of Docker's store into the node.

        Raises:
            KindError: with kind's last words.
        """
        if images:
            self._run(
                self.plan.process("load", *images),
                f"images were not loaded into the kind cluster {self.plan.name}",
                fix="see with `docker image inspect` what Docker's store has, and with `df` whether its disk is full",
                timeout_s=_LOAD_TIMEOUT_S * len(images),
            )

    def delete(self) -> None:
        """Deletes it, whatever state it is in: its containers at once, by Docker; the rest that kind knows of, by kind.

        At once, because Prometheus goes on evaluating what is taken away piece by piece, and might tell of it.

        Raises:
            NoDockerError: no engine answers.
            LeftoverError: one of its containers does not go away.
        """
        remove_cluster(self.plan.name, self._docker)
        with suppress(KindError):
            self._run(self.plan.process("delete"), "not deleted", fix="", timeout_s=_DELETE_TIMEOUT_S)
        remove_cluster(self.plan.name, self._docker)

    def _run(self, spec: ProcessSpec, what: str, *, fix: str, timeout_s: float) -> None:
        start = spec.log.stat().st_size if spec.log.exists() else 0
        process = RunningProcess.start(spec, run_id=self.plan.run.id)
        try:
            wait_until(
                what,
                lambda: NotYet(last_line(spec.log)) if process.ended() is None else None,
                timeout_s=timeout_s,
                interval_s=0.1,
                fix=fix,
            )
        except WaitTimeoutError as error:
            raise KindError(
                what, why=f"not within {timeout_s:g} s; last seen: {last_line(spec.log)}", fix=fix
            ) from error
        finally:
            _end(process)
        if not process.succeeded:
            said = last_words(spec.log.read_bytes()[start:].decode(errors="replace"))
            raise KindError(what, why=said or "kind said nothing", fix=fix)


def _end(process: RunningProcess) -> None:
    """Ends the process and what it has started, which is in its session; nothing where it has ended by itself."""
    if process.ended() is not None:
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # its status is not taken yet, so the id is still its own
    try:
        wait_until(
            "kind has ended",
            lambda: NotYet("it still runs") if process.ended() is None else None,
            timeout_s=_KILL_TIMEOUT_S,
            interval_s=0.02,
        )
    except CouldNotTellError as error:
        raise LeftoverError(error.what, why=error.why, fix="end it by hand, then run `harness down`") from error
