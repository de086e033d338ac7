"""`harness down --context`: removes what killed runs left in a cluster that lives on."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

from rich.console import Console

from harness.core.errors import HarnessError
from harness.core.subject import Subject
from harness.faults.cluster import Cluster
from harness.faults.undo_all import undo_all
from harness.kube_api import KubeApi
from harness.report.plain import cell
from harness.stacks.existing.before import Before
from harness.stacks.existing.inventory import runs_left
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.existing.settling import TIMEOUT_S, Settled, settle
from harness.stacks.existing.visit import visit
from harness.stacks.run import Run, known_runs

#: opens the door to a cluster
Visit = Callable[[Destination], AbstractContextManager[KubeApi]]


def cluster_down(
    destination: Destination,
    subject: Subject,
    console: Console,
    *,
    also_running: bool,
    enter: Visit = visit,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Undoes and removes every run that is in the cluster, and prints what it removed.

    A run of this machine that is under way is left. That of another machine cannot be told from a killed one: see
    that nobody else uses the cluster.

    Args:
        destination: the confirmed cluster.
        subject: whose controller was damaged.
        console: where to print.
        also_running: whether to remove this machine's living runs too.
        enter: see `Visit`.
        timeout_s: of each step.

    Raises:
        HarnessError: something is left, the first trouble if there are several; all other runs were removed.
    """
    known = {run.id: run for run in known_runs()}
    troubles: list[HarnessError] = []
    with enter(destination) as api:
        runs = sorted(runs_left(api))
        for run_id in runs:
            run = known.get(run_id)
            if run is not None and run.owner.alive() and not run.kept and not also_running:
                _say(
                    console,
                    f"left {run_id}: process {run.owner.pid} is using it now (with --all it is removed all the same)",
                )
                continue
            before = _before(run, destination)
            troubles += _removed(api, subject, run_id, before, console, timeout_s=timeout_s)
    if not runs:
        _say(console, f"nothing to remove in the cluster of {destination.context}")
    if troubles:
        raise troubles[0]


def left_in_clusters(runs: Collection[Run]) -> dict[str, str]:
    """Run's id -> context of the cluster that it has not settled with: its directory still knows it."""
    found = {run.id: Before.load(run.directory) for run in runs}
    return {run_id: before.context for run_id, before in found.items() if before is not None}


def _before(run: Run | None, destination: Destination) -> Before | None:
    found = None if run is None else Before.load(run.directory)
    return found if found and found.context == destination.context else None


def _removed(
    api: KubeApi, subject: Subject, run: str, before: Before | None, console: Console, *, timeout_s: float
) -> list[HarnessError]:
    """Whatever cannot be undone, the rest is removed. What went wrong."""
    troubles: list[HarnessError] = []
    try:
        undo_all(Cluster(api=api, run=run, subject=subject, webhook_client_config={}))
    except HarnessError as error:
        troubles.append(error)
    try:
        _tell(console, run, settle(api, subject, run, before, timeout_s=timeout_s))
    except HarnessError as error:
        troubles.append(error)
    return troubles


def _tell(console: Console, run: str, settled: Settled) -> None:
    _say(console, f"removed {run}: {len(settled.removed)} objects")
    for one in settled.removed:
        _say(console, f"  {one}")
    if settled.balance is not None:
        _say(console, f"  {settled.balance}")


def _say(console: Console, line: str) -> None:
    console.print(cell(line), soft_wrap=True, highlight=False)
