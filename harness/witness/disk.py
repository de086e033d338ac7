"""A full disk: seen while it is full, because room may be there again by the time anybody asks."""

import shutil
from pathlib import Path
from threading import Event, Thread

#: pause between two looks
_LOOK_S = 0.5
#: less than one page of a database or block of samples: whoever must write now cannot
FULL_BYTES = 256 * 1024
_JOIN_TIMEOUT_S = 5.0


class DiskWatch:
    """A thread that looks how much room a run's file system has."""

    def __init__(self, directory: Path) -> None:
        """Args: any directory of the run."""
        self._directory = directory
        self._stop = Event()
        self._least_bytes: int | None = None
        self._thread = Thread(target=self._watch, name="disk-watch", daemon=True)
        self._thread.start()

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
            free_bytes = shutil.disk_usage(self._directory).free
        except OSError:
            return
        self._least_bytes = free_bytes if self._least_bytes is None else min(self._least_bytes, free_bytes)

    def stop(self) -> None:
        """Ends the thread."""
        self._stop.set()
        self._thread.join(_JOIN_TIMEOUT_S)

    def _watch(self) -> None:
        self.look()
        while not self._stop.wait(_LOOK_S):
            self.look()
