"""Gathering: the timelines of all promised alerts in a window, and what else of Prometheus a judge has to know."""

from dataclasses import replace

from harness.clients.loaded_rules import LoadedAlerts
from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Exporter, Quantity
from harness.core.judge import Disruption, OtherAlert, Pace, Scrape
from harness.core.promql import Expression, equal_to
from harness.core.rules.heartbeat import heartbeat_of
from harness.core.rules.own_series import own_series
from harness.core.samples import Series
from harness.core.scenario import ScenarioLog, ScenarioPlan
from harness.core.timeline import Evaluations, Timeline, read_timelines, silent_timeline
from harness.evidence.scrapes import scrapes, slow_scrapes
from harness.evidence.window import Window


class Gatherer:
    """Reads the timelines of all alerts in a window, each with the heartbeat of its own group."""

    def __init__(self, window: Window) -> None:
        """Args: where to look.

        Raises:
            CouldNotTellError: Prometheus does not say what is loaded.
        """
        self.window = window
        self.loaded = LoadedAlerts.read(window.prometheus, window.contract)
        #: selector -> what Prometheus answered
        self._read: dict[str, tuple[Series, ...]] = {}
        self._slow: dict[Exporter, tuple[Disruption, ...]] = {}

    def timelines(self, promise: AlertPromise) -> tuple[Timeline, ...]:
        """All label sets of a promise's rule; its silent timeline if it wrote nothing."""
        evaluations, whose = self._evaluations(promise), self.loaded.ownership(promise)
        alerts, for_state = (
            own_series(self._samples(f"{name}{{{equal_to('alertname', promise.alert)}}}"), whose, evaluations)
            for name in ("ALERTS", "ALERTS_FOR_STATE")
        )
        return read_timelines(alerts, for_state, evaluations) or (silent_timeline(promise.alert, evaluations),)

    def slow_scrapes(self, quantity: Quantity) -> tuple[Disruption, ...]:
        """The scrapes that came late for alerts about this quantity."""
        source = quantity.definition.exporter
        if source not in self._slow:
            self._slow[source] = slow_scrapes(self.window, quantity)
        return self._slow[source]

    def scrapes(self, quantity: Quantity) -> tuple[Scrape, ...]:
        """All scrapes of what alerts about this quantity read."""
        return scrapes(self.window, quantity)

    def seen_s(self, promise: AlertPromise) -> float:
        """How long after its end the alert's rule may still see something.

        Its window, how old what was just scraped may be, a scrape and two evaluations.
        """
        window, found = self.window, self.loaded.found(promise)
        window_s = 0.0 if found is None else longest_window_s(found.rule.query)
        interval_s = self.pace(promise).evaluation_s
        return window_s + window.refresh_of(promise.threshold.quantity) + window.pace.scrape_s + 2 * interval_s

    def pace(self, promise: AlertPromise) -> Pace:
        """With the interval of the rule's own group."""
        found = self.loaded.found(promise)
        return self.window.pace if found is None else replace(self.window.pace, evaluation_s=found.group.interval)

    def offset_s(self, promise: AlertPromise) -> float:
        """By how much the rule's group looks back, on the clock."""
        found = self.loaded.found(promise)
        return 0.0 if found is None else self.window.offsets_s.get(found.group.name, 0.0)

    def other_alerts(self, plan: ScenarioPlan, log: ScenarioLog) -> tuple[OtherAlert, ...]:
        """Every promised alert that the scenario is not about, with what it may do."""
        targets = {target.alert for target in plan.targets}
        return tuple(
            OtherAlert(
                name=promise.name,
                timelines=self.timelines(promise),
                expectation=cell.expectation,
                reason=cell.reason,
                hold_s=promise.hold.seconds / self.window.pace.speed,
                watched=log.watched_of(promise),
                disruptions=(*log.disruptions, *self.slow_scrapes(promise.threshold.quantity)),
                seen_s=self.seen_s(promise),
            )
            for promise in self.window.contract.alerts
            if promise.name not in targets
            for cell in [plan.cell(promise)]
        )

    def _evaluations(self, promise: AlertPromise) -> Evaluations:
        found = self.loaded.found(promise)
        beats = self._samples(heartbeat_of({"rule_group": ""}) if found is None else found.beat)
        # The scenario's ends need not coincide with evaluations: what counts is from the first of them to the last.
        instants = [point.at_s for series in beats for point in series.points]
        start_s = min(instants, default=self.window.start_s)
        end_s = max(instants, default=self.window.end_s)
        return Evaluations.of(beats, interval_s=self.pace(promise).evaluation_s, start_s=start_s, end_s=end_s)

    def _samples(self, selector: str) -> tuple[Series, ...]:
        """Asks once for what several alerts share."""
        if selector not in self._read:
            self._read[selector] = self.window.prometheus.samples(selector, self.window.start_s, self.window.end_s)
        return self._read[selector]


def longest_window_s(expr: str) -> float:
    """How long an expression goes on seeing what is over, in seconds; 0 if it has no range."""
    return Expression.parse(expr).reach_s()
