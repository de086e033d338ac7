"""Starting programs: a pure description of a process, and the one thin shell that starts it.

Every process of a run carries the run's id in its environment. A process inherits its environment, so that mark finds
the descendants of a killed run as well, whoever their parent is by then.
"""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from harness.core.errors import CouldNotTellError
from harness.core.marks import RUN_MARK
from harness.core.system_words import reason_of
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: a log's last words are quoted, not retold
_LAST_WORDS_CHARS = 300

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
    #: where both output streams go, appended; the directory exists
    log: Path


class RunningProcess:
    """A started process. It outlives the harness unless it is ended through its run."""

    def __init__(self, spec: ProcessSpec, pid: int) -> None:
        self.spec = spec
        #: process id
        self.pid = pid
        self._status: int | None = None

    @classmethod
    def start(cls, spec: ProcessSpec, *, run_id: str, keep_fds: tuple[int, ...] = ()) -> Self:
        """Starts `spec` in a session of its own, with no standard input, marked as part of `run_id`.

        What it writes, and what its own children write, only this user can read, whichever program it is.
        `os.posix_spawn` instead of `subprocess`, whose objects complain about every process that outlives them.

        Raises:
            ProgramNotStartedError: the program is missing or may not be executed.
        """
        env = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        log = os.open(spec.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            for descriptor in keep_fds:
                os.set_inheritable(descriptor, True)
            with _private_files():
                pid = os.posix_spawnp(
                    spec.argv[0],
                    spec.argv,
                    {**env, **spec.env, RUN_MARK: run_id},
                    file_actions=[
                        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                        (os.POSIX_SPAWN_DUP2, log, 1),
                        (os.POSIX_SPAWN_DUP2, log, 2),
                    ],
                    setsid=True,
                )
        except OSError as error:
            raise ProgramNotStartedError(
                f"{spec.name} was not started",
                why=f"{spec.argv[0]}: {reason_of(error)}",
                fix="run `harness doctor` to see which programs are in use",
            ) from error
        finally:
            for descriptor in keep_fds:
                os.set_inheritable(descriptor, False)
            os.close(log)
        return cls(spec, pid)

    def ended(self) -> str | None:
        """Why there is nothing to wait for any more (status and last line of output), or None while it runs."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid == 0:
                return None
            self._status = os.waitstatus_to_exitcode(status)
        how = f"ended by signal {-self._status}" if self._status < 0 else f"exited with status {self._status}"
        return f"{self.spec.name} {how}: {last_line(self.spec.log)}"

    def terminate(self, *, timeout_s: float) -> None:
        """Asks it to end (SIGTERM) and returns when it has.

        Raises:
            WaitTimeoutError: it goes on.
        """
        if self.ended() is None:
            os.kill(self.pid, signal.SIGTERM)  # its status is not taken yet, so the pid is still its own
        self._wait_ended(timeout_s)

    def bury(self, *, timeout_s: float = 1.0) -> None:
        """Takes the status of one that was killed, so that no zombie stays; one that goes on is left alone.

        Its environment is gone a moment before its status is there: who looks by that mark comes too early.
        """
        with suppress(WaitTimeoutError):
            self._wait_ended(timeout_s)

    def _wait_ended(self, timeout_s: float) -> None:
        wait_until(
            f"{self.spec.name} has ended",
            lambda: NotYet("it still runs") if self.ended() is None else None,
            timeout_s=timeout_s,
            interval_s=0.005,
        )

    @property
    def succeeded(self) -> bool:
        """Whether it has ended with status 0."""
        return self.ended() is not None and self._status == 0


#: the umask is the whole process's: two threads that start programs at once would give each other theirs
_UMASK = threading.Lock()


@contextmanager
def _private_files() -> Iterator[None]:
    """A process that is started meanwhile keeps others out of the files it makes; posix_spawn has no umask to give."""
    with _UMASK:
        before = os.umask(0o077)
        try:
            yield
        finally:
            os.umask(before)


def last_line(log: Path, *, at_most_bytes: int = 4_096) -> str:
    """The last line with text in a log, quoted, or what there is to say where there is none."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - at_most_bytes))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return "no log"
    if not lines:
        return "no output"
    words = lines[-1]
    return f'"{words if len(words) <= _LAST_WORDS_CHARS else words[:_LAST_WORDS_CHARS] + "..."}"'
