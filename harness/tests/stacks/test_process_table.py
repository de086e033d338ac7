"""Marks: a process says which run it belongs to from its first instant on."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.marks import RUN_MARK
from harness.stacks import process_table
from harness.stacks.process import ProcessSpec, RunningProcess
from harness.stacks.process_table import mark_of, start_ticks

_RUN = "0a1b2c-marks"


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[RunningProcess]:
    """A process that lasts."""
    argv = (sys.executable, "-c", "import signal; signal.pause()")
    process = RunningProcess.start(ProcessSpec(name="x", argv=argv, log=tmp_path / "x.log"), run_id=_RUN)
    yield process
    os.kill(process.pid, signal.SIGKILL)
    os.waitpid(process.pid, 0)


def test_a_process_has_its_mark_from_its_first_instant_on(tmp_path: Path) -> None:
    """The kernel shows none while it loads a program: without the wait, many are read as nobody's."""
    spec = ProcessSpec(name="x", argv=("sleep", "600"), log=tmp_path / "x.log")
    for _ in range(100):
        process = RunningProcess.start(spec, run_id=_RUN)
        mark = mark_of(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        os.waitpid(process.pid, 0)
        assert mark == _RUN


def _stat(state: str, *, flags: int = 0, environment: tuple[int, int] = (0, 0)) -> list[str]:
    fields = ["0"] * 50
    fields[0], fields[6], fields[47:49] = state, str(flags), [str(end) for end in environment]
    return fields


@pytest.mark.parametrize(
    ("fields", "again"),
    [
        pytest.param(None, False, id="gone"),
        pytest.param(_stat("Z"), False, id="zombie"),
        pytest.param(_stat("S", flags=2_129_984), False, id="a thread of the kernel"),
        pytest.param(_stat("S", environment=(140_000, 140_000)), False, id="started with an empty environment"),
        pytest.param(_stat("R"), True, id="being loaded"),
        pytest.param(_stat("R", environment=(140_000, 140_900)), True, id="loaded between the two looks"),
    ],
)
def test_only_what_may_still_get_an_environment_is_looked_at_again(fields: list[str] | None, again: bool) -> None:
    """Of the others nobody waits for a mark."""
    assert process_table._may_get_environment(fields) is again


def test_a_program_that_is_never_loaded_is_not_waited_for_for_ever() -> None:
    """One that is being loaded is, until it has its environment."""
    assert process_table._loaded(lambda: b"", lambda: _stat("R"), timeout_s=0.01) == b""
    looks = iter([b"", b"", b"A=1"])
    assert process_table._loaded(lambda: next(looks), lambda: _stat("R"), timeout_s=60) == b"A=1"


def test_a_process_without_environment_is_nobody_s() -> None:
    """And that is said at once."""
    pid = os.posix_spawnp("sleep", ("sleep", "600"), {})
    assert mark_of(pid) is None
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_what_has_ended_has_no_start(sleeper: RunningProcess) -> None:
    """Nor has what never was."""
    assert start_ticks(sleeper.pid) is not None
    assert start_ticks(2**22 + 1) is None
    assert mark_of(2**22 + 1) is None
    assert RUN_MARK not in os.environ
