"""What happened on one stack from its beginning on, as far as it outlives the scenario that did it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.core.contract.model import Contract
from harness.core.judge import Disruption, Expectation
from harness.core.judge.fault_window import FaultWindow
from harness.core.judge.preflight import LinkState
from harness.core.reading import Reading
from harness.core.scenario import Aim, ScenarioLog, ScenarioPlan
from harness.witness.stall import StallWatch

#: what is listed under this name keeps the rules from being evaluated for a while
BLINDING = frozenset({"prometheus-restart"})


@dataclass(slots=True, kw_only=True)
class StackHistory:
    """The notes of one stack; each scenario adds to them when it ends."""

    #: Unix seconds, before anything of it was started
    start_s: float = field(default_factory=time.time)
    #: the same instant by the monotonic clock
    began_s: float = field(default_factory=time.monotonic)
    windows: list[FaultWindow] = field(default_factory=list)
    #: watches the machine for as long as the stack is there
    stalls: StallWatch | None = None
    #: how each link stood when the stack had come up
    links: tuple[LinkState, ...] = ()
    #: of each scenario, over its whole time: what happened that no fault explains
    in_scenarios: list[Disruption] = field(default_factory=list)

    @property
    def disruptions(self) -> tuple[Disruption, ...]:
        """When the machine stood still, and what happened that no fault explains."""
        return (*(() if self.stalls is None else self.stalls.stalls), *self.in_scenarios)

    def clock_step_s(self) -> float:
        """By how much the clock was set since the beginning, seconds."""
        return (time.time() - self.start_s) - (time.monotonic() - self.began_s)

    @property
    def whole(self) -> bool:
        """Whether every link stood, at least for some rules: else what fires and what is silent follows from that."""
        return all(one.holds or one.rules is not None for one in self.links)


def declared_window(
    plan: ScenarioPlan,
    log: ScenarioLog,
    contract: Contract,
    witnessed: Iterable[tuple[Reading, ...]],
    *,
    undone_s: float,
    closed_s: float,
) -> FaultWindow | None:
    """The fault window of a scenario that has ended; None if it injected nothing.

    It ends when the last fault was taken back and no witness saw its effect any more, plus what the scenario says of
    how late that is seen.

    Args:
        plan: what the scenario was about.
        log: what it noted.
        contract: the alerts there are.
        witnessed: the readings of each of its witnesses, oldest first.
        undone_s: Unix seconds at which the last fault had been taken back, and nothing that one had begun went on.
        closed_s: Unix seconds at which the scenario was over and its witnesses had stopped looking.
    """
    if log.inject_s is None:
        return None
    over_s = max([undone_s, *(_over_s(readings, closed_s) for readings in witnessed)])
    return FaultWindow(
        start_s=log.inject_s,
        end_s=over_s + log.resolve_lag_s,
        alerts=_allowed(plan, contract),
        because=f"{'a fault of no row' if plan.row is None else plan.row.name} ({', '.join(log.injected)})",
        blinds=not BLINDING.isdisjoint(log.injected),
        near=frozenset(target.alert for target in plan.targets) if log.near_ratio else frozenset(),
    )


def _over_s(readings: tuple[Reading, ...], closed_s: float) -> float:
    """The first reading after the last one that saw the effect; the end of the scenario if that was its last."""
    seen_s = max((reading.at_s for reading in readings if reading.holds), default=0.0)
    return next((reading.at_s for reading in readings if reading.at_s > seen_s), closed_s) if seen_s else 0.0


def _allowed(plan: ScenarioPlan, contract: Contract) -> frozenset[str]:
    """The alerts that must or may fire by the row, and none that the scenario wants silent."""
    aims = {target.alert: target.aim for target in plan.targets}
    return frozenset(
        promise.name
        for promise in contract.alerts
        if aims.get(promise.name) is Aim.PAGES
        or (promise.name not in aims and plan.cell(promise).expectation is not Expectation.MUST_NOT)
    )
