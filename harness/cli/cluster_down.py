"""`harness down --context`: removes what killed runs left in a cluster that lives on."""

from collections.abc import Callable, Iterable
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
from harness.stacks.existing.settling import TIMEOUT_S, Settled, compare, settle
from harness.stacks.existing.visit import visit
from harness.stacks.run import Run, known_runs
from harness.stacks.sweep import remove

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
    that nobody else uses the cluster. Of a run of this machine that is settled, nothing is left here either.

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
    entered = _entered(known.values(), destination)
    troubles: list[HarnessError] = []
    with enter(destination) as api:
        labelled = runs_left(api)
        runs = sorted(labelled | entered.keys())
        for run_id in runs:
            run = known.get(run_id)
            if run is not None and run.owner.alive() and not run.kept and not also_running:
                _say(
                    console,
                    f"left {run_id}: process {run.owner.pid} is using it now (with --all it is removed all the same)",
                )
                continue
            if run_id in labelled:
                found = _removed(api, subject, run_id, entered.get(run_id), console, timeout_s=timeout_s)
            else:
                found = _compared(api, subject, run_id, entered[run_id], console)
            troubles += found or ([] if run is None or run_id not in entered else _cleared(run, console))
    if not runs:
        _say(console, f"nothing to remove in the cluster of {destination.context}")
    if troubles:
        raise troubles[0]


def _entered(runs: Iterable[Run], destination: Destination) -> dict[str, Before]:
    """The runs that are not settled with this cluster, each with what was there before it."""
    found = {run.id: Before.load(run.directory) for run in runs}
    return {run_id: one for run_id, one in found.items() if one is not None and one.context == destination.context}


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


def _compared(api: KubeApi, subject: Subject, run: str, before: Before, console: Console) -> list[HarnessError]:
    """Without the run's label nothing is known to be its own: nothing is touched, all is told. What went wrong."""
    try:
        balance = compare(api, subject, run, before)
    except HarnessError as error:
        return [error]
    _say(console, f"nothing there has the label of {run} any more")
    _say(console, f"  {balance}")
    for one in balance.left:
        _say(console, f"  {one}: no label says whose it is")
    return []


def _cleared(run: Run, console: Console) -> list[HarnessError]:
    """Settled with the cluster, it has nothing to do on this machine either. What went wrong."""
    Before.forget(run.directory)
    try:
        removed = remove(run)
    except HarnessError as error:
        return [error]
    _say(console, f"  and here {removed.processes} processes, its cgroups and its directory")
    return []


def _tell(console: Console, run: str, settled: Settled) -> None:
    _say(console, f"removed {run}: {len(settled.removed)} objects")
    for one in settled.removed:
        _say(console, f"  {one}")
    if settled.balance is not None:
        _say(console, f"  {settled.balance}")


def _say(console: Console, line: str) -> None:
    console.print(cell(line), soft_wrap=True, highlight=False)
