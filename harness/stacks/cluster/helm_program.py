"""Helm as a program: its state in a directory of our own, its commands bounded in time, its last words in the error.

Nothing of the user's home is read or written, and none of the user's settings for another cluster is in force. But for
one: `HELM_REGISTRY_CONFIG`, where it is set, has the credentials of a registry. A login that Docker remembers is not
looked for; `HELM_REGISTRY_CONFIG=~/.docker/config.json` gives it. What is read from the environment:
https://github.com/helm/helm/blob/v3.22.0/pkg/cli/environment.go
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.stacks.command import output_of
from harness.toolchain import Progress, Settings, Toolchain, ToolName

_REGISTRY = "HELM_REGISTRY_CONFIG"


def helm_program(settings: Settings, progress: Progress) -> Path:
    """The pinned helm.

    Raises:
        MisuseError: the one that was set by hand cannot be used.
        ToolUnavailableError: it is not here and cannot be had.
    """
    return Toolchain(settings).ensure((ToolName.HELM,), progress)[ToolName.HELM].path


@dataclass(frozen=True, slots=True, kw_only=True)
class Helm:
    """One Helm with its state."""

    program: Path
    #: made when it is needed
    home: Path
    #: leads to the cluster; None where there is none yet
    kubeconfig: Path | None = None
    #: the run its processes belong to; None for what belongs to no run
    run_id: str | None = None

    def output(self, *words: str, what: str, fix: str, timeout_s: float) -> str:
        """Runs a command to its end and returns its standard output.

        Args:
            words: the command.
            what: what has gone wrong if it fails.
            fix: what a person can do then.
            timeout_s: after this long it is ended.

        Raises:
            CommandFailedError: with its last lines.
        """
        return output_of(
            (str(self.program), *words),
            what=what,
            fix=fix,
            timeout_s=timeout_s,
            run_id=self.run_id,
            environment=self.environment,
        )

    @property
    def environment(self) -> Mapping[str, str]:
        """What is in force instead of the user's. A variable that is empty is to Helm as if it were not set."""
        config, cache = self.home / "config", self.home / "cache"
        others = {name: "" for name in os.environ if name.startswith("HELM_")}
        return {
            **others,
            "HELM_CACHE_HOME": str(cache),
            "HELM_CONFIG_HOME": str(config),
            "HELM_DATA_HOME": str(self.home / "data"),
            "HELM_PLUGINS": str(self.home / "plugins"),
            # with these Helm takes an empty one at its word
            "HELM_REPOSITORY_CACHE": str(cache / "repository"),
            "HELM_REPOSITORY_CONFIG": str(config / "repositories.yaml"),
            _REGISTRY: os.environ.get(_REGISTRY) or str(config / "registry.json"),
            "DOCKER_CONFIG": str(config),
            "KUBECONFIG": os.devnull if self.kubeconfig is None else str(self.kubeconfig),
            "KUBECACHEDIR": str(cache / "kube"),
        }
