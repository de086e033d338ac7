"""The machine's figures."""

from pathlib import Path

from harness.toolchain.machine import look, meminfo


def test_memory_is_read_in_bytes() -> None:
    """The kernel counts in units of 1024 bytes and calls them kB."""
    text = (
        "MemTotal:       24000000 kB\nMemFree:          100 kB\nMemAvailable:   20000000 kB\nHugePages_Total:       0\n"
    )
    assert meminfo(text) == (24_576_000_000, 20_480_000_000)


def test_a_cache_that_does_not_exist_yet_has_a_disk(tmp_path: Path) -> None:
    """Its first existing parent is on it; looking creates nothing."""
    machine = look(tmp_path / "a" / "b")
    assert machine.disk_bytes > 0
    assert machine.cores >= 1
    assert 0 < machine.available_bytes <= machine.memory_bytes
    assert list(tmp_path.iterdir()) == []
