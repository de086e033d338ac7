"""Each way out of a session with scenarios, by real pytest processes: the code, and that something was said."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.home import DEFAULT_SUBJECT
from harness.tests.session import fake_plugin
from harness.tests.test_plugin import _HEAD, DOWN, MATRIX, UNKNOWN, VERIFIED, VIOLATED
from harness.tests.test_plugin import FAILING as _UNTAKEN

_INI = """
[pytest]
addopts = --strict-markers -p no:cacheprovider -p no:asyncio -p no:hypothesispytest -p no:pytest_cov
filterwarnings =
  error
  ignore::pytest.PytestAssertRewriteWarning
"""
_INTERRUPT = "@pages\ndef test_it(scenario):\n    os.kill(os.getpid(), signal.SIGINT)\n    signal.pause()\n"
_CRASH = "@pages\ndef test_crash(scenario):\n    os._exit(9)\n"
_BROKEN = "def test_it(:\n"
_UNMARKED = "@pytest.mark.no_such_marker\ndef test_it(scenario):\n    pass\n"
#: what pytest has not loaded the harness for
_PYTESTS_OWN = 4


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A checkout with a stack that is not there."""
    (tmp_path / "pytest.ini").write_text(_INI)
    (tmp_path / "conftest.py").write_text(f'pytest_plugins = ["harness.plugin", "{fake_plugin.__name__}"]\n')
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "matrix.yaml").write_text(MATRIX)
    return tmp_path


def _ended(place: Path, tests: str, *words: str, more: str = "") -> tuple[int, str]:
    """The code, and all that was said."""
    (place / "scenarios" / "test_it.py").write_text(tests if tests == _BROKEN else _HEAD + tests)
    if more:
        (place / "scenarios" / "test_more.py").write_text(more)
    paths = [] if any(word.startswith("scenarios/") for word in words) else ["scenarios"]
    command = [sys.executable, "-m", "pytest", *paths, f"--subject={DEFAULT_SUBJECT}", *words]
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("tests", "words", "code", "said"),
    [
        pytest.param(VERIFIED, (), 0, "exit code        0", id="verified"),
        pytest.param(VIOLATED, (), 1, "exit code        1", id="violated"),
        pytest.param(UNKNOWN, (), 3, "exit code        3", id="unknown"),
        pytest.param(VERIFIED + UNKNOWN, ("-x",), 3, "exit code        3", id="-x after unknown"),
        pytest.param(
            UNKNOWN + VERIFIED,
            ("-o", "addopts=-p no:asyncio", "--sw"),
            3,
            "exit code        3",
            id="--stepwise after unknown",
        ),
        pytest.param(_INTERRUPT, (), 130, "exit code        130", id="Ctrl-C"),
        pytest.param(VERIFIED, ("--fails", "refused"), 2, "exit code        2", id="a place that refuses"),
        pytest.param(
            VERIFIED, ("--fails", "refused", "-n", "1"), 2, "exit code        2", id="a worker's place that refuses"
        ),
        pytest.param(
            VERIFIED + _CRASH, ("-n", "1"), 3, "worker gw0 crashed while running it", id="a worker that crashes"
        ),
        pytest.param(
            VIOLATED + _CRASH, ("-n", "1"), 1, "worker gw0 crashed while running it", id="one that crashes afterwards"
        ),
        pytest.param(VERIFIED, ("--hold", "-n", "1"), 2, "--hold does not go with workers", id="--hold for workers"),
        pytest.param(
            VERIFIED, ("--alert", DOWN, "--strength", "1"), 2, "leave --strength out", id="what has no strength"
        ),
        pytest.param(
            _UNTAKEN,
            ("--alert", "KubeMirrorHighFailureRate", "--strength", "30%"),
            2,
            "it asks for no fixture `strength`",
            id="a scenario that takes no strength",
        ),
        pytest.param(
            VERIFIED, ("--no-such-option",), 2, "unrecognized arguments: --no-such-option", id="misspelt option"
        ),
        pytest.param(VERIFIED, ("--stack", "moon"), 2, "invalid choice: 'moon'", id="misspelt stack"),
        pytest.param(VERIFIED, ("--speed",), 2, "expected one argument", id="an option without its value"),
        pytest.param(VERIFIED, ("--speed", "x"), 2, "fix:", id="a speed that is none"),
        pytest.param(VERIFIED, ("--subject", "nowhere.yaml"), 2, "fix:", id="no subject"),
        pytest.param(VERIFIED, ("--alert", "Nobody"), 2, "fix:", id="no such alert"),
        pytest.param(VERIFIED, ("-k", "nothing"), 2, "no scenario is left by -k", id="-k that matches nothing"),
        pytest.param(VERIFIED, ("-m", "smoke"), 2, "no scenario is left by -m", id="-m that matches nothing"),
        pytest.param(VERIFIED, ("-m", "unheard_of"), 2, "Unknown marker(s) in '-m'", id="-m that names no marker"),
        pytest.param(VERIFIED, ("-m", "a and ("), 2, "Wrong expression passed to '-m'", id="-m that says nothing"),
        pytest.param(VERIFIED, ("-n", "1", "-k", "nothing"), 2, "no scenario is left by -k", id="nothing for workers"),
        pytest.param("", (), 2, "there is no scenario in scenarios", id="no test at all"),
        pytest.param(VERIFIED, ("scenarios/test_none.py",), 2, "file or directory not found", id="no such file"),
        pytest.param(VERIFIED, ("scenarios/test_it.py::test_none",), 2, "not found", id="no such test"),
        pytest.param(_BROKEN, (), 2, "SyntaxError", id="a file that is no Python"),
        pytest.param(_UNMARKED, (), 2, "'no_such_marker' not found", id="unknown marker"),
        pytest.param(_UNMARKED, ("-n", "1"), 2, "'no_such_marker' not found", id="unknown marker for workers"),
        pytest.param(VERIFIED, ("--collect-only",), 0, "1 test collected", id="--collect-only"),
        pytest.param(
            VERIFIED, ("--collect-only", "-k", "nothing"), 2, "no scenario is left", id="--collect-only nothing"
        ),
        pytest.param(_BROKEN, ("--collect-only",), 2, "SyntaxError", id="--collect-only of no Python"),
        pytest.param(VERIFIED, ("--markers",), 0, "promise(*quantities)", id="--markers"),
        pytest.param(VERIFIED, ("--help",), 0, "--narrate", id="--help"),
        pytest.param(VERIFIED, ("--help", "--speed", "x"), 0, "--narrate", id="--help beside what is wrong"),
        pytest.param(
            VERIFIED, ("-p", "no_such_plugin"), _PYTESTS_OWN, "no_such_plugin", id="a plugin that is not there"
        ),
        pytest.param(
            VERIFIED, ("--maxfail", "x"), _PYTESTS_OWN, "invalid int value", id="before the harness is loaded"
        ),
    ],
)
def test_each_way_out_has_its_code(place: Path, tests: str, words: tuple[str, ...], code: int, said: str) -> None:
    """0 verified, 1 violated, 2 misuse, 3 could not tell, 130 Ctrl-C; what is printed names the same one."""
    ended, text = _ended(place, tests, *words)
    assert (ended, said in text) == (code, True), text


def test_a_worker_that_crashes_after_the_last_scenario_takes_its_evidence_along(place: Path) -> None:
    """All was verified, by reports of which nothing else is left: nobody can tell."""
    plugin = place / "breaking.py"
    plugin.write_text(
        "import os\ndef pytest_sessionfinish(session):\n    hasattr(session.config, 'workerinput') and os._exit(9)\n"
    )
    ended, text = _ended(place, VERIFIED, "-p", "breaking", "-n", "1")
    assert (ended, "what it had judged is lost" in text) == (3, True), text


def test_an_error_of_pytest_is_could_not_tell(place: Path) -> None:
    """Whatever broke, it was no alert."""
    plugin = place / "breaking.py"
    plugin.write_text("def pytest_runtest_protocol(item):\n    raise ValueError('planted')\n")
    ended, text = _ended(place, VERIFIED, "-p", "breaking")
    assert (ended, "INTERNALERROR" in text) == (3, True), text


def test_what_cannot_be_collected_beside_what_can_is_misuse(place: Path) -> None:
    """Nothing is run, and the summary says the same code."""
    ended, text = _ended(place, VERIFIED, more=_BROKEN)
    assert ended == 2, text
    assert "exit code        2" in text
    assert not (place / "log.txt").exists()


def test_without_scenarios_pytest_s_codes_are_its_own(place: Path) -> None:
    """Unit tests are everybody's."""
    command = [sys.executable, "-m", "pytest", "-k", "nothing", "conftest.py"]
    assert subprocess.run(command, cwd=place, capture_output=True, check=False).returncode == 5
    command = [sys.executable, "-m", "pytest", "--no-such-option"]
    assert subprocess.run(command, cwd=place, capture_output=True, check=False).returncode == 4
