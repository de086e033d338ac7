"""KubeMirrorControllerDown: `Controller pod is not running`, critical, fires after 5 minutes."""

import pytest

from harness.faults.crash_loop import CrashLoop
from harness.faults.fault import Fault
from harness.faults.scaled_to_zero import ScaledToZero
from harness.scenario.steps import Expect, Given, Inject, Recover

#: A scrape that fails says so at once. A target that vanishes before that is waited for: Prometheus marks its series as
#: ended just over two scrape intervals later, where a failed scrape takes one, and until then the last `up` counts.
#: https://github.com/prometheus/prometheus/blob/v3.13.5/scrape/scrape.go, `endOfRunStaleness`
STALENESS_SCRAPES = 1.1
STALENESS = "a target that vanishes is taken for gone after 2.1 scrape intervals"

#: Prometheus hands discovered targets on at intervals that grow to 5 s, give or take a half, while they keep changing;
#: at any speed: https://github.com/prometheus/prometheus/blob/v3.13.5/discovery/manager.go, `sender`
DISCOVERY_S = 7.5
DISCOVERY = "a new pod is a new target, and Prometheus takes up to 7.5 s of the clock to hand on what it discovers"


@pytest.mark.promise("serving_replicas")
@pytest.mark.matrix("no-serving-pod")
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(ScaledToZero(), marks=pytest.mark.smoke, id="scaled-to-zero"),
        pytest.param(CrashLoop(), id="crash-loop"),
    ],
)
def test_no_serving_pod_pages(given: Given, inject: Inject, expect: Expect, recover: Recover, fault: Fault) -> None:
    """Down is down, whether no target is left behind or one that never gets to serve."""
    given.a_healthy_controller()
    given.the_condition_is_seen_late(scrapes=STALENESS_SCRAPES, because=STALENESS)
    given.the_end_is_seen_late(DISCOVERY_S, because=DISCOVERY)
    given.witnesses()
    inject(fault)
    expect.to_page()
    recover()
    expect.to_resolve()
