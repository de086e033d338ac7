"""The groups of one run: a run's directory, below it one per pod, below that one per container instance."""

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harness.core.errors import CouldNotTellError
from harness.core.system_words import reason_of
from harness.stacks.embedded.cgroups.figures import Figures, figures_v1, figures_v2
from harness.stacks.embedded.cgroups.limits import Limits, writes
from harness.stacks.embedded.cgroups.removal import TREE_NAME
from harness.stacks.embedded.cgroups.support import CgroupSupport

#: how often the making of a run's group is begun again
_TRIES = 5


class LimitRefusedError(CouldNotTellError):
    """The kernel refused a limit, most often because more memory is in use than the limit allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One group: the same path in every hierarchy that is used. Control files are cheap to read (microseconds)."""

    version: int
    #: path from the hierarchy's mount point, as cAdvisor's label `id` gives it
    id: str
    #: controller -> directory; version 2 has the same directory for all
    directories: tuple[tuple[str, Path], ...]

    def child(self, name: str) -> Self:
        """Makes a group below this one, ready to hold processes or further groups.

        Raises:
            OSError: the kernel or the file system refused.
        """
        for directory in self._distinct():
            if self.version == 2:  # noqa: PLR2004 - a version, not a quantity
                (directory / "cgroup.subtree_control").write_text("+memory +cpu")
            (directory / name).mkdir(exist_ok=True)
        below = tuple((controller, directory / name) for controller, directory in self.directories)
        return type(self)(version=self.version, id=f"{self.id.rstrip('/')}/{name}", directories=below)

    def weigh(self, cores: int) -> None:
        """Gives everything in the group together the weight of so many ordinary processes, where the kernel lets us.

        By default a whole tree weighs as much as one process, so a busy machine would starve all pods at once; a
        kubelet gives the tree of its pods a weight by the node's cores as well.
        """
        file, one = ("cpu.shares", 1_024) if self.version == 1 else ("cpu.weight", 100)
        with suppress(OSError):
            (dict(self.directories)["cpu"] / file).write_text(str(one * cores))

    def apply(self, limits: Limits) -> None:
        """Writes the limits, at once in effect for every process of the group.

        Raises:
            LimitRefusedError: the kernel refused one of them; those before it are in effect.
        """
        where = dict(self.directories)
        for write in writes(limits, version=self.version):
            try:
                (where[write.controller] / write.file).write_text(write.text)
            except OSError as error:
                if not write.optional:
                    raise LimitRefusedError(
                        f"{write.file} = {write.text} was refused for {self.id}",
                        why=f"{reason_of(error)}; {self.figures().memory_usage_bytes} bytes are in use",
                        fix="ask for a limit above what is in use",
                    ) from error

    def figures(self) -> Figures:
        """What the group used until now; zeros where a control file is gone."""
        return (figures_v1 if self.version == 1 else figures_v2)(self._read)

    def pids(self) -> tuple[int, ...]:
        """The processes that are directly in this group."""
        try:
            return tuple(int(pid) for pid in (self.directories[0][1] / "cgroup.procs").read_text().split())
        except OSError:
            return ()

    def entries(self) -> tuple[str, ...]:
        """The files to which a process writes `0` to enter the group."""
        return tuple(str(directory / "cgroup.procs") for directory in self._distinct())

    def remove(self) -> bool:
        """Removes the group if it is empty; False while a process (or one just killed) is still in it."""
        for directory in self._distinct():
            try:
                directory.rmdir()
            except FileNotFoundError:
                continue
            except OSError as error:
                if error.errno in {errno.EBUSY, errno.ENOTEMPTY}:
                    return False
                raise
        return True

    def _distinct(self) -> tuple[Path, ...]:
        return tuple(dict.fromkeys(directory for _, directory in self.directories))

    def _read(self, controller: str, file: str) -> str:
        try:
            return (dict(self.directories)[controller] / file).read_text()
        except OSError:
            return ""


class RunGroups:
    """Owner of a run's groups; groups that are still busy when they should go are remembered and tried again."""

    def __init__(self, support: CgroupSupport, run_id: str) -> None:
        """Makes the run's directory.

        Raises:
            OSError: the kernel or the file system refused.
        """
        version = support.version or 0
        directories = tuple((controller, directory) for controller, _, directory in support.parents)
        point, directory = support.parents[0][1:]
        identity = "/" + str(directory.relative_to(point)).removeprefix(".")
        parent = Group(version=version, id=identity, directories=directories)
        self._run = _make_run(parent, run_id)
        self._run.weigh(os.cpu_count() or 1)
        self._doomed: list[Group] = []

    def pod(self, uid: str) -> Group:
        """Makes (or finds again) the group of a pod."""
        return self._run.child(f"pod{uid}")

    def discard(self, *groups: Group) -> None:
        """Removes groups, children first; what is busy is tried again at the next call."""
        self._doomed.extend(group for group in groups if group not in self._doomed)
        self._doomed = [group for group in self._doomed if not group.remove()]


def _make_run(parent: Group, run_id: str) -> Group:
    """Makes the run's group; another run that ends just now may take the empty tree away in between."""
    for _ in range(_TRIES):
        try:
            tree = parent.child(TREE_NAME)
            tree.weigh(os.cpu_count() or 1)
            return tree.child(run_id)
        except FileNotFoundError:
            continue
    return parent.child(TREE_NAME).child(run_id)
