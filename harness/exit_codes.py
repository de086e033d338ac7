"""Exit codes of a pytest session with scenarios: a plugin that makes of pytest's own what the harness promises.

0 verified, 1 violated or a test failed, 2 misuse, 3 could not tell, and 130 for Ctrl-C, as a shell reports it. Pytest
has 4 for a misspelt option, 5 where nothing was selected, and 2 for Ctrl-C as well as for a file that is no Python:
https://docs.pytest.org/en/stable/reference/exit-codes.html. What it refuses before it loads any plugin of a project (a
value of an option of its own, `-c`, `-p`, `--rootdir`) keeps its 4.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from harness.core.errors import MisuseError
from harness.session.current import SESSION
from harness.session.scenario_files import found_in, has_scenarios

if TYPE_CHECKING:
    from collections.abc import Generator

#: 128 + SIGINT
INTERRUPTED = 130
#: under which name the plugin is registered
_NAME = "harness-ending"
#: options that leave tests out, as they are written on a command line
_SELECTING = ("-k", "-m", "--alert", "--deselect", "--ignore", "--lf", "--last-failed")


class Ending:
    """How a session has come to its end; in xdist's controller reports are all there is."""

    def __init__(self) -> None:
        #: tests that failed without a verdict that says so
        self.failed = 0
        #: node ids of what was violated: all there is of it where the worker that said so crashed afterwards
        self.violated: list[str] = []
        #: files that could not be collected
        self.uncollected = 0
        #: by Ctrl-C
        self.interrupted = False
        #: by pytest itself, in good order, before all was run (`--stepwise`)
        self.stopped = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, int | None, int | None]:
        """What pytest finds wrong once it looks for tests: a file that is not there, a `-m` that says nothing."""
        try:
            return (yield)
        except pytest.UsageError as usage:
            if not has_scenarios(config):
                raise
            _print(usage)
            return MisuseError.exit_code

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Looks at every report of the session."""
        told = any(("verdict", verdict) in report.user_properties for verdict in ("VIOLATED", "UNKNOWN"))
        self.failed += report.failed and not told
        if report.failed and ("verdict", "VIOLATED") in report.user_properties:
            self.violated.append(report.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Looks at every file of the session."""
        self.uncollected += report.failed

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Called for `pytest.exit` as well, and when pytest stops by itself."""
        self.stopped |= isinstance(excinfo.value, pytest.Session.Interrupted)
        self.interrupted |= isinstance(excinfo.value, KeyboardInterrupt) and not self.stopped

    def status(self, pytests: int) -> int:
        """What pytest's own status stands for, before verdicts are looked at: 0 or 1 where they decide."""
        if self.interrupted:
            return INTERRUPTED
        if self.uncollected and pytests != pytest.ExitCode.INTERNAL_ERROR:
            return MisuseError.exit_code  # xdist's workers run what they could collect
        if self.stopped:
            return int(pytest.ExitCode.TESTS_FAILED)
        misuse = (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)
        return MisuseError.exit_code if pytests in misuse else pytests


def join(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Begins to look, and lets an option that does not exist end with the code of misuse."""
    pluginmanager.register(Ending(), _NAME)
    config: pytest.Config | None = pluginmanager.get_plugin("pytestconfig")
    words = [] if config is None else [str(word) for word in config.invocation_params.args]
    refuse = parser.optparser.error

    def error(message: str) -> NoReturn:
        try:
            refuse(message)
        except pytest.UsageError as usage:
            if "--prove" not in words and not found_in(words, Path.cwd()):
                raise
            _print(usage)
            raise SystemExit(MisuseError.exit_code) from None

    parser.optparser.error = error  # type: ignore[method-assign]  # pytest has no hook for it; tested


def ending_of(config: pytest.Config) -> Ending:
    """How its session has ended, as far as it has."""
    found: Ending | None = config.pluginmanager.get_plugin(_NAME)
    return found or Ending()


def status_of(session: pytest.Session) -> int:
    """The status of a session with scenarios that is over, before verdicts are looked at."""
    return ending_of(session.config).status(int(session.exitstatus))


def nothing_selected(session: pytest.Session) -> MisuseError | None:
    """Why a session that asked for scenarios has run nothing at all; None if it has, and in xdist's workers."""
    config = session.config
    if hasattr(config, "workerinput") or SESSION in config.stash:
        return None
    # whoever wants something proved is not content with unit tests
    unproved = session.exitstatus == pytest.ExitCode.OK and config.getoption("--prove")
    if session.exitstatus != pytest.ExitCode.NO_TESTS_COLLECTED and (not unproved or config.option.collectonly):
        return None
    words = [str(word) for word in config.invocation_params.args]
    chosen = [word for word in words if word.startswith(_SELECTING)]
    if chosen:
        why = f"no scenario is left by {' and '.join(chosen)}"
    else:
        why = f"there is no scenario in {', '.join(config.args)}"
    fix = "`harness prove --collect-only -q` lists those that come with the harness"
    return MisuseError("nothing was selected", why=why, fix=fix)


def _print(usage: pytest.UsageError) -> None:
    """As pytest does."""
    for line in usage.args:
        print(f"ERROR: {line}", file=sys.stderr)  # noqa: T201 - the command's own output
