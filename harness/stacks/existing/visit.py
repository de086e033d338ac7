"""The door to the confirmed cluster: a kubeconfig of its one context in a file that nobody else reads."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from harness.kube_api import KubeApi
from harness.stacks.existing.kubeconfig import Destination

_NAME = "kubeconfig"


def write_kubeconfig(destination: Destination, directory: Path) -> Path:
    """Writes it, credentials included, with mode 0600 from its first byte on."""
    path = directory / _NAME
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(destination.kubeconfig, encoding="utf-8")
    return path


@contextmanager
def visit(destination: Destination) -> Iterator[KubeApi]:
    """The cluster's API server, for a look without a run; nothing stays on this machine.

    Raises:
        ApiUnreachableError: it does not answer.
    """
    with tempfile.TemporaryDirectory(prefix="kubemirror-harness-") as directory:
        kubeconfig = write_kubeconfig(destination, Path(directory))
        with closing(KubeApi(kubeconfig)) as api:
            yield api
