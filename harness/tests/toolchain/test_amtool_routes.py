"""Where routes lead is amtool's word; what amtool cannot say is not guessed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.toolchain import ResolvedTool, Toolchain, ToolName
from harness.toolchain.amtool_routes import receivers_of_all


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
    (found,) = receivers_of_all(amtool, "route", [{"component": "kubemirror", "namespace": "n"}])
    assert found == ("route", 'component="kubemirror"', 'namespace="n"')


def test_every_alert_is_asked_about_by_itself(tmp_path: Path) -> None:
    """The answers have the order of the questions."""
    amtool = _amtool(tmp_path, "print(sys.argv[-1])")
    assert receivers_of_all(amtool, "route", [{"a": "1"}, {"b": "2"}]) == (('a="1"',), ('b="2"',))
    assert receivers_of_all(amtool, "route", []) == ()


def test_warnings_are_no_receivers(tmp_path: Path) -> None:
    """They come before amtool's answer, on the same stream."""
    amtool = _amtool(tmp_path, "print('time=now level=WARN, parsed\\nin the old way')\nprint('team,others')")
    assert receivers_of_all(amtool, "route", [{"a": "b"}]) == (("team", "others"),)


@pytest.mark.parametrize(
    "value", ["", "a b", 'a"b', "a\\b", "a\nb", "a,b", "{x}", " x ", "a=~b", "\t", "\x01", "it's", "é", "--tree"]
)
def test_hostile_values_stay_data(value: str) -> None:
    """The real amtool takes any value for itself; without it this proves nothing, so it fails."""
    found = Toolchain().find(ToolName.AMTOOL)
    assert isinstance(found, ResolvedTool), "`make test` brings it"
    routes = [{"receiver": "hit", "match": {"a": value}}] if value else [{"receiver": "hit", "match": {"b": "x"}}]
    names = [{"name": name} for name in ("miss", "hit")]
    config = json.dumps({"route": {"receiver": "miss", "routes": routes}, "receivers": names})
    assert receivers_of_all(found.path, config, [{"a": value, "b": "x", "ä ö": "z"}]) == (("hit",),)
    assert receivers_of_all(found.path, config, [{"a": value + "x", "b": "y"}]) == (("miss",),)


def test_no_receiver_is_none(tmp_path: Path) -> None:
    """An empty line is no name."""
    assert receivers_of_all(_amtool(tmp_path, "print()"), "route", [{"a": "b"}]) == ((),)


@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_a_configuration_that_amtool_refuses_is_not_judged(tmp_path: Path, stream: str) -> None:
    """Its own words are the reason."""
    amtool = _amtool(tmp_path, f"print('no route here', file=sys.{stream})\nsys.exit(1)")
    with pytest.raises(CouldNotTellError, match="cannot walk the routes") as caught:
        receivers_of_all(amtool, "route", [{"a": "b"}])
    assert caught.value.why == "no route here"


def test_an_amtool_that_is_not_there_is_told(tmp_path: Path) -> None:
    """As an error of this project, not of Python's."""
    with pytest.raises(CouldNotTellError, match="did not answer") as caught:
        receivers_of_all(tmp_path / "amtool", "route", [{"a": "b"}])
    assert "No such file" in caught.value.why


def test_an_amtool_that_hangs_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its 20 s."""

    def hang(command: list[str], *, timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(CouldNotTellError, match="did not answer") as caught:
        receivers_of_all(tmp_path / "amtool", "route", [{"a": "b"}])
    assert "timed out after 20.0 seconds" in caught.value.why
