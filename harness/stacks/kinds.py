"""All kinds of stack there are, for whoever removes runs: a kind knows of no other."""

from typing import Final

from harness.stacks.embedded.cgroups.removal import Cgroups
from harness.stacks.existing.snapshot import UnsettledCluster
from harness.stacks.kind.leftovers import KindClusters
from harness.stacks.sweep import Sweep

#: of the runs of every kind
SWEEP: Final = Sweep((KindClusters(), Cgroups(), UnsettledCluster()))
