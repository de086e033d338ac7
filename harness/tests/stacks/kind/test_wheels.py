"""Wheels for an image: for its own Python and C library, only those of the lock file, kept whole or not at all."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.stacks.command import CommandFailedError
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.wheels import _ASK, ForeignPythonError, ImagePython, download_command, wheels_for
from harness.tests.stacks.kind.conftest import Machine
from harness.toolchain import Progress

_PYTHON = ImagePython(major=3, minor=12, machine="aarch64", glibc_minor=7)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file."""
    path = tmp_path / "requirements.lock"
    path.write_text("a==1 --hash=sha256:00\n")
    return path


def _pip(machine: Machine, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """A Python whose pip does something else."""
    monkeypatch.setattr(sys, "executable", str(machine.program("python", body)))


_DOWNLOADS = "pathlib.Path(WORDS[WORDS.index('--dest') + 1], 'a-1-py3-none-any.whl').write_text('wheel')\n"


def test_the_base_image_is_asked_for_its_python(machine: Machine) -> None:
    """A tag says too little, and nothing at a site's own base image."""
    assert ImagePython.of("base:1", Docker()) == ImagePython(major=3, minor=11, machine="x86_64", glibc_minor=36)
    (run,) = machine.asked("docker", "run")
    assert run[:8] == ["docker", "run", "--rm", "--network", "none", "--entrypoint", "python", "base:1"]


def test_the_question_is_one_that_python_answers() -> None:
    """This Python, as if it were an image's."""
    told = subprocess.run([sys.executable, "-c", _ASK], capture_output=True, text=True, check=True).stdout
    python = ImagePython.read(told, "here")
    assert (python.major, python.minor) == sys.version_info[:2]


def test_musl_is_told_from_glibc() -> None:
    """Where Python cannot name its C library it is musl."""
    assert ImagePython.read("3 12 x86_64  \n", "b").platforms == ("musllinux_1_2_x86_64", "musllinux_1_1_x86_64")
    assert ImagePython.read("3 15 x86_64 musl 1.2.5\n", "b").glibc_minor is None


@pytest.mark.parametrize("told", ["", "Python 3.11"])
def test_another_answer_is_quoted(told: str) -> None:
    """An image whose `python` is something else."""
    with pytest.raises(ForeignPythonError) as caught:
        ImagePython.read(told, "odd:1")
    assert caught.value.what == "the Python of odd:1 is not understood"


def test_every_tag_down_to_the_oldest_is_named() -> None:
    """A platform is taken literally."""
    assert _PYTHON.platforms == (
        *(f"manylinux_2_{minor}_aarch64" for minor in (7, 6, 5)),
        *(f"manylinux{year}_aarch64" for year in (2014, 2010, 1)),
    )


def test_pip_takes_wheels_with_the_right_hash_only(lock: Path) -> None:
    """Nothing is built, nothing else comes along, and the image's Python decides."""
    command = download_command(lock, _PYTHON, Path("/t"))
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(command)
    assert command[command.index("--python-version") + 1] == "3.12"
    assert command[-4:] == ("--dest", "/t", "--requirement", str(lock))
    assert command.count("--platform") == len(_PYTHON.platforms)


def test_wheels_are_downloaded_once_for_each_lock_and_python(
    machine: Machine, lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another Python, or another content of the file, is another set."""
    _pip(machine, monkeypatch, _DOWNLOADS)
    settings, progress = machine.settings(), Progress()
    first = wheels_for(lock, _PYTHON, settings, progress, run_id="r")
    assert [path.name for path in first.iterdir()] == ["a-1-py3-none-any.whl"]
    assert wheels_for(lock, _PYTHON, settings, progress, run_id="r") == first
    other = ImagePython(major=3, minor=11, machine="aarch64", glibc_minor=None)
    assert wheels_for(lock, other, settings, progress, run_id="r") != first
    lock.write_text("a==2 --hash=sha256:00\n")
    assert wheels_for(lock, _PYTHON, settings, progress, run_id="r") != first
    assert len(machine.asked("python", "-m", "pip", "download")) == 3


def test_half_a_download_is_no_set_of_wheels(machine: Machine, lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of pip are quoted; the next attempt starts from nothing."""
    _pip(machine, monkeypatch, _DOWNLOADS.replace("a-1", "z-1") + "fail('ERROR: No matching distribution for a==1')\n")
    with pytest.raises(CommandFailedError) as caught:
        wheels_for(lock, _PYTHON, machine.settings(), Progress(), run_id=None)
    assert caught.value.what.endswith("cannot be had for Python 3.12")
    assert "No matching distribution for a==1" in caught.value.why
    _pip(machine, monkeypatch, _DOWNLOADS)
    kept = wheels_for(lock, _PYTHON, machine.settings(), Progress(), run_id=None)
    assert [path.name for path in kept.iterdir()] == ["a-1-py3-none-any.whl"]


@pytest.mark.parametrize(
    ("base", "known"),
    [
        pytest.param("python:3.11-slim", (3, 11), id="as it comes"),
        pytest.param("mirror.example:5000/library/python:3.12.4-bookworm", (3, 12), id="of a mirror"),
        pytest.param("python:3.11-alpine", None, id="musl"),
        pytest.param("distroless/base:1", None, id="a name that says nothing"),
    ],
)
def test_the_name_of_a_python_image_is_enough_to_download_for_it(base: str, known: tuple[int, int] | None) -> None:
    """So that no Docker has to be asked; the image's own Python then takes the same wheels."""
    named = ImagePython.named(base, "x86_64")
    assert (None if named is None else (named.major, named.minor)) == known
    if named is not None:
        asked = ImagePython.read(f"{named.major} {named.minor} x86_64 glibc 2.41", base)
        assert asked.common == named
