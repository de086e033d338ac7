"""KubeMirrorCPUThrottling: `CPU throttling detected`, fires after 10 minutes; what counts, the contract chose."""

import pytest

from harness.core.contract.model import AlertPromise
from harness.faults.cpu_squeeze import CpuSqueeze
from harness.scenario.steps import Expect, Given, Inject, Recover


@pytest.mark.promise("cpu_throttling")
@pytest.mark.matrix("tight-cpu")
def test_work_under_a_tight_limit_pages(
    given: Given, inject: Inject, expect: Expect, recover: Recover, promise: AlertPromise
) -> None:
    """Held back in more than a quarter of the scheduler's periods it pages; with room to work in it does not.

    Where it begins to be pending is near the threshold; then the limit comes down further, since what is held back near
    the threshold on average is below it now and then. Nearer than this neither side stands still: a window of 5 s holds
    fifty periods, the kernel hands a quota out in slices of 5 ms, and the share of one window differs from that of the
    next by ten points and more. How wide the two sides are apart is told with the verdict.
    """
    given.a_healthy_controller()
    given.a_steady_workload(rate_per_s=60, spell_s=1)
    given.the_condition_may_hold_before(because="its own limit may hold so much work back, and is raised at first")
    given.witnesses()
    inject(CpuSqueeze(times_use=4))
    expect.evaluations(8)
    inject(CpuSqueeze(times_use=1.15, at_least=promise.threshold.value + 0.2))
    expect.to_be_pending()
    inject(CpuSqueeze(times_use=0.9, at_least=promise.threshold.value + 0.4))
    expect.to_page()
    recover()
    expect.to_resolve()
