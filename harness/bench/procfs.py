"""The kernel's figures about processes and the machine, read from /proc.

https://man7.org/linux/man-pages/man5/proc.5.html. CPU time comes in clock ticks, `TICKS_PER_S` of them in a second.
"""

import os
from dataclasses import dataclass
from pathlib import Path

#: clock ticks in a second of CPU time: 100 on every Linux of today, so a share over 10 s is exact to 0.1 %
TICKS_PER_S = os.sysconf("SC_CLK_TCK")

_PROC = Path("/proc")
#: fields of /proc/PID/stat after the name, counted from 0: utime, stime, starttime
_USER, _SYSTEM, _START = 11, 12, 19
#: of /proc/stat's first line: user, nice, system, idle, iowait, irq, softirq, steal; what follows is part of user
_IDLE, _IOWAIT, _COUNTED = 3, 4, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessTime:
    """What one process has used since its start."""

    #: when it started, in ticks since boot; with the pid it names a process for good
    start_ticks: int
    #: user and system time, its ended children not included
    cpu_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What one process holds."""

    #: resident, shared pages counted in full
    rss_bytes: int
    #: resident, each shared page divided by the number of its users; sums of it are true. None: not to be read
    pss_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineTime:
    """What all cores together have done since boot."""

    #: everything but idle and waiting for I/O; time stolen by other guests of the host counts
    busy_ticks: int


def parse_stat(text: str) -> ProcessTime:
    """Reads /proc/PID/stat. The name in it may hold blanks and parentheses, so what counts begins after the last."""
    fields = text.rpartition(")")[2].split()
    return ProcessTime(start_ticks=int(fields[_START]), cpu_ticks=int(fields[_USER]) + int(fields[_SYSTEM]))


def parse_memory(text: str) -> Memory:
    """Reads /proc/PID/smaps_rollup, or /proc/PID/status, which has no PSS. Both count in units of 1024 bytes."""
    lines = (line.partition(":") for line in text.splitlines())
    kibibytes = {name: int(value.split()[0]) for name, _, value in lines if value.strip().endswith("kB")}
    pss = kibibytes.get("Pss")
    return Memory(
        rss_bytes=kibibytes.get("Rss", kibibytes.get("VmRSS", 0)) * 1024, pss_bytes=None if pss is None else pss * 1024
    )


def parse_machine(text: str) -> MachineTime:
    """Reads the first line of /proc/stat."""
    ticks = [int(field) for field in text.partition("\n")[0].split()[1 : 1 + _COUNTED]]
    return MachineTime(busy_ticks=sum(ticks) - ticks[_IDLE] - ticks[_IOWAIT])


def read_time(pid: int) -> ProcessTime | None:
    """A process's CPU time; None when it has ended."""
    try:
        return parse_stat((_PROC / str(pid) / "stat").read_text(errors="replace"))
    except OSError:
        return None


def read_argv(pid: int) -> tuple[str, ...]:
    """A process's command line; empty when it has ended."""
    try:
        text = (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ()
    return tuple(text.rstrip("\0").split("\0")) if text else ()


def read_memory(pid: int) -> Memory | None:
    """A process's memory, without PSS where the kernel or its rules do not tell; None when it has ended."""
    for name in ("smaps_rollup", "status"):
        try:
            return parse_memory((_PROC / str(pid) / name).read_text(errors="replace"))
        except OSError:
            continue
    return None


def read_machine() -> MachineTime:
    """The whole machine's time."""
    return parse_machine((_PROC / "stat").read_text(encoding="ascii"))
