"""The results file is written whole, and others can read it whatever was quoted in it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import ReportError
from harness.core.judge import Observed, judge_life
from harness.core.verdict import Verdict
from harness.report.results_file import write_results
from harness.report.schema import Results
from harness.tests.core.judge.world import World
from harness.tests.report.book import Book, add_untold


def test_the_file_is_written_whole_and_reads_back(tmp_path: Path) -> None:
    """Nothing else is left beside it; everybody may read it."""
    book = Book()
    book.add("a", judge_life(World().case()))
    path = tmp_path / "new" / "results.json"
    write_results(book.results(duration_s=1), path)
    write_results(book.results(duration_s=2), path)
    assert Results.model_validate_json(path.read_text()).duration_s == 2
    assert [each.name for each in path.parent.iterdir()] == ["results.json"]
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the option that names another."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="--results"):
        write_results(Book().results(duration_s=1), tmp_path / "file" / "results.json")


def test_what_utf_8_cannot_say_is_written_out(tmp_path: Path) -> None:
    """Halves of surrogates come from file names and error texts; no reader of JSON takes them."""
    book = Book()
    add_untold(book, "a\udcff", "QueueDeep", Verdict.UNKNOWN, "\ud800 broke")
    write_results(book.results(duration_s=1), tmp_path / "r.json")
    (one,) = Results.model_validate_json((tmp_path / "r.json").read_bytes()).scenarios
    assert (one.nodeid, one.cause) == (r"a\udcff", r"\ud800 broke")


def test_no_control_character_is_in_the_file_itself(tmp_path: Path) -> None:
    """A terminal that shows the file is not steered by it; a reader of JSON gets what was there."""
    cause = "\x1b[2J \x9b2J \x7f \u202e \u2028 Überlauf"
    book = Book()
    add_untold(book, "a", "QueueDeep", Verdict.UNKNOWN, cause)
    write_results(book.results(duration_s=1), tmp_path / "r.json")
    text = (tmp_path / "r.json").read_text(encoding="utf-8")
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert "Überlauf" in text
    assert Results.model_validate_json(text).scenarios[0].cause == cause


def test_what_is_not_finite_is_null(tmp_path: Path) -> None:
    """JSON has neither NaN nor infinity."""
    book = Book()
    judged = judge_life(World().case())
    book.add("a", replace(judged, observed=Observed(threshold_high=float("inf"), threshold_low=float("nan"))))
    write_results(book.results(duration_s=1), tmp_path / "r.json")
    found = json.loads((tmp_path / "r.json").read_text())["alerts"]["QueueDeep"]["observed"]
    assert (found["threshold_high"], found["threshold_low"]) == (None, None)
