"""KubeMirrorHighFailureRate and KubeMirrorHighReconcileErrors: too many reconciles fail, both after 10 minutes.

`Overall operation failure rate high`, more than 5 %; `High error rate in reconciliation`, more than 10 % of one's.
"""

import pytest

from harness.core.contract.model import AlertPromise
from harness.faults.failing_api import FailingApi
from harness.scenario.notifications import Notifications
from harness.scenario.steps import Expect, Given, Inject, Recover, Strength

#: What is refused is exact, what is counted is not: a window of 5 s at 20 writes per second holds about a hundred
#: reconciles, so one failure more or less moves the share by a hundredth, and a witness's window and the rule's differ
#: by one scrape of ten. Nearer than this to 5 % and to 10 % the two sides would run into each other.
UNDER, OVER = 0.8, 1.4
#: relative to the threshold, the witness's uncertainty included
WITHIN = 0.65


@pytest.mark.promise("failed_reconciles_overall", "failed_reconciles")
@pytest.mark.matrix("failing-writes")
def test_failing_writes_page_by_the_one_threshold_and_then_by_the_other(
    given: Given,
    inject: Inject,
    expect: Expect,
    recover: Recover,
    *,
    strength: Strength,
    notifications: Notifications,
    promises: tuple[AlertPromise, ...],
) -> None:
    """Under 5 % nobody is told; up to 10 % only of the overall rate; above, of the controller too."""
    lowest, highest = promises[0], promises[-1]
    given.a_healthy_controller()
    given.a_standby()
    notifications.are_seen_from_behind()
    given.both_sides_within(WITHIN)
    given.a_steady_workload(rate_per_s=20, sources=80)
    given.witnesses()
    inject(FailingApi(share=UNDER * lowest.threshold.value))
    expect.evaluations(20)
    inject(FailingApi(share=strength(lowest, default=OVER * lowest.threshold.value)))
    expect.to_page(lowest)
    inject(FailingApi(share=strength(lowest, default=UNDER * highest.threshold.value)))
    expect.evaluations(20)
    inject(FailingApi(share=strength(highest, default=OVER * highest.threshold.value)))
    expect.to_page(highest)
    recover()
    expect.to_resolve()
    notifications.judge_what_came_by()
