"""What the machine offers to programs: cores, memory, disk."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The figures that decide what can run here, at one instant."""

    #: processors this process may use
    cores: int
    #: of the whole machine; a container's limit may be lower
    memory_bytes: int
    #: what the kernel would give away without swapping
    available_bytes: int
    #: free for this user on the file system of the cache
    disk_bytes: int


def look(cache: Path) -> Machine:
    """Looks once, and changes nothing; the cache's directory need not exist."""
    memory_bytes, available_bytes = meminfo(Path("/proc/meminfo").read_text(encoding="ascii"))
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        memory_bytes=memory_bytes,
        available_bytes=available_bytes,
        disk_bytes=shutil.disk_usage(_existing(cache)).free,
    )


def meminfo(text: str) -> tuple[int, int]:
    """Total and available bytes in the text of /proc/meminfo, which counts in units of 1024 bytes."""
    kibibytes = {line.split(":")[0]: int(line.split()[1]) for line in text.splitlines() if ":" in line}
    return kibibytes.get("MemTotal", 0) * 1024, kibibytes.get("MemAvailable", 0) * 1024


def _existing(path: Path) -> Path:
    return path if path.exists() or path == path.parent else _existing(path.parent)
