"""Places for results are tried before anything starts, and are afterwards as they were."""

import os
from pathlib import Path

import pytest

from harness.session.outputs import UnwritableError, check_outputs


def tree(directory: Path) -> list[tuple[str, int]]:
    """Everything there is, with its size."""
    return sorted((str(one.relative_to(directory)), one.lstat().st_size) for one in directory.rglob("*"))


def test_what_can_be_written_stays_as_it_was(tmp_path: Path) -> None:
    """Neither a directory nor a file is left of the attempt, and what is there keeps its content."""
    (tmp_path / "old.json").write_text("old")
    before = tree(tmp_path)
    check_outputs(
        tmp_path / "a" / "b" / "results.json",
        tmp_path / "old.json",
        {"GITHUB_STEP_SUMMARY": str(tmp_path / "c" / "summary.md"), "KUBEMIRROR_HARNESS_SUMMARY": "/dev/null"},
    )
    assert tree(tmp_path) == before
    assert (tmp_path / "old.json").read_text() == "old"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("there", "it is a directory"),
        ("file/results.json", "a part of the path is a file or a broken link, not a directory"),
        ("file/deeper/results.json", "a part of the path is a file or a broken link, not a directory"),
        ("circle/results.json", "a part of the path is a file or a broken link, not a directory"),
        ("x" * 300, "its name is too long"),
        ("nul\0/results.json", "it has a character that no path has"),
        ("pipe", "it is no file but a pipe or a device"),
    ],
)
def test_what_cannot_be_written_is_told_with_its_reason(tmp_path: Path, path: str, why: str) -> None:
    """In words, with the option that named it; nothing is left of the attempt."""
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "circle").symlink_to("circle")
    os.mkfifo(tmp_path / "pipe")
    before = tree(tmp_path)
    with pytest.raises(UnwritableError) as caught:
        check_outputs(tmp_path / path, None, {})
    assert caught.value.why == f"--results: {tmp_path / path}: {why}"
    assert caught.value.exit_code == 2
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("file", "it is a file, not a directory"),
        ("file/deeper", "a part of the path is a file or a broken link, not a directory"),
        ("x" * 300, "its name is too long"),
        ("nul\0", "it has a character that no path has"),
    ],
)
def test_so_is_a_directory_for_recordings(tmp_path: Path, path: str, why: str) -> None:
    """One that is there, or can be made, is good."""
    (tmp_path / "file").touch()
    before = tree(tmp_path)
    check_outputs(tmp_path / "results.json", None, {}, record=tmp_path)
    check_outputs(tmp_path / "results.json", None, {}, record=tmp_path / "a" / "b")
    with pytest.raises(UnwritableError) as caught:
        check_outputs(tmp_path / "results.json", None, {}, record=tmp_path / path)
    assert caught.value.why == f"--record: {tmp_path / path}: {why}"
    assert tree(tmp_path) == before


def test_all_places_are_told_at_once(tmp_path: Path) -> None:
    """Each by the name that it was given under."""
    with pytest.raises(UnwritableError) as caught:
        check_outputs(tmp_path, tmp_path, {"GITHUB_STEP_SUMMARY": str(tmp_path)})
    names = [line.strip().partition(":")[0] for line in caught.value.why.splitlines()]
    assert names == ["--results", "--junitxml", "GITHUB_STEP_SUMMARY"]


def test_a_place_of_the_system_is_told(tmp_path: Path) -> None:
    """Where nobody can make a directory, not even root."""
    del tmp_path
    with pytest.raises(UnwritableError) as caught:
        check_outputs(Path("/proc/nowhere/results.json"), None, {})
    assert "Errno" not in caught.value.why
    assert "/proc/nowhere/results.json: its directory cannot be made" in caught.value.why
