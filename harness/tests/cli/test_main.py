"""The command: three lines and an exit code for what goes wrong, an answer at once for `--help`."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import CouldNotTellError, HarnessError, MisuseError
from harness.tests.stacks.existing.test_kubeconfig import text, written

#: what a stack needs and `--help` does not
_HEAVY = (
    "aiohttp",
    "harness.scenario",
    "harness.session",
    "harness.stacks.base",
    "kr8s",
    "pydantic",
    "pytest",
    "requests",
    "ruamel.yaml",
)

Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command with these words; gives its exit code."""

    def command(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["harness", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return command


def _raising(error: BaseException) -> Callable[..., None]:
    def command(**_: object) -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MisuseError("what happened", why="the reason", fix="the remedy"), 2),
        (CouldNotTellError("what happened", why="the reason", fix="the remedy"), 3),
    ],
)
def test_an_error_is_three_lines_and_an_exit_code(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: HarnessError, code: int
) -> None:
    """On stderr, without a traceback."""
    monkeypatch.setattr("harness.cli.down.down", _raising(error))
    assert run("down") == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "what happened\n  why: the reason\n  fix: the remedy\n"


def test_an_error_repaints_no_terminal(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keys of files and words of servers are quoted in errors, whatever is in them."""
    error = MisuseError("key \x1b[2J[red]x", why="\u202ethe\rreason", fix="the remedy")
    monkeypatch.setattr("harness.cli.down.down", _raising(error))
    run("down")
    assert capsys.readouterr().err == "key \\x1b[2J[red]x\n  why: \\u202ethe\\rreason\n  fix: the remedy\n"


def test_ctrl_c_is_exit_code_130(run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As a shell expects it, and nothing is said."""
    monkeypatch.setattr("harness.cli.down.down", _raising(KeyboardInterrupt()))
    assert run("down") == 130
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_outside_of_a_command_is_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the library of the command line does with it in this version or another."""
    monkeypatch.setattr("harness.cli.main.app", _raising(KeyboardInterrupt()))
    assert run("down") == 130


def test_a_mistake_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only errors raised on purpose are three lines."""
    monkeypatch.setattr(sys, "argv", ["harness", "down"])
    monkeypatch.setattr("harness.cli.down.down", _raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main()


@pytest.mark.parametrize("words", [("--speed", "fast"), ("--speed", "0"), ("--subject", "nowhere.yaml")])
def test_up_refuses_before_it_starts_anything(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, str]
) -> None:
    """Exit code 2 with what, why and fix."""
    monkeypatch.setattr("harness.cli.up.EmbeddedStack.up", _raising(AssertionError("started")))
    assert run("up", *words) == 2
    assert "\n  why: " in capsys.readouterr().err


def test_an_unknown_command_is_misuse(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2, on stderr."""
    assert run("sideways") == 2
    assert "sideways" in capsys.readouterr().err


def test_help_names_every_command(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """And where the scenarios are."""
    assert run("--help") == 0
    shown = capsys.readouterr().out
    for word in ("prove", "up", "reproduce", "down", "tools", "doctor", "harness prove --subject FILE"):
        assert word in shown


def test_help_loads_nothing_heavy() -> None:
    """What makes it quick is what it leaves out."""
    asked = f"import sys, harness.cli.main; print(*(name for name in {_HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


@pytest.mark.parametrize(
    "words",
    [(), ("--context", "dev"), ("--confirm-context", "dev"), ("--context", "dev", "--confirm-context", "prod")],
    ids=["no name", "once", "only confirmed", "another"],
)
def test_down_in_a_cluster_wants_its_name_twice(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    words: tuple[str, ...],
) -> None:
    """Exit code 2, and neither this machine nor a cluster is touched; a kubeconfig alone means a cluster, too."""
    monkeypatch.setattr("harness.cli.down.down", _raising(AssertionError("this machine")))
    monkeypatch.setattr("harness.cli.down.cluster_down", _raising(AssertionError("a cluster")))
    config = written(tmp_path / "config", text(context="dev"))
    assert run("down", "--kubeconfig", str(config), *words) == 2
    assert "\n  why: " in capsys.readouterr().err
