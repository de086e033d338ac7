"""The stream: pytest's own output, shared with the view, and past pytest's capture.

While a test runs, pytest turns file descriptor 1 away, for threads of ours as well; a duplicate taken before that is
not turned away. And pytest's reporter must not write between the lines of a view that moves the cursor: while the view
is there, the reporter writes through it.
"""

import os
from collections.abc import Callable
from typing import TextIO, cast

import pytest


class Stream:
    """What pytest's reporter writes to, for others as well, until `release`."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        """Made while pytest captures nothing: before the first test."""
        self._reporter = reporter
        self._writer = reporter.config.get_terminal_writer()
        if self._writer.width_of_current_line:
            self._writer.line()
        self._former: TextIO = self._writer._file  # noqa: SLF001 - pytest has no other way to share it; tested
        self._former.flush()
        self._file_paths = reporter.showfspath
        #: write to this
        self.file = past_capture(self._former)

    def turn_to(self, write: Callable[[str], None]) -> None:
        """From now on the reporter writes by this. It leaves out paths: each scenario has a line of its own."""
        self._writer._file = cast("TextIO", _Turned(self._former, write))  # noqa: SLF001 - as above
        self._reporter.showfspath = False

    def release(self) -> None:
        """Gives the reporter its output back. Harmless the second time."""
        self._writer._file = self._former  # noqa: SLF001 - as above
        self._reporter.showfspath = self._file_paths
        if self.file is not self._former and not self.file.closed:
            self.file.close()


class _Turned:
    """What a TerminalWriter needs of a file, handed on."""

    def __init__(self, former: TextIO, write: Callable[[str], None]) -> None:
        self.encoding = former.encoding
        self._write = write

    def write(self, text: str) -> int:
        self._write(text)
        return len(text)

    def flush(self) -> None:
        """What is handed on is shown at once."""


def past_capture(file: TextIO) -> TextIO:
    """The same place, written to whatever pytest does to the descriptor meanwhile; `file` itself if it has none.

    What the encoding lacks is replaced, so that no name can stop the output.
    """
    try:
        descriptor = os.dup(file.fileno())
    except OSError:
        return file
    return os.fdopen(descriptor, "w", encoding=file.encoding, errors="replace")
