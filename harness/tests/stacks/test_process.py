"""Processes: ended when asked to, and quoted briefly."""

import os
import stat
import sys
from pathlib import Path

import pytest

from harness.stacks.process import ProcessSpec, RunningProcess, last_line
from harness.stacks.run import end_processes
from harness.waiting import WaitTimeoutError

_RUN = "0a1b2c-process"


def _start(tmp_path: Path, code: str) -> RunningProcess:
    argv = (sys.executable, "-c", code)
    return RunningProcess.start(ProcessSpec(name="x", argv=argv, log=tmp_path / "log"), run_id=_RUN)


def test_it_ends_when_it_is_asked_to_and_may_be_asked_again(tmp_path: Path) -> None:
    """The second time there is nothing to do."""
    process = _start(tmp_path, "import signal; signal.pause()")
    process.terminate(timeout_s=20)
    assert process.ended() == "x ended by signal 15: no output"
    process.terminate(timeout_s=0)


def test_one_that_does_not_listen_is_told(tmp_path: Path) -> None:
    """It still runs."""
    deaf = "import signal; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    process = _start(tmp_path, deaf)
    try:
        while not process.spec.log.read_text():
            pass
        with pytest.raises(WaitTimeoutError, match="x has ended: not within 0 s"):
            process.terminate(timeout_s=0)
    finally:
        end_processes(_RUN)
        process.bury()


def test_a_status_that_comes_late_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the end of its memory and its status a process is neither there nor gone; one that goes on is left."""
    process = _start(tmp_path, "pass")
    answers = iter([(0, 0), (0, 0)])
    real = os.waitpid
    monkeypatch.setattr(os, "waitpid", lambda pid, options: next(answers, None) or real(pid, options))
    process.bury(timeout_s=30)
    monkeypatch.undo()
    with pytest.raises(ChildProcessError):
        os.waitpid(process.pid, os.WNOHANG)
    going = _start(tmp_path, "import signal; signal.pause()")
    going.bury(timeout_s=0)
    assert going.ended() is None
    going.terminate(timeout_s=30)


def test_what_it_writes_is_for_this_user_alone(tmp_path: Path) -> None:
    """Whatever the program asks for; who starts it keeps the mask that it had."""
    before = os.umask(0o022)
    try:
        process = _start(tmp_path, f"import os; os.mkdir({str(tmp_path / 'd')!r}); open({str(tmp_path / 'f')!r}, 'w')")
        while process.ended() is None:
            pass
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("d", "f")] == [0o700, 0o600]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("one\n two \n\n", '"two"', id="last line with text"),
        pytest.param("\n", "no output", id="nothing"),
        pytest.param("y" * 400, f'"{"y" * 300}..."', id="cut"),
        pytest.param(None, "no log", id="no file"),
    ],
)
def test_last_words(tmp_path: Path, text: str | None, words: str) -> None:
    """The last line that says anything, not more of it than a message can hold."""
    log = tmp_path / "log"
    if text is not None:
        log.write_text(text)
    assert last_line(log) == words
