"""Whole pytest sessions, in a pipe and in a real pseudo-terminal: who sees what, and that nothing gets garbled."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from harness.tests.report.live.screen import Screen, states

_COLUMNS, _ROWS = 100, 40
_INI = """
[pytest]
asyncio_default_fixture_loop_scope = function
addopts = -p no:cacheprovider -p no:harness.plugin --no-header
"""
_HEAD = """
import os, signal, sys, time
import pytest
from harness.core.events import *
from harness.core.timeline import AlertState
from harness.core.verdict import Verdict

def play(tell, request, verdict=Verdict.VERIFIED, alert="QueueDeep"):
    nodeid = request.node.nodeid
    watched = Watched(alert=alert, side=">", threshold=100, unit="items", hold_s=900)
    tell(ScenarioBegan(nodeid=nodeid, about=(watched,), row="flood", speed=60))
    print("noise"); os.write(1, b"more noise\\n"); os.write(2, b"and more\\n")
    tell(WitnessSaw(nodeid=nodeid, alert=alert, value=145, holds=True, note="", at_s=0))
    tell(ScenarioEnded(nodeid=nodeid, verdicts=((alert, verdict),), seconds=1.5))
"""
VERIFIED = """
def test_a_flood_pages(tell, judged, request):
    tell(StackStep(what="stack at speed 60"))
    tell(StackStep(what="stack at speed 60", seconds=8.1))
    play(tell, request)
    judged(Verdict.VERIFIED)
"""
VIOLATED = """
def test_silence(tell, judged, request):
    play(tell, request, Verdict.VIOLATED)
    judged(Verdict.VIOLATED)
    pytest.fail("it fired", pytrace=False)
"""
UNKNOWN = """
def test_no_answer(tell, judged, request):
    play(tell, request, Verdict.UNKNOWN)
    judged(Verdict.UNKNOWN)
    pytest.fail("nobody knows", pytrace=False)
"""
UNIT = """
def test_unit():
    pass
"""
#: lines of a session with the first two
_STACK = "stack at speed 60: 8.1 s"
_ENDS = ["[1/2] VERIFIED       1.5 s  QueueDeep: a flood pages", "[2/2] VIOLATED       1.5 s  QueueDeep: silence"]
_FRAME = "flood  QueueDeep  145 items > 100"


@dataclass(frozen=True)
class Ran:
    """One session, over."""

    code: int
    sent: str

    @property
    def lines(self) -> list[str]:
        """What a log has, without what differs from run to run."""
        return [re.sub(r"in \d+\.\d+s", "in …s", line) for line in self.sent.splitlines()]

    @property
    def screen(self) -> Screen:
        """What a person sees in the end."""
        found = Screen(_COLUMNS)
        found.feed(self.sent)
        return found


Play = Callable[..., Ran]


@pytest.fixture
def place(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Where a session runs."""
    for name in ("CI", "BUILD_NUMBER", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "COLUMNS", "LINES", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    pytester.makeini(_INI)
    pytester.makeconftest('pytest_plugins = ["harness.tests.report.live.fake_session"]')
    return pytester


def _command(place: pytest.Pytester, tests: tuple[str, ...], options: tuple[str, ...]) -> list[str]:
    place.makepyfile(test_it=_HEAD + "".join(tests))
    return [sys.executable, "-m", "pytest", *options]


@pytest.fixture
def log(place: pytest.Pytester) -> Play:
    """Runs a session into a pipe."""

    def run(*tests: str, options: tuple[str, ...] = ()) -> Ran:
        done = subprocess.run(
            _command(place, tests, options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        return Ran(code=done.returncode, sent=done.stdout)

    return run


@pytest.fixture
def terminal(place: pytest.Pytester) -> Play:
    """Runs a session in a pseudo-terminal; when `until` has been sent, types something, or interrupts."""

    def run(*tests: str, options: tuple[str, ...] = (), until: str = "", typed: bytes = b"") -> Ran:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (_ROWS, _COLUMNS))
        session = subprocess.Popen(
            _command(place, tests, options), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
        )
        os.close(theirs)
        sent = _read(ours, session, until, typed)
        os.close(ours)
        return Ran(code=session.wait(), sent=sent)

    return run


def _read(ours: int, session: subprocess.Popen[bytes], until: str, typed: bytes) -> str:
    sent = b""
    while True:
        ready, _, _ = select.select([ours], [], [], 60)
        assert ready, f"nothing more was sent after {sent[-500:]!r}"
        try:
            part = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            return sent.decode()
        sent += part
        if until and until.encode() in sent:
            until = ""
            if typed:
                os.write(ours, typed)
            else:
                session.send_signal(signal.SIGINT)


def _body(lines: list[str]) -> list[str]:
    """From what was collected to the failures."""
    start = next(i for i, line in enumerate(lines) if re.search(r"collected \d|^2 workers", line))
    end = next(i for i, line in enumerate(lines) if i > start and line.startswith("="))
    return [line.rstrip() for line in lines[start + 1 : end] if line.strip()]


def test_a_log_has_a_line_for_each_scenario(log: Play) -> None:
    """No letters, no file names, no control characters; counted as ever."""
    ran = log(VERIFIED, VIOLATED)
    assert _body(ran.lines) == [_STACK, *_ENDS]
    assert "1 failed, 1 passed in …s" in ran.lines[-1]
    assert "\x1b" not in ran.sent
    assert "noise" not in "\n".join(_body(ran.lines))


def test_a_terminal_has_a_frame_as_well(terminal: Play) -> None:
    """It is seen while the scenario runs, and gone in the end; nothing is lost, doubled or broken."""
    ran = terminal(VERIFIED, VIOLATED)
    assert _body(ran.screen.lines) == [_STACK, *_ENDS]
    assert ran.screen.cursor_shown
    assert ran.screen.coloured
    seen = [lines for lines in states(ran.sent, _COLUMNS) if any(_FRAME in line for line in lines)]
    assert seen
    for lines in seen:
        assert sum(_FRAME in line for line in lines) == 1, "the frame stands once"
        assert _FRAME in lines[-1], "and last"


def test_no_color_leaves_the_frame(terminal: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is about colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    ran = terminal(VERIFIED)
    assert _FRAME in ran.sent.replace("\x1b[0m", "").replace("\x1b[1m", "")
    assert not ran.screen.coloured


@pytest.mark.parametrize(
    ("options", "environment"),
    [((), {"CI": "true"}), ((), {"TERM": "dumb"}), (("-s",), {}), (("--pdb",), {}), (("-q",), {})],
    ids=["CI", "dumb", "-s", "--pdb", "-q"],
)
def test_no_frame_where_it_would_harm(
    terminal: Play, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], environment: dict[str, str]
) -> None:
    """Lines are enough."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    ran = terminal(VERIFIED, options=options)
    assert ran.code == 0
    assert _FRAME not in ran.sent
    assert "\x1b[2K" not in ran.sent
    assert (_STACK in ran.sent) is (options != ("-q",))


def test_the_terminal_is_the_debugger_s_alone(terminal: Play) -> None:
    """Once somebody stops in a test, nothing is painted any more."""
    ran = terminal(VERIFIED, "def test_stop(tell):\n    pytest.set_trace()\n", VIOLATED, until="(Pdb)", typed=b"q\n")
    before, _, after = ran.sent.partition("(Pdb)")
    assert "\x1b[2K" in before
    assert "\x1b[2K" not in after
    assert ran.code == 2


@pytest.mark.parametrize("options", [("-v",), ("--narrate",)])
def test_full_detail_tells_everything(log: Play, options: tuple[str, ...]) -> None:
    """With seconds since the session began."""
    told = [re.sub(r"^ *\d+\.\d s", "…", line) for line in _body(log(VERIFIED, options=options).lines)]
    assert [line for line in told if "…" in line] == [
        f"…  {_STACK}",
        "…  begins: QueueDeep: a flood pages (speed 60, fault flood)",
        "…  QueueDeep: pages at > 100 items for 15m, here 15.0 s",
        "…  witness: 145 items > 100",
        "…  [1/1] VERIFIED       1.5 s  QueueDeep: a flood pages",
    ]


def test_quiet_is_pytest_s_own_output(log: Play) -> None:
    """Letters, and no lines of ours."""
    ran = log(VERIFIED, VIOLATED, options=("-q",))
    assert ran.lines[0].startswith(".F ")
    assert "VERIFIED" not in ran.sent


def test_without_a_reporter_there_is_nothing(log: Play) -> None:
    """`-p no:terminal` is taken at its word."""
    ran = log(VERIFIED, options=("-p", "no:terminal", "-o", "addopts=-p no:harness.plugin"))
    assert (ran.code, ran.sent) == (0, "")


def test_unit_tests_beside_scenarios_have_their_letters(log: Play) -> None:
    """And alone they are shown as everywhere."""
    assert [line[:1] for line in _body(log(UNIT, VERIFIED).lines)][:1] == ["."]
    alone = log(UNIT, options=("--no-scenarios",))
    assert [line.split()[:2] for line in _body(alone.lines)] == [["test_it.py", "."]]


def test_what_has_no_verdict_keeps_its_letter(log: Play) -> None:
    """A scenario that breaks must not go unseen."""
    ran = log(VERIFIED, "def test_broken(tell, request):\n    play(tell, request)\n    assert 1 == 2\n")
    assert any(line.startswith("F") for line in _body(ran.lines))


def test_unknown_is_counted_as_what_it_is(log: Play) -> None:
    """Though it has no letter."""
    assert "1 unknown in …s" in log(UNKNOWN).lines[-1]


@pytest.mark.parametrize("where", ["log", "terminal"])
def test_workers_are_heard(request: pytest.FixtureRequest, where: str) -> None:
    """Each under its name; the last word of each arrives."""
    play: Play = request.getfixturevalue(where)
    ran = play(VERIFIED, VIOLATED, options=("-n", "2"))
    lines = _body(ran.screen.lines if where == "terminal" else ran.lines)
    named = [re.sub(r"^\[gw\d\] (\[\d/\d\] )?", "", line) for line in lines if line.startswith("[gw")]
    assert sorted(named) == sorted([_STACK, *(line[6:] for line in _ENDS)])
    assert "145 items" not in "\n".join(lines)
    assert ran.code == 1


def test_a_worker_that_dies_leaves_no_scenario_under_way(terminal: Play) -> None:
    """Its scenario ends without a verdict, and the frame forgets it."""
    dying = VERIFIED.replace(
        "play(tell, request)", "tell(ScenarioBegan(nodeid=request.node.nodeid)); os.kill(os.getpid(), 9)"
    )
    ran = terminal(dying, VIOLATED, options=("-n", "2"))
    assert any("no verdict" in line and "a flood pages" in line for line in ran.screen.lines)
    assert ran.code == 1


def test_an_interrupt_leaves_a_clean_terminal(terminal: Play) -> None:
    """The frame is gone, the cursor is there, pytest's summary is whole."""
    slow = VERIFIED.replace("play(tell, request)", "play(tell, request); play(tell, request); time.sleep(30)")
    ran = terminal(slow, until="145 items")
    assert ran.code == 2
    assert ran.screen.cursor_shown
    assert not any(_FRAME in line for line in ran.screen.lines)
    assert any("KeyboardInterrupt" in line for line in ran.screen.lines)


def test_names_are_data_on_a_terminal(terminal: Play) -> None:
    """The screen knows no command but those of the view: a name that repaints it would fail this test."""
    hostile = VERIFIED.replace(
        "play(tell, request)", r'play(tell, request, alert="[red]\x1b[2J\x1b]0;title\x07\u202e\ud800\nFAKE 1 passed")'
    )
    ran = terminal(hostile)
    assert ran.code == 0
    (ended,) = [line for line in ran.screen.lines if "VERIFIED" in line]
    assert r"[red]\x1b[2J\x1b]0;title\x07\u202e\ud800\nFAKE" in ended
