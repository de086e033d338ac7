"""`harness down`: removes stacks and says what it removed."""

from rich.console import Console

from harness.stacks.sweep import remove_all


def down(*, also_running: bool, console: Console) -> None:
    """Removes every run of this state directory and prints a line for each.

    Raises:
        LeftoverError: something cannot be removed; the rest is.
    """
    removed, left = remove_all(also_owned=also_running)
    for run in removed:
        clusters = "".join(f"kind cluster {name}, " for name in run.clusters)
        console.print(
            f"removed {run.run_id}: {run.processes} processes, {clusters}its cgroups and its directory", highlight=False
        )
    for running in left:
        console.print(
            f"left {running.id}: process {running.owner.pid} is using it now (`harness down --all` ends it too)",
            highlight=False,
        )
    if not removed and not left:
        console.print("nothing to remove")
