"""A command's end: three lines and an exit code for what goes wrong, and nothing said of Ctrl-C."""

from collections.abc import Callable
from functools import partial

import pytest
import typer

from harness.core.errors import CouldNotTellError, HarnessError, MisuseError
from harness.report.command_line import run_command


def _raising(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


def _ended(command: Callable[[], object]) -> int:
    with pytest.raises(SystemExit) as ended:
        run_command(command)
    return int(ended.value.code or 0)


def _app(command: Callable[[], None]) -> Callable[[], object]:
    """The same as a command line has it, which has an opinion of its own on errors."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)
    return partial(app, [])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MisuseError("what happened", why="the reason", fix="the remedy"), 2),
        (CouldNotTellError("what happened", why="the reason", fix="the remedy"), 3),
    ],
)
def test_an_error_is_three_lines_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], error: HarnessError, code: int
) -> None:
    """On stderr, without a traceback."""
    assert _ended(_app(_raising(error))) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "what happened\n  why: the reason\n  fix: the remedy\n"


def test_an_error_repaints_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Keys of files and words of servers are quoted in errors, whatever is in them."""
    _ended(_app(_raising(MisuseError("key \x1b[2J[red]x", why="\u202ethe\rreason", fix="the remedy"))))
    assert capsys.readouterr().err == "key \\x1b[2J[red]x\n  why: \\u202ethe\\rreason\n  fix: the remedy\n"


def test_ctrl_c_is_exit_code_130(capsys: pytest.CaptureFixture[str]) -> None:
    """As a shell expects it, and nothing is said."""
    assert _ended(_app(_raising(KeyboardInterrupt()))) == 130
    assert capsys.readouterr() == ("", "")


def test_ctrl_c_outside_of_a_command_is_the_same() -> None:
    """Whatever the library of the command line does with it in this version or another."""
    assert _ended(_raising(KeyboardInterrupt())) == 130


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    """Only errors raised on purpose are three lines."""
    with pytest.raises(ZeroDivisionError):
        run_command(_app(_raising(ZeroDivisionError())))


def test_a_command_that_is_done_ends_as_it_says() -> None:
    """With its own exit code, and with 0 if it has none."""
    assert _ended(_app(_raising(typer.Exit(1)))) == 1
    assert _ended(_app(lambda: None)) == 0
    run_command(lambda: None)
