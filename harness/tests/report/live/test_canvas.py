"""Canvases: what arrives at a terminal or in a log."""

import io

import pytest
from rich.text import Text

from harness.report.live.canvas import LiveCanvas, PlainCanvas, shows_live
from harness.tests.report.live.screen import Screen


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class _Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "20")


def _screen(file: io.StringIO, columns: int = 60) -> Screen:
    screen = Screen(columns)
    screen.feed(file.getvalue().replace("\n", "\r\n"))
    return screen


def _texts(*lines: str) -> list[Text]:
    return [Text(line) for line in lines]


def test_the_frame_is_below_everything_that_stays() -> None:
    """And is painted over, not repeated."""
    out = _Terminal()
    canvas = LiveCanvas(out)
    canvas.frame(_texts("1 s", "a"))
    canvas.lines(_texts("first"))
    canvas.frame(_texts("2 s"))
    canvas.others("second\nthi")
    canvas.frame(_texts("3 s", "b", "c"))
    assert _screen(out).lines == ["first", "second", "3 s", "b", "c"]
    canvas.others("rd\n")
    canvas.close()
    assert _screen(out).lines == ["first", "second", "third"]
    assert _screen(out).cursor_shown


def test_the_cursor_is_there_while_the_frame_is() -> None:
    """A process that is killed could not bring it back."""
    out = _Terminal()
    LiveCanvas(out).frame(_texts("a"))
    assert _screen(out).cursor_shown


def test_a_line_of_others_that_is_broken_gets_no_second_end() -> None:
    """Ours come between; theirs go on as if nothing had been."""
    out = _Terminal()
    canvas = LiveCanvas(out)
    canvas.others("test_x.py ")
    canvas.lines(_texts("ours"))
    canvas.others("\ntest_y.py .")
    canvas.close()
    assert out.getvalue() == "test_x.py \nours\ntest_y.py ."


def test_an_empty_frame_leaves_nothing() -> None:
    """Not even an empty line."""
    out = _Terminal()
    canvas = LiveCanvas(out)
    canvas.frame(_texts("a", "b"))
    canvas.frame([])
    canvas.lines(_texts("x"))
    canvas.frame([])
    canvas.close()
    assert _screen(out).lines == ["x"]


def test_the_width_leaves_one_cell_free() -> None:
    """A full line makes some terminals begin the next one."""
    assert LiveCanvas(_Terminal()).width == 59


def test_control_sequences_of_others_do_not_move_the_cursor() -> None:
    """Pytest's colours are kept, everything else would meet the frame."""
    out = _Terminal()
    canvas = LiveCanvas(out)
    canvas.frame(_texts("frame"))
    canvas.others("\x1b[31mred\x1b[0m \x1b[5Aup \x1b[2J\n")
    screen = _screen(out)
    assert screen.lines[-1] == "frame"
    assert screen.coloured


@pytest.mark.parametrize(
    ("no_color", "no_colour", "coloured"),
    [(None, False, True), ("1", False, False), ("", False, True), (None, True, False)],
    ids=["colours", "NO_COLOR", "NO_COLOR empty", "--color=no"],
)
def test_no_color_is_about_colours_alone(
    monkeypatch: pytest.MonkeyPatch, *, no_color: str | None, no_colour: bool, coloured: bool
) -> None:
    """The frame stays: https://no-color.org asks for no colours, not for no terminal."""
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    out = _Terminal()
    canvas = LiveCanvas(out, no_colour=no_colour)
    canvas.lines([Text("x", style="red")])
    canvas.frame([Text("a", style="yellow")])
    assert _screen(out).coloured is coloured
    assert _screen(out).lines == ["x", "a"]


@pytest.mark.parametrize(
    ("file", "environment", "live"),
    [
        (_Terminal(), {"TERM": "xterm"}, True),
        (_Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, True),
        (_Terminal(), {"TERM": "xterm", "CI": "true"}, False),
        (_Terminal(), {"TERM": "dumb"}, False),
        (_Terminal(), {}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
    ids=["terminal", "NO_COLOR", "CI", "dumb", "no TERM", "pipe"],
)
def test_frames_are_for_people_at_a_terminal(file: io.StringIO, environment: dict[str, str], *, live: bool) -> None:
    """A log full of control characters helps nobody."""
    assert shows_live(file, environment) is live


def test_plain_lines_are_plain() -> None:
    """No colours, no frame, nothing wrapped."""
    out = io.StringIO()
    canvas = PlainCanvas(out)
    canvas.lines([Text("x" * 300, style="bold red")])
    canvas.frame(_texts("a"))
    canvas.close()
    assert out.getvalue() == "x" * 300 + "\n"


def test_plain_lines_break_a_line_of_others_once() -> None:
    """As on a terminal."""
    out = io.StringIO()
    canvas = PlainCanvas(out)
    canvas.others("test_x.py .")
    canvas.lines(_texts("ours"))
    canvas.lines(_texts("more"))
    canvas.others("")
    canvas.others("\ntest_y.py ")
    canvas.others(".\n")
    canvas.lines(_texts("end"))
    assert out.getvalue() == "test_x.py .\nours\nmore\ntest_y.py .\nend\n"


def test_a_silent_log_is_given_the_frame_now_and_then() -> None:
    """After 30 s without a line, and again after 30 more; never an empty one."""
    out, clock = io.StringIO(), _Clock()
    canvas = PlainCanvas(out, clock=clock)
    for second in range(100):
        clock.now_s = second
        canvas.frame(_texts(f"frame at {second}") if second != 60 else [])
        if second == 10:
            canvas.others(".")
    assert out.getvalue() == ".\nframe at 40\nframe at 70\n"
