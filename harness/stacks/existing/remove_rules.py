"""Taking a run's rules out of force while everything that they watch still runs: the removal's step, ahead of the rest.

The Prometheus of a cluster that lives on outlives the run. If the controller or its monitor went first, the rules would
rightly find it down, and the cluster's people be told.
"""

from functools import partial

from harness.clients.kubernetes import KubeApi
from harness.stacks.cluster.remove_rules import out_of_force
from harness.stacks.existing.cleanup import Cleanup
from harness.stacks.existing.removal import remove_rules
from harness.toolchain import Progress


def remove_rules_ahead(api: KubeApi, run: str, cleanup: Cleanup, progress: Progress) -> bool:
    """Deletes the rules of a run and returns once no replica of Prometheus has them.

    Returns:
        Whether that is so. If not, the reason was told, and what follows takes the rest away all the same.
    """
    return out_of_force(partial(remove_rules, api, run), cleanup.wait_for_rules, progress)
