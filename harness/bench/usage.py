"""What the components of a run use: CPU between two instants, memory at the second."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.bench.procfs import TICKS_PER_S, MachineTime, Memory, read_argv, read_machine, read_memory, read_time
from harness.stacks.process_table import marked_processes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    """One process of the run at one instant."""

    component: str
    cpu_ticks: int
    memory: Memory | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All processes of the run at one instant, and the machine."""

    #: seconds of the monotonic clock
    at_s: float
    #: by pid and start, which no later process shares
    processes: Mapping[tuple[int, int], ProcessFacts]
    machine: MachineTime

    @property
    def cpu_s(self) -> float:
        """CPU seconds that these processes have used since each of them began."""
        return sum(one.cpu_ticks for one in self.processes.values()) / TICKS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentUse:
    """What one component used."""

    name: str
    processes: int
    #: share of one core: 0.5 is half a core, two full cores are 2
    cpu_ratio: float
    rss_bytes: int
    #: None where one of its processes does not tell
    pss_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What the run used over an interval, and the rest of the machine beside it."""

    #: length of the interval in seconds
    seconds: float
    #: most CPU first
    components: tuple[ComponentUse, ...]
    #: what everything else on the machine used, in cores; the measuring process is part of it
    elsewhere_ratio: float
    #: components of processes that ended meanwhile: what they used last is not counted
    ended: tuple[str, ...]

    @property
    def cpu_ratio(self) -> float:
        """Of all components together, in cores."""
        return sum(one.cpu_ratio for one in self.components)

    @property
    def cpu_s(self) -> float:
        """CPU seconds of all components together."""
        return self.cpu_ratio * self.seconds

    def of(self, component: str) -> ComponentUse | None:
        """One component's use; None if it has no process."""
        return next((one for one in self.components if one.name == component), None)


def take_snapshot(run_id: str, name_of: Callable[[Sequence[str]], str], *, with_memory: bool = False) -> Snapshot:
    """Looks at every process that carries the run's mark.

    Args:
        run_id: whose processes.
        name_of: tells the component from the command line.
        with_memory: whether to read memory too: milliseconds for each process, so not before an interval.
    """
    pids = [pid for pid, _ in marked_processes(run_id)]
    at_s, machine = time.monotonic(), read_machine()
    times = {pid: read_time(pid) for pid in pids}
    found = {}
    for pid, spent in times.items():
        argv = read_argv(pid)
        if spent is not None and argv:
            memory = read_memory(pid) if with_memory else None
            facts = ProcessFacts(component=name_of(argv), cpu_ticks=spent.cpu_ticks, memory=memory)
            found[pid, spent.start_ticks] = facts
    return Snapshot(at_s=at_s, processes=found, machine=machine)


def usage_between(before: Snapshot, after: Snapshot, *, ticks_per_s: int = TICKS_PER_S) -> Usage:
    """What was used from one snapshot to the other. A process that began meanwhile counts from its start."""
    seconds = after.at_s - before.at_s
    grouped: dict[str, list[tuple[int, Memory | None]]] = {}
    for key, facts in after.processes.items():
        earlier = before.processes.get(key)
        ticks = facts.cpu_ticks - (earlier.cpu_ticks if earlier else 0)
        grouped.setdefault(facts.component, []).append((ticks, facts.memory))
    components = tuple(_use(name, members, seconds * ticks_per_s) for name, members in grouped.items())
    busy_ticks = after.machine.busy_ticks - before.machine.busy_ticks
    ours_ticks = sum(ticks for members in grouped.values() for ticks, _ in members)
    return Usage(
        seconds=seconds,
        components=tuple(sorted(components, key=lambda one: (-one.cpu_ratio, one.name))),
        elsewhere_ratio=max(0.0, (busy_ticks - ours_ticks) / (seconds * ticks_per_s)),
        ended=tuple(
            sorted(before.processes[key].component for key in before.processes.keys() - after.processes.keys())
        ),
    )


def _use(name: str, members: Sequence[tuple[int, Memory | None]], interval_ticks: float) -> ComponentUse:
    memories = [memory for _, memory in members if memory is not None]
    pss = [memory.pss_bytes for memory in memories if memory.pss_bytes is not None]
    return ComponentUse(
        name=name,
        processes=len(members),
        cpu_ratio=sum(ticks for ticks, _ in members) / interval_ticks,
        rss_bytes=sum(memory.rss_bytes for memory in memories),
        pss_bytes=sum(pss) if len(pss) == len(members) else None,
    )
