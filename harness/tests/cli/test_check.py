"""`harness check`: a table, files for programs and pull requests, and an exit code."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli.check import check
from harness.core.errors import MisuseError, ReportError
from harness.home import DEFAULT_SUBJECT
from harness.offline.check.measuring import Measuring
from harness.tests.offline.check.planted import RULES, VALUES, copied


def called(subject: Path, *, only: str = "KubeMirrorWorkqueueDepthHigh", **options: Path) -> tuple[int, str]:
    """Exit code, and what was printed; about one alert, unless it is told otherwise."""
    out = io.StringIO()
    asked = Measuring(only=frozenset({only}) if only else None)
    code = check(subject_file=subject, measuring=asked, console=Console(file=out, width=100), **options)
    return code, out.getvalue()


def test_a_bundle_that_agrees_is_0() -> None:
    """With a row for each question, and what it comes to."""
    code, text = called(DEFAULT_SUBJECT)
    assert code == 0
    assert "| threshold " in text
    assert "kubemirror: VERIFIED; " in text


def test_other_rules_are_looked_at_in_place_of_its_own(tmp_path: Path) -> None:
    """A difference is 1, and is told with both values, the line and a command, in every form."""
    rules = tmp_path / "rules.yaml"
    own = (DEFAULT_SUBJECT.parent / RULES).read_text(encoding="utf-8")
    rules.write_text(own.replace(")) > 100", ")) > 120"), encoding="utf-8")
    as_json, as_markdown = tmp_path / "made" / "check.json", tmp_path / "check.md"
    code, text = called(DEFAULT_SUBJECT, rules=rules, json_file=as_json, markdown_file=as_markdown)
    assert code == 1
    whole = json.loads(as_json.read_text(encoding="utf-8"))
    assert (whole["schema_version"], whole["subject"], whole["verdict"]) == (1, "kubemirror", "VIOLATED")
    wrong = {each["check"]: each for each in whole["findings"] if each["verdict"] == "VIOLATED"}
    assert {"threshold", "measured threshold"} <= wrong.keys()
    one = wrong["threshold"]
    assert one["about"] == "KubeMirrorWorkqueueDepthHigh"
    assert (one["file"], one["cause"]) == (str(rules), "the rule says > 120 items, the contract > 100 items")
    assert one["command"].startswith(f"sed -n {one['line']},")
    for told in (text, as_markdown.read_text(encoding="utf-8")):
        assert "threshold of KubeMirrorWorkqueueDepthHigh" in told
        assert "the rule says > 120 items, the contract > 100 items" in told


def test_what_cannot_be_told_is_3(tmp_path: Path) -> None:
    """Neither kept nor broken."""
    subject = copied(tmp_path / "bundle")
    values = subject.parent / VALUES
    text = values.read_text(encoding="utf-8").replace("retention: 10d", "retentionSize: 5GB")
    values.write_text(text, encoding="utf-8")
    code, text = called(subject, only="")
    assert code == 3
    assert "UNKNOWN retention of Prometheus" in text


def test_rules_that_are_not_there_are_misuse(tmp_path: Path) -> None:
    """And nothing is written."""
    with pytest.raises(MisuseError):
        called(DEFAULT_SUBJECT, rules=tmp_path / "none.yaml", json_file=tmp_path / "check.json")
    assert not (tmp_path / "check.json").exists()


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """It names the option."""
    (tmp_path / "file").touch()
    with pytest.raises(ReportError) as caught:
        called(DEFAULT_SUBJECT, json_file=tmp_path / "file" / "check.json")
    assert "--json" in caught.value.fix
