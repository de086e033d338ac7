"""Control groups: found, limited, read and removed, in both versions, on file systems made for the purpose."""

from pathlib import Path

import pytest

from harness.stacks.embedded.cgroups import (
    Figures,
    Group,
    LimitRefusedError,
    Limits,
    RunGroups,
    cgroup_support,
    remove_run_groups,
)
from harness.stacks.embedded.cgroups.figures import figures_v1, figures_v2
from harness.stacks.embedded.cgroups.limits import writes
from harness.stacks.embedded.cgroups.removal import Cgroups
from harness.stacks.run import LeftoverError, Owner, Run

_V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
_V1_MOUNTS = (
    "31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "32 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
)


def _machine(root: Path, *, mounts: str, own: str) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text(mounts)
    (root / "proc/self/cgroup").write_text(own)


def _v2_group(directory: Path, *, controllers: str = "cpu memory", handed_out: str = "", procs: str = "") -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "cgroup.controllers").write_text(controllers)
    (directory / "cgroup.subtree_control").write_text(handed_out)
    (directory / "cgroup.procs").write_text(procs)
    (directory / "cgroup.type").write_text("domain\n")


def test_version_1_is_used_below_the_own_group_of_each_hierarchy(tmp_path: Path) -> None:
    """A process in different groups per hierarchy gets a parent in each of them."""
    _machine(tmp_path, mounts=_V1_MOUNTS, own="4:memory:/job/7\n2:cpu,cpuacct:/\n0::/\n")
    (tmp_path / "sys/fs/cgroup/memory/job/7").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cpu,cpuacct").mkdir(parents=True)

    support = cgroup_support(root=tmp_path)

    assert support.version == 1
    found = {name: str(directory.relative_to(tmp_path)) for name, _, directory in support.parents}
    assert found == {
        "memory": "sys/fs/cgroup/memory/job/7",
        "cpu": "sys/fs/cgroup/cpu,cpuacct",
        "cpuacct": "sys/fs/cgroup/cpu,cpuacct",
    }


def test_a_mount_that_shows_a_part_of_the_hierarchy_is_understood(tmp_path: Path) -> None:
    """In a container the mount's root is the container's own group, and paths are relative to it."""
    mounts = _V1_MOUNTS.replace("0:27 / ", "0:27 /docker/abc ")
    _machine(tmp_path, mounts=mounts, own="4:memory:/docker/abc/x\n2:cpu,cpuacct:/\n")
    (tmp_path / "sys/fs/cgroup/memory/x").mkdir(parents=True)
    (tmp_path / "sys/fs/cgroup/cpu,cpuacct").mkdir(parents=True)

    parents = {name: directory for name, _, directory in cgroup_support(root=tmp_path).parents}

    assert parents["memory"] == tmp_path / "sys/fs/cgroup/memory/x"


def test_version_2_takes_the_nearest_parent_without_processes(tmp_path: Path) -> None:
    """The own group holds this process, so it cannot hand out controllers; the slice above it can."""
    _machine(tmp_path, mounts=_V2_MOUNT, own="0::/app.slice/run.scope\n")
    top = tmp_path / "sys/fs/cgroup"
    _v2_group(top / "app.slice/run.scope", procs="42\n")
    _v2_group(top / "app.slice")
    _v2_group(top)

    support = cgroup_support(root=tmp_path)

    assert support.version == 2
    assert {directory for _, _, directory in support.parents} == {top / "app.slice"}


@pytest.mark.parametrize(
    ("controllers", "procs", "words"),
    [
        pytest.param("cpu memory", "1\n", "holds processes itself", id="processes-beside-groups"),
        pytest.param("memory pids", "", "does not have the controllers cpu", id="cpu-not-delegated"),
    ],
)
def test_version_2_without_a_usable_parent_says_why(tmp_path: Path, controllers: str, procs: str, words: str) -> None:
    """The reason is one line, and it names a way out."""
    _machine(tmp_path, mounts=_V2_MOUNT, own="0::/\n")
    _v2_group(tmp_path / "sys/fs/cgroup", controllers=controllers, procs=procs)

    support = cgroup_support(root=tmp_path)

    assert not support.usable
    assert words in support.reason
    assert "systemd-run --user --scope" in support.reason
    assert "\n" not in support.reason


def test_the_true_root_may_hold_processes_beside_groups(tmp_path: Path) -> None:
    """Version 2 exempts the root, which is known by the missing cgroup.type."""
    _machine(tmp_path, mounts=_V2_MOUNT, own="0::/\n")
    _v2_group(tmp_path / "sys/fs/cgroup", procs="1\n")
    (tmp_path / "sys/fs/cgroup/cgroup.type").unlink()

    assert cgroup_support(root=tmp_path).version == 2


def test_a_machine_without_cgroups_says_so(tmp_path: Path) -> None:
    """No hierarchy, or not even /proc, is a reason and no error."""
    assert "cannot read" in cgroup_support(root=tmp_path).reason
    _machine(tmp_path, mounts="", own="")
    assert "no hierarchy" in cgroup_support(root=tmp_path).reason


def test_limits_become_control_files() -> None:
    """Both versions express the same limits, by the kubelet's formulas."""
    limits = Limits(memory_bytes=64 << 20, cpu_limit_millicores=200, cpu_request_millicores=50)
    assert {one.file: one.text for one in writes(limits, version=1)} == {
        "memory.swappiness": "0",
        "memory.limit_in_bytes": "67108864",
        "cpu.shares": "51",
        "cpu.cfs_period_us": "100000",
        "cpu.cfs_quota_us": "20000",
    }
    assert {one.file: one.text for one in writes(limits, version=2)} == {
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "memory.max": "67108864",
        "cpu.weight": "2",
        "cpu.max": "20000 100000",
    }


def test_no_limit_is_written_as_none() -> None:
    """A limit that was taken away is lifted in the kernel, not left as it was."""
    assert {"-1"} == {one.text for one in writes(Limits(), version=1) if "limit" in one.file or "quota" in one.file}
    assert {"max", "max 100000"} == {one.text for one in writes(Limits(), version=2) if one.file.endswith(".max")} - {
        "0"
    }


def test_the_smallest_quota_is_one_the_kernel_takes() -> None:
    """A limit of 1m would be 100 us, and the kernel refuses less than 1 ms."""
    assert Limits(cpu_limit_millicores=1).cpu_quota_us == 1_000


_V1_FILES = {
    ("memory", "memory.usage_in_bytes"): "1000\n",
    ("memory", "memory.stat"): "cache 1\ntotal_cache 300\ntotal_rss 600\ntotal_inactive_file 250\n",
    ("memory", "memory.limit_in_bytes"): "9223372036854771712\n",
    ("memory", "memory.oom_control"): "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
    ("cpuacct", "cpuacct.usage"): "1500000000\n",
    ("cpu", "cpu.cfs_quota_us"): "20000\n",
    ("cpu", "cpu.cfs_period_us"): "100000\n",
    ("cpu", "cpu.shares"): "51\n",
    ("cpu", "cpu.stat"): "nr_periods 10\nnr_throttled 4\nthrottled_time 2500000000\n",
}
_V2_FILES = {
    ("memory", "memory.current"): "1000\n",
    ("memory", "memory.stat"): "anon 600\nfile 300\ninactive_file 250\n",
    ("memory", "memory.max"): "max\n",
    ("memory", "memory.events"): "oom 3\noom_kill 2\n",
    ("cpu", "cpu.stat"): "usage_usec 1500000\nnr_periods 10\nnr_throttled 4\nthrottled_usec 2500000\n",
    ("cpu", "cpu.max"): "20000 100000\n",
    ("cpu", "cpu.weight"): "2\n",
}


@pytest.mark.parametrize("version", [1, 2])
def test_both_versions_give_the_same_figures(version: int) -> None:
    """The working set is usage without inactive page cache; the units are bytes and seconds."""
    files = _V1_FILES if version == 1 else _V2_FILES
    figures = (figures_v1 if version == 1 else figures_v2)(lambda controller, file: files.get((controller, file), ""))
    assert figures == Figures(
        memory_usage_bytes=1000,
        memory_working_set_bytes=750,
        memory_rss_bytes=600,
        memory_cache_bytes=300,
        memory_limit_bytes=None,
        oom_kills=2,
        cpu_seconds=1.5,
        cpu_quota_us=20_000,
        cpu_period_us=100_000,
        cpu_shares=51 if version == 1 else 28,
        cfs_periods=10,
        cfs_throttled_periods=4,
        cfs_throttled_seconds=2.5,
    )


@pytest.mark.parametrize("read", [figures_v1, figures_v2])
def test_a_group_that_is_gone_reads_as_zeros(read: type) -> None:
    """A scrape between a container's end and the removal of its group does not fail."""
    assert read(lambda _controller, _file: "").memory_usage_bytes == 0


def test_a_run_has_its_own_tree_and_hands_controllers_down(tmp_path: Path) -> None:
    """Version 2: every level above the container enables the controllers; the identity is the path in the hierarchy."""
    _machine(tmp_path, mounts=_V2_MOUNT, own="0::/app.slice\n")
    top = tmp_path / "sys/fs/cgroup"
    _v2_group(top / "app.slice")

    container = RunGroups(cgroup_support(root=tmp_path), "run1").pod("u1").child("c1")
    container.apply(Limits(memory_bytes=5_000))

    assert container.id == "/app.slice/kubemirror-harness/run1/podu1/c1"
    for above in ("", "/kubemirror-harness", "/kubemirror-harness/run1", "/kubemirror-harness/run1/podu1"):
        assert (top / f"app.slice{above}/cgroup.subtree_control").read_text() == "+memory +cpu"
    assert (top / f"{container.id[1:]}/memory.max").read_text() == "5000"
    assert container.entries() == (str(top / f"{container.id[1:]}/cgroup.procs"),)


@pytest.mark.parametrize(("version", "file", "weight"), [(1, "cpu.shares", "4096"), (2, "cpu.weight", "400")])
def test_all_pods_together_weigh_as_much_as_the_machine_has_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int, file: str, weight: str
) -> None:
    """Not as much as one process; a kernel that refuses is left alone."""
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    if version == 1:
        _machine(tmp_path, mounts=_V1_MOUNTS, own="4:memory:/\n2:cpu,cpuacct:/\n")
        top = tmp_path / "sys/fs/cgroup/cpu,cpuacct"
        (tmp_path / "sys/fs/cgroup/memory").mkdir(parents=True)
        top.mkdir(parents=True)
    else:
        _machine(tmp_path, mounts=_V2_MOUNT, own="0::/\n")
        top = tmp_path / "sys/fs/cgroup"
        _v2_group(top)
    RunGroups(cgroup_support(root=tmp_path), "run1")
    for above in ("kubemirror-harness", "kubemirror-harness/run1"):
        assert (top / above / file).read_text() == weight
    (top / "kubemirror-harness/run2" / file).mkdir(parents=True)
    RunGroups(cgroup_support(root=tmp_path), "run2")


def test_a_refused_limit_names_the_file_and_the_use(tmp_path: Path) -> None:
    """The planted violation: the control file cannot be written."""
    (tmp_path / "memory.max").mkdir()
    group = Group(version=2, id="/x", directories=(("memory", tmp_path), ("cpu", tmp_path)))
    with pytest.raises(LimitRefusedError, match=r"memory\.max = 7 was refused for /x"):
        group.apply(Limits(memory_bytes=7))


def test_a_busy_group_is_removed_later(tmp_path: Path) -> None:
    """A group whose processes are not reaped yet stays, and goes at the next call."""
    _machine(tmp_path, mounts=_V1_MOUNTS, own="4:memory:/\n2:cpu,cpuacct:/\n")
    for name in ("memory", "cpu,cpuacct"):
        (tmp_path / "sys/fs/cgroup" / name).mkdir(parents=True)
    groups = RunGroups(cgroup_support(root=tmp_path), "run1")
    pod = groups.pod("u1")
    busy = pod.child("c1")

    groups.discard(pod)
    assert pod.directories[0][1].exists()

    groups.discard(busy)
    groups.discard()
    assert not pod.directories[0][1].exists()


def test_a_killed_run_is_removed_wherever_it_ran(tmp_path: Path) -> None:
    """Cleaning up needs no more than the run's id; another run's groups stay."""
    _machine(tmp_path, mounts=_V1_MOUNTS, own="")
    mine = tmp_path / "sys/fs/cgroup/memory/job/7/kubemirror-harness/run1/podu1/c1"
    other = tmp_path / "sys/fs/cgroup/memory/kubemirror-harness/run2"
    mine.mkdir(parents=True)
    other.mkdir(parents=True)

    assert remove_run_groups("run1", root=tmp_path) == ()

    assert not (tmp_path / "sys/fs/cgroup/memory/job/7/kubemirror-harness").exists()
    assert other.exists()


def test_what_cannot_be_removed_is_told(tmp_path: Path) -> None:
    """The planted violation: something still lives in a group."""
    _machine(tmp_path, mounts=_V1_MOUNTS, own="")
    busy = tmp_path / "sys/fs/cgroup/memory/kubemirror-harness/run1"
    busy.mkdir(parents=True)
    (busy / "alive").touch()

    assert remove_run_groups("run1", root=tmp_path, timeout_s=0.0) == (busy,)
    run = Run(id="run1", directory=tmp_path, owner=Owner.this_process(), kept=False)
    with pytest.raises(LeftoverError, match="cgroups of run run1 could not be removed") as caught:
        Cgroups(root=tmp_path, timeout_s=0.0).remove(run)
    assert str(busy) in caught.value.why
