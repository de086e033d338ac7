"""Nothing that others wrote steers the terminal or fakes a line of ours."""

import io

import pytest
from rich.console import Console

from harness.core.errors import CouldNotTellError
from harness.report.plain_text import cell, claim_of, many_lines, one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("kubemirror-team", "kubemirror-team", id="plain"),
        pytest.param("Überlauf → 日本語", "Überlauf → 日本語", id="other-scripts-stay"),
        pytest.param("\x1b[2Jx", r"\x1b[2Jx", id="ansi"),
        pytest.param("\x9b2Jx", r"\x9b2Jx", id="c1"),
        pytest.param("\x1b]0;title\x07", r"\x1b]0;title\x07", id="window-title"),
        pytest.param("a\nVERIFIED", r"a\nVERIFIED", id="line-end"),
        pytest.param("a\r\tb", r"a\r\tb", id="return-and-tab"),
        pytest.param("a\u2028b\x85c", r"a\u2028b\x85c", id="line-ends-of-unicode"),
        pytest.param("a\u202eb\u2066c\u200bd", r"a\u202eb\u2066c\u200bd", id="direction-and-width"),
        pytest.param("\udcff\U000e0001", r"\udcff\U000e0001", id="surrogate-and-tag"),
        pytest.param("\x7f", r"\x7f", id="delete"),
    ],
)
def test_what_is_not_seen_is_written_out(text: str, shown: str) -> None:
    """As an escape; what is seen stays."""
    assert one_line(text) == shown


def test_our_own_line_ends_stay() -> None:
    """Only they do."""
    assert many_lines("what\r\n  why: \x1b[31m\x0bred") == "what\n  why: \\x1b[31m\\x0bred"


def test_a_cell_is_not_markup() -> None:
    """Rich would take `[bold]` in a plain string for a style, and `[/]` for a mistake."""
    file = io.StringIO()
    Console(file=file, force_terminal=True, color_system="truecolor", width=80).print(cell("[red]x[/] [link=http://y]"))
    assert file.getvalue() == "[red]x[/] [link=http://y]\n"


@pytest.mark.parametrize(
    ("nodeid", "claim"),
    [
        pytest.param("scenarios/test_a.py::test_no_pod_pages", "no pod pages", id="plain"),
        pytest.param("test_a.py::test_no_pod_pages[A-x::y_z]", "no pod pages [A-x::y_z]", id="parameters-stay"),
        pytest.param("test_a.py::TestB::test_c", "c", id="class"),
    ],
)
def test_a_scenario_is_named_by_its_claim(nodeid: str, claim: str) -> None:
    """Its function's name, in words."""
    assert claim_of(nodeid) == claim


def test_an_error_of_ours_is_one_sentence_in_a_cell() -> None:
    r"""What, why and fix are lines of ours: nobody sees `\n` between them; the line ends of others stay seen."""
    error = CouldNotTellError("etcd did not answer", why="a label\nends a line", fix="look at its log")
    assert cell(str(error)).plain == r"etcd did not answer; why: a label\nends a line; fix: look at its log"
