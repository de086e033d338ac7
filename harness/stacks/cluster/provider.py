"""The provider: where the cluster of a stack comes from, and what becomes of it."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol

from harness.stacks.run import Run
from harness.toolchain import Progress, ToolName


class Provider(Protocol):
    """A cluster for one run."""

    @property
    def tools(self) -> Collection[ToolName]:
        """Programs it takes, besides kubectl."""
        ...

    @property
    def existing_namespaces(self) -> Collection[str]:
        """Namespaces that were there before and stay as they are, known once it is up: they are not applied."""
        ...

    def up(self, run: Run, tools: Mapping[ToolName, Path], images: Collection[str], progress: Progress) -> Path:
        """Has a cluster with these images on it; the kubeconfig that leads there, and nowhere else.

        Raises:
            HarnessError: there is none, or it may not be used; nothing of it is left.
        """
        ...

    def ended(self) -> str | None:
        """That the cluster is gone, and how; None while it is there."""
        ...

    def remove_rules(self) -> bool:
        """As `Stack.remove_rules`."""
        ...

    def down(self) -> None:
        """Gives it back as it was, or takes it away. May be called twice, and after half a start.

        Raises:
            LeftoverError: something of the run is left on it.
        """
        ...
