"""The second link: a target that will not be healthy is blamed, and one that may yet is waited for."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause
from harness.core.judge.preflight import (
    OVER_S,
    Installed,
)
from harness.tests.core.judge.preflight.world import (
    INSTALLED,
    SERVICE,
    TARGET,
    U,
    assert_blamed,
    broken,
    scraping,
    target,
    with_container,
)


@pytest.mark.parametrize(
    ("installed", "clause", "actual", "cause"),
    [
        pytest.param(
            replace(INSTALLED, targets=(replace(TARGET, labels={"service": "other"}),)),
            Clause.TARGET,
            "none; Prometheus has targets of serviceMonitor/subject-system/subject/0",
            "selectors and port fit, and Prometheus makes no target of it: look at the monitor's relabelings",
            id="relabelled away",
        ),
        pytest.param(
            target(
                health="down", last_error="404 Not Found", scrape_url="http://10.0.0.1:8080/metricz", path="/metricz"
            ),
            Clause.HEALTHY,
            "1 down: http://10.0.0.1:8080/metricz 404 Not Found",
            "the monitor asks for /metricz, and by the subject file the page is /metrics; Prometheus asks",
            id="path",
        ),
        pytest.param(
            target(health="down", last_error="refused", port=9090),
            Clause.HEALTHY,
            "1 down",
            "the monitor leads to port 9090, and by the subject file it is 8080",
            id="port number",
        ),
        pytest.param(
            target(health="down", last_error="refused"),
            Clause.HEALTHY,
            "refused",
            "Prometheus asks http://10.0.0.1:8080/metrics and is told: refused",
            id="down",
        ),
    ],
)
def test_a_target_that_cannot_be_is_violated_with_what_is_to_blame(
    installed: Installed, clause: Clause, actual: str, cause: str
) -> None:
    """Where Prometheus asks, what it is told, and what in the monitor differs from the subject file."""
    assert_blamed(installed, clause, actual, cause)


@pytest.mark.parametrize(
    ("installed", "waited_s", "actual"),
    [
        pytest.param(replace(INSTALLED, targets=()), 5.0, "none; Prometheus has targets of nothing", id="absent"),
        pytest.param(
            target(health="down", last_error="refused"), 5.0, "1 down: http://10.0.0.1:8080/metrics refused", id="down"
        ),
        pytest.param(target(health="unknown"), OVER_S, "not scraped yet", id="not scraped"),
        pytest.param(
            target(health="down", last_error="context deadline exceeded"),
            OVER_S,
            "1 down: http://10.0.0.1:8080/metrics context deadline exceeded",
            id="slow, as a slow machine is",
        ),
    ],
)
def test_a_target_that_is_not_there_yet_is_waited_for(installed: Installed, waited_s: float, actual: str) -> None:
    """A target that is absent, down or not scraped is no finding as long as waiting may help."""
    found = scraping(installed, waited_s)[1]
    assert (found.judgement.verdict, broken(found).actual) == (U, actual)


@pytest.mark.parametrize("port", [None, 8080])
def test_a_target_that_is_asked_where_the_controller_answers_is_told_without_a_reason(port: int | None) -> None:
    """The monitor is not to blame for it."""
    found = scraping(target(health="down", last_error="refused", path="/metrics", port=port))[1]
    assert found.judgement.cause == "Prometheus asks http://10.0.0.1:8080/metrics and is told: refused"


@pytest.mark.parametrize("running", [True, False])
def test_a_target_that_is_up_is_judged_by_itself_although_the_controller_does_not_run(running: bool) -> None:
    """It shows that Prometheus gets there; one that is down follows from the controller."""
    crashed = with_container(exits=2, exit_code=1, running_s=None)
    health = {} if running else {"health": "down", "last_error": "refused"}
    found = scraping(replace(crashed, targets=(replace(TARGET, **health),)))[1]  # type: ignore[arg-type]
    assert (found.holds, found.judgement.because_of) == (running, "" if running else "controller")


def test_one_of_several_targets_that_is_up_is_enough() -> None:
    """A standby that does not answer is the alerts' business."""
    installed = replace(INSTALLED, targets=(replace(TARGET, health="down"), TARGET))
    assert scraping(installed)[1].holds


def test_series_of_another_job_are_unknown() -> None:
    """The harness finds them by the Service's name; that the monitor names them otherwise is nobody's mistake."""
    found = scraping(target(labels={"service": SERVICE, "job": "controller"}))[1]
    assert (found.judgement.verdict, broken(found).clause) == (U, Clause.LABELS)
    assert "jobLabel or relabelings name the job controller" in found.judgement.cause
