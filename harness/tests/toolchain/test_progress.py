"""What a person sees, as text."""

import io

import pytest

from harness.toolchain.bars import Bars
from harness.toolchain.progress import PlainLines, Progress, Unit, amount, progress_to


class _Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_tell_start_and_end_and_every_thirty_seconds() -> None:
    """Often enough to believe in, seldom enough for a log."""
    clock, out = _Clock(), io.StringIO()
    progress = Progress(PlainLines(out, clock=clock).tell, clock=clock)
    progress.say("github.com cannot be reached")
    with progress.step("building etcd", Unit.PACKAGES) as step:
        for done in range(1, 101):
            clock.now_s += 0.71
            step.at(done, 565)
    assert out.getvalue().splitlines() == [
        "github.com cannot be reached",
        "building etcd ...",
        "building etcd: 43 of 565 packages compiled, 31 s",
        "building etcd: 86 of 565 packages compiled, 61 s",
        "building etcd: done in 71.0 s (100 of 565 packages compiled)",
    ]


def test_a_step_that_fails_says_so() -> None:
    """`done` is never written for what was not done."""
    clock, out = _Clock(), io.StringIO()

    def fail() -> None:
        with Progress(PlainLines(out, clock=clock).tell, clock=clock).step("waiting"):
            clock.now_s += 2
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert out.getvalue().splitlines() == ["waiting ...", "waiting: not done after 2.0 s"]


@pytest.mark.parametrize(
    ("done", "total", "unit", "text"),
    [
        (12_400_000, 26_500_000, Unit.BYTES, "12.4 of 26.5 MB"),
        (12_400_000, None, Unit.BYTES, "12.4 MB"),
        (3, None, Unit.MODULES, "3 modules fetched"),
        (0, 565, Unit.PACKAGES, ""),
        (7, 8, Unit.NOTHING, ""),
    ],
)
def test_amounts_have_their_unit(done: int, total: int | None, unit: Unit, text: str) -> None:
    """A number alone says nothing."""
    assert amount(done, total, unit) == text


@pytest.mark.parametrize(
    ("out", "environment", "expected"),
    [
        (_Terminal(), {}, Bars),
        (_Terminal(), {"CI": "true"}, PlainLines),
        (_Terminal(), {"TERM": "dumb"}, PlainLines),
        (io.StringIO(), {}, PlainLines),
    ],
    ids=["terminal", "CI", "dumb", "pipe"],
)
def test_bars_are_for_people_at_a_terminal(out: io.StringIO, environment: dict[str, str], expected: type) -> None:
    """A log full of control characters helps nobody."""
    assert type(getattr(progress_to(out, environment).tell, "__self__", None)) is expected


def test_bars_show_name_amount_and_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is finished stays as a line; NO_COLOR leaves no colour."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    out = _Terminal()
    progress = Progress(Bars(out, no_colour=True).tell)
    progress.say("[hello]")
    with progress.step("building etcd", Unit.PACKAGES) as step:
        step.at(3, 565)
    with pytest.raises(KeyError), progress.step("building kwokctl") as step:
        raise KeyError
    shown = out.getvalue()
    assert "[hello]" in shown
    assert "3 of 565 packages compiled" in shown
    assert "building kwokctl: not done" in shown
    assert "\x1b[3" not in shown, "no colour"


def test_silence_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """For callers who show their own."""
    progress = Progress()
    progress.say("x")
    with progress.step("y") as step:
        step.at(1)
    assert capsys.readouterr() == ("", "")
