"""One scenario under way: what it notes, and what is undone when it ends, however it ends."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.judge import Judgement, Pace, Place, Trouble
from harness.core.reading import Reading
from harness.faults.fault import Fault
from harness.faults.namespaces import create_namespaces
from harness.observe.stall import StallWatch
from harness.observe.witness.recorder import WitnessRecorder
from harness.observe.witness.witness import Witness
from harness.scene.arena import Arena
from harness.scene.evidence import WITNESS_PERIOD_S, judge, read_pace, wait_for_evaluation
from harness.scene.record import Record, Target
from harness.waiting import NotYet, WaitTimeoutError, wait_until

#: a witness whose first looks take longer is none
_FIRST_LOOKS_S = 10.0
#: an alert that is active without cause is watched for so long before the fault, to be sure of it
_UNQUIET_EVALUATIONS = 6


class Scene:
    """A scenario. Use it as a context: leaving it takes back every fault and ends every thread."""

    def __init__(self, arena: Arena, target: Target | None) -> None:
        """Args: where; the alert it is about, None for a survey."""
        self.arena = arena
        self.target = target
        self.record = Record(start_s=time.time())
        self._undo = ExitStack()
        self._recorder: WitnessRecorder | None = None
        self._stalls: StallWatch | None = None

    def __enter__(self) -> Self:
        create_namespaces(self.arena.cluster)
        self._stalls = StallWatch()
        self.on_close(self._stalls.stop)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        self._undo.close()

    def on_close(self, undo: Callable[[], object]) -> None:
        """Calls `undo` when the scenario ends, the last one first."""
        self._undo.callback(undo)

    @cached_property
    def pace(self) -> Pace:
        """The intervals in effect."""
        return read_pace(self.arena)

    @property
    def aimed(self) -> Target:
        """The alert the scenario is about.

        Raises:
            MisuseError: it is marked with none.
        """
        if self.target is None:
            raise MisuseError(
                "the scenario is about no alert",
                why="it expects stages of an alert's life, but has no marker",
                fix="mark it with @pytest.mark.promise(ALERT) or @pytest.mark.silent(ALERT)",
            )
        return self.target

    @property
    def readings(self) -> tuple[Reading, ...]:
        """What the witness has seen so far; nothing where there is no witness."""
        return () if self._recorder is None else self._recorder.readings

    def rule_expr(self) -> str:
        """The target's expression as loaded, or a constant where it is not loaded."""
        rule = self.arena.prometheus.alerting_rule(self.aimed.alert)
        return "0" if rule is None else rule.query

    def watch(self, witness: Witness) -> None:
        """Starts the witness; one per scenario."""
        if self._recorder is not None:
            raise CouldNotTellError(
                "a scenario has one witness", why="a second one was given", fix="write a second scenario"
            )
        self._recorder = WitnessRecorder(witness, period_s=WITNESS_PERIOD_S)
        self.on_close(self._recorder.stop)
        self._recorder.start()
        # the judge must have seen the alert inactive and the condition absent before the fault begins
        start_s = time.time()
        wait_until("first looks of the witness", lambda: self._looked(2), timeout_s=_FIRST_LOOKS_S)
        lookout_s = _UNQUIET_EVALUATIONS * self.arena.facts.evaluation_s if self.record.unquiet else 0.0
        wait_for_evaluation(self.arena, after_s=start_s + lookout_s)

    def inject(self, fault: Fault) -> None:
        """Does the damage and remembers it; from the first moment on, closing the scene takes it back."""
        self.record.standing.append(fault)
        self.on_close(lambda: self._take_back(fault))
        if self.record.inject_s is None:
            self.record.inject_s = time.time()
        self.record.injected.append(fault.name)
        fault.inject(self.arena.cluster)

    def recover(self) -> None:
        """Takes every fault back, the last one first, and notes the instant at which that was done."""
        for fault in reversed(self.record.standing.copy()):
            self._take_back(fault)
        self.record.undo_s = time.time()

    def wait(self, waiting: Callable[[], object]) -> None:
        """Waits, and notes it when time was up.

        Raises:
            CouldNotTellError: waiting itself failed: a component died, or does not answer.
        """
        try:
            waiting()
        except WaitTimeoutError as error:
            self.record.gave_up.append(f"{error.what} ({error.why})")

    def wait_for_quiet(self, timeout_s: float) -> None:
        """Waits until every target of the controller is up, its queues are empty and no promised alert is active.

        An alert that stays active although the controller is healthy is not the place's fault but the subject's: the
        scenario goes on, and the judge sees it beside a witness that denies the condition.

        Raises:
            CouldNotTellError: the controller does not get healthy; a scenario begun like that would prove nothing.
        """
        alerts = "|".join(promise.name for promise in self.arena.contract.alerts)
        job = self.arena.subject.workload.service

        def healthy() -> NotYet | None:
            targets = self.arena.prometheus.instant(f'up{{job="{job}"}}')
            if not targets or any(series.points[0].value != 1 for series in targets):
                return NotYet(f"{len(targets)} targets of job {job}, not all of them up")
            waiting = self.arena.prometheus.instant(f'workqueue_depth{{job="{job}"}} > 0')
            if waiting:
                return NotYet(f"{waiting[0].points[0].value:g} items wait in queue {waiting[0].labels.get('name')}")
            return None

        def quiet() -> NotYet | None:
            active = self.arena.prometheus.instant(f'ALERTS{{alertname=~"{alerts}"}}')
            names = {f"{series.labels['alertname']} {series.labels['alertstate']}" for series in active}
            names |= {f"{name} still to be told as resolved" for name in self._untold()}
            return NotYet(", ".join(sorted(names))) if names else None

        ended = self.arena.stack.ended
        wait_until("healthy controller before the scenario", healthy, timeout_s=timeout_s, ended=ended)
        before = len(self.record.gave_up)
        self.wait(lambda: wait_until("quiet before the scenario", quiet, timeout_s=timeout_s, ended=ended))
        self.record.unquiet = len(self.record.gave_up) > before
        self.record.start_s = time.time()

    def judgement(self) -> Judgement:
        """The verdict on what happened; the scenario is over, the witness has stopped looking."""
        if self._recorder is not None:
            self._recorder.stop()
        self.record.troubles.extend(() if self._stalls is None else self._stalls.stalls)
        dead = self.arena.stack.ended()
        if dead is not None:
            start_s = self.record.inject_s or self.record.start_s
            self.record.troubles.append(
                Trouble(place=Place.MACHINE, start_s=start_s, end_s=time.time(), cause=f"lost a component: {dead}")
            )
        return judge(self.arena, self.aimed, self.record, self.readings, self.pace)

    def _untold(self) -> set[str]:
        """The alerts that the receiver last heard of as firing."""
        last = {one.fingerprint: one for one in self.arena.receiver.deliveries()}
        return {one.labels.get("alertname", "") for one in last.values() if one.status == "firing"}

    def _looked(self, times: int) -> NotYet | None:
        seen = len(self.readings)
        return None if seen >= times else NotYet(f"{seen} of {times} looks")

    def _take_back(self, fault: Fault) -> None:
        if fault in self.record.standing:
            fault.undo(self.arena.cluster)
            self.record.standing.remove(fault)
