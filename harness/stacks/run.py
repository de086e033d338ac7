"""Runs: one directory per run, and the removal of everything a run left on the machine.

A run owns one directory (0700), processes that carry its id, and cgroups named after it. Nothing else on the machine is
its own, so a run that was killed at any instant can be removed completely by whoever comes later.
"""

import hashlib
import json
import os
import secrets
import shutil
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from harness.core.errors import CouldNotTellError
from harness.stacks.process_table import mark_of, marked_processes, start_ticks
from harness.waiting import NotYet, wait_until

_FACTS = "run.json"
_SECRETS = "secrets"
_TEMPORARY = "tmp"
#: a directory that is still being made has a name that begins like this, then its maker's id and start
_UNFINISHED = "."
#: as much of a log as a person reads
_LOG_END_BYTES = 1 << 17
#: processes ended by SIGKILL are gone as soon as the kernel gets to it; more than this means an unkillable one
_GONE_TIMEOUT_S = 20.0


class LeftoverError(CouldNotTellError):
    """Something of a run could not be removed."""


def state_root() -> Path:
    """Where runs live: `$KUBEMIRROR_HARNESS_STATE`, else the user's state directory as XDG says."""
    explicit = os.environ.get("KUBEMIRROR_HARNESS_STATE")
    if explicit:
        return Path(explicit)
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "kubemirror-harness"


def place(root: Path | None = None) -> str:
    """A state directory (by default the one in use) in six characters: each run's id begins with them.

    So a process whose run has no directory any more still tells which state directory it belonged to, and nobody ends
    what is kept track of elsewhere.
    """
    return hashlib.sha256(str((root or state_root()).resolve()).encode()).hexdigest()[:6]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The process that answers for a run."""

    pid: int
    start_ticks: int

    @classmethod
    def this_process(cls) -> Self:
        """The calling process."""
        return cls(pid=os.getpid(), start_ticks=start_ticks(os.getpid()) or 0)

    def alive(self) -> bool:
        """Whether that very process, not a later one with its pid, still exists."""
        return start_ticks(self.pid) == self.start_ticks


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run on this machine."""

    id: str
    directory: Path
    owner: Owner
    #: kept on purpose after its owner ends (`harness up`, `--keep-stack`)
    kept: bool

    @classmethod
    def create(cls) -> Self:
        """Makes a run with a new id and its directory, owned by this process.

        The directory appears with everything in it, or not at all: a start that sweeps at the same time must not take a
        run that is being made for one whose owner is gone. Until then its name says who makes it.
        """
        run_id = f"{place()}-{time.strftime('%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        owner, runs = Owner.this_process(), state_root() / "runs"
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = runs / f"{_UNFINISHED}{owner.pid}.{owner.start_ticks}.{run_id}"
        for directory in (part, part / "logs", part / _SECRETS, part / _TEMPORARY):
            directory.mkdir(mode=0o700)
        cls(id=run_id, directory=part, owner=owner, kept=False).save()
        return cls(id=run_id, directory=part.rename(runs / run_id), owner=owner, kept=False)

    @classmethod
    def load(cls, directory: Path) -> Self | None:
        """Reads a run back; None where the directory holds no readable one (killed while it was made)."""
        try:
            facts = json.loads((directory / _FACTS).read_text())
            owner = Owner(**facts["owner"])
            return cls(id=facts["id"], directory=directory, owner=owner, kept=facts["kept"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    @property
    def temporary(self) -> Path:
        """Where files go that are needed for a while: whoever is killed meanwhile leaves them to the run's removal."""
        return self.directory / _TEMPORARY

    def save(self) -> None:
        """Writes the facts, whole or not at all."""
        facts = {"id": self.id, "owner": asdict(self.owner), "kept": self.kept}
        part = self.directory / f".{_FACTS}"
        part.touch(mode=0o600)
        part.write_text(json.dumps(facts))
        part.rename(self.directory / _FACTS)

    def keep(self) -> "Run":
        """The same run, marked as kept when its owner ends."""
        kept = Run(id=self.id, directory=self.directory, owner=self.owner, kept=True)
        kept.save()
        return kept


def known_runs() -> tuple[Run, ...]:
    """All runs with a directory, oldest first; unreadable ones count as abandoned, unless they are being made."""
    root = state_root() / "runs"
    directories = sorted(root.iterdir()) if root.is_dir() else []
    return tuple(Run.load(directory) or _unreadable(directory) for directory in directories)


def _unreadable(directory: Path) -> Run:
    """What there is to say of a run without facts: who makes it, if anybody does."""
    nobody = Owner(pid=0, start_ticks=-1)
    pid, _, rest = directory.name.removeprefix(_UNFINISHED).partition(".")
    ticks, _, run_id = rest.partition(".")
    if directory.name.startswith(_UNFINISHED) and pid.isdecimal() and ticks.isdecimal():
        return Run(id=run_id, directory=directory, owner=Owner(pid=int(pid), start_ticks=int(ticks)), kept=False)
    return Run(id=directory.name, directory=directory, owner=nobody, kept=False)


def end_processes(run_id: str) -> int:
    """Ends every process of a run, the ones they start meanwhile included. Returns how many there were.

    Raises:
        LeftoverError: one does not go away.
    """
    ended: set[int] = set()

    def kill_all() -> NotYet | None:
        left = [pid for pid, _ in marked_processes(run_id) if pid != os.getpid()]
        for pid in left:
            _kill(pid, run_id)
            ended.add(pid)
        return NotYet(f"processes {left} are still there") if left else None

    try:
        wait_until(f"processes of run {run_id} gone", kill_all, timeout_s=_GONE_TIMEOUT_S, interval_s=0.02)
    except CouldNotTellError as error:
        raise LeftoverError(error.what, why=error.why, fix="end them by hand, then run `harness down` again") from error
    return len(ended)


def _kill(pid: int, run_id: str) -> None:
    """Kills `pid` only if it still is the run's: the handle is opened first, the mark is read after that."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return
    try:
        if mark_of(pid) == run_id:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)


def log_ends(directory: Path | None) -> dict[str, str]:
    """The end of each log of a run, by its place in the run's directory; nothing where there is no run.

    Args:
        directory: the run's.
    """
    if directory is None:
        return {}
    files = {file.relative_to(directory): file for file in sorted(directory.rglob("*.log"))}
    return {
        ".".join(place.parts).removeprefix("logs."): text
        for place, file in files.items()
        if place.parts[0] not in (_SECRETS, _TEMPORARY) and (text := _end_of(file))
    }


def _end_of(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _LOG_END_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def remove_secrets(run: Run) -> None:
    """Removes the run's credentials, and leaves what its directory tells."""
    shutil.rmtree(run.directory / _SECRETS, ignore_errors=True)


def remove_directory(run: Run) -> None:
    """Removes the run's directory; it comes last, so that an interrupted removal is taken up again."""
    shutil.rmtree(run.directory, ignore_errors=True)
    if run.directory.exists():
        raise LeftoverError(
            f"{run.directory} could not be removed",
            why="files in it belong to somebody else or are in use",
            fix="remove it by hand",
        )
