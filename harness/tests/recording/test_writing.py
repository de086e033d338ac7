"""Recordings are written whole, in place of an older one, for their owner's eyes; nothing else is ever removed."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import ReportError
from harness.recording.facts import Facts
from harness.recording.place import file_name, forget_others, recordings_of
from harness.recording.recording import Recording
from harness.recording.writing import Taken, write_recording
from harness.tests.recording.made import taken

_NODEID = "scenarios/test_queue.py::test_a_flood_pages[KubeMirrorWorkqueueDepthHigh]"
_TAKEN = replace(taken(about=_NODEID), failure="A: VIOLATED", logs={"pod.controller.log": "started\n"})


def _files(path: Path) -> dict[str, bytes]:
    return {str(one.relative_to(path)): one.read_bytes() for one in sorted(path.rglob("*")) if one.is_file()}


def _write(one: Taken, place: Path) -> Path:
    return write_recording(one, place / file_name(one.facts.about))


def test_it_has_all_that_was_recorded(tmp_path: Path) -> None:
    """As a person was told it, as data, as samples, and as logs."""
    found = _files(_write(_TAKEN, tmp_path / "new" / "r.recordings"))
    assert sorted(found) == [
        "contract.yaml",
        "failure.txt",
        "logs/pod.controller.log",
        "recorded.samples",
        "recording.json",
        "rules.yaml",
        "scraped.samples",
    ]
    assert found["failure.txt"] == b"A: VIOLATED\n"
    assert found["logs/pod.controller.log"] == b"started\n"
    assert found["scraped.samples"] == _TAKEN.scraped.written()


def test_what_is_verified_has_neither_failure_nor_logs(tmp_path: Path) -> None:
    """There is nothing to tell."""
    found = _files(_write(taken(), tmp_path))
    assert sorted(found) == ["contract.yaml", "recorded.samples", "recording.json", "rules.yaml", "scraped.samples"]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Logs are others' words."""
    path = _write(_TAKEN, tmp_path / "r.recordings")
    modes = {one.stat().st_mode & 0o077 for one in [path.parent, path, *path.rglob("*")]}
    assert modes == {0}


def test_a_newer_one_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    """Whole: nothing of the older is left, and nothing is left beside it."""
    _write(_TAKEN, tmp_path)
    path = _write(replace(_TAKEN, logs={}, failure="second"), tmp_path)
    assert "logs" not in {one.name for one in path.iterdir()}
    assert (path / "failure.txt").read_text() == "second\n"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize(
    ("about", "begins"),
    [
        ("stack", "stack"),
        (_NODEID, "test_queue.py-test_a_flood_pages-KubeMirrorWorkqueueDepthHigh-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("a" * 500, "a" * 120 + "-"),
        ("..", "-"),
        ("\ud800", "-"),
    ],
)
def test_its_name_is_one_of_a_directory_beside_the_others(about: str, begins: str) -> None:
    """Whatever a node id is made of."""
    name = file_name(about)
    assert name.startswith(begins)
    assert "/" not in name
    assert len(name) < 140


def test_two_scenarios_never_share_one() -> None:
    """What is left out of a name is in its digest."""
    assert file_name("a b") != file_name("a-b")
    assert len({file_name(text) for text in ("t[a/b]", "t[a b]", "t[a", "x" * 200, "x" * 201)}) == 5


def test_what_no_text_can_say_is_written_out(tmp_path: Path) -> None:
    """Halves of surrogates come from logs and error texts, numbers that are none from witnesses; its checksum holds."""
    facts = Facts(about="a", unread={"x": "\udcff"}, instants={"start": float("nan")})
    path = _write(Taken(facts=facts, failure="\ud800", logs={"l": "\udcff\x1b[2J"}), tmp_path)
    found = _files(path)
    assert found["failure.txt"] == b"\\ud800\n"
    assert found["logs/l"] == b"\\udcff\x1b[2J"
    read = Recording.read(path).facts
    assert (read.unread, read.instants) == ({"x": "\\udcff"}, {"start": None})


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the options that name another; nothing is left."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="--results"):
        _write(_TAKEN, tmp_path / "file")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("breaks", ["write_bytes", "rename"])
def test_one_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: str) -> None:
    """The older one stays."""
    path = _write(replace(_TAKEN, failure="first"), tmp_path)
    done = getattr(Path, breaks)

    def full(one: Path, *args: object) -> object:
        # the older one is moved away and back
        if breaks == "rename" and not one.name.startswith(".unfinished-"):
            return done(one, *args)
        raise OSError(28, "the disk is full")

    monkeypatch.setattr(Path, breaks, full)
    with pytest.raises(ReportError, match="the disk is full"):
        _write(replace(_TAKEN, failure="second"), tmp_path)
    monkeypatch.undo()
    assert [*tmp_path.iterdir()] == [path]
    assert (path / "failure.txt").read_text() == "first\n"
    assert Recording.read(path).facts.about == _NODEID


def test_they_are_beside_the_results() -> None:
    """Of each results file its own."""
    assert recordings_of(Path("harness-report/results.json")) == Path("harness-report/results.recordings")
    assert recordings_of(Path("/x/night.json")) == Path("/x/night.recordings")


def test_those_of_earlier_runs_are_removed_and_nothing_else(tmp_path: Path) -> None:
    """A file of somebody's, a directory that only looks like one, a link that leads elsewhere."""
    place = tmp_path / "r.recordings"
    kept, old = _write(_TAKEN, place), _write(taken(about="old"), place)
    elsewhere = _write(taken(about="link"), tmp_path / "elsewhere")
    (place / "link").symlink_to(elsewhere)
    (place / "notes.txt").write_text("mine")
    shutil.copytree(old, place / "copied")
    (place / "theirs").mkdir()
    (place / "theirs" / "recording.json").write_text(json.dumps({"about": "theirs"}))
    (place / ".unfinished-1a2b").mkdir()
    (place / ".unfinished-1a2b" / "failure.txt").write_text("killed")
    forget_others(place, {kept})
    left = sorted(one.name for one in place.iterdir())
    assert left == sorted([kept.name, "link", "notes.txt", "copied", "theirs"])
    assert _files(elsewhere)


def test_without_any_there_is_no_directory(tmp_path: Path) -> None:
    """Nothing is left of it."""
    place = tmp_path / "r.recordings"
    forget_others(place, ())
    _write(_TAKEN, place)
    forget_others(place, ())
    assert not place.exists()
