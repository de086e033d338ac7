"""What must not page anybody: `otherwise nobody is told`. Every alert is watched, and none may fire."""

import pytest

from harness.core.contract.model import AlertPromise
from harness.faults.failing_api import FailingApi
from harness.faults.idle import Idle
from harness.faults.killed_pod import KilledPod
from harness.faults.memory_squeeze import MemorySqueeze
from harness.faults.removed_limits import RemovedLimits
from harness.faults.restarted_container import RestartedContainer
from harness.faults.rolling_update import RollingUpdate
from harness.faults.second_replica import SecondReplica
from harness.faults.unreachable_replica import UnreachableReplica
from harness.scenario.steps import Expect, Given, Inject, Recover
from harness.scenario.witnesses import (
    HealthyStandby,
    IdleController,
    OneControllerFails,
    OneUnreachable,
    RenewedPods,
    RestartOfPrometheus,
    UnlimitedContainer,
)

PODS_TAKE_SECONDS = "a pod takes seconds to come back, and no speed divides them"


@pytest.mark.silent
@pytest.mark.matrix("idle")
def test_an_idle_controller(given: Given, inject: Inject, expect: Expect) -> None:
    """No work is no failure, no latency and no queue."""
    given.a_healthy_controller()
    given.a_witness(IdleController())
    inject(Idle())
    expect.silence_meanwhile(evaluations=4)


@pytest.mark.silent
@pytest.mark.matrix("second-replica")
def test_a_healthy_standby_replica(given: Given, inject: Inject, expect: Expect) -> None:
    """A replica that does not lead because another does is as it should be."""
    given.a_healthy_controller()
    given.a_witness(HealthyStandby())
    inject(SecondReplica())
    expect.silence_meanwhile(evaluations=8)


@pytest.mark.silent
@pytest.mark.matrix("one-unreachable-replica")
def test_a_replica_that_cannot_be_scraped_beside_one_that_can(given: Given, inject: Inject, expect: Expect) -> None:
    """One that answers is enough: the controller is up, somebody leads, and nothing is known to be wrong."""
    given.a_healthy_controller()
    given.a_witness(OneUnreachable())
    inject(UnreachableReplica())
    expect.a_target_to_be_down_beside_one_that_is_up()
    expect.silence_meanwhile(evaluations=4)


@pytest.mark.silent
@pytest.mark.matrix("no-limits")
@pytest.mark.speed_at_most(15, because=PODS_TAKE_SECONDS)
def test_a_container_without_limits(given: Given, inject: Inject, expect: Expect) -> None:
    """Without a limit there is nothing to be close to, and nothing that throttles."""
    given.a_healthy_controller()
    given.a_witness(UnlimitedContainer())
    inject(RemovedLimits())
    expect.silence_meanwhile(evaluations=4)


@pytest.mark.silent
@pytest.mark.matrix("prometheus-restarted")
@pytest.mark.speed_at_most(15, because="a process takes seconds to start, and no speed divides them")
def test_a_restart_of_prometheus(given: Given, inject: Inject, expect: Expect) -> None:
    """A Prometheus that has just begun knows little, and must not take that for an outage."""
    given.a_healthy_controller()
    given.a_steady_workload(rate_per_s=5)
    given.a_witness(RestartOfPrometheus())
    inject.a_restart_of_prometheus()
    expect.silence_meanwhile(evaluations=3)


@pytest.mark.silent
@pytest.mark.matrix("one-killed-pod")
@pytest.mark.speed_at_most(15, because=PODS_TAKE_SECONDS)
def test_one_killed_pod_that_comes_back(given: Given, inject: Inject, expect: Expect) -> None:
    """A pod that dies is replaced within 5 minutes."""
    given.a_healthy_controller()
    given.a_witness(RenewedPods())
    inject(KilledPod())
    expect.silence(evaluations=2)


@pytest.mark.silent
@pytest.mark.matrix("rolling-update")
@pytest.mark.speed_at_most(15, because=PODS_TAKE_SECONDS)
def test_a_rolling_update(given: Given, inject: Inject, expect: Expect) -> None:
    """A new version is an everyday event: the new pod serves and leads before anybody waits for it."""
    given.a_healthy_controller()
    given.a_witness(RenewedPods())
    inject(RollingUpdate())
    expect.silence(evaluations=2)


@pytest.mark.silent
@pytest.mark.matrix("container-restarted-under-load")
@pytest.mark.speed_at_most(15, because=PODS_TAKE_SECONDS)
def test_counters_that_begin_again_under_load(given: Given, inject: Inject, expect: Expect) -> None:
    """A container that is started again in its pod resets every counter; a reset is neither failure nor work."""
    given.a_healthy_controller()
    given.a_steady_workload(rate_per_s=5)
    given.a_witness(RenewedPods())
    inject(RestartedContainer())
    expect.silence(evaluations=2)


@pytest.mark.silent("failed_reconciles_overall")
@pytest.mark.matrix("one-controller-fails")
def test_a_controller_that_fails_beside_one_that_does_not(
    given: Given, inject: Inject, expect: Expect, promise: AlertPromise
) -> None:
    """More than 5 % of one controller's reconciles fail, and less of all together: that is no overall failure."""
    given.a_healthy_controller()
    given.a_steady_workload(rate_per_s=20, everywhere=True)
    given.a_witness(OneControllerFails(promise=promise))
    inject(FailingApi(share=1.5 * promise.threshold.value, of_one=True))
    expect.silence_meanwhile(evaluations=14)


@pytest.mark.silent("memory_use")
@pytest.mark.matrix("memory-nearly-too-long")
def test_a_peak_of_memory_that_ends_just_before_its_time(
    given: Given, inject: Inject, expect: Expect, recover: Recover, promise: AlertPromise
) -> None:
    """Nearly 5 minutes above 90 % of the limit are not 5 minutes."""
    given.a_healthy_controller()
    given.witnesses()
    inject(MemorySqueeze(ratio=promise.threshold.value + 0.05, at_least=promise.threshold.value))
    expect.to_be_nearly_firing(share=0.7)
    recover()
    expect.silence(evaluations=2)
