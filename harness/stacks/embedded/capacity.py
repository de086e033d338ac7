"""Capacity: how many embedded stacks a machine carries side by side, asked before the first one is started.

What is too much does not fail, it falls behind: a machine that stands still makes verdicts UNKNOWN minutes later, with
a cause that names everything but the command line.
"""

from harness.core.errors import MisuseError
from harness.toolchain.machine import Machine

_GIB = 1 << 30
#: A stack keeps 0.12 of a processor busy while nothing happens (at speed 60; 0.09 at 15), and its start 7 s of one; a
#: scenario works in bursts that must not be late by a tenth of a second. On 2 processors, 3 stacks are seen to keep up.
#: 5 are not: with their starts one after another 2 of 21 scenarios still found the machine standing still.
STACKS_PER_PROCESSOR = 2
#: measured: 0.4 to 0.6 GiB each, right after the start
MEMORY_BYTES = _GIB * 3 // 4


class TooManyError(MisuseError):
    """More stacks than the machine carries. Nothing was started."""


def check_capacity(stacks: int, machine: Machine) -> None:
    """Refuses more stacks than the machine carries; one is always let try.

    Args:
        stacks: side by side, one for each worker.
        machine: as it is now.

    Raises:
        TooManyError: processors or memory are too few.
    """
    by_processors = machine.cores * STACKS_PER_PROCESSOR
    by_memory = machine.available_bytes // MEMORY_BYTES
    carried = max(1, min(by_processors, by_memory))
    if stacks <= carried:
        return
    if by_memory < by_processors:
        why = (
            f"each takes up to {MEMORY_BYTES / _GIB:g} GiB, and {machine.available_bytes / _GIB:.1f} GiB are available"
        )
    else:
        processors = "1 processor carries" if machine.cores == 1 else f"{machine.cores} processors carry"
        why = f"{processors} {by_processors}; with more of them scenarios come too late, and end UNKNOWN"
    raise TooManyError(
        f"{stacks} workers, each with a stack of its own, are more than this machine carries",
        why=why,
        fix=f"-n {carried}, which is `make run WORKERS={carried}`; the rest of the scenarios on another machine",
    )
