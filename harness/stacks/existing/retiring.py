"""Taking the subject's rules out of force while everything that they watch still runs.

The Prometheus of a cluster that lives on outlives the run. If the controller or its monitor went first, the rules would
rightly find it down, and the cluster's people be told. So the rules go alone, and the rest once nobody evaluates them.
"""

from functools import partial

from harness.core.errors import CouldNotTellError
from harness.core.operator.translation import RULE
from harness.kube_api import ApiRequest, KubeApi
from harness.stacks.existing.examination import Found
from harness.stacks.existing.letting_go import in_prometheus, wait_until_gone
from harness.stacks.existing.way import PROMETHEUS, Near, Reach, each_replica, reached
from harness.toolchain import Progress


def retire(api: KubeApi, near: Near, found: Found, progress: Progress, *, reach: Reach = reached) -> bool:
    """Deletes the subject's rules and returns once no replica of Prometheus has them.

    Returns:
        Whether that is so. If not, the reason was told, and what follows takes the rest away all the same.
    """
    rules = [one for one in found.objects if one.kind == RULE]
    try:
        with progress.step("rules out of force"):
            for rule in rules:
                collection = f"/apis/monitoring.coreos.com/v1/namespaces/{rule.namespace}/prometheusrules"
                # whoever deletes it first does the same
                api.send(ApiRequest(method="DELETE", path=f"{collection}/{rule.name}"))
            for replica in each_replica(found.prometheus):
                with reach(near, PROMETHEUS, replica) as url:
                    wait_until_gone("Prometheus", partial(in_prometheus, url, rules))
    except CouldNotTellError as error:
        progress.say(f"{error.what}: {error.why}; what fires from now on is not seen")
        return False
    return True
