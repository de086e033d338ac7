"""What must simply be there: the documented metrics, the rules, the scrape target, the route."""

import pytest

from harness.scene.session import Survey
from harness.scene.verbs import Given


@pytest.mark.smoke
def test_every_documented_metric_is_scraped(given: Given, survey: Survey) -> None:
    """Eleven metrics, each with its documented type and labels."""
    given.a_healthy_controller()
    survey.metrics()


@pytest.mark.smoke
def test_rules_monitor_and_route_are_in_force(survey: Survey) -> None:
    """PrometheusRule, ServiceMonitor and AlertmanagerConfig are selected, loaded and do their work."""
    survey.objects()
