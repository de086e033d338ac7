"""Sweeping: abandoned runs go, kept ones and running suites stay until somebody says so."""

import sys
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest

from harness.stacks.existing.inventory import Inventory
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.kinds import SWEEP
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.process_table import marked_processes
from harness.stacks.run import LeftoverError, Owner, Run, end_processes, known_runs, place
from harness.stacks.sweep import KindRemoved, Removed, Sweep

_NOBODY = Owner(pid=1, start_ticks=-1)


def _with_process(run: Run) -> RunningProcess:
    log = run.directory / "logs" / "program.log"
    spec = ProcessSpec(name="program", argv=(sys.executable, "-c", "import time; time.sleep(600)"), log=log)
    return RunningProcess.start(spec, run_id=run.id)


def _owned_by(run: Run, owner: Owner, *, kept: bool = False) -> Run:
    changed = Run(id=run.id, directory=run.directory, owner=owner, kept=kept)
    changed.save()
    return changed


def test_what_a_killed_suite_left_is_removed() -> None:
    """A run whose owner is gone disappears with its processes; a run in use stays."""
    abandoned, in_use = _owned_by(Run.create(), _NOBODY), Run.create()
    _with_process(abandoned)
    removed = SWEEP.remove_abandoned()
    assert [(run.run_id, run.processes) for run in removed if run.run_id == abandoned.id] == [(abandoned.id, 1)]
    assert known_runs() == (in_use,)
    assert not list(marked_processes(abandoned.id))


def test_a_kept_run_is_not_swept_but_goes_with_down() -> None:
    """Kept on purpose means kept until somebody asks for its removal."""
    kept = _owned_by(Run.create(), _NOBODY, kept=True)
    assert all(run.run_id != kept.id for run in SWEEP.remove_abandoned())
    removed, left = SWEEP.remove_all(also_owned=False)
    assert kept.id in {run.run_id for run in removed}
    assert left == ()


def test_down_leaves_a_suite_that_is_running_now() -> None:
    """Somebody else's running suite is told of, not ended, unless asked for by name."""
    run = Run.create()
    assert SWEEP.remove_all(also_owned=False)[1] == (run,)
    removed, left = SWEEP.remove_all(also_owned=True)
    assert run.id in {gone.run_id for gone in removed}
    assert left == ()


def test_processes_without_a_directory_are_found() -> None:
    """Deleting the directory by hand does not hide what still runs."""
    run = Run.create()
    process = _with_process(run)
    (run.directory / "logs" / "program.log").unlink()
    for part in (run.directory / "logs", run.directory / "secrets", run.temporary):
        part.rmdir()
    (run.directory / "run.json").unlink()
    run.directory.rmdir()
    assert process.pid in {pid for pid, mark in marked_processes(run.id)}
    assert run.id in {gone.run_id for gone in SWEEP.remove_abandoned()}
    assert not list(marked_processes(run.id))


def test_what_is_left_in_a_cluster_is_not_forgotten() -> None:
    """A sweep does not go there, so the directory stays, without credentials, until somebody has settled it."""
    run = _owned_by(Run.create(), _NOBODY)
    before = Snapshot(context="dev", inventory=Inventory(objects=frozenset(), unlistable=frozenset()), lease=False)
    before.save(run.directory)
    (run.directory / "secrets" / "kubeconfig").write_text("token")
    _with_process(run)
    for processes in (1, 0):
        assert SWEEP.remove_abandoned() == (Removed(run_id=run.id, processes=processes, left_in="dev"),)
        assert not list(marked_processes(run.id))
        assert known_runs() == (run,)
        assert Snapshot.load(run.directory) == before
        assert not (run.directory / "secrets").exists()
    Snapshot.forget(run.directory)
    assert SWEEP.remove_abandoned() == (Removed(run_id=run.id, processes=0),)
    assert known_runs() == ()


def test_removal_can_be_repeated() -> None:
    """Removing what is already gone is no error."""
    run = Run.create()
    SWEEP.remove(run)
    assert SWEEP.remove(run).processes == 0


def test_what_another_state_directory_keeps_track_of_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep ends nothing of a run that lives in another state directory, although it cannot see that directory."""
    theirs = Run.create()
    process = _with_process(theirs)
    try:
        monkeypatch.setenv("KUBEMIRROR_HARNESS_STATE", str(tmp_path / "another"))
        assert SWEEP.remove_abandoned() == ()
        assert SWEEP.remove_all(also_owned=True) == ((), ())
        assert process.ended() is None
    finally:
        end_processes(theirs.id)


class Kind:
    """A kind of stack that leaves a thing of each run, which sticks where it is said so."""

    def __init__(self, *runs: str) -> None:
        self._runs = runs
        self.stuck: str | None = None
        self.asked: list[str] = []

    def runs(self) -> tuple[str, ...]:
        """Those that are planted."""
        return self._runs

    def remove(self, run: Run) -> KindRemoved:
        """Its thing, unless that is stuck."""
        if run.id == self.stuck:
            raise LeftoverError("the thing could not be removed", why="planted", fix="start Docker")
        self.asked.append(run.id)
        return KindRemoved(names=(f"thing {run.id}",))


@pytest.mark.parametrize("asked_for", [True, False], ids=["down", "start"])
def test_one_run_that_does_not_go_keeps_no_other(*, asked_for: bool) -> None:
    """All are tried, then the first that stayed is told of; it is an error where its removal was asked for."""
    kind = Kind()
    kind.stuck = min(_owned_by(Run.create(), _NOBODY).id for _ in range(3))
    sweep = Sweep((kind,))
    remove_these: Callable[[], object] = sweep.remove_abandoned
    if asked_for:
        remove_these = partial(sweep.remove_all, also_owned=False)
    with pytest.raises(LeftoverError, match="the thing") if asked_for else nullcontext():
        remove_these()
    assert [run.id for run in known_runs()] == [kind.stuck]


def test_a_run_goes_with_what_its_kind_left() -> None:
    """It is told by its name, and all kinds are asked: whose run it was nobody need know."""
    run = _owned_by(Run.create(), _NOBODY)
    (removed,) = Sweep((Kind(), Kind())).remove_abandoned()
    assert (removed.run_id, removed.names) == (run.id, (f"thing {run.id}",) * 2)


def test_what_stays_keeps_the_directory() -> None:
    """It says that there is something, and so the removal is taken up again; processes have ended already."""
    run = _owned_by(Run.create(), _NOBODY)
    _with_process(run)
    kind, told = Kind(), list[str]()
    kind.stuck = run.id
    sweep = Sweep((kind,))
    assert sweep.remove_abandoned(told.append) == ()
    with pytest.raises(LeftoverError, match="the thing"):
        sweep.remove_all(also_owned=False)
    assert told == ["left of a former run: the thing could not be removed (planted); start Docker"]
    assert known_runs() == (run,)
    assert not list(marked_processes(run.id))
    kind.stuck = None
    assert [removed.run_id for removed in sweep.remove_abandoned()] == [run.id]


def test_a_run_that_only_its_kind_knows_of_goes_with_down() -> None:
    """A sweep at a start does not ask Docker for it; one that is known by its directory as well goes once."""
    lost, known = f"{place()}-1127-101010-abcd", _owned_by(Run.create(), _NOBODY, kept=True)
    kind = Kind(lost, known.id)
    sweep = Sweep((kind,))
    assert sweep.remove_abandoned() == ()
    removed, left = sweep.remove_all(also_owned=False)
    assert {run.run_id: run.names for run in removed} == {each: (f"thing {each}",) for each in (lost, known.id)}
    assert sorted(kind.asked) == sorted((lost, known.id))
    assert left == ()
