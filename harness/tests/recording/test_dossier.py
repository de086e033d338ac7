"""Dossiers: written whole, in place of an older one, for their owner's eyes; and only dossiers are ever removed."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import MisuseError, ReportError
from harness.core.samples import Point, Series
from harness.recording.dossier import (
    Dossier,
    dossier_name,
    dossiers_of,
    forget_others,
    read_dossier,
    write_dossier,
)

_NODEID = "scenarios/test_queue.py::test_a_flood_pages[KubeMirrorWorkqueueDepthHigh]"
_DOSSIER = Dossier(
    about=_NODEID,
    story={"instants": {"inject": 17.5}, "unread": {}},
    samples=(Series(labels={"__name__": "up"}, points=(Point(at_s=1.0, value=1.0),)),),
    logs={"pod.controller.log": "started\n"},
)


def _files(path: Path) -> dict[str, str]:
    return {str(one.relative_to(path)): one.read_text() for one in sorted(path.rglob("*")) if one.is_file()}


def test_it_has_all_that_was_recorded(tmp_path: Path) -> None:
    """As a person was told it, as data, as samples, and as logs."""
    path = write_dossier(_DOSSIER, "A: VIOLATED", tmp_path / "new" / "r.dossiers")
    found = _files(path)
    assert json.loads(found.pop("story.json")) == {"about": _NODEID, "instants": {"inject": 17.5}, "unread": {}}
    assert found == {
        "failure.txt": "A: VIOLATED\n",
        "samples.openmetrics": "up{} 1.0 1.000\n# EOF\n",
        "logs/pod.controller.log": "started\n",
    }


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    """Logs are others' words."""
    path = write_dossier(_DOSSIER, "", tmp_path / "r.dossiers")
    modes = {one.stat().st_mode & 0o077 for one in [path.parent, path, *path.rglob("*")]}
    assert modes == {0}


def test_a_newer_one_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    """Whole: nothing of the older is left, and nothing is left beside it."""
    write_dossier(_DOSSIER, "first", tmp_path)
    path = write_dossier(replace(_DOSSIER, logs={}), "second", tmp_path)
    assert sorted(_files(path)) == ["failure.txt", "samples.openmetrics", "story.json"]
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
    name = dossier_name(about)
    assert name.startswith(begins)
    assert "/" not in name
    assert len(name) < 140


def test_two_scenarios_never_share_one() -> None:
    """What is left out of a name is in its digest."""
    assert dossier_name("a b") != dossier_name("a-b")
    assert len({dossier_name(text) for text in ("t[a/b]", "t[a b]", "t[a", "x" * 200, "x" * 201)}) == 5


def test_what_no_text_can_say_is_written_out(tmp_path: Path) -> None:
    """Halves of surrogates come from logs and error texts."""
    odd = Dossier(about="a", story={"x": "\udcff"}, logs={"l": "\udcff\x1b[2J"})
    found = _files(write_dossier(odd, "\ud800", tmp_path))
    assert found["failure.txt"] == "\\ud800\n"
    assert found["logs/l"] == "\\udcff\x1b[2J"
    assert json.loads(found["story.json"])["x"] == "\\udcff"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the option that names another; nothing is left."""
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="--results"):
        write_dossier(_DOSSIER, "", tmp_path / "file")


def test_a_dossier_that_breaks_off_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older one stays."""
    path = write_dossier(_DOSSIER, "first", tmp_path)

    def full(_path: Path, text: str, **_: str) -> int:
        raise OSError(28, f"the disk is full on device for {len(text)}")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ReportError, match="the disk is full"):
        write_dossier(_DOSSIER, "second", tmp_path)
    assert [*tmp_path.iterdir()] == [path]
    assert _files(path)["failure.txt"] == "first\n"


def test_they_are_beside_the_results() -> None:
    """Of each results file its own."""
    assert dossiers_of(Path("harness-report/results.json")) == Path("harness-report/results.dossiers")
    assert dossiers_of(Path("/x/night.json")) == Path("/x/night.dossiers")


def test_those_of_earlier_runs_are_removed_and_nothing_else(tmp_path: Path) -> None:
    """A file of somebody's, a directory that only looks like one, a link that leads elsewhere."""
    place = tmp_path / "r.dossiers"
    kept, old = write_dossier(_DOSSIER, "", place), write_dossier(replace(_DOSSIER, about="old"), "", place)
    elsewhere = write_dossier(replace(_DOSSIER, about="link"), "", tmp_path / "elsewhere")
    (place / "link").symlink_to(elsewhere)
    (place / "notes.txt").write_text("mine")
    shutil.copytree(old, place / "copied")
    (place / ".unfinished-1a2b").mkdir()
    (place / ".unfinished-1a2b" / "failure.txt").write_text("killed")
    forget_others(place, {kept})
    assert sorted(one.name for one in place.iterdir()) == sorted([kept.name, "link", "notes.txt", "copied"])
    assert _files(elsewhere)


def test_without_any_there_is_no_directory(tmp_path: Path) -> None:
    """A run that is verified leaves its results alone."""
    place = tmp_path / "r.dossiers"
    forget_others(place, ())
    write_dossier(_DOSSIER, "", place)
    forget_others(place, ())
    assert not place.exists()


_WHOLE = replace(
    _DOSSIER, story={"scrape_s": 0.5, "instants": {"undo": 30.0, "start": 10.0, "inject": 17.5, "undo_began": None}}
)


def test_it_is_found_as_it_was_written(tmp_path: Path) -> None:
    """What was done when in the order of time; what was not done is left out."""
    path = write_dossier(_WHOLE, "", tmp_path)
    kept = read_dossier(path)
    assert (kept.directory, kept.about, kept.scrape_s, kept.span_s) == (path, _NODEID, 0.5, (1.0, 1.0))
    assert kept.instants == (("start", 10.0), ("inject", 17.5), ("undo", 30.0))
    assert kept.samples.is_file()
    assert kept.story_file.is_file()


def test_one_without_samples_is_one_all_the_same(tmp_path: Path) -> None:
    """Prometheus had died."""
    assert read_dossier(write_dossier(replace(_WHOLE, samples=()), "", tmp_path)).span_s is None


@pytest.mark.parametrize(
    ("file", "text"),
    [
        pytest.param("story.json", None, id="no story"),
        pytest.param("story.json", "[]", id="a list"),
        pytest.param("story.json", '{"about": "x", "instants": {}}', id="half a story"),
        pytest.param("story.json", '{"about": "x", "scrape_s": "soon", "instants": {}}', id="no number"),
        pytest.param("samples.openmetrics", "no sample", id="no samples"),
        pytest.param("samples.openmetrics", None, id="no file of samples"),
    ],
)
def test_what_is_no_dossier_is_refused(tmp_path: Path, file: str, text: str | None) -> None:
    """With what one is."""
    path = write_dossier(_WHOLE, "", tmp_path)
    (path / file).unlink()
    if text is not None:
        (path / file).write_text(text)
    with pytest.raises(MisuseError, match="is no dossier") as caught:
        read_dossier(path)
    assert "dossier:" in caught.value.fix
