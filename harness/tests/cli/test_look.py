"""`harness look`: the pinned Prometheus on what a dossier holds, and nothing left of it afterwards."""

import io
import json
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
from harness.core.samples import Point, Series
from harness.recording.dossier import Dossier, write_dossier
from harness.stacks.command import CommandFailedError
from harness.stacks.process_table import marked_processes
from harness.stacks.run import known_runs

#: long ago: no retention may take it away
_START_S = 1_600_000_000.0


def _dossier(directory: Path, *series: Series) -> Path:
    story = {"scrape_s": 1.0, "instants": {"inject": _START_S + 5, "undo": None}}
    return write_dossier(Dossier(about="t.py::test_[red]it", story=story, samples=series), "", directory)


def _firing() -> Series:
    """Five samples, a second apart, and then none."""
    points = tuple(Point(at_s=_START_S + at, value=1.0) for at in range(5))
    return Series(labels={"__name__": "ALERTS", "alertname": "A", "alertstate": "firing"}, points=points)


class _Looking:
    """Asks as the printed command does, in place of a person."""

    def __init__(self, out: io.StringIO) -> None:
        self._out = out
        self.seen: list[dict[str, object]] = []
        self.processes = 0

    def __call__(self, ended: Callable[[], str | None]) -> str | None:
        assert ended() is None
        found = re.search(r"curl '(\S+)'", self._out.getvalue())
        assert found, self._out.getvalue()
        self.processes = len(list(marked_processes(known_runs()[0].id)))
        self.seen = requests.get(found[1], timeout=10).json()["data"]["result"]
        return None


def test_what_was_recorded_can_be_asked_for(tmp_path: Path) -> None:
    """By the command that it prints; a series is over when two scrapes are missing."""
    later = Series(labels={"__name__": "up"}, points=(Point(at_s=_START_S + 60, value=0.0),))
    out = io.StringIO()
    looking = _Looking(out)
    look(_dossier(tmp_path, _firing(), later), Console(file=out, width=40), hold=looking)
    (series,) = looking.seen
    assert series["metric"] == {"__name__": "ALERTS", "alertname": "A", "alertstate": "firing"}
    instants = [float(at) for at, _ in json.loads(json.dumps(series["values"]))]
    assert (instants[0], instants[-1]) == (_START_S, _START_S + 5)
    assert looking.processes == 1
    assert "about         t.py::test_[red]it\n" in out.getvalue()
    assert "inject        2020-09-13T12:26:45.000Z\n" in out.getvalue()
    assert "samples       2020-09-13T12:26:40.000Z to 2020-09-13T12:27:40.000Z\n" in out.getvalue()


def test_nothing_is_left_of_it(tmp_path: Path) -> None:
    """Neither the process nor its files; the dossier is as it was."""
    path = _dossier(tmp_path, _firing())
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
        look(_dossier(tmp_path, _firing()), Console(file=io.StringIO()), hold=killed)
    assert "signal 9" in caught.value.why
    assert known_runs() == ()


def test_a_dossier_without_samples_is_refused(tmp_path: Path) -> None:
    """It says where to read why."""
    with pytest.raises(MisuseError, match="nothing to look at") as caught:
        look(_dossier(tmp_path), Console(file=io.StringIO()))
    assert "story.json" in caught.value.fix
    assert known_runs() == ()


def test_samples_that_are_none_are_told_in_promtools_words(tmp_path: Path) -> None:
    """Somebody has edited them."""
    path = _dossier(tmp_path, _firing())
    (path / "samples.openmetrics").write_text("up{ 1 2\n# EOF\n")
    with pytest.raises(CommandFailedError, match="cannot be read") as caught:
        look(path, Console(file=io.StringIO()))
    assert "promtool" in caught.value.why
    assert known_runs() == ()
