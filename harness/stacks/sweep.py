"""Removing runs: the one this process made, the ones a killed process left, and the ones somebody kept.

The order is processes, cgroups, directory. Each step can be repeated, and the directory goes last, so an interrupted
removal is taken up again by the next one.

A run that entered a cluster that lives on may have left something there, where a sweep does not go. Until that is
settled its directory stays: without its credentials, but with what the cluster had before.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from harness.stacks.embedded.cgroups.removal import remove_run_groups
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.kind.leftovers import remove_clusters, runs_with_clusters
from harness.stacks.process_table import marked_processes
from harness.stacks.run import (
    LeftoverError,
    Owner,
    Run,
    end_processes,
    known_runs,
    place,
    remove_directory,
    remove_secrets,
    state_root,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed of one run."""

    run_id: str
    processes: int
    #: names of kind clusters
    clusters: tuple[str, ...] = ()
    #: context of the cluster that it is not settled with, so that its directory is still there; empty for none
    left_in: str = ""


def remove(run: Run) -> Removed:
    """Removes everything of a run on this machine; its directory only if it is settled with the cluster it was in.

    Raises:
        LeftoverError: something does not go away; what is left is named.
    """
    processes = end_processes(run.id)
    clusters = remove_clusters(run.id)
    busy = remove_run_groups(run.id)
    if busy:
        raise LeftoverError(
            f"cgroups of run {run.id} could not be removed",
            why=f"still in use: {', '.join(map(str, busy))}",
            fix="end what runs in them, then run `harness down` again",
        )
    before = Snapshot.load(run.directory)
    if before is None:
        remove_directory(run)
    else:
        remove_secrets(run)
    left_in = "" if before is None else before.context
    return Removed(run_id=run.id, processes=processes, clusters=clusters, left_in=left_in)


def sweep_abandoned(say: Callable[[str], None] = lambda _: None) -> tuple[Removed, ...]:
    """Removes the runs whose owner has ended without removing them and that nobody kept.

    One that does not go away is told and keeps nobody from a start: a stack in Docker, which is off now, has nothing to
    do with one that needs none. Its directory stays, so a later sweep tries again.

    Args:
        say: is told what is left, a line for each run.
    """
    removed, errors = _removed(run for run in _all_runs() if not run.kept and not run.owner.alive())
    for error in errors:
        say(f"left of a former run: {error.what} ({error.why}); {error.fix}")
    return removed


def remove_all(*, also_owned: bool) -> tuple[tuple[Removed, ...], tuple[Run, ...]]:
    """Removes abandoned and kept runs; those of a living owner (a suite that is running now) only if `also_owned`.

    Returns:
        What was removed, and the runs that were left because they belong to a living process.

    Raises:
        LeftoverError: one of them does not go away, the first if there are several; all others were removed.
    """
    runs = tuple(_all_runs(also=runs_with_clusters()))
    left = tuple(run for run in runs if run.owner.alive() and not run.kept and not also_owned)
    removed, errors = _removed(run for run in runs if run not in left)
    if errors:
        raise errors[0]
    return removed, left


def _removed(runs: Iterable[Run]) -> tuple[tuple[Removed, ...], list[LeftoverError]]:
    """Tries all of them; with what went wrong."""
    removed, errors = [], []
    for run in runs:
        try:
            removed.append(remove(run))
        except LeftoverError as error:
            errors.append(error)
    return tuple(removed), errors


def _all_runs(also: Collection[str] = ()) -> Iterator[Run]:
    """Runs with a directory, runs of this state directory of which only processes are left, and `also` these."""
    known = known_runs()
    yield from known
    ours = {mark for _, mark in marked_processes() if mark.startswith(f"{place()}-")} | set(also)
    lost = ours - {run.id for run in known}
    for run_id in sorted(lost):
        directory = state_root() / "runs" / run_id
        yield Run(id=run_id, directory=directory, owner=Owner(pid=0, start_ticks=-1), kept=False)
