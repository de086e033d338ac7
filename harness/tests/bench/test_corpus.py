"""A corpus is replaced by a run in which all was verified and recorded, whole, and by nothing else."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.bench import corpus
from harness.core.errors import ReportError
from harness.recording.place import file_name
from harness.recording.writing import write_recording
from harness.tests.recording.made import taken


def _recorded(place: Path, about: str, **facts: Any) -> None:
    said = {"verdict": "VERIFIED", **facts}
    write_recording(taken(about=about, **said), place / file_name(about))


def test_recordings_of_all_scenarios_are_a_corpus(tmp_path: Path) -> None:
    """Each verified, none without what it should hold."""
    for about in ("a", "b"):
        _recorded(tmp_path, about)
    corpus.check(tmp_path, {"a", "b"})


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"verdict": "UNKNOWN"}, "a is UNKNOWN"),
        ({"lost": ("staleness markers",)}, "a lacks staleness markers"),
        ({"unread": {"receiver": "gone"}}, "a lacks receiver"),
        ({"about": "b"}, "a was not recorded"),
    ],
)
def test_others_are_none(tmp_path: Path, facts: dict[str, Any], why: str) -> None:
    """Offline tests would be asked about something else than they say."""
    _recorded(tmp_path, **{"about": "a", **facts})
    with pytest.raises(corpus.UnfitError) as caught:
        corpus.check(tmp_path, {"a"})
    assert why in caught.value.why


def test_it_is_replaced_whole(tmp_path: Path) -> None:
    """Nothing of the old one is left, and nothing beside it."""
    old, new = tmp_path / "data" / "corpus", tmp_path / "new"
    _recorded(old, "old")
    _recorded(new, "new")
    corpus.replace(old, new)
    assert [one.name for one in old.iterdir()] == ["new"]
    assert [one.name for one in old.parent.iterdir()] == ["corpus"]
    corpus.replace(tmp_path / "first" / "corpus", new)
    assert (tmp_path / "first" / "corpus" / "new").is_dir()


def test_where_it_cannot_be_replaced_it_stays(tmp_path: Path) -> None:
    """The new one is not even there."""
    old = tmp_path / "corpus"
    _recorded(old, "old")
    with pytest.raises(ReportError, match="cannot be replaced"):
        corpus.replace(old, tmp_path / "nowhere")
    assert [one.name for one in old.iterdir()] == ["old"]


def test_a_run_that_is_not_verified_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it has recorded."""

    def ran(argv: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        assert {"--record=" + str(tmp_path / "corpus"), "-x"} <= {*argv}
        return subprocess.CompletedProcess(argv, 3)

    monkeypatch.setattr(subprocess, "run", ran)
    with pytest.raises(corpus.UnfitError, match="stays as it was") as caught:
        corpus.made(tmp_path, ["-x"])
    assert "exit code 3" in caught.value.why
