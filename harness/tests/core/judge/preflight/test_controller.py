"""The first link: a controller that does not start is blamed with its own words, and one that may yet is waited for."""

from dataclasses import replace

import pytest

from harness.core.judge.preflight import (
    OVER_S,
    ContainerFact,
    Installed,
    WorkloadFact,
)
from harness.core.verdict import Verdict
from harness.tests.core.judge.preflight.world import (
    CONTAINER,
    INSTALLED,
    POD,
    WORK,
    U,
    X,
    broken,
    scraping,
    with_container,
)

WORDS = ("Traceback", "ValueError: bad")


@pytest.mark.parametrize(
    ("installed", "actual", "cause"),
    [
        pytest.param(
            with_container(exits=2, exit_code=2, exit_reason="Error", running_s=None, last_words=WORDS),
            "container controller of pod controller-1 has ended 2 times, last with exit code 2",
            "the controller crashes: container controller ends with exit code 2\nits last words:\n"
            "Traceback\nValueError: bad",
            id="ended twice",
        ),
        pytest.param(
            with_container(waiting="CrashLoopBackOff", exits=1, exit_code=137, exit_reason="OOMKilled", running_s=None),
            "has ended 1 time, last with exit code 137 (OOMKilled)",
            "ends with exit code 137 (OOMKilled), and said nothing",
            id="back-off",
        ),
        pytest.param(
            with_container(waiting="CrashLoopBackOff", running_s=None),
            "with an unknown status",
            "an unknown status",
            id="nothing known",
        ),
        pytest.param(
            with_container(waiting="CreateContainerConfigError", message='secret "x" not found', running_s=None),
            'cannot be started: CreateContainerConfigError secret "x" not found',
            'secret "x" not found',
            id="configuration",
        ),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, pods=(), refusal="exceeded quota")),
            "0 made: exceeded quota",
            "the pods of Deployment subject-system/controller are refused: exceeded quota",
            id="no pod",
        ),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, replicas=2, refusal="exceeded quota")),
            "1 made: exceeded quota",
            "the pods of Deployment subject-system/controller are refused: exceeded quota",
            id="one pod of two",
        ),
        pytest.param(
            with_container(exit_reason="StartError", message="no such file", exits=1, running_s=None),
            "cannot be started: StartError no such file",
            "container controller of pod controller-1 cannot be started: StartError no such file",
            id="start",
        ),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, exists=False, deployments=("controller-manager", "a"))),
            "in subject-system there are: controller-manager, a",
            "the subject file names the Deployment controller; the manifests bring controller-manager, a",
            id="no Deployment",
        ),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, replicas=0, pods=())),
            "it asks for 0 replicas",
            "give it at least 1",
            id="no replicas",
        ),
        pytest.param(
            replace(
                with_container(running_s=40.0),
                workload=replace(
                    WORK,
                    pods=(
                        replace(
                            with_container(running_s=40.0).workload.pods[0],  # type: ignore[union-attr]  # it is there
                            warnings=("Unhealthy: statuscode: 404",),
                        ),
                    ),
                ),
            ),
            "runs for 40 s and is not ready: Unhealthy: statuscode: 404",
            "the readiness probe of container controller does not pass: Unhealthy: statuscode: 404",
            id="never ready",
        ),
        pytest.param(
            replace(INSTALLED, manifests_refused='The Deployment "x" is invalid: spec.replicas'),
            'The Deployment "x" is invalid: spec.replicas',
            "the manifests are refused: The Deployment",
            id="manifests refused",
        ),
    ],
)
def test_a_controller_that_does_not_start_is_violated_with_its_last_words(
    installed: Installed, actual: str, cause: str
) -> None:
    """It is the subject's fault, and explains that there is no target."""
    controller, found = scraping(installed)
    assert (controller.judgement.verdict, controller.broken) == (X, True)
    assert actual in broken(controller).actual
    assert cause in controller.judgement.cause
    assert found.judgement.because_of == "controller" or found.holds
    assert not found.broken


@pytest.mark.parametrize(
    ("installed", "waited_s"),
    [
        pytest.param(with_container(exits=1, exit_code=1, running_s=1.0), OVER_S, id="ended once"),
        pytest.param(with_container(waiting="ErrImagePull", running_s=None), OVER_S, id="no image"),
        pytest.param(with_container(waiting="ContainerCreating", running_s=None), OVER_S, id="being made"),
        pytest.param(with_container(running_s=5.0), OVER_S, id="not ready yet"),
        pytest.param(with_container(waiting="CreateContainerConfigError", running_s=None), 3.0, id="settling"),
        pytest.param(
            replace(INSTALLED, workload=replace(WORK, pods=(), refusal="quota"), targets=()), 3.0, id="no pod yet"
        ),
        pytest.param(replace(INSTALLED, workload=replace(WORK, pods=()), targets=()), 3.0, id="no pod at all"),
        pytest.param(
            replace(
                INSTALLED,
                workload=replace(WORK, pods=(replace(POD, ready=False, unscheduled="0/1 nodes"),)),
                targets=(),
            ),
            OVER_S,
            id="no node",
        ),
    ],
)
def test_what_may_be_the_place_s_fault_or_pass_is_unknown(installed: Installed, waited_s: float) -> None:
    """An image that does not come is no finding about the subject, and what is being made may be made."""
    controller, found = scraping(installed, waited_s)
    assert controller.judgement.verdict is U
    assert controller.judgement.cause
    assert found.judgement.because_of == "controller"


TWO = replace(WORK, replicas=2)


UNREADY = replace(POD, name="controller-2", ready=False)


@pytest.mark.parametrize(
    ("work", "actual"),
    [
        pytest.param(replace(WORK, pods=()), "0 made, 0 ready", id="no pod"),
        pytest.param(TWO, "1 made, 1 ready", id="one of two"),
        pytest.param(
            replace(TWO, pods=(POD, UNREADY)), "2 made, 1 ready; controller-2: not ready", id="a condition of the pod"
        ),
        pytest.param(
            replace(
                WORK,
                pods=(
                    replace(
                        UNREADY,
                        containers=(
                            CONTAINER,
                            ContainerFact(name="a", waiting="ContainerCreating"),
                            ContainerFact(name="b", running_s=3.0),
                            ContainerFact(name="c", exits=1),
                        ),
                    ),
                ),
            ),
            "1 made, 0 ready; controller-2: container a ContainerCreating, container b runs, container c has ended",
            id="containers",
        ),
        pytest.param(
            replace(WORK, pods=(replace(UNREADY, containers=(ContainerFact(name="a", waiting="ErrImagePull"),)),)),
            "container a of pod controller-2 has no image: ErrImagePull",
            id="no image",
        ),
        pytest.param(
            replace(
                WORK,
                pods=(replace(UNREADY, containers=(ContainerFact(name="a", waiting="CreateContainerConfigError"),)),),
            ),
            "container a of pod controller-2 cannot be started: CreateContainerConfigError",
            id="configuration",
        ),
    ],
)
def test_what_is_not_ready_yet_is_told_pod_by_pod(work: WorkloadFact, actual: str) -> None:
    """With what each of its containers does that is not ready itself."""
    found = scraping(replace(INSTALLED, workload=work), 3.0)[0]
    assert (found.judgement.verdict, broken(found).actual) == (U, actual)


@pytest.mark.parametrize(("replicas", "expected"), [(1, "1 pod of"), (2, "2 pods of"), (3, "3 pods of")])
def test_as_many_pods_are_expected_as_the_deployment_asks_for(replicas: int, expected: str) -> None:
    """All of them, ready."""
    found = scraping(replace(INSTALLED, workload=replace(WORK, replicas=replicas, pods=(POD,) * replicas)))[0]
    assert found.holds
    assert found.judgement.findings[0].expected == f"{expected} Deployment subject-system/controller ready"


@pytest.mark.parametrize(("waited_s", "verdict"), [(9.9, U), (10.0, X)])
@pytest.mark.parametrize(
    "installed",
    [
        with_container(waiting="CreateContainerConfigError", running_s=None),
        replace(INSTALLED, workload=replace(WORK, pods=(), refusal="quota"), targets=()),
    ],
    ids=["configuration", "no pod"],
)
def test_what_the_manifests_may_still_bring_is_waited_for_ten_seconds(
    installed: Installed, waited_s: float, verdict: Verdict
) -> None:
    """Then it is not in them."""
    assert scraping(installed, waited_s)[0].judgement.verdict is verdict


@pytest.mark.parametrize(("running_s", "verdict"), [(29.9, U), (30.0, X)])
def test_a_readiness_probe_is_given_thirty_seconds(running_s: float, verdict: Verdict) -> None:
    """From the start of its container; without a warning about it nothing is quoted."""
    found = scraping(with_container(running_s=running_s))[0]
    assert found.judgement.verdict is verdict
    if verdict is X:
        assert found.judgement.cause == "the readiness probe of container controller does not pass"


@pytest.mark.parametrize(
    ("running_s", "unready_s", "verdict"),
    [(30.0, None, U), (119.9, None, U), (120.0, None, X), (9000.0, 29.9, U), (9000.0, 30.0, X), (119.9, 9000.0, U)],
    ids=[
        "has begun",
        "starts",
        "should have started",
        "was ready until now",
        "has not been ready for long",
        "starts again",
    ],
)
def test_a_probe_that_counts_later_is_given_its_time(
    running_s: float, unready_s: float | None, verdict: Verdict
) -> None:
    """What its own probes give it to start, and thirty seconds from there on, or from when it was last ready."""
    found = with_container(running_s=running_s, starts_within_s=90.0, exits=5, exit_code=1)
    assert found.workload is not None
    pod = replace(found.workload.pods[0], unready_s=unready_s)
    late = scraping(replace(found, workload=replace(found.workload, pods=(pod,))))[0]
    assert late.judgement.verdict is verdict
    assert "crash" not in late.judgement.cause


def test_an_init_container_that_takes_long_is_not_asked_whether_it_is_ready() -> None:
    """It may wait for what the controller needs; what it does is told, and nothing is blamed on a probe."""
    found = scraping(with_container(init=True, running_s=300.0))[0]
    assert (found.judgement.verdict, broken(found).actual) == (
        U,
        "1 made, 0 ready; controller-1: container controller runs",
    )


def test_trouble_with_pods_that_are_all_there_is_over() -> None:
    """Whatever the Deployment still says of it."""
    assert scraping(replace(INSTALLED, workload=replace(WORK, refusal="exceeded quota")))[0].holds


def test_a_controller_that_runs_after_a_start_that_failed_was_started() -> None:
    """What its run before came to is over."""
    back = replace(CONTAINER, exits=1, exit_code=128, exit_reason="StartError")
    assert scraping(replace(INSTALLED, workload=replace(WORK, pods=(replace(POD, containers=(back,)),))))[0].holds


def test_a_controller_that_came_back_after_two_ends_is_no_crash() -> None:
    """What is ready runs."""
    installed = with_container(exits=5, exit_code=1)
    assert installed.workload is not None
    ready = replace(installed.workload.pods[0], ready=True)
    back = replace(ready, containers=(replace(ready.containers[0], ready=True),))
    assert scraping(replace(INSTALLED, workload=replace(WORK, pods=(back,))))[0].holds
