"""Room: a disk that is full, or a directory that is not ours, is told with what to do."""

import errno
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.stacks.free_space import NEEDED_BYTES, NoRoomError, check_room, refused


def test_the_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    """Enough room is no error."""
    directory = tmp_path / "state" / "deep"
    check_room(directory)
    assert directory.stat().st_mode & 0o077 == 0


def test_too_little_room_is_told_in_figures(tmp_path: Path) -> None:
    """What is there and what is needed."""
    with pytest.raises(NoRoomError) as caught:
        check_room(tmp_path, needed_bytes=1 << 60)
    assert caught.value.what == f"no room for a stack in {tmp_path}"
    assert f"{(1 << 60) >> 20} MiB are needed" in caught.value.why
    assert "KUBEMIRROR_HARNESS_STATE" in caught.value.fix
    assert NEEDED_BYTES == 256 << 20


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Something else has its name."""
    (tmp_path / "file").touch()
    with pytest.raises(NoRoomError, match="cannot be written"):
        check_room(tmp_path / "file" / "state")


def test_a_directory_that_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's."""
    monkeypatch.setattr("harness.stacks.free_space.os.access", lambda _directory, _mode: False)
    with pytest.raises(NoRoomError, match="no run can be made"):
        check_room(tmp_path)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        pytest.param(errno.ENOSPC, NoRoomError, id="full"),
        pytest.param(errno.EROFS, NoRoomError, id="read-only"),
        pytest.param(errno.EMFILE, CouldNotTellError, id="anything else"),
    ],
)
def test_what_the_system_refuses_is_told_as_what_it_is(number: int, kind: type[CouldNotTellError]) -> None:
    """Only a lack of room is answered by making room."""
    error = refused(Path("place"), OSError(number, "planted", "file"))
    assert type(error) is kind
    assert "file: " in error.why
