"""Processes that a killed node of the same run left behind: its containers' children, which nothing bound to it."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from harness.stacks.embedded.cgroups import CgroupSupport
from harness.stacks.embedded.cgroups.removal import TREE_NAME

_RUN = "KUBEMIRROR_HARNESS_RUN"
_POD = "KUBEMIRROR_HARNESS_POD"


def marks(run_id: str, uid: str) -> dict[str, str]:
    """The variables by which a process of a pod is known, and which its children inherit."""
    return {_RUN: run_id, _POD: uid}


def find_leftovers(support: CgroupSupport, run_id: str, *, proc: Path = Path("/proc")) -> frozenset[int]:
    """The processes of the run's pods: those in its groups and those that carry both marks."""
    grouped = {
        int(pid)
        for _, _, parent in support.parents
        for file in (parent / TREE_NAME / run_id).rglob("cgroup.procs")
        for pid in _read(file).split()
    }
    marked = {int(file.parent.name) for file in proc.glob("[0-9]*/environ") if _is_marked(_read(file), run_id)}
    return frozenset(grouped | marked)


def kill_leftovers(support: CgroupSupport, run_id: str) -> None:
    """Kills them all; call before the first pod starts."""
    for pid in find_leftovers(support, run_id):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _is_marked(environ: bytes, run_id: str) -> bool:
    variables = environ.split(b"\0")
    return f"{_RUN}={run_id}".encode() in variables and any(one.startswith(_POD.encode() + b"=") for one in variables)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""
