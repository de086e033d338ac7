"""Connections to the confirmed cluster: to its API server, and to the monitoring that is there already.

The kubeconfig is that of the one context, in a file that nobody else reads.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from harness.clients.kubernetes import KubeApi
from harness.stacks.cluster.port_forward import KeptPortForward, Kubectl, PortForward, PortForwardSpec
from harness.stacks.existing.discovery import AnyFound, GivenUrl
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.free_space import refused
from harness.stacks.run import Run, remove_directory, state_root

PROMETHEUS: Final = "prometheus"
ALERTMANAGER: Final = "alertmanager"

_NAME = "kubeconfig"


def write_kubeconfig(destination: Destination, directory: Path) -> Path:
    """Writes it, credentials included, with mode 0600 from its first byte on."""
    path = directory / _NAME
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(destination.kubeconfig, encoding="utf-8")
    return path


@contextmanager
def credentials(destination: Destination) -> Iterator[tuple[Run, Path]]:
    """A kubeconfig that leads there, as a short-lived run's: whoever comes after a killed process removes it.

    Raises:
        CouldNotTellError: there is no place for it.
    """
    try:
        run = Run.create()
    except OSError as error:
        raise refused(state_root(), error) from error
    try:
        yield run, write_kubeconfig(destination, run.directory / "secrets")
    finally:
        remove_directory(run)


#: opens the connection to a cluster's API server
Connection: TypeAlias = Callable[[Destination], AbstractContextManager[KubeApi]]


@contextmanager
def connect(destination: Destination, *, open_api: Callable[[Path], KubeApi] = KubeApi) -> Iterator[KubeApi]:
    """The cluster's API server, for a look without a stack; nothing stays on this machine.

    Args:
        destination: where it is.
        open_api: opens the door to it, by a kubeconfig.

    Raises:
        ApiUnreachableError: it does not answer.
        CouldNotTellError: there is no place for the credentials.
    """
    with credentials(destination) as (_, kubeconfig), closing(open_api(kubeconfig)) as api:
        yield api


class ClusterAccess(Protocol):
    """Whoever has a run, and a kubectl that leads to its cluster."""

    @property
    def run(self) -> Run:
        """To which a port-forward belongs."""
        ...

    @property
    def kubectl(self) -> Path:
        """The program."""
        ...

    @property
    def kubeconfig(self) -> Path:
        """Leads to the cluster, and to nothing else."""
        ...


#: opens the connection from somewhere to one of both (`PROMETHEUS` or `ALERTMANAGER`), with its URL while it is open
Reach: TypeAlias = Callable[[ClusterAccess, str, AnyFound], AbstractContextManager[str]]


@contextmanager
def monitoring_url(access: ClusterAccess, what: str, found: AnyFound) -> Iterator[str]:
    """Its URL, or one through a port-forward of its own, which is kept up: a pod that restarts refuses connections.

    Raises:
        CouldNotTellError: the port-forward does not come up.
    """
    if isinstance(found, GivenUrl):
        yield found.url
        return
    spec = PortForwardSpec(
        kubectl=Kubectl(program=access.kubectl, kubeconfig=access.kubeconfig, env=os.environ),
        namespace=found.at.namespace,
        target=f"pod/{found.at.pod}",
        remote_port=found.at.port,
        log=access.run.directory / "logs" / f"port-forward-{what}-asked.log",
    )
    with closing(KeptPortForward(PortForward(spec, run_id=access.run.id))) as forward:
        forward.start()
        yield forward.url() + found.at.path_prefix
