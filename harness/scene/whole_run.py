"""Reading and judging the life of a stack before it is taken away: outside fault windows nothing fires.

The order that proves the tear-down (see `harness.core.judge.whole_run`): the last scenario has ended and its objects
are gone; no alert fires any more, or every fault window is over; one evaluation more is made and read; then everything
is ended at once. `judge_whole_run` is called before, `torn_down` after.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from harness.core.condition_expr import comparisons
from harness.core.contract import AlertPromise
from harness.core.errors import HarnessError
from harness.core.heartbeat import HEARTBEAT, heartbeat_of
from harness.core.judge import Judgement, Place, RuleFact, Trouble
from harness.core.judge.approach import Approach, Compared, closest_approach
from harness.core.judge.fault_window import AlertRun
from harness.core.judge.whole_run import WholeRun, judge_retired, judge_run, judge_tear_down
from harness.core.promql import any_of
from harness.core.samples import Series
from harness.core.timeline import Evaluations, read_timelines, silent_timeline
from harness.core.verdict import Verdict
from harness.observe.answers import LoadedGroup, LoadedRule
from harness.scene.arena import Arena
from harness.scene.evidence import wait_for_evaluation
from harness.scene.slow_scrapes import slow_scrapes
from harness.waiting import NotYet, WaitTimeoutError, wait_until


def judge_whole_run(arena: Arena) -> tuple[WholeRun, ...]:
    """One judgement per promised alert, in the contract's order; never raises because of what it finds.

    Waits until nothing fires or the last fault window is over, and for one evaluation more. What takes time is read
    before that evaluation: after it three queries have to do.
    """
    try:
        _wait_for_silence(arena)
        place = _Place.of(arena)
        values = {promise.name: _compared(arena, place, promise.name) for promise in arena.contract.alerts}
        wait_for_evaluation(arena, after_s=time.time())
        return tuple(_judged(run, *values[run.promise.name]) for run in _runs(arena, place))
    except HarnessError as error:
        return tuple(_untold(promise, str(error)) for promise in arena.contract.alerts)


def torn_down(whole: tuple[WholeRun, ...], *, gone_s: float) -> tuple[WholeRun, ...]:
    """The same once the stack is away.

    Args:
        whole: what `judge_whole_run` said.
        gone_s: Unix seconds at which Prometheus was gone at the latest.
    """
    return tuple(judge_tear_down(one, gone_s=gone_s) for one in whole)


def retired(arena: Arena, whole: tuple[WholeRun, ...], *, since_s: float) -> tuple[WholeRun, ...]:
    """The same once the rules are out of force, on a Prometheus that outlives the stack: what fired until then is seen.

    Args:
        arena: where; all that the rules watch still runs.
        whole: what `judge_whole_run` said.
        since_s: Unix seconds up to which that had looked.
    """
    names = any_of("alertname", (one.judgement.name for one in whole))
    try:
        fired = arena.prometheus.samples(f'ALERTS{{{names}, alertstate="firing"}}', since_s, time.time())
    except HarnessError as error:
        return tuple(judge_retired(one, fired=False, unread=str(error)) for one in whole)
    late = {series.labels["alertname"] for series in fired}
    return tuple(judge_retired(one, fired=one.judgement.name in late) for one in whole)


def _wait_for_silence(arena: Arena) -> None:
    """Returns when no promised alert is active, or at the end of the last window in which one may fire.

    One that is still pending could fire while the stack is taken away.

    Raises:
        CouldNotTellError: Prometheus does not answer.
    """
    names = any_of("alertname", (promise.name for promise in arena.contract.alerts))

    def active() -> NotYet | None:
        found = arena.prometheus.instant(f"ALERTS{{{names}}}")
        return NotYet(", ".join(sorted({one.labels["alertname"] for one in found}))) if found else None

    if active() is None:
        return
    ends = (end_s for run in _runs(arena, _Place.of(arena)) for _, end_s in run.allowed)
    left_s = max(max(ends, default=0.0) - time.time(), 0.0)
    try:
        wait_until("no active alert", active, timeout_s=left_s, ended=arena.stack.ended)
    except WaitTimeoutError:
        return  # the judge sees it fire outside every window


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """What is known about the stack apart from what its alerts did."""

    groups: tuple[LoadedGroup, ...]
    troubles: tuple[Trouble, ...]
    #: which component has died, and how; empty if none has
    lost: str

    @classmethod
    def of(cls, arena: Arena) -> Self:
        life, end_s = arena.life, time.time()
        troubles = [*life.troubles, *slow_scrapes(arena, start_s=life.start_s, end_s=end_s)]
        lost = arena.stack.ended() or ""
        if lost:
            # when it died is not known; it was alive when the last scenario began
            since_s = max((window.start_s for window in life.windows), default=life.start_s)
            cause = f"lost a component: {lost}"
            troubles.append(Trouble(place=Place.MACHINE, start_s=since_s, end_s=end_s, cause=cause))
        return cls(groups=arena.prometheus.rules().groups, troubles=tuple(troubles), lost=lost)

    def loaded(self, alert: str) -> tuple[LoadedGroup, LoadedRule] | None:
        """The alerting rule of this name with its group; the first of several, as everywhere."""
        every = ((group, rule) for group in self.groups for rule in group.rules)
        return next(((group, rule) for group, rule in every if rule.name == alert and rule.type == "alerting"), None)


def _runs(arena: Arena, place: _Place) -> Iterator[AlertRun]:
    """What is known about each promised alert by now, from three queries."""
    prometheus, life, facts, end_s = arena.prometheus, arena.life, arena.facts, time.time()
    names = any_of("alertname", (promise.name for promise in arena.contract.alerts))
    alerts = prometheus.samples(f"ALERTS{{{names}}}", life.start_s, end_s)
    for_state = prometheus.samples(f"ALERTS_FOR_STATE{{{names}}}", life.start_s, end_s)
    beats = prometheus.samples(HEARTBEAT, life.start_s, end_s)
    for promise in arena.contract.alerts:
        group, rule = place.loaded(promise.name) or (None, None)
        interval_s = facts.evaluation_s if group is None else group.interval
        evaluations = _evaluations(beats, group, interval_s=interval_s, end_s=end_s)
        timelines = read_timelines(_of(promise, alerts), _of(promise, for_state), evaluations)
        yield AlertRun(
            promise=promise,
            rule=None if rule is None else _fact(rule),
            keep_firing_s=0.0 if rule is None else rule.keep_firing_for,
            interval_s=interval_s,
            scrape_s=facts.scrape_s,
            refresh_s=facts.refresh_of(promise.threshold.quantity),
            timelines=timelines or (silent_timeline(promise.name, evaluations),),
            windows=tuple(life.windows),
            troubles=place.troubles,
            start_s=life.start_s,
            end_s=end_s,
            lost=place.lost,
        )


def _evaluations(beats: Iterable[Series], group: LoadedGroup | None, *, interval_s: float, end_s: float) -> Evaluations:
    """Of one group, from the first of them to the last; none at all if the rule is in no group."""
    mine = [one for one in beats if group is not None and one.labels["rule_group"] == group.name]
    instants = [point.at_s for one in mine for point in one.points]
    first_s, last_s = min(instants, default=end_s), max(instants, default=end_s)
    return Evaluations.of(mine, interval_s=interval_s, start_s=first_s, end_s=last_s)


def _of(promise: AlertPromise, every: Iterable[Series]) -> list[Series]:
    return [one for one in every if one.labels["alertname"] == promise.name]


def _fact(rule: LoadedRule) -> RuleFact:
    return RuleFact(
        name=rule.name, health=rule.health, last_error=rule.last_error, expr=rule.query, hold_s=rule.duration
    )


def _compared(arena: Arena, place: _Place, alert: str) -> tuple[tuple[Compared, ...], str]:
    """What the rule's comparisons compared, at its own evaluations; or why that cannot be told."""
    group, rule = place.loaded(alert) or (None, None)
    if group is None or rule is None:
        return (), ""
    prometheus, start_s, now_s = arena.prometheus, arena.life.start_s, time.time()
    try:
        beats = prometheus.samples(heartbeat_of(group.name), start_s, now_s)
        first_s = min((point.at_s for one in beats for point in one.points), default=now_s)
        return tuple(
            Compared(
                comparison=one,
                values=prometheus.values(one.values, start_s=first_s, end_s=now_s, step_s=group.interval),
            )
            for one in comparisons(rule.query)
        ), ""
    except HarnessError as error:
        return (), str(error)


def _judged(run: AlertRun, compared: tuple[Compared, ...], unread: str) -> WholeRun:
    return judge_run(run, closest_approach(run, compared, unread=unread))


def _untold(promise: AlertPromise, cause: str) -> WholeRun:
    return WholeRun(
        judgement=Judgement(name=promise.name, verdict=Verdict.UNKNOWN, promise="", findings=(), cause=cause),
        approach=Approach(alert=promise.name, pending_share=None, nearest=None, why_no_value=cause),
        quiet_until_s=0.0,
    )
