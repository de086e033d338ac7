"""`harness down --context`: removes what killed runs left in a cluster that lives on."""

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console

from harness.cli.forget import forget_command
from harness.clients.kubernetes import KubeApi
from harness.core.contract.subject import Subject
from harness.core.errors import HarnessError
from harness.faults.cluster import Cluster
from harness.faults.undo_all import undo_all
from harness.report.plain_text import cell
from harness.stacks.existing.connection import Connection, connect
from harness.stacks.existing.inventory import refuse_unlistable, runs_left
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.existing.removal import WaitForUnload
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.existing.teardown import TIMEOUT_S, TornDown, compare, tear_down
from harness.stacks.existing.wait_for_unload import unload_of_killed_run
from harness.stacks.kinds import SWEEP
from harness.stacks.run import Run, known_runs
from harness.stacks.sweep import Sweep
from harness.toolchain import Progress, progress_to

#: looks for who acts on a run's rules, monitors and routes, and is to be waited for once they are deleted
FindUnload = Callable[[KubeApi, Destination, str, Progress], WaitForUnload]


@dataclass(frozen=True, slots=True, kw_only=True)
class _There:
    """The cluster, and what is done there with each run."""

    api: KubeApi
    destination: Destination
    subject: Subject
    console: Console
    find_unload: FindUnload
    sweep: Sweep
    timeout_s: float


def cluster_down(
    destination: Destination,
    subject: Subject,
    console: Console,
    *,
    also_running: bool,
    enter: Connection = connect,
    find_unload: FindUnload = unload_of_killed_run,
    sweep: Sweep = SWEEP,
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
        enter: see `Connection`.
        find_unload: see `FindUnload`.
        sweep: removes what the runs left on this machine.
        timeout_s: of each step.

    Raises:
        HarnessError: something is left or could not be looked for, the first trouble if there are several; all other
            runs were removed.
    """
    known = {run.id: run for run in known_runs()}
    entered, elsewhere = _entered(known.values(), destination)
    errors: list[HarnessError] = []
    with enter(destination) as api:
        there = _There(
            api=api,
            destination=destination,
            subject=subject,
            console=console,
            find_unload=find_unload,
            sweep=sweep,
            timeout_s=timeout_s,
        )
        left = runs_left(api)
        runs = sorted(left.ids | entered.keys())
        for run_id in runs:
            run = known.get(run_id)
            if run is not None and run.owner.alive() and not run.kept and not also_running:
                _say(
                    console,
                    f"left {run_id}: process {run.owner.pid} is using it now (with --all it is removed all the same)",
                )
                continue
            if run_id in left.ids:
                found = _removed(there, run_id, entered.get(run_id))
            else:
                found = _compared(there, run_id, entered[run_id])
            errors += found or ([] if run is None or run_id not in entered else _cleared(there, run))
    for run_id in sorted(elsewhere.keys() - left.ids):
        was, now = elsewhere[run_id].server, destination.server
        _say(console, f"left {run_id}: it was in a cluster at {was}, and this one is at {now}")
        _say(console, f"  if that cluster is gone for good: {forget_command(run_id)}")
    try:
        refuse_unlistable(left.unlistable)
    except HarnessError as error:
        errors.append(error)
    if not runs and not errors:
        _say(console, f"nothing to remove in the cluster of {destination.context}")
    if errors:
        raise errors[0]


def _entered(runs: Iterable[Run], destination: Destination) -> tuple[dict[str, Snapshot], dict[str, Snapshot]]:
    """The runs that are not settled with this cluster, each with what was there before it; those of its namesakes."""
    looked = {run.id: Snapshot.load(run.directory) for run in runs}
    found = {run_id: one for run_id, one in looked.items() if one is not None and one.context == destination.context}
    here = {run_id: one for run_id, one in found.items() if one.is_of(destination)}
    return here, {run_id: one for run_id, one in found.items() if run_id not in here}


def _removed(there: _There, run: str, before: Snapshot | None) -> list[HarnessError]:
    """Whatever cannot be undone, the rest is removed. What went wrong."""
    errors: list[HarnessError] = []
    api, subject = there.api, there.subject
    try:
        undo_all(Cluster(api=api, run=run, subject=subject, webhook_client_config={}))
    except HarnessError as error:
        errors.append(error)
    try:
        torn_down = tear_down(
            api,
            subject,
            run,
            before,
            context=there.destination.context,
            timeout_s=there.timeout_s,
            unload=there.find_unload(api, there.destination, run, progress_to(sys.stderr, os.environ)),
        )
        _tell(there.console, run, torn_down)
    except HarnessError as error:
        errors.append(error)
    return errors


def _compared(there: _There, run: str, before: Snapshot) -> list[HarnessError]:
    """Without the run's label nothing is known to be its own: nothing is touched, all is told. What went wrong."""
    console = there.console
    try:
        diff = compare(there.api, there.subject, run, before)
        refuse_unlistable(diff.after.unlistable)
    except HarnessError as error:
        return [error]
    _say(console, f"nothing there has the label of {run} any more")
    _say(console, f"  {diff}")
    for one in diff.left:
        _say(console, f"  {one}: no label says whose it is")
    return []


def _cleared(there: _There, run: Run) -> list[HarnessError]:
    """Settled with the cluster, it has nothing to do on this machine either. What went wrong."""
    Snapshot.forget(run.directory)
    try:
        removed = there.sweep.remove(run)
    except HarnessError as error:
        return [error]
    _say(there.console, f"  and here {removed.processes} processes, its cgroups and its directory")
    return []


def _tell(console: Console, run: str, torn_down: TornDown) -> None:
    _say(console, f"removed {run}: {len(torn_down.removed)} objects")
    for one in torn_down.removed:
        _say(console, f"  {one}")
    if torn_down.diff is not None:
        _say(console, f"  {torn_down.diff}")


def _say(console: Console, line: str) -> None:
    console.print(cell(line), soft_wrap=True, highlight=False)
