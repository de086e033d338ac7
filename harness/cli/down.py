"""`harness down`: removes stacks and says what it removed."""

import os
from pathlib import Path

from rich.console import Console

from harness.cli.cluster_down import cluster_down
from harness.cli.forget import forget_command
from harness.core.marks import RUN_LABEL
from harness.report.plain_text import cell
from harness.stacks.existing.guard import confirmed, down_command
from harness.stacks.existing.kubeconfig import Kubeconfig
from harness.stacks.kinds import SWEEP
from harness.stacks.sweep import Sweep
from harness.subject_reader import read_subject


def down(*, also_running: bool, console: Console, sweep: Sweep = SWEEP) -> None:
    """Removes every run of this state directory and prints a line for each.

    What one left in a cluster that lives on stays, and is told of as long as it is there.

    Raises:
        LeftoverError: something cannot be removed; the rest is.
    """
    removed, left = sweep.remove_all(also_owned=also_running)
    for run in removed:
        names = "".join(f"{name}, " for name in run.names)
        rest = "its cgroups, not its directory" if run.left_in else "its cgroups and its directory"
        console.print(f"removed {run.run_id}: {run.processes} processes, {names}{rest}", highlight=False)
        if run.left_in:
            there = f"the cluster of {run.left_in} (label {RUN_LABEL}={run.run_id})"
            command = down_command(run.left_in)
            console.print(cell(f"  of what it left in {there} nothing was removed: {command}"), soft_wrap=True)
            given_up = f"  if that cluster is gone for good: {forget_command(run.run_id)}"
            console.print(cell(given_up), soft_wrap=True)
    for running in left:
        console.print(
            f"left {running.id}: process {running.owner.pid} is using it now (`harness down --all` ends it too)",
            highlight=False,
        )
    if not removed and not left:
        console.print("nothing to remove")


def down_there(
    *,
    context: str | None,
    confirmation: str | None,
    kubeconfig: Path | None,
    subject_file: Path,
    also_running: bool,
    console: Console,
) -> None:
    """Removes what killed runs left in the cluster of a context that is named twice.

    Raises:
        MisuseError: the context is not confirmed, or the subject cannot be used; nothing was done.
        CouldNotTellError: the API server does not answer, or something cannot be removed; the rest is.
    """
    found = Kubeconfig.read(kubeconfig, os.environ)
    destination = confirmed(found, context=context, confirmation=confirmation)
    subject, _ = read_subject(subject_file)
    cluster_down(destination, subject, console, also_running=also_running)
