"""`harness look`: the pinned Prometheus on what a recording holds, and nothing left of it afterwards."""

import io
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from rich.console import Console

from harness.cli.look import look
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.samples import Series
from harness.recording.facts import Facts
from harness.recording.recording import RecordingError
from harness.recording.writing import Taken, write_recording
from harness.stacks.process_table import marked_processes
from harness.stacks.run import known_runs
from harness.tests.recording.made import START_S, beats, firing, recording, series


class _Looking:
    """Asks as the printed command does, in place of a person."""

    def __init__(self, out: io.StringIO) -> None:
        self._out = out
        self.seen: dict[str, list[float]] = {}
        self.processes = 0

    def __call__(self, ended: Callable[[], str | None]) -> str | None:
        assert ended() is None
        found = re.search(r"curl '(\S+)'", self._out.getvalue())
        assert found, self._out.getvalue()
        self.processes = len(list(marked_processes(known_runs()[0].id)))
        answered = requests.get(found[1], timeout=10).json()["data"]["result"]
        self.seen = {one["metric"]["alertname"]: [float(at) - START_S for at, _ in one["values"]] for one in answered}
        return None


def _alert(*values: float, name: str) -> Series:
    return series("ALERTS", *values, alertname=name, alertstate="firing")


def test_what_was_recorded_can_be_asked_for(tmp_path: Path) -> None:
    """By the command that it prints; a staleness marker ends a series, else the recorded lookback does."""
    path = recording(
        tmp_path,
        about="t.py::test_[red]it",
        recorded=(beats(11), firing(), _alert(1.0, 1.0, name="Unmarked")),
        instants={"undo": None, "inject": START_S + 5, "start": START_S},
        end_s=START_S + 10,
        lost=("staleness markers",),
        unread={"receiver": "it does not answer"},
    )
    out = io.StringIO()
    looking = _Looking(out)
    look(path, Console(file=out, width=40), hold=looking)
    assert looking.seen == {"A": [0, 1, 2], "Unmarked": [0, 1, 2, 3, 4, 5]}
    assert looking.processes == 1
    said = out.getvalue()
    assert "about         t.py::test_[red]it\n" in said
    assert "samples       2020-09-13T12:26:40.000Z to 2020-09-13T12:26:50.000Z\n" in said
    assert "start         2020-09-13T12:26:40.000Z\ninject        2020-09-13T12:26:45.000Z\n" in said
    assert "lost          staleness markers\n" in said
    assert "not read      receiver: it does not answer\n" in said
    assert "not known     2020-09-13T12:26:45.000Z to 2020-09-13T12:26:50.000Z: " in said


def test_no_more_is_told_than_anybody_reads(tmp_path: Path) -> None:
    """Of what is not known."""
    late = tuple(beats(1, rule_group=f"g{number}") for number in range(12))
    out = io.StringIO()
    look(recording(tmp_path, recorded=(beats(), *late)), Console(file=out), hold=lambda _: None)
    assert out.getvalue().count("\nnot known     ") == 11
    assert "not known     and 2 stretches more\n" in out.getvalue()


def test_nothing_is_left_of_it(tmp_path: Path) -> None:
    """Neither the process nor its files; the recording is as it was."""
    path = recording(tmp_path)
    before = sorted(path.rglob("*"))
    out = io.StringIO()
    look(path, Console(file=out), hold=_Looking(out))
    assert known_runs() == ()
    assert sorted(path.rglob("*")) == before


def test_a_prometheus_that_ends_by_itself_is_told(tmp_path: Path) -> None:
    """And nothing is left."""

    def killed(ended: Callable[[], str | None]) -> str | None:
        ((pid, _),) = marked_processes(known_runs()[0].id)
        os.kill(pid, signal.SIGKILL)
        while ended() is None:
            pass
        return ended()

    with pytest.raises(CouldNotTellError, match="ended by itself") as caught:
        look(recording(tmp_path), Console(file=io.StringIO()), hold=killed)
    assert "signal 9" in caught.value.why
    assert known_runs() == ()


def test_one_without_samples_is_refused(tmp_path: Path) -> None:
    """It says where to read why."""
    path = write_recording(Taken(facts=Facts(about="a")), tmp_path / "a")
    with pytest.raises(MisuseError, match="nothing to look at") as caught:
        look(path, Console(file=io.StringIO()))
    assert "recording.json" in caught.value.fix
    assert known_runs() == ()


def test_samples_that_are_not_as_they_were_written_are_refused(tmp_path: Path) -> None:
    """Somebody has edited them; nothing is started."""
    path = recording(tmp_path)
    (path / "scraped.samples").write_text("up{ 1 2\n# EOF\n")
    with pytest.raises(RecordingError):
        look(path, Console(file=io.StringIO()))
    assert known_runs() == ()
