"""What is used between two snapshots is shared out among the components."""

import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from harness.bench.procfs import MachineTime, Memory
from harness.bench.usage import ComponentUse, ProcessFacts, Snapshot, take_snapshot, usage_between
from harness.core.marks import RUN_MARK


def snapshot(at_s: float, busy_ticks: int, processes: Mapping[int, tuple[str, int, Memory | None]]) -> Snapshot:
    """Processes by pid: component, ticks, memory."""
    return Snapshot(
        at_s=at_s,
        machine=MachineTime(busy_ticks=busy_ticks),
        processes={
            (pid, 7): ProcessFacts(component=name, cpu_ticks=ticks, memory=memory)
            for pid, (name, ticks, memory) in processes.items()
        },
    )


FULL = Memory(rss_bytes=300, pss_bytes=200)
BEFORE = snapshot(50.0, 1_000, {1: ("etcd", 10, None), 2: ("controller", 400, None), 3: ("prometheus", 70, None)})


def test_shares_are_those_of_one_core() -> None:
    """100 ticks a second, 10 s: 100 ticks are a tenth of a core. What the machine did besides is elsewhere."""
    after = snapshot(60.0, 2_500, {1: ("etcd", 110, FULL), 2: ("controller", 1_400, FULL), 3: ("prometheus", 70, FULL)})
    usage = usage_between(BEFORE, after, ticks_per_s=100)
    assert [(one.name, one.cpu_ratio) for one in usage.components] == [
        ("controller", 1.0),
        ("etcd", 0.1),
        ("prometheus", 0.0),
    ]
    assert usage.cpu_ratio == pytest.approx(1.1)
    assert usage.cpu_s == pytest.approx(11.0)
    assert usage.elsewhere_ratio == pytest.approx(0.4)
    assert usage.ended == ()
    assert usage.of("etcd") == ComponentUse(name="etcd", processes=1, cpu_ratio=0.1, rss_bytes=300, pss_bytes=200)
    assert usage.of("nobody") is None


def test_a_process_that_came_counts_from_its_start_and_one_that_went_is_named() -> None:
    """A restarted component is two processes: the new one counts in full, the last ticks of the old one are unknown."""
    after = snapshot(60.0, 2_500, {1: ("etcd", 10, FULL), 3: ("prometheus", 70, FULL), 9: ("controller", 50, FULL)})
    usage = usage_between(BEFORE, after, ticks_per_s=100)
    controller = usage.of("controller")
    assert controller is not None
    assert controller.cpu_ratio == pytest.approx(0.05)
    assert usage.ended == ("controller",)


def test_a_pid_given_to_a_later_process_is_not_the_earlier_one() -> None:
    """It has another start; the difference of their ticks would be negative."""
    later = ProcessFacts(component="controller", cpu_ticks=5, memory=FULL)
    after = Snapshot(at_s=60.0, processes={(2, 8): later}, machine=BEFORE.machine)
    assert [one.cpu_ratio for one in usage_between(BEFORE, after, ticks_per_s=100).components] == [0.005]


def test_replicas_are_added_and_an_unknown_pss_has_no_sum() -> None:
    """A sum that leaves one out would be read as the whole."""
    blind = Memory(rss_bytes=100, pss_bytes=None)
    after = snapshot(60.0, 2_500, {2: ("controller", 500, FULL), 5: ("controller", 100, blind)})
    usage = usage_between(BEFORE, after, ticks_per_s=100)
    assert usage.components == (
        ComponentUse(name="controller", processes=2, cpu_ratio=0.2, rss_bytes=400, pss_bytes=None),
    )


def test_more_than_the_machine_did_is_not_left_for_others() -> None:
    """The machine is read a moment before the processes, so the rest may come out below zero."""
    after = snapshot(60.0, 1_050, {1: ("etcd", 110, FULL)})
    assert usage_between(BEFORE, after, ticks_per_s=100).elsewhere_ratio == 0


def test_the_processes_of_a_run_are_found_by_its_mark() -> None:
    """A marked process is in the snapshot, with memory only where asked for; unmarked ones are not."""
    run_id = f"bench-test-{os.getpid()}"
    command = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]
    with subprocess.Popen(
        command, env={RUN_MARK: run_id}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        bare = take_snapshot(run_id, lambda argv: argv[1])
        full = take_snapshot(run_id, lambda argv: argv[1], with_memory=True)
        process.communicate("")
    assert [(pid, one.component, one.memory) for (pid, _), one in bare.processes.items()] == [(process.pid, "-c", None)]
    assert [one.memory is not None for one in full.processes.values()] == [True]
    assert bare.cpu_s >= 0
    assert not take_snapshot(run_id, lambda argv: argv[1]).processes
