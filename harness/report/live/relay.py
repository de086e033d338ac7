"""The relay: events of xdist's workers, which have no terminal, on their way to the controller, which has one.

Each worker appends lines to a file of its own. The file has no name: it lives in the controller's memory and is opened
through its /proc entry, which only the same user may do, and which is gone with the controller however that ends.
"""

import os
from collections.abc import Callable
from typing import Self

from harness.core.events import Announcement, from_line, to_line

#: read at once from one worker, so that one that talks without end does not keep the others waiting
_CHUNK_BYTES = 1 << 20


class RelayReader:
    """The controller's end of one worker's file."""

    def __init__(self, source: str) -> None:
        """Args: the worker's name, which all it tells is told under."""
        self.source = source
        self._descriptor = os.memfd_create("harness-events", os.MFD_CLOEXEC)
        self._read_bytes = 0

    @property
    def path(self) -> str:
        """Where the worker finds it, as long as this process lives and the reader is open."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def read(self) -> list[Announcement]:
        """What has come since the last time, whole lines only. A line that holds no event is passed over."""
        if self._descriptor < 0:
            return []
        chunk = os.pread(self._descriptor, _CHUNK_BYTES, self._read_bytes)
        whole = chunk[: chunk.rfind(b"\n") + 1]
        if not whole and len(chunk) == _CHUNK_BYTES:
            whole = chunk  # no event is that long: what cannot be a line must not stop those behind it
        self._read_bytes += len(whole)
        return self._events(whole.decode(errors="replace").split("\n")) if whole else []

    def close(self) -> None:
        """Gives the memory back. Harmless the second time."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _events(self, lines: list[str]) -> list[Announcement]:
        found = (from_line(line) for line in lines)
        return [
            Announcement(source=self.source, at_s=told.at_s, event=told.event) for told in found if told is not None
        ]


class RelayWriter:
    """A worker's end: a listener that writes down what it hears."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        """Args: writes bytes at once, and whole."""
        self._write = write

    @classmethod
    def to(cls, path: str) -> Self:
        """Opens the worker's file.

        Raises:
            OSError: the controller is gone, or /proc is not to be had.
        """
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        return cls(lambda line: os.write(descriptor, line))

    def hear(self, told: Announcement) -> None:
        """Writes one line."""
        self._write(f"{to_line(told)}\n".encode())
