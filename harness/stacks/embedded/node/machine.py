"""The machine under the node: what it has, as Node.status and cAdvisor's machine metrics tell it."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Self

#: what Kubernetes calls the machine types of Linux
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Facts that do not change while the node runs."""

    cpu_cores: int
    memory_bytes: int
    architecture: str
    kernel: str
    boot_id: str
    machine_id: str

    @classmethod
    def read(cls) -> Self:
        """Reads them."""
        return cls(
            cpu_cores=os.cpu_count() or 1,
            memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            architecture=_ARCHITECTURES.get(platform.machine(), platform.machine()),
            kernel=platform.release(),
            boot_id=_line(Path("/proc/sys/kernel/random/boot_id")),
            machine_id=_line(Path("/etc/machine-id")),
        )


def _line(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
