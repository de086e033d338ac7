"""A real scenario in a pytest of its own, seen from outside: its processes, sockets, results, and what it leaves."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, Self

from harness.stacks.embedded.cgroups.removal import TREE_NAME
from harness.stacks.embedded.cgroups.support import parse_mounts
from harness.stacks.process_table import marked_processes
from harness.stacks.run import place
from harness.waiting import NotYet

_ROOT = Path(__file__).parents[3]
#: one alert's whole life: about 10 s to the start, 8 s to pending, 15 s to firing, 3 s to resolved
SCENARIO = "scenarios/test_workqueue_depth_high.py"
_LISTENING = "0A"


@dataclass
class LiveRun:
    """One run with a state directory and a directory for temporary files of its own."""

    directory: Path
    #: put before the command: what makes a place for it
    wrapper: tuple[str, ...] = ()
    #: added to the caller's environment
    extra: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    #: kernel's numbers of all sockets its processes were seen to have
    sockets: set[str] = field(default_factory=set)

    @property
    def state(self) -> Path:
        """Where its stacks live."""
        return self.directory / "state"

    @property
    def log(self) -> str:
        """What pytest has said."""
        return (self.directory / "log").read_text(errors="replace")

    @property
    def environment(self) -> dict[str, str]:
        """The caller's, but for the places it writes to."""
        private = {"KUBEMIRROR_HARNESS_STATE": str(self.state), "TMPDIR": str(self.directory / "tmp")}
        return {**os.environ, **self.extra, **private}

    def start(self, scenario: str = SCENARIO, *options: str) -> Self:
        """Starts the scenario, with these options of pytest, and does not wait."""
        (self.directory / "tmp").mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pytest", scenario, "--results", str(self.directory / "results.json")]
        with (self.directory / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [*self.wrapper, *command, "-p", "no:cacheprovider", *options],
                cwd=_ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        return self

    def says(self, words: str) -> NotYet | None:
        """Whether pytest has said this by now; one that ended without is an error."""
        assert self.process is not None
        assert self.process.poll() is None or words in self.log, self.log
        return None if words in self.log else NotYet(self.log[-200:])

    def harness(self, *arguments: str, timeout_s: float = 180.0) -> str:
        """Runs the `harness` command with the same places; it must succeed."""
        command = [sys.executable, "-c", "from harness.cli.main import main; main()", *arguments]
        done = subprocess.run(
            command, cwd=_ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout_s, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_ids(self) -> list[str]:
        """Of the runs that have a directory, as the run's own processes see it."""
        runs = self._seen_from_inside(self.state) / "runs"
        return sorted(entry.name for entry in runs.iterdir()) if runs.is_dir() else []

    def processes(self) -> dict[int, list[str]]:
        """The processes of all its runs: id -> command line."""
        return {pid: command_line(pid) for pid, mark in marked_processes() if mark.startswith(f"{place(self.state)}-")}

    def pid(self, name: str) -> int | None:
        """The process of a program, or of a Python module; None if there is none."""
        return next((pid for pid, line in self.processes().items() if _is(name, line)), None)

    def note_sockets(self) -> None:
        """Remembers the sockets its processes have now."""
        owners = [*self.processes(), *([self.process.pid] if self.process else [])]
        self.sockets |= {number for pid in owners for number in sockets(pid)}

    def scenarios(self) -> list[dict[str, Any]]:
        """The scenarios of the results file."""
        found: list[dict[str, Any]] = json.loads((self.directory / "results.json").read_text())["scenarios"]
        return found

    def leftovers(self) -> list[str]:
        """Everything of it that is still there: processes, control groups, listening sockets, files."""
        return [
            *(f"process {pid}: {' '.join(line)[:120]}" for pid, line in self.processes().items()),
            *(f"cgroup {group}" for group in self._groups()),
            *(f"socket {name}" for name in _listening(self.sockets)),
            *(f"file {path}" for place in ("state", "tmp") for path in self._files(place)),
        ]

    def _files(self, place: str) -> Iterator[Path]:
        kept = self.state / "runs"
        yield from (path for path in (self.directory / place).rglob("*") if path != kept)

    def _groups(self) -> Iterator[Path]:
        mounts = parse_mounts(Path("/proc/self/mountinfo").read_text(), Path("/"))
        for mount in mounts:
            for directory, names, _ in os.walk(mount.point):
                if TREE_NAME in names:
                    names.remove(TREE_NAME)
                    yield from (Path(directory) / TREE_NAME).glob(f"{place(self.state)}-*")

    def _seen_from_inside(self, path: Path) -> Path:
        """A run with a wrapper may have a file system of its own."""
        if not self.wrapper or self.process is None or self.process.poll() is not None:
            return path
        return Path(f"/proc/{self.process.pid}/root{path}")


def command_line(pid: int) -> list[str]:
    """Of a process; empty when it is gone."""
    try:
        return [part.decode(errors="replace") for part in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")]
    except OSError:
        return []


def _is(name: str, line: list[str]) -> bool:
    return PurePath(line[0]).name == name or line[1:3] == ["-m", name]


def sockets(pid: int) -> Iterator[str]:
    """The kernel's numbers of a process's sockets; none when it is gone."""
    try:
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            target = str(handle.readlink())
            if target.startswith("socket:["):
                yield target[8:-1]
    except OSError:
        return  # it has ended meanwhile


def _listening(numbers: set[str]) -> Iterator[str]:
    """Those of the sockets that listen, or hold a name."""
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING and fields[9] in numbers:
                yield fields[1]
    for line in Path("/proc/net/unix").read_text().splitlines()[1:]:
        fields = line.split()
        if len(fields) > 7 and fields[6] in numbers:  # the eighth column is the name
            yield fields[7]
