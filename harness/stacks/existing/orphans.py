"""The way out of a run that was killed: whoever removes it waits for monitoring, as the run itself would have done.

The options of the run are not known any more, so Prometheus and Alertmanager are found by their selectors alone; where
that is not one of each, what may come of it is told, and the removal goes on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.clients.kubernetes import KubeApi
from harness.core.errors import HarnessError
from harness.core.operator.reading import Custom
from harness.core.operator.translation import ALERTMANAGER_CONFIG, KINDS, MONITOR, RULE
from harness.stacks.existing.cleanup import Cleanup
from harness.stacks.existing.connection import (
    ALERTMANAGER,
    PROMETHEUS,
    ClusterAccess,
    Reach,
    credentials,
    monitoring_url,
)
from harness.stacks.existing.discovery import AnyFound, Asked, Wanted, find_alertmanager, find_prometheus
from harness.stacks.existing.examination import in_the_clear
from harness.stacks.existing.inventory import of_run
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.existing.removal import Monitoring, NoMonitoring
from harness.stacks.run import Run
from harness.toolchain import Progress, ToolName, ensure

_TOLD: Final = "so it is not waited for: until it has let go of what is deleted, it may tell somebody of the controller"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Access:
    """From where it is asked."""

    run: Run
    kubectl: Path
    kubeconfig: Path


def way_out(
    api: KubeApi, destination: Destination, run: str, progress: Progress, *, reach: Reach = monitoring_url
) -> Monitoring:
    """Looks for who acts on rules, monitors and routes of a run while they are there; changes nothing.

    Returns:
        Who is to be waited for. Whoever does not let go is told and keeps nobody.
    """
    try:
        wanted = _wanted(api, run)
        found = _found(api, wanted, progress)
    except HarnessError as error:
        progress.say(f"{error.what}: {error.why}; {_TOLD}")
        return NoMonitoring()

    @contextmanager
    def enter() -> Iterator[ClusterAccess]:
        kubectl = ensure((ToolName.KUBECTL,), progress)[ToolName.KUBECTL].path
        with credentials(destination) as (own, kubeconfig):
            yield _Access(run=own, kubectl=kubectl, kubeconfig=kubeconfig)

    return Cleanup(enter=enter, where=found, objects=wanted.objects, progress=progress, reach=reach)


def _found(api: KubeApi, wanted: Wanted, progress: Progress) -> dict[str, AnyFound]:
    """Those of both that can be asked; of the others it is told."""
    looks: list[tuple[str, Callable[[], AnyFound]]] = []
    if wanted.only(RULE, MONITOR):
        looks.append((PROMETHEUS, lambda: in_the_clear(find_prometheus(api, wanted, Asked()), PROMETHEUS)))
    if wanted.only(ALERTMANAGER_CONFIG):
        looks.append((ALERTMANAGER, lambda: in_the_clear(find_alertmanager(api, wanted, Asked()), ALERTMANAGER)))
    found: dict[str, AnyFound] = {}
    for what, look in looks:
        try:
            found[what] = look()
        except HarnessError as error:
            progress.say(f"{what.capitalize()}: {error.what} ({error.why}), {_TOLD}")
    return found


def _wanted(api: KubeApi, run: str) -> Wanted:
    """What the run has applied of the operator's kinds, with the labels that it has by now."""
    listed = [one for one in of_run(api, run).objects if one.ref.type.kind in KINDS]
    objects = [Custom.read({"kind": one.ref.type.kind, "metadata": one.metadata}) for one in listed]
    spaces = {name: api.find(f"/api/v1/namespaces/{name}") for name in sorted({one.namespace for one in objects})}
    labels = {name: space["metadata"].get("labels") or {} for name, space in spaces.items() if space is not None}
    return Wanted(objects=objects, namespaces=labels)
