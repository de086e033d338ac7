"""KubeMirrorHighReconcileErrors: `High error rate in reconciliation`, > 10 % per controller, fires after 10 minutes."""

import pytest

from harness.core.contract import AlertPromise
from harness.faults.failing_api import FailingApi
from harness.scene.notifications import Notifications
from harness.scene.verbs import Expect, Given, Inject, Recover


@pytest.mark.promise("failed_reconciles", "failed_reconciles_overall")
@pytest.mark.matrix("many-writes-fail")
def test_many_failing_writes_page(
    given: Given,
    inject: Inject,
    expect: Expect,
    recover: Recover,
    *,
    notifications: Notifications,
    promise: AlertPromise,
) -> None:
    """More than 10 % of each controller's reconciles fail, and so more than 5 % of all; later routes hear of it too."""
    given.a_healthy_controller()
    notifications.are_seen_from_behind()
    given.both_sides_within(1.2)
    given.a_steady_workload(rate_per_s=20)
    given.witnesses()
    inject(FailingApi(share=0.7 * promise.threshold.value))
    expect.evaluations(16)
    inject(FailingApi(share=2 * promise.threshold.value))
    expect.to_page()
    recover()
    expect.to_resolve()
    notifications.judge_what_came_by()
