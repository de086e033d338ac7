"""What is printed after "Reproduce with:" is run by a shell as it stands, from where the first run was started."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from harness.home import DEFAULT_SUBJECT
from harness.tests.test_exit_codes import _ended, place
from harness.tests.test_plugin import UNKNOWN, VERIFIED, VIOLATED

__all__ = ["place"]


def _printed(text: str) -> str:
    (line,) = re.findall("Reproduce with: (.+)", text)
    return str(line)


def _shell(command: str, here: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", "-c", command], cwd=here, capture_output=True, text=True, check=False)


def test_a_scenario_is_run_again_by_its_node_id(place: Path) -> None:
    """Brackets and blanks in it are the shell's business no more than the speed and the subject are."""
    code, text = _ended(place, VERIFIED + UNKNOWN, "--speed", "30")
    again = _shell(_printed(text), place)
    assert again.returncode == code == 3, again.stdout + again.stderr
    assert "1 unknown in" in again.stdout


def test_it_is_run_again_from_where_the_first_was_started(place: Path) -> None:
    """Node ids begin at pytest's root directory, and nobody need stand there."""
    _ended(place, VERIFIED + UNKNOWN)
    elsewhere = place / "some where"
    elsewhere.mkdir()
    words = [sys.executable, "-m", "pytest", "../scenarios", f"--rootdir={place}", f"--subject={DEFAULT_SUBJECT}"]
    first = _shell(shlex.join(words), elsewhere)
    again = _shell(_printed(first.stdout), elsewhere)
    assert again.returncode == first.returncode == 3, again.stdout + again.stderr
    assert "1 unknown in" in again.stdout


@pytest.mark.parametrize("activated", [False, True])
def test_the_program_is_called_as_it_is_found(place: Path, monkeypatch: pytest.MonkeyPatch, *, activated: bool) -> None:
    """In an environment that nobody has activated as well."""
    programs = Path(sys.executable).parent
    path = [one for one in os.environ["PATH"].split(os.pathsep) if Path(one) != programs]
    monkeypatch.setenv("PATH", os.pathsep.join([str(programs), *path] if activated else path))
    _, text = _ended(place, VIOLATED)
    command = _printed(text)
    assert command.startswith("pytest " if activated else str(programs / "pytest"))
    asked = _shell(f"{command} --help", place)
    assert asked.returncode == 0, asked.stderr
