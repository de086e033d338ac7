"""Removing runs: the one this process made, the ones a killed process left, and the ones somebody kept.

The order is processes, then what each kind of stack knows of, then the directory. Each step can be repeated, and the
directory goes last, so an interrupted removal is taken up again by the next one.

A run that entered a cluster that lives on may have left something there, where a sweep does not go. Until that is
settled its directory stays: without its credentials, but with what the cluster had before.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

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
class KindRemoved:
    """What was removed of one run by one kind of stack."""

    #: for people: `kind cluster NAME`
    names: tuple[str, ...] = ()
    #: context of the cluster that it is not settled with, so that its directory has to stay; empty for none
    left_in: str = ""


class StackKind(Protocol):
    """What a kind of stack leaves besides processes and the directory. It is asked of others' runs, too."""

    def runs(self) -> Collection[str]:
        """Ids of this state directory's runs of which it sees something. May be slow, and raises nothing."""
        ...

    def remove(self, run: Run) -> KindRemoved:
        """Removes it. May be called twice, and where there is nothing.

        Raises:
            LeftoverError: something does not go away; what is left is named.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed of one run."""

    run_id: str
    processes: int
    #: of `KindRemoved.names`
    names: tuple[str, ...] = ()
    #: as `KindRemoved.left_in`
    left_in: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The removal of runs, whichever kind of stack they had."""

    #: asked in this order
    kinds: tuple[StackKind, ...]

    def remove(self, run: Run) -> Removed:
        """Removes everything of a run on this machine; its directory only if it is settled with its cluster.

        Raises:
            LeftoverError: something does not go away; what is left is named.
        """
        processes = end_processes(run.id)
        found = [kind.remove(run) for kind in self.kinds]
        names = tuple(name for one in found for name in one.names)
        left_in = next((one.left_in for one in found if one.left_in), "")
        if left_in:
            remove_secrets(run)
        else:
            remove_directory(run)
        return Removed(run_id=run.id, processes=processes, names=names, left_in=left_in)

    def remove_abandoned(self, say: Callable[[str], None] = lambda _: None) -> tuple[Removed, ...]:
        """Removes the runs whose owner has ended without removing them and that nobody kept.

        One that does not go away is told and keeps nobody from a start: a stack in Docker, which is off now, has
        nothing to do with one that needs none. Its directory stays, so a later sweep tries again.

        Args:
            say: is told what is left, a line for each run.
        """
        removed, errors = self._tried(run for run in _all_runs() if not run.kept and not run.owner.alive())
        for error in errors:
            say(f"left of a former run: {error.what} ({error.why}); {error.fix}")
        return removed

    def remove_all(self, *, also_owned: bool) -> tuple[tuple[Removed, ...], tuple[Run, ...]]:
        """Removes abandoned and kept runs; those of a living owner (a suite that runs now) only if `also_owned`.

        Returns:
            What was removed, and the runs that were left because they belong to a living process.

        Raises:
            LeftoverError: one of them does not go away, the first if there are several; all others were removed.
        """
        runs = tuple(_all_runs(also={run_id for kind in self.kinds for run_id in kind.runs()}))
        left = tuple(run for run in runs if run.owner.alive() and not run.kept and not also_owned)
        removed, errors = self._tried(run for run in runs if run not in left)
        if errors:
            raise errors[0]
        return removed, left

    def _tried(self, runs: Iterable[Run]) -> tuple[tuple[Removed, ...], list[LeftoverError]]:
        """Tries all of them; with what went wrong."""
        removed, errors = [], []
        for run in runs:
            try:
                removed.append(self.remove(run))
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
