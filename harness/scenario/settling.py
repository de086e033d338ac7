"""Settling: waiting until nothing is pending any more that must not fire, or until it has fired.

Silence that is watched for a few minutes proves nothing about a `for` of fifteen: an alert that is pending all the
while fires when somebody looks away. So nobody looks away while one is pending; where none is, nothing is waited for.
"""

import time
from collections.abc import Iterator

from harness.core.contract.model import AlertPromise
from harness.core.judge import Expectation
from harness.core.judge.unsettled import unsettled
from harness.core.scenario import Aim, ScenarioLog, ScenarioPlan
from harness.evidence.gatherer import Gatherer
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet


class Settling:
    """One such wait, for every promised alert that must not fire meanwhile."""

    def __init__(self, handles: StackHandles, plan: ScenarioPlan, log: ScenarioLog, *, standing: bool) -> None:
        """Args: where; what it is about; what it noted; whether a fault still stands."""
        self._handles = handles
        self._log = log
        self._began_s = time.time()
        self._promises = tuple(_watched(handles, plan, log, standing=standing))
        #: promise -> its last evaluation, as last seen
        self._seen: dict[str, float] = {}
        #: the longest that any of them may take, as last seen; seconds of the clock
        self.at_most_s = 0.0

    def probe(self) -> NotYet | None:
        """None once nothing is pending that could still fire within its `for`.

        Raises:
            CouldNotTellError: Prometheus does not answer.
        """
        if not self._promises:
            return None
        now_s = time.time()
        gatherer = Gatherer(self._handles.window(start_s=self._log.start_s, end_s=now_s))
        waiting = []
        for promise in self._promises:
            lines = gatherer.timelines(promise)
            ends = [line.moments[-1].at_s for line in lines if line.moments]
            lasts_s = self._hold_s(promise, gatherer) + gatherer.seen_s(promise)
            self.at_most_s = max(self.at_most_s, lasts_s)
            if not ends:
                continue
            self._seen[promise.name] = max(ends)
            left = unsettled(lines, [max(ends)])
            fired = any(line.fired_in(self._log.inject_s or self._log.start_s, now_s) for line in lines)
            if left is not None and not fired and now_s - self._began_s < lasts_s:
                waiting.append(f"{promise.name} pending for {left.pending_s:.1f} s")
        return NotYet("; ".join(waiting)) if waiting else None

    def note(self) -> None:
        """Notes until when each was watched, for the judge: what is pending then is not silence."""
        if self._seen:
            self._log.watched.append(dict(self._seen))

    def _hold_s(self, promise: AlertPromise, gatherer: Gatherer) -> float:
        """The longer of the documented `for` and the one that is loaded, on the clock."""
        found = gatherer.loaded.found(promise)
        documented_s = promise.hold.seconds / self._handles.facts.speed.factor
        return documented_s if found is None else max(documented_s, found.rule.duration)


def _watched(handles: StackHandles, plan: ScenarioPlan, log: ScenarioLog, *, standing: bool) -> Iterator[AlertPromise]:
    """The promised alerts that must not fire; none that a fault which still stands brings near to it on purpose."""
    aims = {target.alert: target.aim for target in plan.targets}
    for promise in handles.contract.alerts:
        aim = aims.get(promise.name)
        if aim is Aim.SILENT and log.near_ratio and standing:
            continue
        if aim is Aim.SILENT or (aim is None and plan.cell(promise).expectation is Expectation.MUST_NOT):
            yield promise
