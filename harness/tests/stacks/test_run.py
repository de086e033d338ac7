"""Runs: whatever was killed when, everything of it can be found and removed, and nothing else is touched."""

import os
import signal
import sys

import pytest

from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.process_table import marked_processes, start_ticks
from harness.stacks.run import Owner, Run, end_processes, known_runs, log_ends, remove_directory

#: starts a child of its own in another session, says so, and lasts
_PARENT = (
    "import subprocess, sys, time\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
    "print('started', flush=True)\n"
    "time.sleep(600)\n"
)


def _start(run: Run, code: str) -> RunningProcess:
    log = run.directory / "logs" / "program.log"
    spec = ProcessSpec(name="program", argv=(sys.executable, "-c", code), log=log)
    return RunningProcess.start(spec, run_id=run.id)


def _wait_for_output(process: RunningProcess) -> None:
    while "started" not in process.spec.log.read_text():
        assert process.ended() is None


def test_descendants_are_found_although_their_parent_is_gone() -> None:
    """A process whose parent was killed still belongs to the run and is ended with it."""
    run = Run.create()
    parent = _start(run, _PARENT)
    _wait_for_output(parent)
    os.kill(parent.pid, signal.SIGKILL)
    while parent.ended() is None:
        pass
    orphans = {pid for pid, _ in marked_processes(run.id)}
    assert len(orphans) == 1
    assert parent.pid not in orphans
    assert end_processes(run.id) == 1
    assert not list(marked_processes(run.id))


def test_other_runs_are_left_alone() -> None:
    """Ending one run does not touch the processes of another."""
    ours, theirs = Run.create(), Run.create()
    _start(ours, "import time; time.sleep(600)")
    other = _start(theirs, "import time; time.sleep(600)")
    try:
        end_processes(ours.id)
        assert other.ended() is None
    finally:
        end_processes(theirs.id)


def test_a_run_is_read_back_as_it_was_written() -> None:
    """Whoever comes later sees id, owner and whether it was kept."""
    run = Run.create().keep()
    assert known_runs() == (run,)


def test_a_run_without_facts_counts_as_abandoned() -> None:
    """A run killed while it was made is known, and nobody owns it."""
    run = Run.create()
    (run.directory / "run.json").unlink()
    (found,) = known_runs()
    assert found.id == run.id
    assert not found.owner.alive()
    assert not found.kept


def _half_made(owner: Owner) -> Run:
    """Killed, or looked at, between the directory and its facts."""
    whole = Run.create()
    (whole.directory / "run.json").unlink()
    part = whole.directory.with_name(f".{owner.pid}.{owner.start_ticks}.{whole.id}")
    return Run(id=whole.id, directory=whole.directory.rename(part), owner=owner, kept=False)


@pytest.mark.parametrize("owner", [Owner.this_process(), Owner(pid=1, start_ticks=2)], ids=["made", "abandoned"])
def test_a_run_that_is_being_made_is_its_maker_s(owner: Owner) -> None:
    """Whoever sweeps meanwhile leaves it alone, and takes it when its maker is gone."""
    half = _half_made(owner)
    assert known_runs() == (half,)
    assert half.owner.alive() == (owner == Owner.this_process())


def test_a_run_appears_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under its own name only with its facts in it."""
    seen: list[tuple[str, ...]] = []
    real = Run.save

    def save(run: Run) -> None:
        seen.append(tuple(one.directory.name for one in known_runs()))
        real(run)

    monkeypatch.setattr(Run, "save", save)
    run = Run.create()
    ((before,),) = seen
    assert before.startswith(".")
    assert before.endswith(run.id)
    assert known_runs() == (run,)


def test_an_owner_is_one_process_not_a_pid() -> None:
    """A later process with the same pid is not the owner."""
    me = Owner.this_process()
    assert me.alive()
    assert not Owner(pid=me.pid, start_ticks=me.start_ticks - 1).alive()


def test_a_zombie_answers_for_nothing() -> None:
    """What was killed and whose parent does not look is as dead as any other."""
    run = Run.create()
    process = _start(run, "import signal; signal.pause()")
    start = start_ticks(process.pid)
    assert start is not None
    owner = Owner(pid=process.pid, start_ticks=start)
    assert owner.alive()
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not owner.alive()
    process.ended()


def test_the_directory_is_private_and_removed() -> None:
    """Nobody else may look into a run, and nothing of it stays."""
    run = Run.create()
    places = (run.directory, run.directory.parent, run.directory / "run.json")
    assert [place.stat().st_mode & 0o777 for place in places] == [0o700, 0o700, 0o600]
    remove_directory(run)
    assert not run.directory.exists()
    assert known_runs() == ()


def test_an_ended_process_says_how_and_its_last_words() -> None:
    """The reason carries the status and the last line of output."""
    run = Run.create()
    process = _start(run, "print('address already in use'); raise SystemExit(3)")
    while process.ended() is None:
        pass
    assert process.ended() == 'program exited with status 3: "address already in use"'


def test_only_what_is_named_is_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token in the harness's environment does not reach the processes it starts."""
    monkeypatch.setenv("SOME_TOKEN", "planted")
    process = _start(Run.create(), "import os; print('SOME_TOKEN' in os.environ)")
    while process.ended() is None:
        pass
    assert process.ended() == 'program exited with status 0: "False"'


def test_the_end_of_each_log_is_read() -> None:
    """Of a long one the end; what is no text all the same; of no run nothing."""
    run = Run.create()
    logs = run.directory / "logs"
    (logs / "long.log").write_text("x" * 500_000 + "last words")
    (logs / "odd.log").write_bytes(b"\xff ended")
    (logs / "other.txt").write_text("no log")
    (logs / "empty.log").touch()
    for place in ("plane/logs", "secrets"):
        (run.directory / place).mkdir(parents=True, exist_ok=True)
        (run.directory / place / "etcd.log").write_text("of etcd")
    found = log_ends(run.directory)
    assert set(found) == {"long.log", "odd.log", "plane.logs.etcd.log"}
    assert found["long.log"].endswith("last words")
    assert len(found["long.log"]) == 1 << 17
    assert found["odd.log"].endswith(" ended")
    assert log_ends(None) == {}
    remove_directory(run)
    assert log_ends(run.directory) == {}
