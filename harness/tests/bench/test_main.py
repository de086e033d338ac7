"""`python -m harness.bench` refuses what cannot work before anything is started."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from harness.bench import __main__ as program
from harness.bench.interrupts import Interrupts
from harness.tests.bench.test_bench import DEAD, Place, bench
from harness.toolchain import Progress, ResolvedTool, ToolName


@pytest.fixture
def place() -> Place:
    """Where nothing has been done yet."""
    return Place()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--speed", "fast"], "is not a speed", id="speed"),
        pytest.param(["--speed", "100000"], "fix: ", id="too-fast"),
        pytest.param(["--subject", "nowhere.yaml"], "cannot read the subject", id="subject"),
        pytest.param(["--json", "nowhere/at/all.json"], "cannot be written", id="json"),
        pytest.param(["--results", "nowhere.json"], "cannot be read", id="results"),
        pytest.param(["--bring-ups", "0"], "--bring-ups", id="count"),
    ],
)
def test_misuse_is_exit_2(
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """What, why and fix on stderr; neither a program nor a stack was asked for."""

    def never(*_: object) -> Mapping[ToolName, ResolvedTool]:
        raise AssertionError("something was started")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program, "carry_out", partial(program.carry_out, bring=never))
    with pytest.raises(SystemExit) as caught:
        program.main(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def brought(_names: Collection[ToolName], _progress: Progress) -> Mapping[ToolName, ResolvedTool]:
    """Nothing, and nothing is missed."""
    return {}


@pytest.mark.parametrize(("sound", "code"), [(True, 0), (False, 3)], ids=["whole", "a part is missing"])
def test_a_bench_shows_what_it_has(
    place: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path, *, sound: bool, code: int
) -> None:
    """The table, the file, and exit code 3 when a part could not be measured."""

    def fail() -> None:
        raise DEAD

    file = tmp_path / "bench.json"
    parts = replace(place.parts, controller=None if sound else fail)
    assert program.carry_out(bench(Interrupts(0), parts), file, bring=brought) == code
    assert "embedded stack at speed 60" in capsys.readouterr().out
    assert '"bring_ups": [' in file.read_text()


def test_an_interrupted_bench_shows_what_it_has_and_says_so(
    place: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Exit code 130, as a shell expects."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    file = tmp_path / "bench.json"
    place.on_up = interrupt
    assert program.carry_out(bench(Interrupts(0), place.parts), file, bring=brought) == 130
    shown = capsys.readouterr()
    assert "embedded stack at speed 60" in shown.out
    assert "interrupted" in shown.err
    assert '"bring_ups": []' in file.read_text()
