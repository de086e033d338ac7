"""How long a stage is waited for follows from the intervals in effect, and from how old the figures may be."""

from dataclasses import replace

import pytest

from harness.core.contract.quantity import Exporter, Quantity
from harness.core.duration import PromDuration
from harness.scenario.allowance import EFFECT_TIMEOUT_S, Allowance
from harness.scenario.run import ScenarioRun
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes


@pytest.mark.parametrize(
    ("quantity", "window", "old_s", "window_s"),
    [
        pytest.param(Quantity.QUEUE_DEPTH, None, 0.0, 0.0, id="the controller's own"),
        pytest.param(Quantity.MEMORY_USE, None, 20.0, 0.0, id="a container's"),
        pytest.param(Quantity.CPU_THROTTLING, "10m", 20.0, 10.0, id="a container's over a window"),
    ],
)
def test_figures_have_to_be_renewed_and_their_window_to_fill(
    quantity: Quantity, window: str | None, old_s: float, window_s: float
) -> None:
    """Seconds of the clock: 10 documented minutes are 10 s at speed 60."""
    threshold = replace(PROMISE.threshold, quantity=quantity, window=PromDuration.parse(window) if window else None)
    scenario = ScenarioRun(
        fakes.handles(refresh_s={Exporter.CADVISOR: 20.0}), fakes.plan(replace(PROMISE, threshold=threshold))
    )
    allowed, targets = Allowance(scenario), scenario.targets
    assert allowed.old_s(targets) == old_s
    assert allowed.effect_s(targets) == EFFECT_TIMEOUT_S + old_s + window_s
    assert allowed.onset_s(targets) == old_s + 0.5 + 2 * 0.5
    scenario.log.lag_s = 3
    assert allowed.onset_s(targets) == 3 + old_s + 0.5 + 2 * 0.5


def test_a_notification_may_take_what_alertmanager_waits_for_and_how_late_a_group_is_evaluated() -> None:
    """`group_wait`, the resend delay and the slack of a delivery."""
    handles = fakes.handles()
    scenario = ScenarioRun(handles, fakes.plan())
    at_once_s = Allowance(scenario).notified_s()
    pace = scenario.delivery_pace
    assert at_once_s == pace.group_wait_s + pace.resend_s + pace.slack_s
    late = ScenarioRun(replace(handles, offsets_s={"group": 0.4}), fakes.plan())
    assert Allowance(late).notified_s() == pytest.approx(at_once_s + 0.4)
