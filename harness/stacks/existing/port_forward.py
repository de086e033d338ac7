"""The way to monitoring that is there already: open while it is asked something, and closed again."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from harness.stacks.cluster.forward import Forward, ForwardSpec, Kubectl
from harness.stacks.cluster.kept_forward import KeptForward
from harness.stacks.existing.discovery import Forwarding, FoundAlertmanager, FoundPrometheus, GivenUrl
from harness.stacks.run import Run

PROMETHEUS: Final = "prometheus"
ALERTMANAGER: Final = "alertmanager"

AnyFound: TypeAlias = FoundPrometheus | FoundAlertmanager | GivenUrl


class Near(Protocol):
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


#: the way from somewhere to one of both (`PROMETHEUS` or `ALERTMANAGER`), with its URL while it is open
Reach: TypeAlias = Callable[[Near, str, AnyFound], AbstractContextManager[str]]


@contextmanager
def reached(near: Near, what: str, found: AnyFound) -> Iterator[str]:
    """By its URL, or through a port-forward of its own, which is kept up: a pod that restarts refuses connections.

    Raises:
        CouldNotTellError: the port-forward does not come up.
    """
    if isinstance(found, GivenUrl):
        yield found.url
        return
    spec = ForwardSpec(
        kubectl=Kubectl(program=near.kubectl, kubeconfig=near.kubeconfig, env=os.environ),
        namespace=found.at.namespace,
        target=f"pod/{found.at.pod}",
        remote_port=found.at.port,
        log=near.run.directory / "logs" / f"port-forward-{what}-asked.log",
    )
    with closing(KeptForward(Forward(spec, run_id=near.run.id))) as forward:
        forward.start()
        yield forward.url() + path_prefix(found.at)


def each_replica(found: AnyFound) -> tuple[AnyFound, ...]:
    """The same at each of its pods, by the names that the StatefulSet gives; one given by URL is only itself."""
    if isinstance(found, GivenUrl):
        return (found,)
    first = found.at.pod.removesuffix("-0")
    pods = (f"{first}-{number}" for number in range(found.at.replicas))
    return tuple(replace(found, at=replace(found.at, pod=pod)) for pod in pods)


def path_prefix(at: Forwarding) -> str:
    """What stands before every path there: `/prom`, or nothing."""
    return at.route_prefix.rstrip("/")
