"""One container's process: started in its groups, in a session of its own, bound to the node's life.

No `preexec_fn`: code between fork and exec in a process with threads may hang. A shell enters the groups instead and
then becomes the program, so that everything the program starts is in them too.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from harness.stacks.embedded.cgroups import Group

#: enters the groups named before `--`, then becomes the rest of the command line
_ENTER = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done; shift; exec "$@"'
#: asks the kernel to end the process with the node, where util-linux is missing; 1 is PR_SET_PDEATHSIG
_BIND_BY_PYTHON = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); os.execvp(sys.argv[1], sys.argv[1:])"  # no other way
)
#: pause between two looks at a group whose last processes were just killed
_REAP_S = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """All that starting takes."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    #: empty: the node's own, because a local command has no image whose directory would be meant
    working_dir: str
    log_file: Path
    group: Group | None
    #: for the container's status
    image_id: str = ""


def launch_error(launch: Launch) -> str | None:
    """Why the command cannot be started, in the container runtime's words; None when it can."""
    program = launch.command[0] if launch.command else ""
    if not shutil.which(program, path=launch.environment.get("PATH", os.defpath)):
        return f'exec: "{program}": executable file not found in $PATH'
    if launch.working_dir and not Path(launch.working_dir).is_dir():
        return f'chdir to cwd ("{launch.working_dir}"): no such file or directory'
    return None


def launch_line(launch: Launch, *, setpriv: str | None) -> tuple[str, ...]:
    """The command line that is really executed.

    Args:
        launch: what to start.
        setpriv: util-linux's program (1 ms), or None to use the interpreter (20 ms).
    """
    bind = (setpriv, "--pdeathsig", "KILL", "--") if setpriv else (sys.executable, "-ISc", _BIND_BY_PYTHON)
    entries = launch.group.entries() if launch.group else ()
    return ("/bin/sh", "-c", _ENTER, "sh", *entries, "--", *bind, *launch.command)


class Process:
    """A started process.

    The kernel ends it when the *thread* that started it ends, so start it from the event loop's own thread, and let
    that thread live as long as the node.
    """

    def __init__(self, launch: Launch) -> None:
        """Starts it.

        Raises:
            OSError: the system refused.
        """
        self._group = launch.group
        launch.log_file.parent.mkdir(parents=True, exist_ok=True)
        with launch.log_file.open("ab") as log:
            self._popen = subprocess.Popen(
                launch_line(launch, setpriv=shutil.which("setpriv")),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(launch.environment),
                cwd=launch.working_dir or None,
                start_new_session=True,
            )
        self._pidfd = os.pidfd_open(self._popen.pid)
        self._exited = asyncio.Event()
        asyncio.get_running_loop().add_reader(self._pidfd, self._reap)

    @property
    def has_exited(self) -> bool:
        """Whether the process has ended and been reaped."""
        return self._exited.is_set()

    async def wait(self) -> int:
        """Waits for the end; the exit code, 128 + number for a signal."""
        await self._exited.wait()
        code = self._popen.returncode
        return 128 - code if code < 0 else code

    def terminate(self) -> None:
        """Asks the container's first process to end, and only that one, as a container runtime does.

        Unlike a container's process 1, it ends by the signal even if it does not handle it.
        """
        if not self.has_exited:
            self._popen.send_signal(signal.SIGTERM)

    def kill_session(self) -> None:
        """Ends the process and what it started in its session; the rest of the container goes on."""
        if not self.has_exited:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def kill(self) -> None:
        """Ends everything in the container, without asking."""
        self.kill_session()
        for pid in self._group.pids() if self._group else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    async def bury(self, *, patience_s: float = 2.0) -> None:
        """Ends the process if it still runs, and what it left in its group, as the end of a container's process 1 does.

        Returns when the process has been reaped: a process that is only killed outlives a node that ends right after.

        Args:
            patience_s: for one that the kernel does not end, as in an uninterruptible wait for a disk.
        """
        self.kill()
        tries = round(patience_s / _REAP_S)
        while tries and (not self.has_exited or (self._group is not None and self._group.pids())):
            self.kill()
            tries -= 1
            await asyncio.sleep(_REAP_S)

    def _reap(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)  # before reaping: until then no one else can have this number
        self._popen.wait()
        self._exited.set()
