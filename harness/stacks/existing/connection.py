"""The door to the confirmed cluster: a kubeconfig of its one context in a file that nobody else reads."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from harness.clients.kubernetes import KubeApi
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.free_space import refused
from harness.stacks.run import Run, remove_directory, state_root

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


@contextmanager
def visit(destination: Destination) -> Iterator[KubeApi]:
    """The cluster's API server, for a look without a stack; nothing stays on this machine.

    Raises:
        ApiUnreachableError: it does not answer.
        CouldNotTellError: there is no place for the credentials.
    """
    with credentials(destination) as (_, kubeconfig), closing(KubeApi(kubeconfig)) as api:
        yield api
