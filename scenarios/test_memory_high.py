"""KubeMirrorMemoryHigh: `High memory usage`, more than 90 % of the memory limit, fires after 5 minutes."""

import pytest

from harness.core.contract.model import AlertPromise
from harness.faults.memory_squeeze import MemorySqueeze
from harness.scenario.steps import Expect, Given, Inject, Recover, Strength

#: A working set moves by about a hundredth of it while the controller rests, and the limit is set to where it is then:
#: twice that on either side keeps the two apart.
AWAY = 0.02
#: relative to the threshold: as far away, and as much again for what it moves by
WITHIN = 0.045


@pytest.mark.promise("memory_use")
@pytest.mark.matrix("tight-memory")
def test_a_limit_just_above_the_working_set_pages(
    given: Given, inject: Inject, expect: Expect, recover: Recover, *, strength: Strength, promise: AlertPromise
) -> None:
    """Just under 90 % of the limit it does not even begin to; just above it pages."""
    threshold = promise.threshold.value
    wanted = strength(promise, default=min(threshold + AWAY, (1 + threshold) / 2))
    given.a_healthy_controller()
    given.both_sides_within(WITHIN)
    given.witnesses()
    inject(MemorySqueeze(ratio=threshold - AWAY))
    expect.evaluations(10)
    inject(MemorySqueeze(ratio=wanted, at_least=max(threshold, wanted - (1 - wanted))))
    expect.to_page()
    recover()
    expect.to_resolve()
