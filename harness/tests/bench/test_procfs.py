"""/proc is read as the kernel writes it."""

import os

import pytest

from harness.bench.procfs import (
    MachineTime,
    Memory,
    ProcessTime,
    parse_machine,
    parse_memory,
    parse_stat,
    read_argv,
    read_machine,
    read_memory,
    read_time,
)

_AFTER_NAME = (
    "S 1 30837 30837 0 -1 4194560 52013 0 3 0 812 145 7 9 20 0 12 0 478712 1406337024 69471 18446744073709551615"
)


@pytest.mark.parametrize("name", ["etcd", "a b", "x) R 1 (y", "("])
def test_a_stat_line_is_read_whatever_the_name(name: str) -> None:
    """User and system time; time of ended children (7 and 9 here) is not this process's own."""
    assert parse_stat(f"30837 ({name}) {_AFTER_NAME}\n") == ProcessTime(start_ticks=478712, cpu_ticks=812 + 145)


def test_memory_with_pss() -> None:
    """smaps_rollup: sizes in units of 1024 bytes, other Pss lines left alone."""
    text = (
        "5583aa000000-7ffd6d5fe000 ---p 00000000 00:00 0                          [rollup]\n"
        "Rss:               61440 kB\nPss:               43008 kB\nPss_Dirty:         30000 kB\nSwap: 1 kB\n"
    )
    assert parse_memory(text) == Memory(rss_bytes=61440 * 1024, pss_bytes=43008 * 1024)


def test_memory_without_pss() -> None:
    """/proc/PID/status tells no PSS: that is None, not 0."""
    text = "Name:\tetcd\nVmPeak:\t  90000 kB\nVmRSS:\t   47104 kB\nThreads:\t12\n"
    assert parse_memory(text) == Memory(rss_bytes=47104 * 1024, pss_bytes=None)


def test_the_machine_is_busy_when_it_is_neither_idle_nor_waiting_for_io() -> None:
    """Guest time is in user time already and must not count twice."""
    text = "cpu  100 1 20 5000 300 2 3 40 60 7\ncpu0 1 1 1 1 1 1 1 1 1 1\n"
    assert parse_machine(text) == MachineTime(busy_ticks=100 + 1 + 20 + 2 + 3 + 40)


def test_this_process_is_there() -> None:
    """The real files have the expected form on this kernel."""
    spent, memory = read_time(os.getpid()), read_memory(os.getpid())
    assert spent is not None
    assert spent.start_ticks > 0
    assert memory is not None
    assert memory.rss_bytes > 1 << 20
    assert read_argv(os.getpid())
    assert read_machine().busy_ticks > 0


def test_a_process_that_ended_is_absent() -> None:
    """Pids are below 2^22, so this one never lives."""
    gone = 1 << 30
    assert read_time(gone) is None
    assert read_memory(gone) is None
    assert read_argv(gone) == ()
