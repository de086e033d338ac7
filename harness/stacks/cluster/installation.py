"""The site: a cluster that is there, as whoever installs something on it sees it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.clients.kubernetes import KubeApi
from harness.core.marks import RUN_LABEL
from harness.stacks.applying import apply
from harness.stacks.cluster.named import harness_namespace
from harness.stacks.cluster.waits import USUAL, Waits
from harness.stacks.run import Run

#: path on the receiver that takes notifications; a receiver's name comes behind it
_NOTIFY = "/notify/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One cluster, one run on it."""

    run: Run
    #: the program
    kubectl: Path
    #: leads to the cluster, and to nothing else
    kubeconfig: Path
    api: KubeApi
    #: bearer token of the notifications
    receiver_token: str = field(repr=False)
    #: the receiver's Service in the cluster
    receiver_service: str
    receiver_port: int
    #: as `applying.apply`
    apply_with: Callable[..., None] = apply
    #: for whatever comes up on it
    waits: Waits = USUAL

    @property
    def labels(self) -> Mapping[str, str]:
        """On everything that the run creates."""
        return {RUN_LABEL: self.run.id}

    @property
    def namespace(self) -> str:
        """Of the harness's own pods."""
        return harness_namespace(self.run.id)

    @property
    def receiver_url(self) -> str:
        """Where Alertmanager, in the cluster, finds the receiver; ends with a slash."""
        return f"http://{self.receiver_service}.{self.namespace}.svc:{self.receiver_port}{_NOTIFY}"

    def apply(self, manifests: str) -> None:
        """Applies YAML documents, in their order.

        Raises:
            ApplyError: the API server did not take them.
        """
        # somebody's kubeconfig may ask a program of theirs for credentials
        self.apply_with(self.kubectl, self.kubeconfig, manifests, env=os.environ)
