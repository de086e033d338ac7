"""KubeMirrorReconcileLatencyHigh: `Slow reconciliation loops`, p99 of more than 5 seconds, fires after 10 minutes."""

import pytest

from harness.core.contract import AlertPromise
from harness.faults.slow_api import SlowApi
from harness.scene.verbs import Expect, Given, Inject, Recover


@pytest.mark.promise("reconcile_latency")
@pytest.mark.matrix("slow-writes")
def test_slow_writes_page(
    given: Given, inject: Inject, expect: Expect, recover: Recover, promise: AlertPromise
) -> None:
    """Writes that each take half a second less than allowed do not even begin to; a second more, and it pages.

    The writes come evenly and the workers are enough for them: no queue builds up, and some end in every window.
    """
    given.a_healthy_controller()
    given.both_sides_within(0.5)
    given.a_steady_workload(rate_per_s=0.7)
    given.witnesses()
    inject(SlowApi(delay=f"{1000 * promise.threshold.value - 500:.0f}ms"))
    expect.evaluations(14)
    inject(SlowApi(delay=f"{1000 * promise.threshold.value + 500:.0f}ms"))
    expect.to_page()
    recover()
    expect.to_resolve()
