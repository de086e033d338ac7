"""KubeMirrorWorkqueueDepthHigh: `Work items piling up`, more than 100 items in queue, fires after 15 minutes."""

import pytest

from harness.core.contract.model import AlertPromise
from harness.faults.full_queue import FullQueue
from harness.faults.slow_api import SlowApi
from harness.scenario.steps import Expect, Given, Inject, Recover, Strength

#: Items are whole, so a queue stands as near to the threshold as it keeps still. It is filled up to a number and no
#: further, and what the workers take out at once is made good within about a second: below the threshold two items are
#: room enough for whatever else is queued, above it as many as eight workers take out at the same instant, and two.
BELOW, ABOVE = 2, 10
#: both, and what is still made good when an evaluation looks
WITHIN = 14


@pytest.mark.promise("queue_depth")
@pytest.mark.matrix("flood-behind-slow-writes")
@pytest.mark.smoke
def test_a_flood_behind_a_slow_api_pages(
    given: Given, inject: Inject, expect: Expect, recover: Recover, *, strength: Strength, promise: AlertPromise
) -> None:
    """More waiting items than the threshold for 15 minutes page; just under it they do not even begin to."""
    given.a_healthy_controller()
    given.a_standby()
    given.both_sides_within(WITHIN / promise.threshold.value)
    given.witnesses()
    inject(SlowApi(delay="8s"))
    inject(FullQueue(depth=round(promise.threshold.value) - BELOW, prefix="below"))
    expect.evaluations(12)
    inject(FullQueue(depth=round(strength(promise, default=promise.threshold.value + ABOVE)), prefix="above"))
    expect.to_page()
    recover()
    expect.to_resolve()
