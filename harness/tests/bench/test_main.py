"""`python -m harness.bench` refuses what cannot work before anything is started."""

from pathlib import Path

import pytest

from harness.bench import __main__ as program
from harness.bench.bench import Bench


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

    def never(*_: object) -> None:
        raise AssertionError("something was started")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(program, "ensure", never)
    with pytest.raises(SystemExit) as caught:
        program.main(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("missing", "code"), [([], 0), (["mirroring: …"], 3)])
def test_a_bench_shows_what_it_has(
    missing: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The table, the file, and exit code 3 when a part could not be measured."""
    file = tmp_path / "bench.json"
    monkeypatch.setattr(program, "ensure", lambda *_: {})
    monkeypatch.setattr(Bench, "measure", lambda _, figures: figures.missing.extend(missing))
    with pytest.raises(SystemExit) as caught:
        program.main(["--json", str(file)])
    assert caught.value.code == code
    assert "embedded stack at speed 60" in capsys.readouterr().out
    assert '"bring_ups": []' in file.read_text()


def test_an_interrupted_bench_shows_what_it_has_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 130, as a shell expects."""

    def interrupted(_self: object, _figures: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(program, "ensure", lambda *_: {})
    monkeypatch.setattr(Bench, "measure", interrupted)
    with pytest.raises(SystemExit) as caught:
        program.main([])
    assert caught.value.code == 130
    shown = capsys.readouterr()
    assert "embedded stack at speed 60" in shown.out
    assert "interrupted" in shown.err
