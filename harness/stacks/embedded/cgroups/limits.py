"""What a container may use, and the files in which the kernel is told so. Pure."""

from dataclasses import dataclass

#: length of one CFS period, as the kubelet sets it
CPU_PERIOD_US = 100_000
#: the smallest quota the kernel takes
_MIN_QUOTA_US = 1_000
_MIN_SHARES = 2
_MAX_SHARES = 262_144


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits and weight of one group; None is no limit."""

    memory_bytes: int | None = None
    #: thousandths of a core per second
    cpu_limit_millicores: int | None = None
    #: thousandths of a core that are wanted; a weight among neighbours, not a bound
    cpu_request_millicores: int | None = None

    @property
    def cpu_quota_us(self) -> int | None:
        """Running time allowed within `CPU_PERIOD_US`."""
        if self.cpu_limit_millicores is None:
            return None
        return max(_MIN_QUOTA_US, self.cpu_limit_millicores * CPU_PERIOD_US // 1_000)

    @property
    def cpu_shares(self) -> int:
        """Weight in version 1's unit, by the kubelet's formula (MilliCPUToShares)."""
        return min(_MAX_SHARES, max(_MIN_SHARES, (self.cpu_request_millicores or 0) * 1_024 // 1_000))

    @property
    def cpu_weight(self) -> int:
        """Weight in version 2's unit, by the kubelet's formula for shares."""
        return 1 + (self.cpu_shares - 2) * 9_999 // 262_142


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One text written to one control file."""

    controller: str
    file: str
    text: str
    #: the file may be missing (a kernel without swap accounting), and the limit holds all the same
    optional: bool = False


def writes(limits: Limits, *, version: int) -> tuple[Write, ...]:
    """The control files that put `limits` into effect.

    Swap is switched off where memory is limited: otherwise a squeezed process would swap instead of being killed.
    """
    if version == 1:
        return (
            Write(controller="memory", file="memory.swappiness", text="0", optional=True),
            Write(controller="memory", file="memory.limit_in_bytes", text=str(limits.memory_bytes or -1)),
            Write(controller="cpu", file="cpu.shares", text=str(limits.cpu_shares)),
            Write(controller="cpu", file="cpu.cfs_period_us", text=str(CPU_PERIOD_US)),
            Write(controller="cpu", file="cpu.cfs_quota_us", text=str(limits.cpu_quota_us or -1)),
        )
    quota = "max" if limits.cpu_quota_us is None else str(limits.cpu_quota_us)
    return (
        Write(controller="memory", file="memory.swap.max", text="0", optional=True),
        Write(controller="memory", file="memory.oom.group", text="1", optional=True),
        Write(controller="memory", file="memory.max", text=str(limits.memory_bytes or "max")),
        Write(controller="cpu", file="cpu.weight", text=str(limits.cpu_weight)),
        Write(controller="cpu", file="cpu.max", text=f"{quota} {CPU_PERIOD_US}"),
    )
