"""Reading and judging the life of a stack before it is taken away: outside fault windows nothing fires.

The order that proves the tear-down (see `harness.core.judge.whole_run`): the last scenario has ended and its objects
are gone; no alert fires any more, or every fault window is over; one evaluation more is made and read; then everything
is ended at once. `judge_whole_run` is called before, `torn_down` after.
"""

import time
from collections.abc import Iterable

from harness.clients.loaded_rules import LoadedAlerts
from harness.core.contract.model import AlertPromise
from harness.core.errors import HarnessError
from harness.core.judge import Component, Disruption, Judgement, RuleFact
from harness.core.judge.approach import Approach, Compared, closest_approach
from harness.core.judge.fault_window import AlertRun
from harness.core.judge.whole_run import WholeRun, judge_retired, judge_run, judge_tear_down
from harness.core.promql import any_of
from harness.core.rules.identity import Owner, Ownership
from harness.core.samples import Series
from harness.core.timeline import AlertState
from harness.core.verdict import Verdict
from harness.evidence.scrapes import slow_scrapes
from harness.evidence.whole_run import StackPast, WholeRunGatherer
from harness.evidence.window import Window
from harness.scenario.evidence import wait_for_evaluation
from harness.scenario.quiet import active
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet, WaitTimeoutError, wait_until


def judge_whole_run(handles: StackHandles) -> tuple[WholeRun, ...]:
    """One judgement per promised alert, in the contract's order; never raises because of what it finds.

    Waits until nothing fires or the last fault window is over, and for one evaluation more. What takes time is read
    before that evaluation: after it three queries have to do.
    """
    try:
        _wait_for_silence(handles)
        past = _past(handles)
        before = WholeRunGatherer(_window(handles), past)
        values = {promise.name: before.compared(promise) for promise in handles.contract.alerts}
        wait_for_evaluation(handles, after_s=time.time())
        after = WholeRunGatherer(_window(handles), past, before.loaded)
        return tuple(_judged(run, *values[run.promise.name]) for run in after.runs())
    except HarnessError as error:
        return tuple(_untold(promise, str(error)) for promise in handles.contract.alerts)


def torn_down(whole: tuple[WholeRun, ...], *, gone_s: float) -> tuple[WholeRun, ...]:
    """The same once the stack is away.

    Args:
        whole: what `judge_whole_run` said.
        gone_s: Unix seconds at which Prometheus was gone at the latest.
    """
    return tuple(judge_tear_down(one, gone_s=gone_s) for one in whole)


def retired(handles: StackHandles, whole: tuple[WholeRun, ...], *, since_s: float) -> tuple[WholeRun, ...]:
    """The same once the rules are out of force, on a Prometheus that outlives the stack: what fired until then is seen.

    Args:
        handles: where; all that the rules watch still runs.
        whole: what `judge_whole_run` said.
        since_s: Unix seconds up to which that had looked.
    """
    promises = {promise.name: promise for promise in handles.contract.alerts}
    names = any_of("alertname", (promise.alert for promise in promises.values()))
    try:
        fired = handles.prometheus.samples(f'ALERTS{{{names}, alertstate="firing"}}', since_s, time.time())
    except HarnessError as error:
        return tuple(judge_retired(one, fired=False, unread=str(error)) for one in whole)
    # the rules are out of force by now: what they were is known from before
    return tuple(judge_retired(one, fired=_late(one, promises[one.judgement.name], fired)) for one in whole)


def _late(whole: WholeRun, promise: AlertPromise, fired: Iterable[Series]) -> bool:
    """Whether one of these firings is the promise's rule's."""
    whose = whole.ownership or Ownership(alert=promise.alert)
    return any(whose.of(series.labels) is not Owner.OTHER for series in fired)


def _wait_for_silence(handles: StackHandles) -> None:
    """Returns when no promised alert is active, or at the end of the last window in which one may fire.

    One that is still pending could fire while the stack is taken away.

    Raises:
        CouldNotTellError: Prometheus does not answer.
    """
    loaded = LoadedAlerts.read(handles.prometheus, handles.contract)
    owners = [loaded.ownership(promise) for promise in handles.contract.alerts]

    def silent() -> NotYet | None:
        left = active(handles, owners)
        return NotYet(", ".join(sorted(left))) if left else None

    if silent() is None:
        return
    now_s, runs = time.time(), tuple(WholeRunGatherer(_window(handles), _past(handles), loaded).runs())
    ends = [end_s for run in runs for _, end_s in run.allowed]
    # what is pending where it must not be fires within its `for`, or goes away
    ends += [now_s + settled_s(run.rule, run) for run in runs if run.rule is not None and _pending(run)]
    left_s = max(max(ends, default=0.0) - now_s, 0.0)
    try:
        wait_until("no active alert", silent, timeout_s=left_s, ended=handles.stack.ended)
    except WaitTimeoutError:
        return  # the judge sees it fire outside every window, or pending still


def settled_s(rule: RuleFact, run: AlertRun) -> float:
    """Within how long what is pending fires or goes away, on the clock: its `for`, and as long as it looks back."""
    return rule.hold_s + run.reach_s + run.refresh_s + run.scrape_s + 2 * run.interval_s


def _pending(run: AlertRun) -> bool:
    return any(line.moments and line.moments[-1].state is AlertState.PENDING for line in run.timelines)


def _past(handles: StackHandles) -> StackPast:
    """What is known about the stack apart from what its alerts did."""
    life, end_s = handles.history, time.time()
    disruptions = [*life.disruptions, *slow_scrapes(_window(handles))]
    lost = handles.stack.ended() or ""
    if lost:
        # when it died is not known; it was alive when the last scenario began
        since_s = max((window.start_s for window in life.windows), default=life.start_s)
        cause = f"lost a component: {lost}"
        disruptions.append(Disruption(component=Component.MACHINE, start_s=since_s, end_s=end_s, cause=cause))
    return StackPast(windows=tuple(life.windows), disruptions=tuple(disruptions), lost=lost)


def _window(handles: StackHandles) -> Window:
    return handles.window(start_s=handles.history.start_s, end_s=time.time())


def _judged(run: AlertRun, compared: tuple[Compared, ...], unread: str) -> WholeRun:
    return judge_run(run, closest_approach(run, compared, unread=unread))


def _untold(promise: AlertPromise, cause: str) -> WholeRun:
    return WholeRun(
        judgement=Judgement.without_findings(promise.name, Verdict.UNKNOWN, cause),
        approach=Approach(alert=promise.name, pending_share=None, nearest=None, why_no_value=cause),
        quiet_until_s=0.0,
    )
