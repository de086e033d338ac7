"""`harness export`: files, what is told of them, and an exit code."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli import export as command
from harness.core.errors import HarnessError, MisuseError
from harness.home import DEFAULT_SUBJECT
from harness.offline.export import Export, ExportCase, ExportedFile, exported
from harness.tests.offline.check.planted import RULES
from harness.toolchain import Progress

_ALERT = "KubeMirrorWorkqueueDepthHigh"


def called(directory: Path, *, rules: Path | None = None) -> tuple[int, str]:
    """Exit code, and what was printed."""
    out = io.StringIO()
    code = command.export(directory, subject_file=DEFAULT_SUBJECT, rules=rules, console=Console(file=out, width=80))
    return code, out.getvalue()


@pytest.fixture
def one_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the contract, for speed."""

    def some(case: ExportCase, progress: Progress) -> Export:
        alerts = tuple(one for one in case.contract.alerts if one.name == _ALERT)
        return exported(replace(case, contract=replace(case.contract, alerts=alerts, recording_rules=())), progress)

    monkeypatch.setattr(command, "exported", some)


@pytest.mark.usefixtures("one_alert")
def test_rules_that_do_what_is_promised_are_0(tmp_path: Path) -> None:
    """With the command that runs what was written."""
    code, text = called(tmp_path / "tests")
    assert code == 0
    assert f"passes  {_ALERT}.test.yaml: " in text
    assert f"(cd {tmp_path / 'tests'} && promtool test rules *.test.yaml)" in text
    assert {one.name for one in (tmp_path / "tests").iterdir()} == {"rules.yaml", f"{_ALERT}.test.yaml"}


@pytest.mark.usefixtures("one_alert")
def test_rules_that_do_not_are_1(tmp_path: Path) -> None:
    """They are written all the same: what is promised is what it was."""
    rules = tmp_path / "rules.yaml"
    own = (DEFAULT_SUBJECT.parent / RULES).read_text(encoding="utf-8")
    rules.write_text(own.replace(")) > 100", ")) > 120"), encoding="utf-8")
    code, text = called(tmp_path / "tests", rules=rules)
    assert code == 1
    assert f"FAILS   {_ALERT}.test.yaml: " in text
    assert "promtool says:" in text
    assert "> 120" in (tmp_path / "tests" / "rules.yaml").read_text(encoding="utf-8")


def test_what_cannot_be_tested_is_3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is told by its name."""
    one = ExportedFile(name="A.test.yaml", text="", tests=1, passed=True, words="")
    made = Export(rules="groups: []\n", files=(one,), left_out={"B": "nothing drives it"})
    monkeypatch.setattr(command, "exported", lambda _case, _progress: made)
    code, text = called(tmp_path / "tests")
    assert code == 3
    assert "not tested: B: nothing drives it" in text


def test_misuse_leaves_nothing(tmp_path: Path) -> None:
    """A directory with something in it, or rules that nobody could load."""
    (tmp_path / "mine").touch()
    with pytest.raises(MisuseError, match="is not empty"):
        called(tmp_path)
    (tmp_path / "rules.yaml").write_text("groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]", encoding="utf-8")
    with pytest.raises(HarnessError) as caught:
        called(tmp_path / "tests", rules=tmp_path / "rules.yaml")
    assert caught.value.exit_code == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["mine", "rules.yaml"]
