"""Where routes lead is amtool's word; what amtool cannot say is not guessed."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.observe.routes import receivers_for


def _amtool(tmp_path: Path, body: str) -> Path:
    """A program in place of amtool: Python, with the configuration's text in `config`."""
    path = tmp_path / "amtool"
    head = "import sys\nfile = next(word for word in sys.argv if word.startswith('--config.file=')).partition('=')[2]\n"
    path.write_text(f"#!{sys.executable} -ISE\n{head}config = open(file).read()\n{body}")
    path.chmod(0o755)
    return path


def test_the_labels_and_the_loaded_configuration_are_what_is_asked(tmp_path: Path) -> None:
    """And the answer's receivers come in its order."""
    amtool = _amtool(tmp_path, "print(','.join([config, *sys.argv[-2:]]))")
    found = receivers_for(amtool, "route", {"component": "kubemirror", "namespace": "n"})
    assert found == ("route", "component=kubemirror", "namespace=n")


def test_no_receiver_is_none(tmp_path: Path) -> None:
    """An empty line is no name."""
    assert receivers_for(_amtool(tmp_path, "print()"), "route", {"a": "b"}) == ()


@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_a_configuration_that_amtool_refuses_is_not_judged(tmp_path: Path, stream: str) -> None:
    """Its own words are the reason."""
    amtool = _amtool(tmp_path, f"print('no route here', file=sys.{stream})\nsys.exit(1)")
    with pytest.raises(CouldNotTellError, match="cannot walk the routes") as caught:
        receivers_for(amtool, "route", {"a": "b"})
    assert caught.value.why == "no route here"


def test_an_amtool_that_is_not_there_is_told(tmp_path: Path) -> None:
    """As an error of this project, not of Python's."""
    with pytest.raises(CouldNotTellError, match="did not answer") as caught:
        receivers_for(tmp_path / "amtool", "route", {"a": "b"})
    assert "No such file" in caught.value.why


def test_an_amtool_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its 20 s."""

    def hang(command: list[str], *, timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(CouldNotTellError, match="did not answer") as caught:
        receivers_for(tmp_path / "amtool", "route", {"a": "b"})
    assert "timed out after 20.0 seconds" in caught.value.why
