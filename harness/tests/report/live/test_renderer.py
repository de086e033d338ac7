"""Canvases: what arrives at a terminal or in a log."""

import io

import pytest
from rich.text import Text

from harness.report.live.renderer import LiveRenderer, PlainRenderer, shows_live
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
    renderer = LiveRenderer(out)
    renderer.frame(_texts("1 s", "a"))
    renderer.lines(_texts("first"))
    renderer.frame(_texts("2 s"))
    renderer.others("second\nthi")
    renderer.frame(_texts("3 s", "b", "c"))
    assert _screen(out).lines == ["first", "second", "3 s", "b", "c"]
    renderer.others("rd\n")
    renderer.close()
    assert _screen(out).lines == ["first", "second", "third"]
    assert _screen(out).cursor_shown


def test_the_cursor_is_there_while_the_frame_is() -> None:
    """A process that is killed could not bring it back."""
    out = _Terminal()
    LiveRenderer(out).frame(_texts("a"))
    assert _screen(out).cursor_shown


def test_a_line_of_others_that_is_broken_gets_no_second_end() -> None:
    """Ours come between; theirs go on as if nothing had been."""
    out = _Terminal()
    renderer = LiveRenderer(out)
    renderer.others("test_x.py ")
    renderer.lines(_texts("ours"))
    renderer.others("\ntest_y.py .")
    renderer.close()
    assert out.getvalue() == "test_x.py \nours\ntest_y.py ."


def test_an_empty_frame_leaves_nothing() -> None:
    """Not even an empty line."""
    out = _Terminal()
    renderer = LiveRenderer(out)
    renderer.frame(_texts("a", "b"))
    renderer.frame([])
    renderer.lines(_texts("x"))
    renderer.frame([])
    renderer.close()
    assert _screen(out).lines == ["x"]


def test_the_width_leaves_one_cell_free() -> None:
    """A full line makes some terminals begin the next one."""
    assert LiveRenderer(_Terminal()).width == 59


def test_control_sequences_of_others_do_not_move_the_cursor() -> None:
    """Pytest's colours are kept, everything else would meet the frame."""
    out = _Terminal()
    renderer = LiveRenderer(out)
    renderer.frame(_texts("frame"))
    renderer.others("\x1b[31mred\x1b[0m \x1b[5Aup \x1b[2J\n")
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
    renderer = LiveRenderer(out, no_colour=no_colour)
    renderer.lines([Text("x", style="red")])
    renderer.frame([Text("a", style="yellow")])
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
    renderer = PlainRenderer(out)
    renderer.lines([Text("x" * 300, style="bold red")])
    renderer.frame(_texts("a"))
    renderer.close()
    assert out.getvalue() == "x" * 300 + "\n"


def test_plain_lines_break_a_line_of_others_once() -> None:
    """As on a terminal."""
    out = io.StringIO()
    renderer = PlainRenderer(out)
    renderer.others("test_x.py .")
    renderer.lines(_texts("ours"))
    renderer.lines(_texts("more"))
    renderer.others("")
    renderer.others("\ntest_y.py ")
    renderer.others(".\n")
    renderer.lines(_texts("end"))
    assert out.getvalue() == "test_x.py .\nours\nmore\ntest_y.py .\nend\n"


def test_a_silent_log_is_given_the_frame_now_and_then() -> None:
    """After 30 s without a line, and again after 30 more; never an empty one."""
    out, clock = io.StringIO(), _Clock()
    renderer = PlainRenderer(out, clock=clock)
    for second in range(100):
        clock.now_s = second
        renderer.frame(_texts(f"frame at {second}") if second != 60 else [])
        if second == 10:
            renderer.others(".")
    assert out.getvalue() == ".\nframe at 40\nframe at 70\n"
