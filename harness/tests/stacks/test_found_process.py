"""Found processes: seen by the file with their id, told apart from strangers, and quoted when they are gone."""

import os
import signal
import sys
from pathlib import Path

import pytest

from harness.stacks.found_process import FoundProcess
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.run import end_processes

_RUN = "0a1b2c-found"


@pytest.fixture
def found(tmp_path: Path) -> FoundProcess:
    """One whose id has not been written."""
    (tmp_path / "x.log").write_text("first\nlast words\n")
    return FoundProcess("x", pid_file=tmp_path / "x.pid", log=tmp_path / "x.log", run_id=_RUN)


def _lasting(tmp_path: Path, run_id: str = _RUN) -> RunningProcess:
    argv = (sys.executable, "-c", "import signal; signal.pause()")
    process = RunningProcess.start(ProcessSpec(name="x", argv=argv, log=tmp_path / "o.log"), run_id=run_id)
    (tmp_path / "x.pid").write_text(str(process.pid))
    return process


@pytest.mark.parametrize("text", [None, "", "no number"])
def test_what_was_not_started_has_not_ended(found: FoundProcess, tmp_path: Path, text: str | None) -> None:
    """No id yet, or half of one."""
    if text is not None:
        (tmp_path / "x.pid").write_text(text)
    assert found.ended() is None


def test_it_has_ended_when_it_is_gone_also_as_a_zombie(found: FoundProcess, tmp_path: Path) -> None:
    """Whether or not anybody took its status."""
    process = _lasting(tmp_path)
    assert found.ended() is None
    os.kill(process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert found.ended() == 'x exited: "last words"'
    process.ended()
    assert found.ended() == 'x exited: "last words"'


def test_one_that_died_before_the_first_look_is_seen_too(found: FoundProcess, tmp_path: Path) -> None:
    """Its id was written, and nobody has it."""
    process = _lasting(tmp_path)
    process.terminate(timeout_s=20)
    assert found.ended() == 'x exited: "last words"'


def test_a_stranger_with_its_id_is_not_taken_for_it(found: FoundProcess, tmp_path: Path) -> None:
    """Neither alive nor dead is said of it: it is of another run."""
    stranger = _lasting(tmp_path, "0a1b2c-other")
    try:
        assert found.ended() is None
        assert found._seen is None
    finally:
        end_processes("0a1b2c-other")
        stranger.ended()


def test_a_later_process_with_its_id_does_not_keep_it_alive(found: FoundProcess, tmp_path: Path) -> None:
    """The instant of its start is part of what it is."""
    process = _lasting(tmp_path)
    assert found.ended() is None
    assert found._seen is not None
    found._seen = process.pid, found._seen[1] - 1
    assert found.ended() == 'x exited: "last words"'
    process.terminate(timeout_s=20)
