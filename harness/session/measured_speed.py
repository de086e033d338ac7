"""Speeds that are measured: how fast a scenario may run is known only from the subject, on a stack that is up."""

from dataclasses import dataclass, field

from harness.core.contract.quantity import Quantity
from harness.core.findings import Findings
from harness.core.handover import Handover, handover_speed, leading, slower_for_it
from harness.core.judge import Expectation
from harness.core.judge.preflight import Needs
from harness.core.rules.speed import REAL_TIME, Speed
from harness.core.scenario import Aim, ScenarioPlan
from harness.core.throughput import SlowWork
from harness.faults.kinds import ends_the_leader
from harness.scenario.stack_handles import StackHandles
from harness.session.options import Options
from harness.session.stack_manager import StackManager
from harness.stacks.scrape_profile import EMBEDDED


@dataclass(slots=True)
class MeasuredSpeed:
    """Measures once for a session, and only what one of its scenarios depends on."""

    options: Options
    manager: StackManager
    #: is told of what a run at the speed asked for does not prove
    findings: Findings
    #: how the subject's lease goes from one pod to the next, once that had to be known; None where nobody holds one
    handover: Handover | None = None
    handed_over: bool = False
    #: alert about latency -> what the controller gets done meanwhile; None where its page does not say
    slow_work: dict[str, SlowWork | None] = field(default_factory=dict)

    def of(self, plan: ScenarioPlan, needs: Needs, speed: Speed) -> Speed:
        """The speed a scenario runs at: the one given, or less where a measurement says so.

        Args:
            plan: what the scenario is about.
            needs: of it; nothing is measured for what cannot be tested.
            speed: the one it would run at.

        Raises:
            HarnessError: the stack does not come up, the subject does not get healthy, or no pod answers.
        """
        measured = (self._by_handover(plan, needs, speed), self._by_slow_work(plan, needs, speed))
        return min([speed, *filter(None, measured)])

    def _by_handover(self, plan: ScenarioPlan, needs: Needs, speed: Speed) -> Speed | None:
        """The highest speed at which a scenario's faults make nobody's leading no lasting state; None where any does.

        Where they end whoever leads, and alerts about that must not fire, the handover is measured on the subject:
        once, and never in real time, which is what production has.
        """
        contract, row = self.options.contract, plan.row
        if row is None or not plan.targets or self.options.subject.workload.lease is None or not leading(contract):
            return None
        in_place = self.options.traits is EMBEDDED
        silent = row.cell(Quantity.LEADING_REPLICAS).expectation is Expectation.MUST_NOT
        if not silent or speed <= REAL_TIME or not ends_the_leader(row.faults, resized_in_place=in_place):
            return None
        if not self.handed_over:
            if self._is_blocked(needs, self.manager.handles(speed, needs)):
                return None
            self.handed_over = True  # whatever comes of it: what fails here fails in each scenario
            self.handover = self.manager.handover()
            if self.handover is not None:
                self.findings.unproved += slower_for_it(self.handover, contract, self.options.speed)
        return None if self.handover is None else handover_speed(self.handover, contract)

    def _by_slow_work(self, plan: ScenarioPlan, needs: Needs, speed: Speed) -> Speed | None:
        """The highest speed at which slow reconciles end in each window of an alert about latency; None where any does.

        By how many the controller runs at once, on its own page; where that does not say, there are enough.
        """
        aimed = [one.promise for one in plan.targets if one.aim is Aim.PAGES]
        promise = next((one for one in aimed if one.threshold.quantity is Quantity.RECONCILE_LATENCY), None)
        if promise is None or speed <= REAL_TIME:
            return None
        if promise.name not in self.slow_work:
            handles = self.manager.handles(speed, needs)
            if self._is_blocked(needs, handles):
                return None
            workers = handles.cluster.queues.workers()
            chosen = None if self.options.strength is None else self.options.strength.of(promise)
            work = None if workers is None else SlowWork(promise=promise, workers=workers, chosen_s=chosen)
            self.slow_work[promise.name] = work
            self.findings.unproved += work.slower_than(self.options.speed) if work else ()
        known = self.slow_work[promise.name]
        return known.highest_speed if known else None

    def _is_blocked(self, needs: Needs, handles: StackHandles) -> bool:
        """Whether the scenario cannot be tested here anyway, so that nothing needs to be measured for it."""
        return self.manager.blockers.in_the_way(needs, handles.history.links) is not None
