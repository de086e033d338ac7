"""Starting programs: a pure description of a process, and the one thin shell that starts it.

Every process of a run carries the run's id in its environment. A process inherits its environment, so that mark finds
the descendants of a killed run as well, whoever their parent is by then.
"""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from harness.core.errors import CouldNotTellError

#: environment variable whose value is the id of the run a process belongs to
RUN_MARK = "KUBEMIRROR_HARNESS_RUN"

#: what a process may take over from the environment of whoever started the harness
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")


class ProgramNotStartedError(CouldNotTellError):
    """The operating system refused to start a program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpec:
    """Everything that is needed to start one process."""

    #: short name for messages and the log file: `prometheus`
    name: str
    argv: tuple[str, ...]
    #: added to the few variables every process takes over
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    #: where both output streams go, appended; the directory exists
    log: Path


class RunningProcess:
    """A started process. It outlives the harness unless it is ended through its run."""

    def __init__(self, spec: ProcessSpec, popen: subprocess.Popen[bytes]) -> None:
        self.spec = spec
        self._popen = popen

    @classmethod
    def start(cls, spec: ProcessSpec, *, run_id: str, keep_fds: tuple[int, ...] = ()) -> Self:
        """Starts `spec` in a session of its own, with no standard input, marked as part of `run_id`.

        Raises:
            ProgramNotStartedError: the program is missing or may not be executed.
        """
        env = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        with spec.log.open("ab") as log:
            try:
                popen = subprocess.Popen(
                    spec.argv,
                    env={**env, **spec.env, RUN_MARK: run_id},
                    cwd=spec.cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=keep_fds,
                )
            except OSError as error:
                raise ProgramNotStartedError(
                    f"{spec.name} was not started",
                    why=f"{spec.argv[0]}: {error.strerror}",
                    fix="run `harness doctor` to see which programs are in use",
                ) from error
        return cls(spec, popen)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    def ended(self) -> str | None:
        """Why there is nothing to wait for any more (status and last line of output), or None while it runs."""
        status = self._popen.poll()
        if status is None:
            return None
        how = f"ended by signal {-status}" if status < 0 else f"exited with status {status}"
        return f"{self.spec.name} {how}: {last_line(self.spec.log)}"


def last_line(log: Path, *, at_most_bytes: int = 4_096) -> str:
    """The last line with text in a log, quoted, or what there is to say where there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - at_most_bytes))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return "no log"
    return f'"{lines[-1]}"' if lines else "no output"
