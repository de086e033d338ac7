"""`harness down` says what it removed, what it left and why."""

import io
import os
import sys

import pytest
from rich.console import Console

from harness.cli.down import down
from harness.stacks.kinds import SWEEP
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.run import LeftoverError, Owner, Run, known_runs
from harness.stacks.sweep import KindRemoved, Sweep

_NOBODY = Owner(pid=1, start_ticks=-1)


def _said(*, also_running: bool = False, sweep: Sweep = SWEEP) -> str:
    out = io.StringIO()
    down(also_running=also_running, console=Console(file=out, width=200), sweep=sweep)
    return out.getvalue()


def test_nothing_to_remove_is_said() -> None:
    """Silence would leave one wondering."""
    assert _said() == "nothing to remove\n"


def test_each_run_has_a_line_with_what_was_removed() -> None:
    """The processes that a killed suite left are counted."""
    run = Run.create()
    abandoned = Run(id=run.id, directory=run.directory, owner=_NOBODY, kept=False)
    abandoned.save()
    spec = ProcessSpec(
        name="program",
        argv=(sys.executable, "-c", "import signal; signal.pause()"),
        log=run.directory / "logs" / "program.log",
    )
    process = RunningProcess.start(spec, run_id=run.id)
    assert _said() == f"removed {run.id}: 1 processes, its cgroups and its directory\n"
    assert process.ended() is not None
    assert known_runs() == ()


def test_a_suite_that_is_running_is_left_and_named() -> None:
    """With the process that uses it, and how to end it too."""
    run = Run.create()
    assert _said() == (f"left {run.id}: process {os.getpid()} is using it now (`harness down --all` ends it too)\n")
    assert _said(also_running=True) == f"removed {run.id}: 0 processes, its cgroups and its directory\n"


def test_a_kept_stack_goes() -> None:
    """It was kept until now."""
    run = Run.create().keep()
    assert _said().startswith(f"removed {run.id}")


class _Kind:
    """One that has left a cluster of each run, if Docker lets it go."""

    def __init__(self, error: LeftoverError | None = None) -> None:
        self._error = error

    def runs(self) -> tuple[str, ...]:
        return ()

    def remove(self, run: Run) -> KindRemoved:
        if self._error is not None:
            raise self._error
        return KindRemoved(names=(f"kind cluster kmh-{run.id}",))


def test_a_cluster_is_named() -> None:
    """It is the largest thing that goes."""
    run = Run.create().keep()
    said = _said(sweep=Sweep((_Kind(),)))
    assert said == f"removed {run.id}: 0 processes, kind cluster kmh-{run.id}, its cgroups and its directory\n"


def test_what_stays_is_an_error() -> None:
    """Nobody shall believe that it is gone."""
    Run.create().keep()
    with pytest.raises(LeftoverError, match="Docker is off"):
        _said(sweep=Sweep((_Kind(LeftoverError("Docker is off", why="planted", fix="-")),)))
