"""How a scenario ran, for the findings: speed, seconds, its row of the matrix and what each alert may do in it."""

import time

from harness.core.contract.matrix import Cell
from harness.core.contract.model import AlertPromise
from harness.core.findings import ScenarioFacts
from harness.core.judge import Expectation
from harness.core.scenario import Aim, ScenarioPlan
from harness.scenario.run import ScenarioRun


def facts_of(nodeid: str, scenario: ScenarioRun) -> ScenarioFacts:
    """What is known of a scenario so far; its seconds are those since the stack was there."""
    plan, log = scenario.plan, scenario.log
    # a survey watches no alert, so it has no line in the matrix
    promises = scenario.handles.contract.alerts if plan.row is not None and plan.targets else ()
    cells = {promise.name: cell_of(plan, promise) for promise in promises}
    return ScenarioFacts(
        nodeid=nodeid,
        speed=scenario.handles.facts.speed.factor,
        seconds=time.monotonic() - scenario.began_s,
        row="" if plan.row is None else plan.row.name,
        expectations={name: cell.expectation for name, cell in cells.items()},
        reasons={name: cell.reason for name, cell in cells.items() if cell.reason},
        gave_up=tuple(log.gave_up),
    )


def cell_of(plan: ScenarioPlan, promise: AlertPromise) -> Cell:
    """What an alert does in this scenario, its targets included."""
    for target in plan.targets:
        if target.alert == promise.name:
            return Cell(expectation=Expectation.MUST if target.aim is Aim.PAGES else Expectation.MUST_NOT)
    return plan.cell(promise)
