"""Mistakes are listed in the file's order, each with its place, its key and its fix."""

import pytest

from harness.core.files.mistakes import FileMistakesError, Mistake, dotted, suggestion


def _mistake(line: int, key: str = "a.b") -> Mistake:
    return Mistake(line=line, column=3, key=key, problem="is wrong", fix="correct it")


def test_one_mistake_says_what_why_and_fix() -> None:
    """A single mistake needs no list: its fix stands by itself."""
    error = FileMistakesError("c.yaml", [_mistake(7)])
    assert str(error) == "c.yaml: 1 mistake\n  why: c.yaml:7:3: a.b is wrong\n  fix: correct it"


def test_many_mistakes_are_sorted_and_each_fix_names_its_line() -> None:
    """Mistakes come in the order of the file, once each, and fixes can be told apart."""
    error = FileMistakesError("c.yaml", [_mistake(9), _mistake(7), _mistake(9), _mistake(8, key="")])
    assert str(error).splitlines() == [
        "c.yaml: 3 mistakes",
        "  why: c.yaml:7:3: a.b is wrong",
        "       c.yaml:8:3: is wrong",
        "       c.yaml:9:3: a.b is wrong",
        "  fix: line 7, a.b: correct it",
        "       line 8: correct it",
        "       line 9, a.b: correct it",
    ]


def test_a_file_that_cannot_be_used_is_misuse() -> None:
    """Commands end with exit code 2, bad input, on such a file."""
    assert FileMistakesError("c.yaml", [_mistake(1)]).exit_code == 2


def test_paths_are_written_as_people_write_them() -> None:
    """Keys are joined by dots, indices stand in brackets."""
    assert dotted(("images", "demo:1", "command", 0)) == "images.demo:1.command[0]"


@pytest.mark.parametrize(
    ("given", "fix"),
    [("severty", "did you mean severity?"), ("zzz", "use one of: severity, threshold")],
)
def test_an_unknown_word_gets_the_closest_known_one(given: str, fix: str) -> None:
    """A slip of the pen is corrected; where nothing is close, everything known is listed."""
    assert suggestion(given, ["severity", "threshold"]) == fix
