"""Telling processes apart: when one started, and which run it belongs to.

What is read here is the kernel's word on a process (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html).
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.core.marks import RUN_MARK

#: places in /proc/PID/stat after the name: flags, start, and both ends of the environment
_FLAGS, _START, _ENV_START, _ENV_END = 6, 19, 47, 48
#: states in which a process answers for nothing any more: zombie, and dead
_ENDED_STATES = frozenset("ZX")
#: flag of the kernel's own threads (PF_KTHREAD), which never have an environment
_KERNEL_THREAD = 0x0020_0000
#: a process whose program is being loaded has an environment within milliseconds; a longer one is stuck in its disk
_LOADING_TIMEOUT_S = 1.0


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot; tells a process from a later one with the same pid.

    None for one that has ended, also while nobody has taken its exit status: a zombie answers for nothing.
    """
    fields = _stat(pid)
    return None if fields is None or fields[0] in _ENDED_STATES else int(fields[_START])


def mark_of(pid: int) -> str | None:
    """The run a process belongs to; None for none, for a process that ended, and for somebody else's.

    A process whose program is just being loaded is waited for: the kernel shows an empty environment until it has
    copied it, and whoever took that for "no mark" would leave the process behind.
    """
    try:
        environ = _loaded(Path(f"/proc/{pid}/environ").read_bytes, lambda: _stat(pid))
    except OSError:
        return None
    marks = (entry.partition(b"=")[2] for entry in environ.split(b"\0") if entry.startswith(f"{RUN_MARK}=".encode()))
    return next((mark.decode(errors="replace") for mark in marks), None)


def marked_processes(run_id: str | None = None) -> Iterator[tuple[int, str]]:
    """Process ids with the id of the run they belong to; only `run_id`'s where given. Zombies are no processes."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            mark = mark_of(int(entry.name))
            if mark is not None and run_id in (None, mark):
                yield int(entry.name), mark


def _loaded(
    read: Callable[[], bytes], stat: Callable[[], list[str] | None], *, timeout_s: float = _LOADING_TIMEOUT_S
) -> bytes:
    """An environment, read again while it is empty and may still come; an OSError of `read` is the caller's."""
    deadline = time.monotonic() + timeout_s
    while True:
        environ = read()
        if environ or not _may_get_environment(stat()) or time.monotonic() > deadline:
            return environ
        time.sleep(0.001)


def _may_get_environment(fields: list[str] | None) -> bool:
    """Of a process whose environment was read as empty: whether another look may show one, by its fields since."""
    if fields is None or fields[0] in _ENDED_STATES or int(fields[_FLAGS]) & _KERNEL_THREAD:
        return False
    loaded = int(fields[_ENV_END]) != 0
    return not loaded or fields[_ENV_START] != fields[_ENV_END]


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the state on, or None where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return text.rpartition(")")[2].split()
