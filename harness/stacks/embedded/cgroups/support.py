"""Finds out whether, and below which directories, this process may make control groups.

Version 1: https://docs.kernel.org/admin-guide/cgroup-v1/cgroups.html
Version 2 (delegation, and why a group with processes cannot hand out controllers):
https://docs.kernel.org/admin-guide/cgroup-v2.html#no-internal-process-constraint
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.core.system_words import reason_of

#: the controllers that limits and figures need
CONTROLLERS = ("memory", "cpu", "cpuacct")
_V2_CONTROLLERS = frozenset({"memory", "cpu"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One mounted hierarchy."""

    #: where it is mounted
    point: Path
    #: which group of the hierarchy is seen there; `/` unless a container or a bind mount hides the rest
    root: str
    #: version 1 controllers it carries; empty for version 2
    controllers: frozenset[str]
    #: 1 or 2
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CgroupSupport:
    """What this machine offers the node, and one line that says so."""

    #: 1 or 2; None when pods run without limits and without figures
    version: int | None
    #: for people: where groups are made, or why they cannot be
    reason: str
    #: controller -> (mount point, directory below which groups may be made); version 2 has the same for all
    parents: tuple[tuple[str, Path, Path], ...] = ()

    @property
    def usable(self) -> bool:
        """Whether limits are applied and figures are served."""
        return self.version is not None


def cgroup_support(*, root: Path = Path("/"), pid: str = "self", parent: str | None = None) -> CgroupSupport:
    """Looks at the mounts and at this process's groups; reads only, makes nothing.

    Args:
        root: the directory that holds `proc` and, below its mount points, the hierarchies; another one in tests.
        pid: whose groups to look at.
        parent: a group to use instead of the process's own, as a path within the hierarchies, e.g. `/ci/job-7`.
    """
    try:
        mounts = parse_mounts((root / "proc" / pid / "mountinfo").read_text(), root)
        own = parse_own_groups((root / "proc" / pid / "cgroup").read_text())
    except OSError as error:
        return CgroupSupport(version=None, reason=f"no cgroups: cannot read {error.filename}: {reason_of(error)}")
    version_1 = {name: mount for mount in mounts for name in mount.controllers if name in CONTROLLERS}
    if version_1.keys() >= _V2_CONTROLLERS:
        return _support_v1(version_1, own, parent)
    unified = [mount for mount in mounts if mount.version == 2]  # noqa: PLR2004 - a name for 2 would say less
    if unified and "" in own:
        return _support_v2(unified[0], own[""], parent)
    return CgroupSupport(version=None, reason="no cgroups: no hierarchy with the memory and cpu controllers is mounted")


def parse_mounts(mountinfo: str, root: Path) -> tuple[Mount, ...]:
    """Reads `/proc/PID/mountinfo` (https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html)."""
    mounts = []
    for line in mountinfo.splitlines():
        left, _, right = line.partition(" - ")
        fields, (kind, _, options, *_) = left.split(" "), [*right.split(" "), "", "", ""]
        if kind not in {"cgroup", "cgroup2"}:
            continue
        point = root / fields[4].replace("\\040", " ").lstrip("/")
        version = 1 if kind == "cgroup" else 2
        controllers = frozenset(options.split(",")) if version == 1 else frozenset[str]()
        mounts.append(Mount(point=point, root=fields[3], controllers=controllers, version=version))
    return tuple(mounts)


def parse_own_groups(text: str) -> dict[str, str]:
    """Reads `/proc/PID/cgroup`: controller -> group; the controller of version 2 is the empty text."""
    groups = {}
    for line in text.splitlines():
        _, controllers, group = line.split(":", 2)
        groups.update(dict.fromkeys(controllers.split(","), group))
    return groups


def _directory(mount: Mount, group: str) -> Path:
    """Where a group is to be found below the mount point; the mount may show only a part of the hierarchy."""
    visible = group.removeprefix(mount.root) if mount.root != "/" else group
    return mount.point / visible.lstrip("/")


def _support_v1(mounts: dict[str, Mount], own: dict[str, str], parent: str | None) -> CgroupSupport:
    parents = tuple(
        (name, mount.point, _directory(mount, own.get(name, "/") if parent is None else parent))
        for name, mount in sorted(mounts.items())
    )
    for name, _, directory in parents:
        if not os.access(directory, os.W_OK):
            return CgroupSupport(
                version=None,
                reason=f"no limits: cgroup v1, and the {name} group {directory} is not writable for this user; "
                "run as root to have limits",
            )
    where = ", ".join(str(directory) for _, _, directory in parents)
    return CgroupSupport(version=1, reason=f"cgroup v1, groups below {where}", parents=parents)


def _support_v2(mount: Mount, own: str, parent: str | None) -> CgroupSupport:
    start = _directory(mount, own if parent is None else parent)
    refusals = []
    for directory in _upwards(start, mount.point):
        refusal = _refusal_v2(directory)
        if refusal is None:
            parents = tuple((name, mount.point, directory) for name in CONTROLLERS)
            return CgroupSupport(version=2, reason=f"cgroup v2, groups below {directory}", parents=parents)
        refusals.append(f"{directory} {refusal}")
    return CgroupSupport(
        version=None,
        reason=f"no limits: cgroup v2, but {'; '.join(refusals[:2])}; "
        "run below a delegated group: systemd-run --user --scope -p Delegate=yes COMMAND",
    )


def _upwards(start: Path, top: Path) -> Iterator[Path]:
    directory = start
    while directory != top and top in directory.parents:
        yield directory
        directory = directory.parent
    yield top


def _refusal_v2(directory: Path) -> str | None:
    """Why groups with limits cannot be made directly below, or None when they can."""
    if not all(os.access(directory / name, os.W_OK) for name in ("", "cgroup.procs", "cgroup.subtree_control")):
        return "is not writable for this user"
    missing = _V2_CONTROLLERS - _words(directory / "cgroup.controllers")
    if missing:
        return f"does not have the controllers {', '.join(sorted(missing))}"
    handed_out = _words(directory / "cgroup.subtree_control") >= _V2_CONTROLLERS
    # only the true root lacks cgroup.type, and only the true root may hold processes beside groups
    is_root = not (directory / "cgroup.type").exists()
    if not handed_out and not is_root and _words(directory / "cgroup.procs"):
        return "holds processes itself, so it cannot hand out controllers"
    return None


def _words(file: Path) -> set[str]:
    try:
        return set(file.read_text().split())
    except OSError:
        return set()
