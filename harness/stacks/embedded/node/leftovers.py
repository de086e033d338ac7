"""Processes that a killed node of the same run left behind: its containers' children, which nothing bound to it."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from harness.stacks.embedded.cgroups import CgroupSupport
from harness.stacks.embedded.cgroups.removal import TREE_NAME


def kill_leftovers(support: CgroupSupport, run_id: str) -> int:
    """Kills every process in the run's groups, and returns how many there were; call before the first pod starts."""
    pids = {
        int(pid)
        for _, _, parent in support.parents
        for file in (parent / TREE_NAME / run_id).rglob("cgroup.procs")
        for pid in _words(file)
    }
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(pids)


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
