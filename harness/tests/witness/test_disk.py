"""A disk that was full at any look was full."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.witness.disk import FULL_BYTES, DiskWatch


class _Disk:
    """Has as much room as planted, look by look; the last figure stays."""

    def __init__(self, *free_bytes: int | OSError) -> None:
        self._free = list(free_bytes)
        self.looked = threading.Event()

    def free_bytes(self, directory: Path) -> int:
        assert directory == Path("run")
        self.looked.set()
        free = self._free.pop(0) if len(self._free) > 1 else self._free[0]
        if isinstance(free, OSError):
            raise free
        return free


@pytest.fixture
def watches() -> Iterator[list[DiskWatch]]:
    """All that a test makes; none of their threads is left."""
    made: list[DiskWatch] = []
    others = set(threading.enumerate())
    yield made
    for watch in made:
        watch.stop()
    assert not [one for one in threading.enumerate() if one.name == "disk-watch" and one not in others]


@pytest.mark.parametrize(
    ("free", "told"),
    [
        pytest.param((FULL_BYTES, FULL_BYTES), None, id="just enough"),
        pytest.param((10**9, FULL_BYTES - 1, 10**9), f"{FULL_BYTES - 1} bytes were free", id="full for a while"),
        pytest.param((0,), "no room on the disk of run: 0 bytes were free", id="full"),
        pytest.param((OSError("gone"),), None, id="not there"),
    ],
)
def test_the_least_room_counts(watches: list[DiskWatch], free: tuple[int | OSError, ...], told: str | None) -> None:
    """Room that came back does not undo what could not be written."""
    disk = _Disk(*free)
    watch = DiskWatch(Path("run"), free_bytes=disk.free_bytes)
    watches.append(watch)
    assert disk.looked.wait(10)
    for _ in free:
        watch.look()
    assert (watch.full is None) == (told is None)
    assert (told or "") in (watch.full or "")
