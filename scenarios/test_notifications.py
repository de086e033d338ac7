"""Alertmanager: grouping, the documented `continue: true`, no inhibition, no repetition before its time."""

import pytest

from harness.scenario.notifications import Notifications
from harness.scenario.steps import Given


@pytest.mark.scenario
@pytest.mark.smoke
def test_every_alert_at_once_is_told_to_its_team_and_to_whoever_stands_behind(
    given: Given, notifications: Notifications
) -> None:
    """The critical alert keeps no warning back, instances of one alert come together, and later routes see them all.

    No fault brings all alerts about at once, so Alertmanager is told of them in Prometheus's place.
    """
    given.a_healthy_controller()
    notifications.are_seen_from_behind()
    notifications.tell_of_every_alert()
    notifications.judge()
