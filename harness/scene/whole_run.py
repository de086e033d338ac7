"""Reading and judging the life of a stack before it is taken away: outside fault windows nothing fires.

The order that proves the tear-down (see `harness.core.judge.whole_run`): the last scenario has ended and its objects
are gone; no alert fires any more, or every fault window is over; one evaluation more is made and read; then everything
is ended at once. `judge_whole_run` is called before, `torn_down` after.
"""

import time
from dataclasses import dataclass

from harness.core.condition_expr import comparisons
from harness.core.contract import AlertPromise
from harness.core.errors import HarnessError
from harness.core.judge import Judgement, Place, RuleFact, Trouble
from harness.core.judge.approach import Approach, Compared, closest_approach
from harness.core.judge.fault_window import AlertRun, start_window
from harness.core.judge.whole_run import WholeRun, judge_run, judge_tear_down
from harness.core.verdict import Verdict
from harness.observe.answers import LoadedGroup, LoadedRule
from harness.scene.arena import Arena
from harness.scene.evidence import Gatherer, wait_for_evaluation
from harness.scene.slow_scrapes import slow_scrapes
from harness.waiting import NotYet, WaitTimeoutError, wait_until


def judge_whole_run(arena: Arena) -> tuple[WholeRun, ...]:
    """One judgement per promised alert, in the contract's order; never raises because of what it finds.

    Waits until nothing fires or the last fault window is over, and for one evaluation more.
    """
    try:
        _wait_for_silence(arena)
        wait_for_evaluation(arena, after_s=time.time())
        return tuple(_judged(arena, run) for run in _runs(arena))
    except HarnessError as error:
        return tuple(_untold(promise, str(error)) for promise in arena.contract.alerts)


def torn_down(whole: tuple[WholeRun, ...], *, gone_s: float) -> tuple[WholeRun, ...]:
    """The same once the stack is away.

    Args:
        whole: what `judge_whole_run` said.
        gone_s: Unix seconds at which Prometheus was gone at the latest.
    """
    return tuple(judge_tear_down(one, gone_s=gone_s) for one in whole)


def _wait_for_silence(arena: Arena) -> None:
    """Returns when no promised alert fires, or at the end of the last window in which one may.

    Raises:
        CouldNotTellError: Prometheus does not answer.
    """
    names = "|".join(promise.name for promise in arena.contract.alerts)

    def fires() -> NotYet | None:
        found = arena.prometheus.instant(f'ALERTS{{alertstate="firing", alertname=~"{names}"}}')
        return NotYet(", ".join(sorted({one.labels["alertname"] for one in found}))) if found else None

    if fires() is None:
        return
    ends = (end_s for run in _runs(arena) for _, end_s in run.allowed)
    left_s = max(max(ends, default=0.0) - time.time(), 0.0)
    try:
        wait_until("no alert firing", fires, timeout_s=left_s, ended=arena.stack.ended)
    except WaitTimeoutError:
        return  # the judge sees it fire outside every window


def _runs(arena: Arena) -> tuple[AlertRun, ...]:
    """What is known about each promised alert by now."""
    life, end_s = arena.life, time.time()
    gatherer = Gatherer(arena, start_s=life.start_s, end_s=end_s)
    lost = arena.stack.ended() or ""
    troubles = [*life.troubles, *slow_scrapes(arena, start_s=life.start_s, end_s=end_s)]
    if lost:
        # when it died is not known; it was alive when the last scenario began
        since_s = max((window.start_s for window in life.windows), default=life.start_s)
        troubles.append(Trouble(place=Place.MACHINE, start_s=since_s, end_s=end_s, cause=f"lost a component: {lost}"))
    groups = arena.prometheus.rules().groups
    found = []
    for promise in arena.contract.alerts:
        loaded = _loaded(groups, promise.name)
        timelines = gatherer.timelines(promise.name)
        first_s = next((moment.at_s for moment in timelines[0].moments), end_s)
        start = start_window(promise, first_s=first_s, up_s=life.up_s, speed=arena.facts.speed.factor)
        found.append(
            AlertRun(
                promise=promise,
                rule=None if loaded is None else loaded.fact,
                keep_firing_s=0.0 if loaded is None else loaded.rule.keep_firing_for,
                interval_s=arena.facts.evaluation_s if loaded is None else loaded.interval_s,
                scrape_s=arena.facts.scrape_s,
                timelines=timelines,
                windows=(*([] if start is None else [start]), *life.windows),
                troubles=tuple(troubles),
                start_s=life.start_s,
                end_s=end_s,
                lost=lost,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """An alerting rule with the interval of its group."""

    rule: LoadedRule
    interval_s: float

    @property
    def fact(self) -> RuleFact:
        rule = self.rule
        return RuleFact(
            name=rule.name, health=rule.health, last_error=rule.last_error, expr=rule.query, hold_s=rule.duration
        )


def _loaded(groups: tuple[LoadedGroup, ...], name: str) -> _Loaded | None:
    """The alerting rule of this name; the first of several, as everywhere."""
    return next(
        (
            _Loaded(rule=rule, interval_s=group.interval)
            for group in groups
            for rule in group.rules
            if rule.name == name and rule.type == "alerting"
        ),
        None,
    )


def _judged(arena: Arena, run: AlertRun) -> WholeRun:
    try:
        compared, unread = _compared(arena, run), ""
    except HarnessError as error:
        compared, unread = (), str(error)
    return judge_run(run, closest_approach(run, compared, unread=unread))


def _compared(arena: Arena, run: AlertRun) -> tuple[Compared, ...]:
    """What the rule's comparisons compared, at its own evaluations.

    Raises:
        HarnessError: the expression cannot be taken apart, or Prometheus does not tell its values.
    """
    moments = run.timelines[0].moments
    if run.rule is None or not moments:
        return ()
    start_s, end_s = moments[0].at_s, moments[-1].at_s
    return tuple(
        Compared(
            comparison=one,
            values=arena.prometheus.values(one.values, start_s=start_s, end_s=end_s, step_s=run.interval_s),
        )
        for one in comparisons(run.rule.expr)
    )


def _untold(promise: AlertPromise, cause: str) -> WholeRun:
    return WholeRun(
        judgement=Judgement(name=promise.name, verdict=Verdict.UNKNOWN, promise="", findings=(), cause=cause),
        approach=Approach(alert=promise.name, pending_share=None, nearest=None, why_no_value=cause),
        quiet_until_s=0.0,
    )
