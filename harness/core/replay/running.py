"""One rule as it runs: what it knows from its evaluation before, and what it makes of the next.

https://github.com/prometheus/prometheus/blob/v3.13.5/rules/group.go (`Group.Eval`)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.core.replay.alert import Alert, AlertClock, Alerts, evaluated
from harness.core.replay.labels import Element, LabelSet, alert_labels, merged
from harness.core.replay.order import PlacedRule
from harness.core.replay.restored import SILENT_EVALUATIONS, Grace, restored
from harness.core.replay.written import Newest, Sample, of_alerts, of_recording
from harness.core.rules.model import AlertingRule

#: the rule's labels as they are on one alert: of the series it is of
RenderLabels = Callable[[Element], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one evaluation of one rule did. Instants in ms."""

    at_ms: int
    #: what it wrote, also where another rule's sample of the same series was there already
    made: tuple[Sample, ...] = ()
    #: what of it, and which ends of series, got into the storage
    stored: tuple[Sample, ...] = ()
    #: pending and firing
    active: tuple[Alert, ...] = ()
    #: why it failed, in Prometheus's words: then nothing above says what the condition was
    failure: str | None = None
    #: why a sample was not taken, in Prometheus's words: another rule writes the same series
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the last evaluation of a rule that was made elsewhere left behind."""

    at_ms: int
    alerts: Alerts = field(default_factory=dict)
    #: that it has written
    series: frozenset[LabelSet] = frozenset()


class RunningRule:
    """One rule of a Prometheus."""

    def __init__(self, placed: PlacedRule, newest: Newest, *, query_offset_ms: int, grace: Grace) -> None:
        self._placed = placed
        self._newest = newest
        self._offset_ms = query_offset_ms
        self._grace = grace
        self._set = merged(placed.group, placed.rule)
        self._alerts: Alerts = {}
        self._series: frozenset[LabelSet] = frozenset()
        #: so many evaluations more until `ALERTS` is written and `for` restored
        self._silent = 0

    def restart(self) -> None:
        """Its Prometheus was started again: what it knew is gone."""
        self._alerts, self._series = {}, frozenset()
        self._silent = SILENT_EVALUATIONS if isinstance(self._placed.rule, AlertingRule) else 0

    def know(self, known: Known) -> Step:
        """It was evaluated elsewhere until then: what it wrote is there."""
        self._alerts, self._series = known.alerts, known.series
        active = tuple(one for one in known.alerts.values() if one.active)
        made = of_alerts(self._placed.rule.name, self._set, active, known.at_ms - self._offset_ms)
        self._newest.note(made)
        return Step(at_ms=known.at_ms, made=made, active=active)

    @property
    def rests(self) -> bool:
        """Whether an evaluation that finds nothing would change nothing, and write nothing."""
        return not (self._alerts or self._series or self._silent)

    def failed(self, at_ms: int, words: str) -> Step:
        """An evaluation whose expression could not be evaluated."""
        self._after_silence(at_ms)
        return Step(at_ms=at_ms, failure=words)

    def step(self, at_ms: int, found: Sequence[Element], render: RenderLabels) -> Step:
        """One evaluation.

        Args:
            at_ms: its instant.
            found: what the expression gave, the query offset earlier.
            render: an alerting rule's labels.
        """
        rule = self._placed.rule
        if isinstance(rule, AlertingRule):
            ready = [(alert_labels(one, render(one), rule.alert), one) for one in found]
            result = evaluated(self._clock(rule), self._alerts, ready, at_ms)
            self._alerts = result.alerts
            return self._written(at_ms) if result.failure is None else self.failed(at_ms, result.failure)
        limit, written_ms = self._placed.group.limit, at_ms - self._offset_ms
        recorded = of_recording(rule.record, self._set, found, limit=limit, at_ms=written_ms)
        return self.failed(at_ms, recorded) if isinstance(recorded, str) else self._committed(at_ms, recorded)

    def _written(self, at_ms: int) -> Step:
        active = tuple(one for one in self._alerts.values() if one.active)
        written_ms = at_ms - self._offset_ms
        made = () if self._silent else of_alerts(self._placed.rule.name, self._set, active, written_ms)
        return self._committed(at_ms, made, active)

    def _committed(self, at_ms: int, made: tuple[Sample, ...], active: tuple[Alert, ...] = ()) -> Step:
        committed = self._newest.commit(made, self._series, at_ms - self._offset_ms)
        self._series = committed.series
        self._after_silence(at_ms)
        return Step(at_ms=at_ms, made=made, stored=committed.samples, active=active, refused=committed.refused)

    def _clock(self, rule: AlertingRule) -> AlertClock:
        return AlertClock(hold_ms=rule.hold.ms, keep_firing_ms=rule.keep_firing_for.ms, limit=self._placed.group.limit)

    def _after_silence(self, at_ms: int) -> None:
        if not self._silent:
            return
        self._silent -= 1
        rule = self._placed.rule
        if not self._silent and isinstance(rule, AlertingRule):
            last = self._newest.for_state(self._alerts)
            self._alerts = restored(self._clock(rule), self._alerts, last, self._grace, at_ms)
