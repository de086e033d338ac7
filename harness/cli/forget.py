"""`harness down --forget`: gives up a run whose cluster is gone, so that nothing can be settled there any more.

Never by itself: a cluster that does not answer today may be switched off, and what the run left in it would then be
nobody's. So the run is named twice, what is given up is said first, and a cluster that answers is settled instead.
"""

import os
import shlex
from pathlib import Path

from rich.console import Console

from harness.clients.kubernetes import ApiUnreachableError
from harness.core.errors import MisuseError
from harness.core.marks import RUN_LABEL
from harness.report.plain_text import cell
from harness.stacks.existing.connection import Connection, connect
from harness.stacks.existing.guard import down_command
from harness.stacks.existing.kubeconfig import Kubeconfig, KubeconfigError
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.kinds import SWEEP
from harness.stacks.run import Run, known_runs


def forget(
    run_id: str, *, confirmation: str | None, kubeconfig: Path | None, console: Console, enter: Connection = connect
) -> None:
    """Removes what this machine has of a run that entered a cluster which cannot be entered any more.

    Args:
        run_id: the run's.
        confirmation: the same again; without it what would be given up is said, and nothing done.
        kubeconfig: where its context may be; None for kubectl's.
        console: where to print.
        enter: see `Connection`.

    Raises:
        MisuseError: there is no such run, it is under way, it waits for no cluster, its cluster is there and answers,
            or it is not named twice; nothing was done.
        LeftoverError: something on this machine does not go away.
    """
    run, before = _asked(run_id)
    why = _out_of_reach(run_id, before, kubeconfig, enter)
    given_up = (
        f"whatever run {run_id} left in the cluster of {before.context}{_at(before)} stays there: objects, changed"
        f" limits, faults that were under way (label {RUN_LABEL}={run_id})"
    )
    if confirmation != run_id:
        said = "--confirm-forget is missing" if confirmation is None else f"--confirm-forget says {confirmation!r}"
        raise MisuseError(
            f"run {run_id} is not forgotten",
            why=f"{said}; {why}; {given_up}",
            fix=f"if that cluster is gone for good: {forget_command(run_id)}",
        )
    Snapshot.forget(run.directory)
    removed = SWEEP.remove(run)
    console.print(cell(f"forgot {run_id}: {why}"), soft_wrap=True, highlight=False)
    console.print(cell(f"  {given_up}"), soft_wrap=True, highlight=False)
    console.print(
        f"  removed here {removed.processes} processes, its cgroups and its directory", soft_wrap=True, highlight=False
    )


def forget_command(run_id: str) -> str:
    """What gives a run up, to be pasted."""
    name = shlex.quote(run_id)
    return f"harness down --forget {name} --confirm-forget {name}"


def _asked(run_id: str) -> tuple[Run, Snapshot]:
    waiting = {run.id: (run, before) for run in known_runs() if (before := Snapshot.load(run.directory)) is not None}
    found = waiting.get(run_id)
    if found is None:
        known = ", ".join(sorted(waiting)) or "none"
        raise MisuseError(
            f"there is no run {run_id!r} to forget",
            why=f"runs of this machine that are not settled with a cluster that lives on: {known}",
            fix="name one of these; every other run goes by: harness down",
        )
    run, _ = found
    if run.owner.alive() and not run.kept:
        raise MisuseError(
            f"run {run_id} is under way", why=f"process {run.owner.pid} is using it now", fix="end that process first"
        )
    return found


def _out_of_reach(run_id: str, before: Snapshot, kubeconfig: Path | None, enter: Connection) -> str:
    """Why the run's cluster cannot be entered.

    Raises:
        MisuseError: it can.
    """
    try:
        found = Kubeconfig.read(kubeconfig, os.environ)
        if before.context not in found.contexts:
            return f"{found.source} has no context {before.context!r}"
        destination = found.destination(before.context)
    except KubeconfigError as error:
        return f"{error.what}: {error.why}"
    if not before.is_of(destination):
        return f"context {before.context!r} leads to {destination.server} now, it was {before.server}"
    try:
        with enter(destination):
            pass
    except ApiUnreachableError as error:
        return f"{destination.server} does not let this machine in: {error.why}"
    raise MisuseError(
        f"run {run_id} is not forgotten",
        why=f"its cluster is there: {destination.server} answers",
        fix=down_command(before.context),
    )


def _at(before: Snapshot) -> str:
    return f" at {before.server}" if before.server else ""
