"""Allowances: for how long a stage of an alert's life is waited for, in seconds of the clock, until it is given up."""

from collections.abc import Sequence

from harness.core.scenario import Target
from harness.scenario.run import ScenarioRun

#: a fault that has not taken effect by then never will: longer than a pod's grace plus its start
EFFECT_TIMEOUT_S = 40.0


class Allowance:
    """What follows from the intervals in effect, the loaded rules and what the scenario says of itself."""

    def __init__(self, scenario: ScenarioRun) -> None:
        self._scenario = scenario

    def effect_s(self, targets: Sequence[Target]) -> float:
        """How long a witness may take to see an effect, or its end.

        Its figures have to be renewed first, and the window that it counts over to fill, or to run empty.
        """
        windows = (target.promise.threshold.window for target in targets)
        window_s = max((window.seconds for window in windows if window), default=0.0) / self._scenario.pace.speed
        return EFFECT_TIMEOUT_S + self.old_s(targets) + window_s

    def onset_s(self, targets: Sequence[Target]) -> float:
        """How long an effect that is there may take to make an alert pending."""
        pace = self._scenario.pace
        return self._scenario.log.lag_s + self.old_s(targets) + pace.scrape_s + 2 * self.interval_s(targets)

    def hold_s(self, target: Target) -> float:
        """The documented `for` on the clock."""
        return target.promise.hold.seconds / self._scenario.pace.speed

    def interval_s(self, targets: Sequence[Target]) -> float:
        """The longest interval of the rule groups of these."""
        loaded = self._scenario.loaded()
        found = (loaded.found(target.promise) for target in targets)
        return max([self._scenario.pace.evaluation_s, *(one.group.interval for one in found if one is not None)])

    def old_s(self, targets: Sequence[Target]) -> float:
        """How old what was just scraped may be."""
        facts = self._scenario.handles.facts
        return max((facts.refresh_of(target.promise.threshold.quantity) for target in targets), default=0.0)

    def notified_s(self) -> float:
        """How long a notification may take from the change of an alert on."""
        pace = self._scenario.delivery_pace
        late_s = max(self._scenario.handles.offsets_s.values(), default=0.0)
        return pace.group_wait_s + pace.resend_s + pace.slack_s + late_s
