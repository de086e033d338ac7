"""Removes what a run left in the hierarchies, also when it was killed and nobody knows below which group it ran."""

import os
from collections.abc import Iterator
from pathlib import Path

from harness.stacks.embedded.cgroups.support import parse_mounts
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: the directory of all runs, below the group in which each was started
TREE_NAME = "kubemirror-harness"


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
