"""The command: misuse is told before anything is done, and `--help` answers at once."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.stacks.cluster.chart_options import ChartOptions
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
def run() -> Run:
    """Runs the command with these words; gives its exit code."""

    def command(*words: str) -> int:
        with pytest.raises(SystemExit) as ended:
            main(words)
        return int(ended.value.code or 0)

    return command


def _raising(error: BaseException) -> Callable[..., None]:
    def command(**_: object) -> None:
        raise error

    return command


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


def test_tools_takes_the_values_that_a_run_is_given(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """All of them, in their order; a file that is not there is refused here, not when the run begins."""
    taken: list[ChartOptions] = []
    monkeypatch.setattr("harness.cli.tools.tools", lambda *_: None)
    monkeypatch.setattr("harness.cli.tools.tools_of_kind", lambda *_, chart, **__: taken.append(chart))
    files = tmp_path / "one.yaml", tmp_path / "two.yaml"
    words = [word for file in files for word in ("--chart-values", str(file))]
    for file in files:
        file.write_text("grafana: {}\n")
    assert run("tools", "--stack", "kind", *words) == 0
    assert [one.values for one in taken] == [files]
    assert run("tools", "--stack", "kind", "--chart-values", str(tmp_path / "none.yaml")) == 2
    assert "none.yaml" in capsys.readouterr().err
    assert len(taken) == 1
