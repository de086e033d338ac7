"""The evidence of a scenario that has ended, put before the judge: from its log, its witnesses and a window."""

from dataclasses import dataclass, replace

from harness.clients.rule_facts import read_rule
from harness.core.alertmanager.silence import Silence
from harness.core.contract.model import Threshold
from harness.core.judge import (
    Clause,
    DeliveryCase,
    Judgement,
    LifeCase,
    OtherAlert,
    RuleFact,
    SilenceCase,
    judge_life,
    judge_silence,
)
from harness.core.reading import Reading
from harness.core.scenario import Aim, ScenarioLog, Target
from harness.core.verdict import Verdict
from harness.evidence.gatherer import Gatherer, longest_window_s
from harness.evidence.inhibited import inhibited
from harness.evidence.silenced import silenced

#: a window holds ten scrapes and its ends fall between two: what a witness counts and what the rule sees differ by one;
#: by one renewal where figures are not new at each scrape
_WINDOW_ERROR_RATIO = 0.1
_WINDOW_LAG = "a rate ends at the newest scrape in its window, a witness's count at its newest page"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioEvidence:
    """The evidence that all targets of a scenario share. Unix times."""

    gatherer: Gatherer
    log: ScenarioLog
    inject_s: float
    #: until when silence was watched
    end_s: float
    other_alerts: tuple[OtherAlert, ...]
    #: who was told; None where nobody listened
    delivery: DeliveryCase | None
    #: Alertmanager's configuration as it was loaded; empty where it is not known
    alertmanager_config: str = ""
    #: that somebody made in it
    silences: tuple[Silence, ...] = ()

    def judge(self, target: Target, readings: tuple[Reading, ...]) -> Judgement:
        """What the judge says of one target, given what its witness has seen, oldest first."""
        found = self.gatherer.loaded.found(target.promise)
        telling_s = _telling_instant(readings, self.inject_s)
        rule = None if found is None else read_rule(self.gatherer.window.prometheus, found, at_s=telling_s)
        return self._silence(target, readings, rule) if target.aim is Aim.SILENT else self._life(target, readings, rule)

    def _silence(self, target: Target, readings: tuple[Reading, ...], rule: RuleFact | None) -> Judgement:
        return judge_silence(
            SilenceCase(
                promise=target.promise,
                pace=self.gatherer.pace(target.promise),
                timelines=self.gatherer.timelines(target.promise),
                readings=readings,
                deliveries=None if self.delivery is None else self.delivery.deliveries,
                inject_s=self.inject_s,
                end_s=self.end_s,
                rule=rule,
                rule_absent=self.gatherer.loaded.absent(target.promise),
                ownership=self.gatherer.loaded.ownership(target.promise),
                watched=self.log.watched_of(target.promise),
                near_ratio=self.log.near_ratio,
                other_alerts=self.other_alerts,
                disruptions=tuple(self.log.disruptions),
                slow_scrapes=self.gatherer.slow_scrapes(target.promise.threshold.quantity),
                seen_s=self.gatherer.seen_s(target.promise),
            )
        )

    def _life(self, target: Target, readings: tuple[Reading, ...], rule: RuleFact | None) -> Judgement:
        log, threshold = self.log, target.promise.threshold
        # A witness of a windowed quantity forgets with its own window, which is the rule's.
        window_s = 0.0 if rule is None or threshold.window else longest_window_s(rule.expr)
        lag_s, lag_reason = self._lag(threshold)
        case = LifeCase(
            promise=target.promise,
            pace=self.gatherer.pace(target.promise),
            instance=target.instance,
            timelines=self.gatherer.timelines(target.promise),
            readings=readings,
            delivery=self.delivery,
            inject_s=self.inject_s,
            undo_began_s=log.undo_began_s,
            undo_s=log.undo_s,
            rule=rule,
            rule_absent=self.gatherer.loaded.absent(target.promise),
            ownership=self.gatherer.loaded.ownership(target.promise),
            offset_s=self.gatherer.offset_s(target.promise),
            other_alerts=self.other_alerts,
            disruptions=(*log.disruptions, *self.gatherer.slow_scrapes(threshold.quantity)),
            scrapes=self.gatherer.scrapes(threshold.quantity),
            lag_s=lag_s,
            lag_reason=lag_reason,
            resolve_lag_s=log.resolve_lag_s,
            resolve_lag_reason=log.resolve_lag_reason,
            witness_error_ratio=self._error_ratio(threshold),
            threshold_within_ratio=log.threshold_within_ratio,
            window_s=window_s,
        )
        judged = judge_life(case)
        late = any(one.clause is Clause.DELIVERED and one.outcome is Verdict.VIOLATED for one in judged.findings)
        if not late or self.delivery is None:
            return judged
        lines = [line for line in case.timelines if line.fired_in(self.inject_s, line.end_s)]
        excuses = inhibited(self.gatherer.window, self.alertmanager_config, target.promise.alert, lines)
        excuses = tuple(sorted((*excuses, *silenced(self.silences, lines)), key=lambda one: one.start_s))
        return judge_life(replace(case, delivery=replace(self.delivery, inhibited=excuses)))

    def _lag(self, threshold: Threshold) -> tuple[float, str]:
        """By how much Prometheus may see a quantity, and what becomes of it, later than at the next scrape; and why."""
        old_s = self.gatherer.window.refresh_of(threshold.quantity)
        lags = (
            (self.log.lag_s, self.log.lag_reason),
            (self.gatherer.window.pace.scrape_s if threshold.window else 0.0, _WINDOW_LAG),
            (old_s, threshold.quantity.definition.exporter.renews(old_s)),
        )
        return sum(lag_s for lag_s, _ in lags), "; ".join(reason for lag_s, reason in lags if lag_s and reason)

    def _error_ratio(self, threshold: Threshold) -> float:
        """By how much, relative to it, a witness's count over a window and the rule's may differ."""
        if threshold.window is None:
            return 0.0
        window_s = threshold.window.seconds / self.gatherer.window.pace.speed
        return max(_WINDOW_ERROR_RATIO, self.gatherer.window.refresh_of(threshold.quantity) / window_s)


def _telling_instant(readings: tuple[Reading, ...], inject_s: float) -> float:
    """An instant at which the fault was in effect: the last look that saw the condition, else the injection."""
    return max((reading.at_s for reading in readings if reading.holds), default=inject_s)
