"""KubeMirrorWorkqueueDepthHigh: `Work items piling up`, more than 100 items in queue, fires after 15 minutes."""

import pytest

from harness.faults.queue_flood import QueueFlood
from harness.faults.slow_api import SlowApi
from harness.scene.verbs import Expect, Given, Inject, Recover
from harness.scene.watching import WaitingItems


@pytest.mark.promise("KubeMirrorWorkqueueDepthHigh", name="configmap")
@pytest.mark.smoke
def test_a_flood_behind_a_slow_api_pages(given: Given, inject: Inject, expect: Expect, recover: Recover) -> None:
    """More than 100 waiting items for 15 minutes page; just under 100 do not even begin to."""
    given.a_healthy_controller()
    given.both_sides_within(0.4)
    given.a_witness(WaitingItems(queue="configmap"))
    given.may_fire(
        "KubeMirrorReconcileLatencyHigh",
        because="the queue is filled by writes that take 8 s each, and each of them is a reconcile",
    )
    inject(SlowApi(delay="8s"))
    inject(QueueFlood(count=90, prefix="below"))
    expect.to_stay_inactive(evaluations=6)
    inject(QueueFlood(count=55, prefix="above"))
    expect.to_page()
    recover()
    expect.to_resolve()
