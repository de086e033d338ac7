"""What must simply be there: the documented metrics, the rules, the scrape target, the route."""

import pytest

from harness.scenario.steps import Expect, Given
from harness.scenario.survey_fixture import Survey


@pytest.mark.scenario
@pytest.mark.smoke
def test_every_documented_metric_is_scraped(given: Given, expect: Expect, survey: Survey) -> None:
    """Each with its documented type and labels, once there has been something to count."""
    given.a_healthy_controller()
    given.a_steady_workload(rate_per_s=5, everywhere=True)
    expect.evaluations(4)
    survey.metrics()


@pytest.mark.scenario
@pytest.mark.smoke
def test_rules_monitor_and_route_are_in_force(survey: Survey) -> None:
    """PrometheusRule, ServiceMonitor and AlertmanagerConfig are selected, loaded and do their work."""
    survey.objects()
