"""Processes of containers, with real ones."""

import os
from pathlib import Path

import pytest

from harness.stacks.embedded.cgroups import Group
from harness.stacks.embedded.node.process import Launch, Process, launch_error, launch_line
from harness.tests.stacks.node.conftest import eventually


def _launch(tmp_path: Path, *command: str, working_dir: str = "") -> Launch:
    return Launch(
        command=command,
        environment={"PATH": os.environ["PATH"]},
        working_dir=working_dir,
        log_file=tmp_path / "c/0.log",
        group=None,
    )


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 3", 3), ("kill -9 $$", 137)])
async def test_the_exit_code_is_a_containers(tmp_path: Path, script: str, code: int) -> None:
    """128 + number for a signal, as container runtimes report it."""
    assert await Process(_launch(tmp_path, "sh", "-c", script)).wait() == code


async def test_output_goes_to_the_log(tmp_path: Path) -> None:
    """Both streams, in their order."""
    launch = _launch(tmp_path, "sh", "-c", "echo out; echo err >&2")
    await Process(launch).wait()
    assert launch.log_file.read_text() == "out\nerr\n"


@pytest.mark.parametrize("setpriv", [True, False], ids=["setpriv", "python"])
def test_a_process_is_bound_to_the_nodes_life(tmp_path: Path, setpriv: bool) -> None:
    """The kernel is asked to send SIGKILL when the node ends; with and without util-linux."""
    line = launch_line(_launch(tmp_path, "sleep", "5"), setpriv="/usr/bin/setpriv" if setpriv else None)
    assert line[:4] == ("/bin/sh", "-c", line[2], "sh")
    assert ("--pdeathsig" in line) is setpriv
    assert line[-2:] == ("sleep", "5")


async def test_termination_asks_the_first_process_only(tmp_path: Path) -> None:
    """A program that ignores SIGTERM goes on, until it is killed with everything it started."""
    launch = _launch(tmp_path, "sh", "-c", "trap 'echo asked' TERM; echo up; while :; do sleep 0.01; done")
    process = Process(launch)
    await eventually(lambda: "up" in _text(launch.log_file))
    process.terminate()
    await eventually(lambda: "asked" in _text(launch.log_file))
    assert not process.has_exited
    process.kill()
    assert await process.wait() == 137
    process.terminate()
    process.kill()


async def test_a_buried_process_is_reaped(tmp_path: Path) -> None:
    """Killing alone leaves it to whoever comes after the node."""
    launch = _launch(tmp_path, "sh", "-c", "echo up; exec sleep 60")
    process = Process(launch)
    await eventually(lambda: "up" in _text(launch.log_file))
    await process.bury()
    assert process.has_exited
    assert await process.wait() == 137


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def test_what_cannot_be_started_is_told_in_the_runtimes_words(tmp_path: Path) -> None:
    """The planted violations: no program, no directory, no command at all."""
    assert launch_error(_launch(tmp_path, "true")) is None
    assert launch_error(_launch(tmp_path, "no-such-program")) == (
        'exec: "no-such-program": executable file not found in $PATH'
    )
    assert launch_error(_launch(tmp_path, "true", working_dir=str(tmp_path / "none"))) is not None
    assert launch_error(_launch(tmp_path)) is not None


async def test_a_process_enters_its_groups_before_it_becomes_the_program(tmp_path: Path) -> None:
    """`0` is written to every entry: the writer itself is moved, and what it starts is in the group too."""
    (tmp_path / "memory").mkdir()
    (tmp_path / "cpu").mkdir()
    group = Group(version=1, id="/x", directories=(("memory", tmp_path / "memory"), ("cpu", tmp_path / "cpu")))
    launch = Launch(
        command=("cat", str(tmp_path / "memory/cgroup.procs")),
        environment={"PATH": os.environ["PATH"]},
        working_dir="",
        log_file=tmp_path / "0.log",
        group=group,
    )
    assert await Process(launch).wait() == 0
    assert launch.log_file.read_text() == (tmp_path / "cpu/cgroup.procs").read_text() == "0\n"
