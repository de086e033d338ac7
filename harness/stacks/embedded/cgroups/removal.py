"""Removes what a run left in the hierarchies, also when it was killed and nobody knows below which group it ran."""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.stacks.embedded.cgroups.support import parse_mounts
from harness.stacks.run import LeftoverError, Run
from harness.stacks.sweep import KindRemoved
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: the directory of all runs, below the group in which each was started
TREE_NAME = "kubemirror-harness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cgroups:
    """What the embedded stack leaves (see `sweep.StackKind`): processes are ended by whoever asks."""

    #: as in `remove_run_groups`
    root: Path = Path("/")
    timeout_s: float = 5.0

    def runs(self) -> Collection[str]:
        """None that nobody else knows of: a group without a process is nothing to look for."""
        return ()

    def remove(self, run: Run) -> KindRemoved:
        """Removes the run's groups, and tells nobody of them.

        Raises:
            LeftoverError: one is still in use.
        """
        if busy := remove_run_groups(run.id, root=self.root, timeout_s=self.timeout_s):
            raise LeftoverError(
                f"cgroups of run {run.id} could not be removed",
                why=f"still in use: {', '.join(map(str, busy))}",
                fix="end what runs in them, then run `harness down` again",
            )
        return KindRemoved()


def remove_run_groups(run_id: str, *, root: Path = Path("/"), timeout_s: float = 5.0) -> tuple[Path, ...]:
    """Removes a run's groups wherever they are; kills nothing, so end the run's processes first.

    Args:
        run_id: whose groups.
        root: the directory that holds `proc`; another one in tests.
        timeout_s: how long to try again while the kernel still counts processes that were just killed.

    Returns:
        The directories that could not be removed; empty when nothing is left.
    """
    mounts = parse_mounts((root / "proc/self/mountinfo").read_text(), root)
    trees = [tree for mount in mounts for tree in _trees(mount.point)]

    def gone() -> tuple[Path, ...] | NotYet:
        left = tuple(directory for tree in trees for directory in _remove_below(tree / run_id))
        return NotYet(f"{len(left)} groups are busy") if left else ()

    try:
        wait_until(f"groups of run {run_id} removed", gone, timeout_s=timeout_s)
    except WaitTimeoutError:
        return tuple(directory for tree in trees for directory in _remove_below(tree / run_id))
    for tree in trees:
        _remove(tree)  # stays when another run uses it
    return ()


def _trees(point: Path) -> Iterator[Path]:
    for directory, names, _ in os.walk(point):
        if TREE_NAME in names:
            yield Path(directory) / TREE_NAME
            names.remove(TREE_NAME)


def _remove_below(top: Path) -> list[Path]:
    """Removes `top` with all groups in it and returns those that stay."""
    below = [Path(directory) for directory, _, _ in os.walk(top, topdown=False)]
    return [directory for directory in below if not _remove(directory)]


def _remove(directory: Path) -> bool:
    try:
        directory.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
