"""One scenario under way: what it notes, and what is undone when it ends, however it ends."""

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property, partial
from types import TracebackType
from typing import Protocol, Self

from harness.clients.loaded_rules import LoadedAlerts
from harness.clients.prometheus import PrometheusReader
from harness.core.contract.lacking import lack_of
from harness.core.contract.matrix import unlisted
from harness.core.contract.strength import ChosenStrength
from harness.core.errors import CouldNotTellError, HarnessError, MisuseError
from harness.core.judge import Component, DeliveryPace, Disruption, Judgement, Pace
from harness.core.judge.fault_window import FaultWindow
from harness.core.reading import Reading
from harness.core.rules.identity import Ownership
from harness.core.scenario import Aim, ScenarioLog, ScenarioPlan, Target
from harness.core.timeline import AlertState
from harness.faults.fault import Fault
from harness.faults.namespaces import create_namespaces
from harness.faults.second_replica import SecondReplica
from harness.faults.workload import SteadyWorkload
from harness.scenario.baseline import check_baseline, watched_s
from harness.scenario.disruptions import Disruptions
from harness.scenario.emitter import ScenarioEmitter
from harness.scenario.evidence import judge, read_delivery_pace, read_pace, wait_for_evaluation
from harness.scenario.healthy import healthy
from harness.scenario.pace import witness_period_s
from harness.scenario.progress_poller import ProgressPoller
from harness.scenario.quiet import quiet
from harness.scenario.settling import Settling
from harness.scenario.stack_handles import StackHandles
from harness.scenario.stack_history import BLINDING, declared_window
from harness.scenario.witnesses import Condition, WitnessOf, controller_pages
from harness.waiting import NotYet, WaitTimeoutError, wait_until
from harness.witness.recorder import WitnessRecorder
from harness.witness.stall import StallWatch
from harness.witness.witness import Witness

#: gathers the evidence of a scenario that has ended, and decides about each of its targets
Judge = Callable[
    [StackHandles, ScenarioPlan, ScenarioLog, Mapping[str, tuple[Reading, ...]], Pace], tuple[Judgement, ...]
]

#: a witness whose first looks take longer is none
_FIRST_LOOKS_S = 10.0
#: an alert that is active without cause is watched for so long before the fault, to be sure of it
_UNQUIET_EVALUATIONS = 6

#: in the place of an alert's name: the witness looks at what was done, not at any alert's condition
SITUATION = ""


class Workload(Protocol):
    """Work for the controller, in the background."""

    def start(self) -> None:
        """From now on."""

    def stop(self) -> None:
        """Also of one whose start failed half way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunParts:
    """What others do for a scenario under way, for a test to replace."""

    judge: Judge = judge
    witness_of: WitnessOf = Condition.on
    #: whether the controller is
    healthy: Callable[[StackHandles], NotYet | None] = healthy
    workload: Callable[..., Workload] = SteadyWorkload
    #: a second replica that stands by
    standby: Callable[[], Fault] = SecondReplica


class LackingError(CouldNotTellError):
    """The controller does not tell what an alert's condition is seen by, or calls it by another name."""


class ScenarioRun:
    """A scenario. Use it as a context: leaving it takes back every fault and ends every thread."""

    def __init__(
        self,
        handles: StackHandles,
        plan: ScenarioPlan,
        emitter: ScenarioEmitter | None = None,
        *,
        parts: RunParts | None = None,
    ) -> None:
        """Args: where; what it is about; tells the reader of it; what others do for it."""
        self.handles = handles
        self.plan = plan
        self.emitter = emitter or ScenarioEmitter()
        self.parts = parts or RunParts()
        self.log = ScenarioLog(start_s=time.time())
        #: faults in the order of their injection, those taken back removed
        self.standing: list[Fault] = []
        #: by the monotonic clock
        self.began_s = time.monotonic()
        #: the same instant, Unix seconds
        self._began_at_s = time.time()
        self._undo = ExitStack()
        #: the stage of an alert's life at which somebody wants to look at it; None for nobody
        self.holds_at: AlertState | None = None
        #: is given the alert then, and returns when enough was seen
        self.hold: Callable[[Target], None] = lambda _target: None
        #: of the fault that must page, where somebody has chosen it; None for the scenario's own
        self.strength: ChosenStrength | None = None
        #: the witness of each alert's condition, by the alert's name, or of the situation
        self._recorders: dict[str, WitnessRecorder] = {}
        self._stalls: StallWatch | None = None

    def __enter__(self) -> Self:
        create_namespaces(self.handles.cluster)
        self._stalls = StallWatch()
        self.on_close(self._stalls.stop)
        self.disruptions = Disruptions(self.handles)
        self.on_close(self.disruptions.stop)
        self._tell()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _tb: TracebackType | None
    ) -> None:
        standing = bool(self.standing)
        try:
            self._undo.close()
        finally:
            self._declare_window(standing=standing)

    def on_close(self, undo: Callable[[], object]) -> None:
        """Calls `undo` when the scenario ends, the last one first."""
        self._undo.callback(undo)

    @cached_property
    def pace(self) -> Pace:
        """The intervals in effect."""
        return read_pace(self.handles)

    @cached_property
    def delivery_pace(self) -> DeliveryPace:
        """Those by which is told, as loaded."""
        return read_delivery_pace(self.handles)

    @property
    def targets(self) -> tuple[Target, ...]:
        """The alerts the scenario is about.

        Raises:
            MisuseError: it is marked with none.
        """
        if not self.plan.targets:
            raise MisuseError(
                "the scenario is about no alert",
                why="it expects stages of an alert's life, but has no marker",
                fix="mark it with @pytest.mark.promise(QUANTITY) or @pytest.mark.silent(QUANTITY)",
            )
        return self.plan.targets

    def readings(self, target: Target) -> tuple[Reading, ...]:
        """What the target's witness has seen so far; nothing where there is no witness."""
        recorder = self._recorders.get(target.alert) or self._recorders.get(SITUATION)
        return () if recorder is None else recorder.readings

    def looks(self) -> dict[str, tuple[Reading, ...]]:
        """What each witness has seen so far: alert -> readings; under SITUATION those of what must not page anybody."""
        return {name: recorder.readings for name, recorder in self._recorders.items()}

    def clock_step_s(self) -> float:
        """By how much the machine's clock was set since the scenario began, seconds; it runs on evenly at 0."""
        return (time.time() - self._began_at_s) - (time.monotonic() - self.began_s)

    def fault_window(self) -> FaultWindow | None:
        """The stretch in which it is to blame for what fires, as far as it is over; None if it injected nothing."""
        return self._window(standing=bool(self.standing))

    def rule_expr(self, target: Target) -> str:
        """The target's expression as loaded, or a constant where it is not loaded."""
        found = self.loaded().found(target.promise)
        return "0" if found is None else found.rule.query

    def loaded(self) -> LoadedAlerts:
        """The alerting rules as they are loaded now, and which of them each promise means.

        Raises:
            CouldNotTellError: Prometheus does not answer.
        """
        return LoadedAlerts.read(self.handles.prometheus, self.handles.contract)

    def watch(self, witnesses: Mapping[str, Witness]) -> None:
        """Starts the witnesses, once.

        Args:
            witnesses: alert -> witness of its condition; under SITUATION that of what must not page anybody.

        Raises:
            CouldNotTellError: there are witnesses already.
        """
        if self._recorders:
            raise CouldNotTellError(
                "a scenario's witnesses are given once", why="they were given before", fix="write a second scenario"
            )
        period_s = witness_period_s(self.handles.facts.scrape_s)
        for name, witness in witnesses.items():
            recorder = self._recorders[name] = WitnessRecorder(witness, period_s=period_s)
            self.on_close(recorder.stop)
            recorder.start()
        # the judge must have seen the alert inactive and the condition absent before the fault begins
        start_s = time.time()
        wait_until("first looks of the witness", lambda: self._looked(2), timeout_s=_FIRST_LOOKS_S)
        self.refuse_lacking(final=True)
        lookout_s = _UNQUIET_EVALUATIONS * self.handles.facts.evaluation_s if self.log.unquiet else 0.0
        wait_for_evaluation(self.handles, after_s=start_s + lookout_s)

    def refuse_lacking(self, *, final: bool = False) -> None:
        """Ends the scenario where the controller's own page lacks what the alerts that are to page are seen by.

        Args:
            final: only for what nothing brings any more; a counter may begin with the first thing that it counts.

        Raises:
            LackingError: with the name that is missing, and the likeliest of those that are there.
        """
        paging = [one for one in self.plan.targets if one.aim is Aim.PAGES and one.alert in self._recorders]
        if not paging:
            return
        pods = controller_pages(self.handles)
        try:
            pages = pods.answered()
        except CouldNotTellError:
            return  # nobody answers: then nothing is known to be missing
        finally:
            pods.close()
        for target in paging:
            lack = lack_of(target.promise.threshold.quantity, target.instance, pages)
            if lack is not None and (lack.final or not final):
                raise LackingError(lack.what, why=lack.why, fix=lack.fix)

    def inject(self, fault: Fault) -> None:
        """Does the damage and remembers it; from the first moment on, closing the scenario takes it back.

        Raises:
            MisuseError: the scenario's row of the fault x alert matrix does not list it; nothing was done.
        """
        self.act(fault.name, partial(self._damage, fault))

    def situate(self, situation: Fault) -> None:
        """Brings about what is no fault, before there is any; closing the scenario takes it back."""
        self.disruptions.expects(situation)
        self.on_close(partial(situation.undo, self.handles.cluster))
        self.emitter.doing(f"bring about {situation.name}")
        situation.inject(self.handles.cluster)

    def act(self, name: str, damage: Callable[[], object]) -> None:
        """Does something that the row lists under this name, and notes when the first such thing began.

        Raises:
            MisuseError: the row does not list it; nothing was done.
        """
        row = self.plan.row
        if row is None:
            raise MisuseError(
                f"fault {name} belongs to no row of the fault x alert matrix",
                why="the scenario names none, so nothing says what every alert does during it",
                fix="mark it with @pytest.mark.matrix(ROW)",
            )
        if name not in row.faults:
            raise unlisted(row, name, self.plan.matrix)
        if self.log.inject_s is None:
            if self.plan.targets:
                self._see_baseline()
            self.disruptions.begin()
            self.log.inject_s = time.time()
        self.log.injected.append(name)
        self.emitter.doing(f"inject {name}")
        damage()

    def _see_baseline(self) -> None:
        """Looks at what is the case before the first fault, with the workload that goes on during it.

        Raises:
            CouldNotTellError: something is that only the fault was to bring about.
        """
        since_s, enough_s = self.log.working_since_s, watched_s(self.handles)
        if since_s is not None:
            self.emitter.doing("waiting: what the workload does by itself")

            def worked() -> NotYet | None:
                worked_s = time.time() - since_s
                return None if worked_s >= enough_s else NotYet(f"{worked_s:.1f} of {enough_s:g} s")

            wait_until("baseline", worked, timeout_s=2 * enough_s, ended=self.handles.stack.ended)
        own = {} if self.log.holds_before else self._recorders
        readings = {name: recorder.readings for name, recorder in own.items()}
        spared = {target.alert for target in self.plan.targets} if self.log.holds_before else set[str]()
        check_baseline(self.handles, readings, working_since_s=since_s, spared=spared, witness_of=self.parts.witness_of)

    def recover(self) -> None:
        """Takes every fault back, the last one first, and notes the instants at which that began and was done."""
        self.log.undo_began_s = time.time()
        for fault in reversed(self.standing.copy()):
            self._take_back(fault)
        self.log.undo_s = time.time()

    def wait(self, waiting: Callable[[], object]) -> None:
        """Waits, and notes it when time was up.

        Raises:
            CouldNotTellError: waiting itself failed: a component died, or does not answer.
        """
        try:
            waiting()
        except WaitTimeoutError as error:
            self.log.gave_up.append(f"{error.what} ({error.why})")
            self.emitter.doing(f"missed: {error.what}")

    def wait_for_quiet(self, timeout_s: float) -> None:
        """Waits until every pod of the controller is scraped, its queues are empty and no promised alert is active.

        By an evaluation of the rules later than that: a new pod may be scraped before it leads.

        An alert that stays active although the controller is healthy is not the place's fault but the subject's: the
        scenario goes on, and the judge sees it beside a witness that denies the condition.

        Raises:
            CouldNotTellError: the controller does not get healthy; a scenario begun like that would prove nothing.
        """
        loaded = self.loaded()
        owners = [loaded.ownership(promise) for promise in self.handles.contract.alerts]
        self.emitter.doing("waiting: a healthy controller, no alert active")
        ended = self.handles.stack.ended
        wait_until(
            "healthy controller before the scenario",
            partial(self.parts.healthy, self.handles),
            timeout_s=timeout_s,
            ended=ended,
        )
        # no alert is active yet for what the first scrape of a new pod told: the rules have to have seen it
        wait_for_evaluation(self.handles, after_s=time.time())
        before, probe = len(self.log.gave_up), partial(quiet, self.handles, owners)
        self.wait(lambda: wait_until("quiet before the scenario", probe, timeout_s=timeout_s, ended=ended))
        self.log.unquiet = len(self.log.gave_up) > before
        self.log.start_s = time.time()
        self.disruptions.begin()

    def settle(self) -> None:
        """Waits until nothing is pending that must not fire, at most for as long as that can last; notes until when.

        Raises:
            CouldNotTellError: Prometheus does not answer, or a component died.
        """
        settling = Settling(self.handles, self.plan, self.log, standing=bool(self.standing))
        waits = settling.probe()
        if waits is not None:
            self.emitter.doing(f"waiting: what must not fire is pending: {waits.mismatch}")
            pause_s = self.handles.facts.evaluation_s / 2
            self.wait(
                lambda: wait_until(
                    "nothing pending that must not fire",
                    settling.probe,
                    timeout_s=settling.at_most_s,
                    interval_s=pause_s,
                    ended=self.handles.stack.ended,
                )
            )
        settling.note()

    def judgements(self) -> tuple[Judgement, ...]:
        """The verdict about each target; the scenario is over, the witnesses have stopped looking."""
        if self.log.inject_s is not None and self.handles.stack.ended() is None:
            self.settle()
        for recorder in self._recorders.values():
            recorder.stop()
        self.log.disruptions.extend(() if self._stalls is None else self._stalls.stalls)
        dead = self.handles.stack.ended()
        if dead is not None:
            start_s = self.log.inject_s or self.log.start_s
            self.log.disruptions.append(
                Disruption(
                    component=Component.MACHINE, start_s=start_s, end_s=time.time(), cause=f"lost a component: {dead}"
                )
            )
        readings = {target.alert: self.readings(target) for target in self.targets}
        return self.parts.judge(self.handles, self.plan, self.log, readings, self.pace)

    def happened(self) -> tuple[str, ...]:
        """The disruptions so far, in words."""
        stalls = () if self._stalls is None else self._stalls.stalls
        start_s, end_s = self.log.start_s, time.time()
        restarted = not BLINDING.isdisjoint(self.log.injected)
        found = self.disruptions.found(start_s=start_s, end_s=end_s, stalls=stalls, prometheus_restarted=restarted)
        self.handles.history.in_scenarios += [
            Disruption(component=Component.MACHINE, start_s=start_s, end_s=end_s, cause=one) for one in found
        ]
        return found

    def cause_of(self, error: HarnessError) -> str:
        """Why nothing could be judged: what happened to the place, then what the scenario ended with."""
        return "\n".join([*(f"accident: {one}" for one in self.happened()), str(error)])

    def _tell(self) -> None:
        """From now on the reader is told how it goes."""
        self.emitter.began(self.plan, self.handles.facts.speed)
        alerts = [target.alert for target in self.plan.targets]
        if alerts and self.emitter.heard:
            url = self.handles.facts.access.prometheus_url
            poller = ProgressPoller(
                self.emitter, self._owners(), lambda: PrometheusReader(url, timeout_s=2), self._last_readings
            )
            self.on_close(poller.stop)
            poller.start()

    def _owners(self) -> dict[str, Ownership]:
        """Target -> what its rule writes. For the reader alone: without an answer the alert's name has to do."""
        promises = {target.alert: target.promise for target in self.plan.targets}
        try:
            loaded = self.loaded()
        except HarnessError:
            return {name: Ownership(alert=promise.alert) for name, promise in promises.items()}
        return {name: loaded.ownership(promise) for name, promise in promises.items()}

    def _last_readings(self) -> dict[str, Reading]:
        recorders = self._recorders.copy()
        return {name: recorder.last for name, recorder in recorders.items() if recorder.last is not None}

    def _looked(self, times: int) -> NotYet | None:
        seen = min(len(recorder.readings) for recorder in self._recorders.values())
        return None if seen >= times else NotYet(f"{seen} of {times} looks")

    def _declare_window(self, *, standing: bool) -> None:
        window = self._window(standing=standing)
        if window is not None:
            self.handles.history.windows.append(window)

    def _window(self, *, standing: bool) -> FaultWindow | None:
        closed_s = time.time()
        undone_s = closed_s if standing or self.log.undo_s is None else self.log.undo_s
        return declared_window(
            self.plan,
            self.log,
            self.handles.contract,
            [recorder.readings for recorder in self._recorders.values()],
            undone_s=max(undone_s, self.log.lingers_until_s),
            closed_s=closed_s,
        )

    def _damage(self, fault: Fault) -> None:
        self.standing.append(fault)
        self.on_close(partial(self._take_back, fault))
        self.disruptions.expects(fault)
        fault.inject(self.handles.cluster)

    def _take_back(self, fault: Fault) -> None:
        if fault in self.standing:
            self.emitter.doing(f"undo {fault.name}")
            # a stack that has lost a component is taken away whole: nobody waits for an API server that is gone
            if self.handles.stack.ended() is None:
                # what a fault has done to the pods may go with them when it is undone
                with suppress(HarnessError):
                    self.disruptions.look()
                fault.undo(self.handles.cluster)
            self.standing.remove(fault)
            if fault.lingers_s:
                self.log.lingers_until_s = max(self.log.lingers_until_s, time.time() + fault.lingers_s)
