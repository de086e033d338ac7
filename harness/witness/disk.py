"""A full disk: seen while it is full, because room may be there again by the time anybody asks."""

import shutil
from collections.abc import Callable
from pathlib import Path

from harness.polling import PollingThread

#: pause between two looks
_LOOK_S = 0.5
#: less than one page of a database or block of samples: whoever must write now cannot
FULL_BYTES = 256 * 1024


def _free_bytes(directory: Path) -> int:
    return shutil.disk_usage(directory).free


class DiskWatch:
    """A thread that looks how much room a run's file system has."""

    def __init__(self, directory: Path, *, free_bytes: Callable[[Path], int] = _free_bytes) -> None:
        """Args: any directory of the run; how much room its file system has, OSError where that cannot be told."""
        self._directory = directory
        self._free_bytes = free_bytes
        self._least_bytes: int | None = None
        self._looking = PollingThread(self.look, name="disk-watch", interval_s=_LOOK_S)
        self._looking.start()

    @property
    def full(self) -> str | None:
        """That there was no room, with the figure; None if there was at every look."""
        least = self._least_bytes
        if least is None or least >= FULL_BYTES:
            return None
        return f"no room on the disk of {self._directory}: {least} bytes were free"

    def look(self) -> None:
        """Looks once more, now; a directory that is gone says nothing."""
        try:
            free_bytes = self._free_bytes(self._directory)
        except OSError:
            return
        self._least_bytes = free_bytes if self._least_bytes is None else min(self._least_bytes, free_bytes)

    def stop(self) -> None:
        """Ends the thread."""
        self._looking.stop()
