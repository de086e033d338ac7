"""`harness prove`: which words of a command line are scenarios, and what pytest is then asked for."""

import sys
from pathlib import Path

import pytest

from harness.cli.prove import pytest_command
from harness.core.errors import MisuseError
from harness.home import HOME, SCENARIOS


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "test_own.py").touch()


@pytest.mark.parametrize(
    ("words", "shipped", "end"),
    [
        pytest.param((), True, (str(SCENARIOS),), id="nothing: those that come with the harness"),
        pytest.param(("-k", "own", "-n", "2"), True, ("-k", "own", "-n", "2", str(SCENARIOS)), id="values"),
        pytest.param(("-x", "own"), False, ("-x", "own"), id="behind an option without a value"),
        pytest.param(("own/test_own.py::test_it",), False, ("own/test_own.py::test_it",), id="a node id"),
        pytest.param(
            ("scenarios/test_dashboard.py::test_a[x y]", "--speed", "30"),
            True,
            (str(SCENARIOS / "test_dashboard.py::test_a[x y]"), "--speed", "30"),
            id="one of the shipped, as it is told",
        ),
        pytest.param(
            ("scenarios", "own"), False, (str(SCENARIOS), "own"), id="the shipped ones and one's own, in one session"
        ),
    ],
)
def test_what_are_paths_is_pytest_s_to_say(words: tuple[str, ...], shipped: bool, end: tuple[str, ...]) -> None:
    """The shipped ones have the directory they lie in as root; one's own are pytest's business."""
    command = pytest_command(words, here=Path.cwd())
    assert command[0] == sys.executable
    assert tuple(command[-len(end) :]) == end
    assert (f"--rootdir={HOME}" in command) is shipped
    assert (f"cache_dir={Path.cwd() / '.pytest_cache'}" in command) is shipped


def test_one_s_own_scenarios_come_before_the_shipped_of_the_same_name(tmp_path: Path) -> None:
    """Whoever stands beside them means them."""
    (tmp_path / "scenarios").mkdir()
    assert pytest_command(["scenarios"], here=tmp_path)[-1] == "scenarios"


def test_what_pytest_cannot_read_is_misuse() -> None:
    """With what it says."""
    with pytest.raises(MisuseError, match="expected one argument"):
        pytest_command(["--maxfail"], here=Path.cwd())
