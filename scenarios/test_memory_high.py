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
    expect.evaluations(10)
    inject(MemorySqueeze(ratio=promise.threshold.value + 0.05, at_least=promise.threshold.value))
    expect.to_page()
    recover()
    expect.to_resolve()
