"""What must simply be there: the dashboard, with something to see in every panel."""

import pytest

from harness.scenario.steps import Expect, Given
from harness.scenario.survey_fixture import Survey


@pytest.mark.scenario
@pytest.mark.needs("Grafana")
def test_every_panel_of_the_dashboard_shows_something(given: Given, expect: Expect, survey: Survey) -> None:
    """Brought to Grafana as documented, it reads what it promises, and no panel is empty while there is work."""
    given.a_healthy_controller()
    given.a_steady_workload(rate_per_s=5, everywhere=True)
    expect.evaluations(4)
    survey.dashboard()
