"""`harness down`: removes stacks and says what it removed."""

import os
from pathlib import Path

from rich.console import Console

from harness.cli.cluster_down import cluster_down, left_in_clusters
from harness.report.plain import cell
from harness.stacks.existing.guard import confirmed, down_command
from harness.stacks.existing.kubeconfig import Kubeconfig
from harness.stacks.run import known_runs
from harness.stacks.sweep import remove_all
from harness.subject_reader import read_subject


def down(*, also_running: bool, console: Console) -> None:
    """Removes every run of this state directory and prints a line for each.

    Raises:
        LeftoverError: something cannot be removed; the rest is.
    """
    elsewhere = left_in_clusters(known_runs())
    removed, left = remove_all(also_owned=also_running)
    for run in removed:
        clusters = "".join(f"kind cluster {name}, " for name in run.clusters)
        console.print(
            f"removed {run.run_id}: {run.processes} processes, {clusters}its cgroups and its directory", highlight=False
        )
        if run.run_id in elsewhere:
            what = down_command(elsewhere[run.run_id])
            console.print(cell(f"  of what it left in its cluster nothing was removed: {what}"), soft_wrap=True)
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
