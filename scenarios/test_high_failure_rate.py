"""KubeMirrorHighFailureRate: `Overall operation failure rate high`, more than 5 %, fires after 10 minutes."""

import pytest

from harness.core.contract import AlertPromise
from harness.faults.failing_api import FailingApi
from harness.scene.verbs import Expect, Given, Inject, Recover


@pytest.mark.promise("failed_reconciles_overall")
@pytest.mark.matrix("some-writes-fail")
def test_some_failing_writes_page_without_any_controller_failing_much(
    given: Given, inject: Inject, expect: Expect, recover: Recover, promise: AlertPromise
) -> None:
    """Just over 5 % over all controllers is too much, and not yet too much for any of them; just under is not."""
    given.a_healthy_controller()
    given.both_sides_within(0.75)
    given.a_steady_workload(rate_per_s=20)
    given.witnesses()
    inject(FailingApi(share=0.7 * promise.threshold.value))
    expect.evaluations(16)
    inject(FailingApi(share=1.4 * promise.threshold.value))
    expect.to_page()
    recover()
    expect.to_resolve()
