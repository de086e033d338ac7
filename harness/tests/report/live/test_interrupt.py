"""An interrupt at every line of a paint: what it leaves on the terminal, and that it comes through."""

from __future__ import annotations

import io
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

import harness.report.live.interrupt as interrupt_module
import harness.report.live.renderer as canvas_module
import harness.report.live.view as view_module
from harness.core.events import Said, ScenarioEnded
from harness.core.verdict import Verdict
from harness.report.live.interrupt import held_back
from harness.report.live.narration import Detail
from harness.report.live.renderer import LiveRenderer
from harness.report.live.view import View
from harness.tests.report.live.screen import Screen
from harness.tests.report.live.telling import DEEP, NODEID, START_S, began, told

if TYPE_CHECKING:
    from _typeshed import TraceFunction

#: where an interrupt between writing and noting leaves something
_PAINTING = {canvas_module.__file__, view_module.__file__, interrupt_module.__file__}
_COLUMNS = 60


class _Terminal(io.StringIO):
    """A terminal that interrupts whoever writes: before its n-th write, or after it."""

    def __init__(self, at: int = -1, *, after: bool = False) -> None:
        super().__init__()
        self.writes = 0
        self._at, self._after = at, after

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.writes += 1
        mine = self.writes == self._at
        if mine and not self._after:
            signal.raise_signal(signal.SIGINT)
        written = super().write(text)
        if mine and self._after:
            signal.raise_signal(signal.SIGINT)
        return written


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("NO_COLOR", "FORCE_COLOR", "CI", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(_COLUMNS))
    monkeypatch.setenv("LINES", "20")
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


def _steps(view: View) -> Iterator[Callable[[], None]]:
    """A session: a frame that grows and shrinks, lines above it, somebody else's half a line, an end."""
    yield lambda: view.hear(told(began(DEEP)))
    yield view.show
    yield lambda: view.hear(told(Said(text="ours")))
    yield lambda: view.write("theirs\nbeg")
    yield lambda: view.hear(told(began(DEEP, nodeid="scenarios/test_deep.py::test_another[QueueDeep]")))
    yield view.show
    yield lambda: view.write("un\n")
    yield lambda: view.hear(told(ScenarioEnded(nodeid=NODEID, verdicts=(("QueueDeep", Verdict.VERIFIED),), seconds=1)))
    yield view.show


@dataclass(frozen=True)
class _Played:
    """A session, over."""

    screen: list[str]
    cursor_shown: bool
    #: numbers of the steps that were interrupted
    interrupted: list[int]


def _played(out: _Terminal, watched: AbstractContextManager[object] | None = None, *, without: int = -1) -> _Played:
    """Plays a session to its end, which goes on after each interrupt; perhaps without one of its steps."""
    view = View(LiveRenderer(out), Detail.SHORT, began_s=START_S, clock=lambda: START_S + 12)
    interrupted = []
    with watched or nullcontext():
        for number, step in enumerate((*_steps(view), view.stop, view.stop)):
            try:
                if number != without:
                    step()
            except KeyboardInterrupt:
                interrupted.append(number)
    screen = Screen(_COLUMNS)
    screen.feed(out.getvalue().replace("\n", "\r\n"))
    return _Played(screen=screen.lines, cursor_shown=screen.cursor_shown, interrupted=interrupted)


@dataclass
class _Interrupting:
    """Interrupts before the n-th line of what paints is executed."""

    at: int
    lines: int = 0
    former: TraceFunction | None = None

    def __enter__(self) -> None:
        self.former = sys.gettrace()
        sys.settrace(self._look)

    def __exit__(self, *_: object) -> None:
        sys.settrace(self.former)

    def _look(self, frame: FrameType, event: str, _: object) -> TraceFunction | None:
        code = frame.f_code
        if event == "call" and code.co_filename not in _PAINTING and code is not Console._write_buffer.__code__:
            return None
        if event == "line":
            self.lines += 1
            if self.lines == self.at:
                signal.raise_signal(signal.SIGINT)
        return self._look


#: what stands there if nothing interrupts
_EXPECTED = ["ours", "theirs", "begun", "VERIFIED       1.0 s  QueueDeep: a flood pages"]


def _writes() -> int:
    out = _Terminal()
    assert _played(out) == _Played(screen=_EXPECTED, cursor_shown=True, interrupted=[])
    return out.writes


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_interrupt_at_any_write_leaves_what_should_be_there(*, after: bool) -> None:
    """Nothing of the frame, every line once, and the interrupt itself."""
    writes = _writes()
    assert writes > 10
    for at in range(1, writes + 1):
        played = _played(_Terminal(at, after=after))
        assert (at, played.screen, played.cursor_shown, len(played.interrupted)) == (at, _EXPECTED, True, 1)


def test_an_interrupt_at_any_line_leaves_what_should_be_there() -> None:
    """Between any two lines of renderer, view and rich's writing; the step is then done as a whole, or not at all."""
    whole = _Interrupting(0)
    _played(_Terminal(), whole)
    assert whole.lines > 100
    for at in range(1, whole.lines + 1):
        played = _played(_Terminal(), _Interrupting(at))
        (step,) = played.interrupted
        assert played.cursor_shown
        assert played.screen == _EXPECTED or (at, played.screen) == (at, _played(_Terminal(), without=step).screen)


def test_without_holding_back_something_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: these tests see a frame that stays, and lines that are lost or doubled."""
    writes = _writes()
    monkeypatch.setattr(view_module, "held_back", nullcontext)
    found = [_played(_Terminal(at, after=True)).screen for at in range(1, writes + 1)]
    assert any(screen != _EXPECTED for screen in found)
    assert any("flood  QueueDeep" in line for screen in found for line in screen)


def test_several_interrupts_come_as_one() -> None:
    """Whoever presses Ctrl-C twice wants the same thing."""
    done = []

    def twice() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("all of it")

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_one_inside_another_comes_after_the_outer() -> None:
    """A view is stopped while the session lets go of the terminal."""
    done = []

    def nested() -> None:
        with held_back():
            with held_back():
                signal.raise_signal(signal.SIGINT)
            done.append("the rest")

    with pytest.raises(KeyboardInterrupt):
        nested()
    assert done == ["the rest"]


def test_what_goes_wrong_meanwhile_is_not_lost() -> None:
    """It stands beside the interrupt."""

    def broken() -> None:
        with held_back():
            signal.raise_signal(signal.SIGINT)
            raise OSError("No space left on device")

    with pytest.raises(KeyboardInterrupt) as caught:
        broken()
    assert isinstance(caught.value.__context__, OSError)


@pytest.mark.parametrize("handler", [signal.SIG_IGN, signal.SIG_DFL])
def test_where_an_interrupt_raises_nothing_there_is_nothing_to_hold_back(handler: signal.Handlers) -> None:
    """A program in the background ignores Ctrl-C, and goes on ignoring it."""
    signal.signal(signal.SIGINT, handler)
    with held_back():
        assert signal.getsignal(signal.SIGINT) is handler


def test_other_threads_are_never_interrupted() -> None:
    """The view's own paints as ever, and leaves the main thread's interrupts alone."""
    seen: list[object] = []

    def paint() -> None:
        with held_back():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=paint)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
