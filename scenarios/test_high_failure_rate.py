"""KubeMirrorHighFailureRate: `Overall operation failure rate high`, more than 5 %, fires after 10 minutes."""

import pytest

from harness.faults.failing_api import FailingApi
from harness.scene.verbs import Expect, Given, Inject, Recover


@pytest.mark.promise("failed_reconciles_overall")
@pytest.mark.matrix("some-writes-fail")
def test_some_failing_writes_page_without_any_controller_failing_much(
    given: Given, inject: Inject, expect: Expect, recover: Recover
) -> None:
    """Between 5 % and 10 % is too much over all controllers together, and not yet too much for any of them."""
    given.a_healthy_controller()
    given.a_steady_workload(rate_per_s=20)
    given.witnesses()
    inject(FailingApi(share=0.15))
    expect.to_page()
    recover()
    expect.to_resolve()
