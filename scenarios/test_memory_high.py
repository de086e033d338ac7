"""KubeMirrorMemoryHigh: `High memory usage`, more than 90 % of the memory limit, fires after 5 minutes."""

import pytest

from harness.core.contract import AlertPromise
from harness.faults.memory_squeeze import MemorySqueeze
from harness.scene.verbs import Expect, Given, Inject, Recover


@pytest.mark.promise("memory_use")
@pytest.mark.matrix("tight-memory")
def test_a_limit_just_above_the_working_set_pages(
    given: Given, inject: Inject, expect: Expect, recover: Recover, promise: AlertPromise
) -> None:
    """Just under 90 % of the limit it does not even begin to; just above it pages."""
    given.a_healthy_controller()
    given.both_sides_within(0.1)
    given.witnesses()
    inject(MemorySqueeze(ratio=promise.threshold.value - 0.05))
    expect.to_stay_inactive(evaluations=6)
    inject(MemorySqueeze(ratio=promise.threshold.value + 0.05))
    expect.to_page()
    recover()
    expect.to_resolve()


@pytest.mark.silent("memory_use")
@pytest.mark.matrix("memory-nearly-too-long")
def test_a_peak_that_ends_before_5_minutes_does_not_page(
    given: Given, inject: Inject, expect: Expect, recover: Recover, promise: AlertPromise
) -> None:
    """Nearly 5 minutes above 90 % of the limit are not 5 minutes."""
    given.a_healthy_controller()
    given.witnesses()
    inject(MemorySqueeze(ratio=promise.threshold.value + 0.05))
    expect.to_be_nearly_firing(share=0.6)
    recover()
    expect.silence(evaluations=2)
