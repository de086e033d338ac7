"""KubeMirrorWorkqueueDepthHigh: `Work items piling up`, more than 100 items in queue, fires after 15 minutes."""

import pytest

from harness.core.contract import AlertPromise
from harness.faults.full_queue import FullQueue
from harness.faults.slow_api import SlowApi
from harness.scene.verbs import Expect, Given, Inject, Recover


@pytest.mark.promise("queue_depth")
@pytest.mark.matrix("flood-behind-slow-writes")
@pytest.mark.smoke
def test_a_flood_behind_a_slow_api_pages(
    given: Given, inject: Inject, expect: Expect, recover: Recover, promise: AlertPromise
) -> None:
    """More waiting items than the threshold for 15 minutes page; just under it they do not even begin to."""
    given.a_healthy_controller()
    given.both_sides_within(0.25)
    given.witnesses()
    inject(SlowApi(delay="8s"))
    inject(FullQueue(depth=round(0.95 * promise.threshold.value), prefix="below"))
    expect.evaluations(6)
    inject(FullQueue(depth=round(1.2 * promise.threshold.value), prefix="above"))
    expect.to_page()
    recover()
    expect.to_resolve()
