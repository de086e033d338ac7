"""KubeMirrorHighFailureRate and KubeMirrorHighReconcileErrors: too many reconciles fail, both after 10 minutes.

`Overall operation failure rate high`, more than 5 %; `High error rate in reconciliation`, more than 10 % of one's.
"""

import pytest

from harness.core.contract import AlertPromise
from harness.faults.failing_api import FailingApi
from harness.scene.notifications import Notifications
from harness.scene.verbs import Expect, Given, Inject, Recover


@pytest.mark.promise("failed_reconciles_overall", "failed_reconciles")
@pytest.mark.matrix("failing-writes")
def test_failing_writes_page_by_the_one_threshold_and_then_by_the_other(
    given: Given,
    inject: Inject,
    expect: Expect,
    recover: Recover,
    *,
    notifications: Notifications,
    promises: tuple[AlertPromise, ...],
) -> None:
    """Under 5 % nobody is told; up to 10 % only of the overall rate; above, of the controller too."""
    lowest, highest = promises[0], promises[-1]
    given.a_healthy_controller()
    notifications.are_seen_from_behind()
    given.both_sides_within(1.3)
    given.a_steady_workload(rate_per_s=20)
    given.witnesses()
    inject(FailingApi(share=0.7 * lowest.threshold.value))
    expect.evaluations(14)
    inject(FailingApi(share=1.4 * lowest.threshold.value))
    expect.to_page(lowest)
    inject(FailingApi(share=2 * highest.threshold.value))
    expect.to_page(highest)
    recover()
    expect.to_resolve()
    notifications.judge_what_came_by()
