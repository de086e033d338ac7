"""The matrix is shown whole: every cell says what was expected and what happened."""

import pytest

from harness.core.judge import Expectation
from harness.report.matrix_table import cell_of, merged, shared_prefix
from harness.report.schema import MatrixCell, MatrixLine
from harness.report.table import broken_name

MUST, MAY, MUST_NOT = Expectation.MUST, Expectation.MAY, Expectation.MUST_NOT


@pytest.mark.parametrize(
    ("expected", "fired", "breach", "text"),
    [
        pytest.param(MUST, True, False, "must: fired", id="must-fired"),
        pytest.param(MUST, False, True, "must: SILENT!", id="must-breach"),
        pytest.param(MUST, False, False, "must: silent?", id="must-open"),
        pytest.param(MUST, None, False, "must: unknown", id="must-unseen"),
        pytest.param(MAY, True, False, "may: fired", id="may-fired"),
        pytest.param(MAY, False, False, "may: silent", id="may-silent"),
        pytest.param(MAY, None, False, "may: unknown", id="may-unseen"),
        pytest.param(MUST_NOT, False, False, "must not: silent", id="must-not-silent"),
        pytest.param(MUST_NOT, True, True, "must not: FIRED!", id="must-not-breach"),
        pytest.param(MUST_NOT, True, False, "must not: fired?", id="must-not-open"),
    ],
)
def test_a_cell_says_both(expected: Expectation, fired: bool | None, breach: bool, text: str) -> None:
    """A breach is loud also without colour."""
    assert cell_of(MatrixCell(expected=expected, fired=fired, breach=breach)).plain == text


def test_an_alert_that_the_row_does_not_speak_of_is_a_dash() -> None:
    """Not a silence."""
    assert cell_of(None).plain == "-"


def line(nodeid: str, *, fired: bool) -> MatrixLine:
    """A scenario of one row."""
    cell = MatrixCell(expected=MAY, fired=fired, breach=False)
    return MatrixLine(row="flood", nodeid=f"a.py::{nodeid}", cells={"A": cell})


def test_scenarios_of_one_row_are_one_line_if_they_came_to_the_same() -> None:
    """Otherwise each is told."""
    assert [row for row, _ in merged([line("a", fired=True), line("b", fired=True)])] == ["flood"]
    assert [row for row, _ in merged([line("a", fired=True), line("b", fired=False)])] == ["flood in a", "flood in b"]


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        pytest.param(["KubeMirrorDown", "KubeMirrorDeep"], "KubeMirror", id="shared"),
        pytest.param(["KubeMirrorDown", "KubeMirrorDownAgain"], "KubeMirror", id="one-is-the-beginning"),
        pytest.param(["Down", "Deep"], "", id="only-a-letter"),
        pytest.param(["Down"], "", id="one-alert"),
        pytest.param(["ADown", "ADeep"], "", id="no-small-letter-before"),
    ],
)
def test_what_all_names_begin_with_is_left_out(names: list[str], prefix: str) -> None:
    """By whole words, and something is left of each."""
    assert shared_prefix(names) == prefix


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("ReconcileLatencyHigh", "ReconcileLatency\nHigh", id="words"),
        pytest.param("flood-behind-slow-writes", "flood-behind-\nslow-writes", id="hyphens"),
        pytest.param("Down", "Down", id="short"),
        pytest.param("averyveryverylongname", "averyveryverylongname", id="no-words"),
        pytest.param("a\x1b\nB", "a\\x1b\\nB", id="hostile"),
    ],
)
def test_a_name_breaks_where_a_word_begins(name: str, text: str) -> None:
    """And is data."""
    assert broken_name(name, 16).plain == text
