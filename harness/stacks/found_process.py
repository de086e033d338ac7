"""A process of a run that another program has started: it can be watched, but how it ended only its parent was told.

kwokctl starts the control plane and ends. What it leaves are files with the processes' ids.
"""

from pathlib import Path

from harness.stacks.process import last_line
from harness.stacks.process_table import mark_of, start_ticks


class FoundProcess:
    """One process, found by the file that holds its id, and from then on told apart from any later one."""

    def __init__(self, name: str, *, pid_file: Path, log: Path, run_id: str) -> None:
        """Args: for messages; where its id will be written; where its output goes; the run it belongs to."""
        self.name = name
        self._pid_file = pid_file
        self._log = log
        self._run_id = run_id
        #: id and start, in ticks since boot, once it has been seen alive
        self._seen: tuple[int, int] | None = None

    def ended(self) -> str | None:
        """That it has ended, with its last words; None while it runs, and before its id was written."""
        if self._seen is None:
            gone = self._look_for_it()
        else:
            pid, start = self._seen
            gone = start_ticks(pid) != start
        return f"{self.name} exited: {last_line(self._log)}" if gone else None

    def _look_for_it(self) -> bool:
        """Whether it is gone already; remembers it where it is alive."""
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return False
        start = start_ticks(pid)
        if start is not None and mark_of(pid) == self._run_id:
            self._seen = pid, start
        return start is None
