"""KubeMirrorReconcileLatencyHigh: `Slow reconciliation loops`, p99 of more than 5 seconds, fires after 10 minutes."""

import pytest

from harness.core.contract.model import AlertPromise
from harness.faults.slow_api import SlowApi
from harness.scenario.steps import Expect, Given, Inject, Recover, Strength

#: Seconds. A histogram has no finer values than its buckets, and the framework's end at 4.5, 5 and 6 s: whatever takes
#: longer than 4.5 s and not 5 s is 5 s to a quantile, and whatever takes no longer than 6 s is 6 s.
AWAY_S = 0.5
#: relative to the threshold: the bucket above it, and the witness's uncertainty
WITHIN = 0.35


@pytest.mark.promise("reconcile_latency")
@pytest.mark.matrix("slow-writes")
def test_slow_writes_page(
    given: Given, inject: Inject, expect: Expect, recover: Recover, *, strength: Strength, promise: AlertPromise
) -> None:
    """Writes that each take half a second less than allowed do not even begin to; a second more, and it pages.

    The writes come evenly and the workers are enough for them: no queue builds up, and some end in every window.
    """
    given.a_healthy_controller()
    given.a_standby()
    given.both_sides_within(WITHIN)
    given.a_steady_workload(rate_per_s=0.7)
    given.witnesses()
    inject(SlowApi(delay=f"{1000 * (promise.threshold.value - AWAY_S):.0f}ms"))
    expect.evaluations(14)
    inject(SlowApi(delay=f"{1000 * strength(promise, default=promise.threshold.value + AWAY_S):.0f}ms"))
    expect.to_page()
    recover()
    expect.to_resolve()
