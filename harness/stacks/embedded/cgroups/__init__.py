"""Control groups: where the node may make them, the limits it writes, the figures it reads. Versions 1 and 2.

Nothing is ever mounted here. Version 1 has one tree per controller, version 2 one for all; both are used below the
group in which this process already is, or, with version 2, below the nearest parent that may hold groups.
"""

from harness.stacks.embedded.cgroups.figures import Figures
from harness.stacks.embedded.cgroups.group import Group, LimitRefusedError, RunGroups
from harness.stacks.embedded.cgroups.limits import Limits
from harness.stacks.embedded.cgroups.removal import remove_run_groups
from harness.stacks.embedded.cgroups.support import CgroupSupport, cgroup_support

__all__ = [
    "CgroupSupport",
    "Figures",
    "Group",
    "LimitRefusedError",
    "Limits",
    "RunGroups",
    "cgroup_support",
    "remove_run_groups",
]
