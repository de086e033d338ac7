"""`harness down` says what it removed, what it left and why."""

import io
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.down import down
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.run import LeftoverError, Owner, Run, known_runs

_NOBODY = Owner(pid=1, start_ticks=-1)


def _said(*, also_running: bool = False) -> str:
    out = io.StringIO()
    down(also_running=also_running, console=Console(file=out, width=200))
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


def test_a_cluster_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the largest thing that goes."""
    monkeypatch.setattr("harness.stacks.sweep.remove_clusters", lambda run_id: (f"kmh-{run_id}",))
    run = Run.create().keep()
    assert _said() == f"removed {run.id}: 0 processes, kind cluster kmh-{run.id}, its cgroups and its directory\n"


def test_what_stays_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody shall believe that it is gone."""
    monkeypatch.setattr("harness.stacks.sweep.remove_run_groups", lambda _id: [Path("/sys/fs/cgroup/stuck")])
    Run.create().keep()
    with pytest.raises(LeftoverError, match="cgroups of run"):
        _said()
