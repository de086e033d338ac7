"""Gathering the evidence of a scenario, afterwards, from what Prometheus, the receiver and the witness recorded."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from harness.clients.loaded_rules import LoadedAlerts, slowest_interval_s
from harness.clients.receiver import short_name
from harness.clients.rule_facts import read_rule
from harness.core.alertmanager.routes import LoadedRoute, loaded_routes, route_to
from harness.core.contract.model import AlertPromise, Quantity, Threshold
from harness.core.errors import CouldNotTellError
from harness.core.judge import (
    Clause,
    DeliveryCase,
    DeliveryPace,
    Disruption,
    Judgement,
    LifeCase,
    OtherAlert,
    Pace,
    RuleFact,
    Scrape,
    SilenceCase,
    judge_life,
    judge_silence,
)
from harness.core.promql import Expression, equal_to
from harness.core.reading import Reading
from harness.core.rules.heartbeat import HEARTBEAT, heartbeat_of
from harness.core.rules.own_series import own_series
from harness.core.rules.sources import Exporter, source_of
from harness.core.samples import Series
from harness.core.timeline import Evaluations, Timeline, read_timelines, silent_timeline
from harness.core.verdict import Verdict
from harness.faults.probe_route import RECEIVER
from harness.report.facts import has_fired
from harness.scenario.inhibited import inhibited
from harness.scenario.log import Aim, ScenarioLog, ScenarioPlan, Target
from harness.scenario.slow_scrapes import scrapes, slow_scrapes
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: period of the witness, seconds; five looks per scrape at the fastest honest interval
_WITNESS_PERIOD_S = 0.1
#: and as many at a lower speed, but never seldom: a busy machine that misses a tenth of a second misses nothing of a
#: condition that lasts for minutes there
_LOOKS_PER_SCRAPE, _WITNESS_PERIOD_AT_MOST_S = 5, 1.0
#: how many missed evaluations are waited for at the end, before the judge is told of the gap
_LAST_EVALUATIONS = 8
#: a window holds ten scrapes and its ends fall between two: what a witness counts and what the rule sees differ by one;
#: by one renewal where figures are not new at each scrape
_WINDOW_ERROR_RATIO = 0.1
_WINDOW_LAG = "a rate ends at the newest scrape in its window, a witness's count at its newest page"


def witness_period_s(scrape_s: float) -> float:
    """Seconds between two looks of a witness, by how often Prometheus looks."""
    return min(max(scrape_s / _LOOKS_PER_SCRAPE, _WITNESS_PERIOD_S), _WITNESS_PERIOD_AT_MOST_S)


def read_pace(handles: StackHandles) -> Pace:
    """The intervals in effect on a stack.

    Raises:
        CouldNotTellError: Prometheus does not answer.
    """
    facts = handles.facts
    offset_s, uncertainty_s = handles.prometheus.clock_offset_s()
    return Pace(
        speed=facts.speed.factor,
        scrape_s=facts.scrape_s,
        evaluation_s=facts.evaluation_s,
        witness_s=witness_period_s(facts.scrape_s),
        skew_s=abs(offset_s) if abs(offset_s) > uncertainty_s else 0.0,
    )


def read_delivery_pace(handles: StackHandles) -> DeliveryPace:
    """The intervals in effect of the documented route, as Alertmanager has loaded it.

    Raises:
        CouldNotTellError: Alertmanager does not answer, or no route leads to the promised receiver.
    """
    return _delivery_pace(handles, _documented_route(handles))


def _documented_route(handles: StackHandles) -> LoadedRoute:
    return route_to(loaded_routes(handles.alertmanager.config()), handles.contract.route.receiver)


def _delivery_pace(handles: StackHandles, route: LoadedRoute) -> DeliveryPace:
    return DeliveryPace(
        group_wait_s=route.group_wait.seconds,
        group_interval_s=route.group_interval.seconds,
        resend_s=handles.facts.resend_s,
    )


class Gatherer:
    """Reads the timelines of all alerts between two instants, each with the heartbeat of its own group."""

    def __init__(self, handles: StackHandles, *, start_s: float, end_s: float) -> None:
        self._handles = handles
        self._start_s = start_s
        self._end_s = end_s
        self.loaded = LoadedAlerts.read(handles.prometheus, handles.contract)
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
        source = source_of(quantity)
        if source not in self._slow:
            self._slow[source] = slow_scrapes(
                self._handles, start_s=self._start_s, end_s=self._end_s, quantity=quantity
            )
        return self._slow[source]

    def scrapes(self, quantity: Quantity) -> tuple[Scrape, ...]:
        """All scrapes of what alerts about this quantity read."""
        return scrapes(self._handles, start_s=self._start_s, end_s=self._end_s, quantity=quantity)

    def seen_s(self, promise: AlertPromise) -> float:
        """How long after its end the alert's rule may still see something.

        Its window, how old what was just scraped may be, a scrape and two evaluations.
        """
        facts = self._handles.facts
        found = self.loaded.found(promise)
        window_s = 0.0 if found is None else longest_window_s(found.rule.query)
        interval_s = facts.evaluation_s if found is None else found.group.interval
        return window_s + facts.refresh_of(promise.threshold.quantity) + facts.scrape_s + 2 * interval_s

    def other_alerts(self, plan: ScenarioPlan, log: ScenarioLog) -> tuple[OtherAlert, ...]:
        """Every promised alert that the scenario is not about, with what it may do."""
        targets = {target.alert for target in plan.targets}
        return tuple(
            OtherAlert(
                name=promise.name,
                timelines=self.timelines(promise),
                expectation=cell.expectation,
                reason=cell.reason,
                hold_s=promise.hold.seconds / self._handles.facts.speed.factor,
                watched=log.watched_of(promise),
                disruptions=(*log.disruptions, *self.slow_scrapes(promise.threshold.quantity)),
                seen_s=self.seen_s(promise),
            )
            for promise in self._handles.contract.alerts
            if promise.name not in targets
            for cell in [plan.cell(promise)]
        )

    def _evaluations(self, promise: AlertPromise) -> Evaluations:
        found = self.loaded.found(promise)
        beats = self._samples(heartbeat_of({"rule_group": ""}) if found is None else found.beat)
        # The scenario's ends need not coincide with evaluations: what counts is from the first of them to the last.
        instants = [point.at_s for series in beats for point in series.points]
        start_s = min(instants, default=self._start_s)
        end_s = max(instants, default=self._end_s)
        interval_s = self._handles.facts.evaluation_s if found is None else found.group.interval
        return Evaluations.of(beats, interval_s=interval_s, start_s=start_s, end_s=end_s)

    def _samples(self, selector: str) -> tuple[Series, ...]:
        """Asks once for what several alerts share."""
        if selector not in self._read:
            self._read[selector] = self._handles.prometheus.samples(selector, self._start_s, self._end_s)
        return self._read[selector]


def judge(
    handles: StackHandles, plan: ScenarioPlan, log: ScenarioLog, readings: Mapping[str, tuple[Reading, ...]], pace: Pace
) -> tuple[Judgement, ...]:
    """Gathers the evidence of a scenario that has ended and lets the judge decide about each of its targets.

    Raises:
        CouldNotTellError: nothing was injected, or Prometheus or the receiver does not answer any more.
    """
    inject_s = log.inject_s
    if inject_s is None:
        raise CouldNotTellError(
            f"nothing was injected for {', '.join(target.alert for target in plan.targets)}",
            why="the scenario ended, or was stopped, before its first fault",
            fix="see the error above",
        )
    end_s = time.time()
    wait_for_evaluation(handles, after_s=end_s)
    gatherer = Gatherer(handles, start_s=log.start_s, end_s=time.time())
    route = _documented_route(handles)
    shared = _Shared(
        handles=handles,
        log=log,
        pace=pace,
        gatherer=gatherer,
        inject_s=inject_s,
        end_s=end_s,
        other_alerts=gatherer.other_alerts(plan, log),
        delivery=DeliveryCase(
            receiver=handles.contract.route.receiver,
            pace=_delivery_pace(handles, route),
            deliveries=tuple(
                # the operator puts the place of its object before the receiver's name
                replace(delivery, receiver=short_name(delivery.receiver))
                for delivery in handles.receiver.deliveries(since_s=log.start_s)
                if short_name(delivery.receiver) != RECEIVER  # the harness's own route is not the subject's
            ),
            told_when_over=handles.contract.route.told_when_over,
            muted=route.hours,
        ),
    )
    judged = tuple(shared.judge(target, readings[target.alert]) for target in plan.targets)
    watched = {one.name: one.timelines for one in shared.other_alerts}
    watched |= {one.name: one.timelines for one in judged}
    log.fired = {
        promise.name: has_fired(
            watched[promise.name], start_s=inject_s, end_s=time.time(), hold_s=hold_s(promise, pace)
        )
        for promise in handles.contract.alerts
    }
    return judged


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """The evidence that all targets of a scenario share."""

    handles: StackHandles
    log: ScenarioLog
    pace: Pace
    gatherer: Gatherer
    inject_s: float
    end_s: float
    other_alerts: tuple[OtherAlert, ...]
    delivery: DeliveryCase

    def judge(self, target: Target, readings: tuple[Reading, ...]) -> Judgement:
        found = self.gatherer.loaded.found(target.promise)
        telling_s = _telling_instant(readings, self.inject_s)
        rule = None if found is None else read_rule(self.handles.prometheus, found, at_s=telling_s)
        return self._silence(target, readings, rule) if target.aim is Aim.SILENT else self._life(target, readings, rule)

    def _silence(self, target: Target, readings: tuple[Reading, ...], rule: RuleFact | None) -> Judgement:
        return judge_silence(
            SilenceCase(
                promise=target.promise,
                pace=self._pace(target.promise),
                timelines=self.gatherer.timelines(target.promise),
                readings=readings,
                deliveries=self.delivery.deliveries,
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
            pace=self._pace(target.promise),
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
            offset_s=self._offset_s(target.promise),
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
        if not late:
            return judged
        lines = [line for line in case.timelines if line.fired_in(self.inject_s, line.end_s)]
        span = {"start_s": log.start_s, "end_s": time.time()}
        delivery = replace(self.delivery, inhibited=inhibited(self.handles, target.promise.alert, lines, **span))
        return judge_life(replace(case, delivery=delivery))

    def _pace(self, promise: AlertPromise) -> Pace:
        """With the interval of the rule's own group."""
        found = self.gatherer.loaded.found(promise)
        return self.pace if found is None else replace(self.pace, evaluation_s=found.group.interval)

    def _offset_s(self, promise: AlertPromise) -> float:
        """By how much the rule's group looks back, on the clock."""
        found = self.gatherer.loaded.found(promise)
        return 0.0 if found is None else self.handles.offsets_s.get(found.group.name, 0.0)

    def _lag(self, threshold: Threshold) -> tuple[float, str]:
        """By how much Prometheus may see a quantity, and what becomes of it, later than at the next scrape; and why."""
        old_s = self.handles.facts.refresh_of(threshold.quantity)
        lags = (
            (self.log.lag_s, self.log.lag_reason),
            (self.pace.scrape_s if threshold.window else 0.0, _WINDOW_LAG),
            (old_s, source_of(threshold.quantity).renews(old_s)),
        )
        return sum(lag_s for lag_s, _ in lags), "; ".join(reason for lag_s, reason in lags if lag_s and reason)

    def _error_ratio(self, threshold: Threshold) -> float:
        """By how much, relative to it, a witness's count over a window and the rule's may differ."""
        if threshold.window is None:
            return 0.0
        window_s = threshold.window.seconds / self.pace.speed
        return max(_WINDOW_ERROR_RATIO, self.handles.facts.refresh_of(threshold.quantity) / window_s)


def wait_for_evaluation(handles: StackHandles, *, after_s: float) -> None:
    """Returns when every group has been evaluated after an instant; a group that is not is the judge's business."""
    interval_s = slowest_interval_s(handles.prometheus.rules().groups, handles.facts.evaluation_s)

    def evaluated() -> NotYet | None:
        now_s = time.time()
        beats = handles.prometheus.samples(HEARTBEAT, after_s - 10 * interval_s, now_s)
        late = [one.labels["rule_group"] for one in beats if one.points[-1].at_s < after_s]
        return NotYet(f"no evaluation of {', '.join(late) or 'any group'} since") if late or not beats else None

    try:
        late_s = max(handles.offsets_s.values(), default=0.0)
        wait_until("last evaluation", evaluated, timeout_s=_LAST_EVALUATIONS * interval_s + late_s + 1)
    except WaitTimeoutError:
        return


def longest_window_s(expr: str) -> float:
    """How long an expression goes on seeing what is over, in seconds; 0 if it has no range."""
    return Expression.parse(expr).reach_s()


def hold_s(promise: AlertPromise, pace: Pace) -> float:
    """The documented `for` on the clock."""
    return promise.hold.seconds / pace.speed


def _telling_instant(readings: tuple[Reading, ...], inject_s: float) -> float:
    """An instant at which the fault was in effect: the last look that saw the condition, else the injection."""
    return max((reading.at_s for reading in readings if reading.holds), default=inject_s)
