"""The six recording rules: each recorded value equals one computed from the controller's own /metrics page."""

import pytest

from harness.faults.failing_api import FailingApi
from harness.faults.queue_flood import QueueFlood
from harness.faults.slow_api import SlowApi
from harness.scenario.steps import Given, Inject
from harness.scenario.survey_fixture import Survey


@pytest.mark.records("quantile", "rate")
@pytest.mark.matrix("a-fifth-of-writes-fails-under-load")
def test_rates_and_quantiles_under_load(given: Given, inject: Inject, survey: Survey) -> None:
    """Durations, reconciles and failures while the controller works and a fifth of its writes fail."""
    given.a_healthy_controller()
    given.a_steady_workload(rate_per_s=20, everywhere=True)
    inject(FailingApi(share=0.2))
    survey.recording_rules()


@pytest.mark.records("max")
@pytest.mark.matrix("standing-queue")
def test_the_depth_of_a_standing_queue(given: Given, inject: Inject, survey: Survey) -> None:
    """The fullest queue, while it stands still behind slow writes."""
    given.a_healthy_controller()
    inject(SlowApi(delay="8s"))
    inject(QueueFlood(count=40, prefix="standing"))
    survey.recording_rules()
