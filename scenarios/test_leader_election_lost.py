"""KubeMirrorLeaderElectionLost: `Controller is not the leader`, fires after 2 minutes."""

import pytest

from harness.faults.stolen_lease import StolenLease
from harness.scenario.steps import Expect, Given, Inject, Recover


@pytest.mark.promise("leading_replicas")
@pytest.mark.matrix("stolen-lease")
def test_a_stolen_lease_pages(given: Given, inject: Inject, expect: Expect, recover: Recover) -> None:
    """While somebody else holds the lease, replicas run and none of them leads."""
    given.a_healthy_controller()
    given.witnesses()
    inject(StolenLease())
    expect.to_page()
    recover()
    expect.to_resolve()
