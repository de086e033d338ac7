"""What the kernel says that a group used. Pure: takes the texts of control files."""

from collections.abc import Callable
from dataclasses import dataclass

#: reads one control file: (controller, file) -> text; a missing file is the empty text
Read = Callable[[str, str], str]
#: version 1 writes "no limit" as the largest multiple of the page size that fits into 63 bits
_NO_LIMIT_BYTES = 1 << 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Use and limits of one group, with its children, at one instant."""

    memory_usage_bytes: int
    #: usage without the page cache that the kernel would drop first: what counts against the limit
    memory_working_set_bytes: int
    memory_rss_bytes: int
    memory_cache_bytes: int
    #: None: no limit
    memory_limit_bytes: int | None
    #: processes killed for want of memory
    oom_kills: int
    cpu_seconds: float
    #: None: no limit; then periods are not counted either
    cpu_quota_us: int | None
    cpu_period_us: int
    cpu_shares: int
    cfs_periods: int
    cfs_throttled_periods: int
    cfs_throttled_seconds: float


def figures_v1(read: Read) -> Figures:
    """Figures from version 1's files; `total_` fields count children too."""
    memory, cpu = _table(read("memory", "memory.stat")), _table(read("cpu", "cpu.stat"))
    usage = _number(read("memory", "memory.usage_in_bytes"))
    limit = _number(read("memory", "memory.limit_in_bytes"), absent=_NO_LIMIT_BYTES)
    quota = _number(read("cpu", "cpu.cfs_quota_us"), absent=-1)
    return Figures(
        memory_usage_bytes=usage,
        memory_working_set_bytes=max(0, usage - memory.get("total_inactive_file", 0)),
        memory_rss_bytes=memory.get("total_rss", 0),
        memory_cache_bytes=memory.get("total_cache", 0),
        memory_limit_bytes=None if limit >= _NO_LIMIT_BYTES else limit,
        oom_kills=_table(read("memory", "memory.oom_control")).get("oom_kill", 0),
        cpu_seconds=_number(read("cpuacct", "cpuacct.usage")) / 1e9,
        cpu_quota_us=None if quota < 0 else quota,
        cpu_period_us=_number(read("cpu", "cpu.cfs_period_us")),
        cpu_shares=_number(read("cpu", "cpu.shares")),
        cfs_periods=cpu.get("nr_periods", 0),
        cfs_throttled_periods=cpu.get("nr_throttled", 0),
        cfs_throttled_seconds=cpu.get("throttled_time", 0) / 1e9,
    )


def figures_v2(read: Read) -> Figures:
    """Figures from version 2's files, which always count children."""
    memory, cpu = _table(read("memory", "memory.stat")), _table(read("cpu", "cpu.stat"))
    usage = _number(read("memory", "memory.current"))
    quota, _, period = read("cpu", "cpu.max").strip().partition(" ")
    weight = _number(read("cpu", "cpu.weight"), absent=1)
    limit = read("memory", "memory.max").strip()
    return Figures(
        memory_usage_bytes=usage,
        memory_working_set_bytes=max(0, usage - memory.get("inactive_file", 0)),
        memory_rss_bytes=memory.get("anon", 0),
        memory_cache_bytes=memory.get("file", 0),
        memory_limit_bytes=int(limit) if limit.isdigit() else None,
        oom_kills=_table(read("memory", "memory.events")).get("oom_kill", 0),
        cpu_seconds=cpu.get("usage_usec", 0) / 1e6,
        cpu_quota_us=int(quota) if quota.isdigit() else None,
        cpu_period_us=_number(period),
        cpu_shares=2 + (weight - 1) * 262_142 // 9_999,
        cfs_periods=cpu.get("nr_periods", 0),
        cfs_throttled_periods=cpu.get("nr_throttled", 0),
        cfs_throttled_seconds=cpu.get("throttled_usec", 0) / 1e6,
    )


def _table(text: str) -> dict[str, int]:
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}  # noqa: PLR2004 - a pair


def _number(text: str, *, absent: int = 0) -> int:
    return int(text) if text.strip() else absent
