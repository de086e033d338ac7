"""Taking the subject's rules out of force while everything that they watch still runs.

The Prometheus of a cluster that lives on outlives the run. If the controller or its monitor went first, the rules would
rightly find it down, and the cluster's people be told. So the rules go alone, and the rest once nobody evaluates them.
"""

from functools import partial

from harness.core.operator.translation import RULE
from harness.kube_api import KubeApi
from harness.stacks.existing.examination import Found
from harness.stacks.existing.letting_go import in_prometheus, wait_until_gone
from harness.stacks.existing.way import PROMETHEUS, Near, Reach, each_replica, reached
from harness.stacks.operated.retiring import out_of_force
from harness.toolchain import Progress


def retire(api: KubeApi, near: Near, found: Found, progress: Progress, *, reach: Reach = reached) -> bool:
    """Deletes the subject's rules and returns once no replica of Prometheus has them.

    Returns:
        Whether that is so. If not, the reason was told, and what follows takes the rest away all the same.
    """
    rules = [one for one in found.objects if one.kind == RULE]

    def wait() -> None:
        for replica in each_replica(found.prometheus):
            with reach(near, PROMETHEUS, replica) as url:
                wait_until_gone("Prometheus", partial(in_prometheus, url, rules))

    return out_of_force(api, rules, wait, progress)
