"""How a scenario ran is taken from its run: the row's cells for every alert, the targets' own included."""

from dataclasses import replace

import pytest

from harness.core.contract.quantity import Quantity
from harness.core.judge import Expectation
from harness.core.rules.speed import Speed
from harness.core.scenario import Aim, ScenarioPlan
from harness.scenario.run import ScenarioRun
from harness.scenario.summary import facts_of
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes

_FULL = replace(PROMISE, name="Full", threshold=replace(PROMISE.threshold, quantity=Quantity.MEMORY_USE))
_DEEPER = replace(PROMISE, name="Deeper")
MUST, MAY, MUST_NOT = Expectation.MUST, Expectation.MAY, Expectation.MUST_NOT


def _scenario(plan: ScenarioPlan) -> ScenarioRun:
    handles = fakes.handles(promised=fakes.contract(PROMISE, _FULL, _DEEPER))
    return ScenarioRun(replace(handles, facts=fakes.facts(Speed(15))), plan)


@pytest.mark.parametrize(
    ("plan", "expectations"),
    [
        pytest.param(fakes.plan(), {"QueueDeep": MUST, "Full": MAY, "Deeper": MAY}, id="pages"),
        pytest.param(fakes.plan(aim=Aim.SILENT), {"QueueDeep": MUST_NOT, "Full": MAY, "Deeper": MAY}, id="silent"),
        pytest.param(fakes.plan(PROMISE, _DEEPER), {"QueueDeep": MUST, "Full": MAY, "Deeper": MUST}, id="two-targets"),
        pytest.param(replace(fakes.plan(), targets=()), {}, id="survey"),
    ],
)
def test_every_alert_has_its_cell(plan: ScenarioPlan, expectations: dict[str, Expectation]) -> None:
    """A survey watches none."""
    assert plan.row is not None
    plan = replace(plan, row=fakes.row("a", may={Quantity.MEMORY_USE: "it follows"}))
    facts = facts_of("a.py::test_a", _scenario(plan))
    assert facts.expectations == expectations
    if expectations:
        assert facts.reasons["Full"] == "it follows"


def test_speed_seconds_row_and_waits_are_taken_over() -> None:
    """The speed is that of the stack it ran on."""
    scenario = _scenario(fakes.plan())
    scenario.log.gave_up.append("quiet (A pending)")
    assert scenario.plan.row is not None
    scenario.began_s -= 100
    facts = facts_of("a.py::test_a", scenario)
    assert (facts.nodeid, facts.speed, facts.row) == ("a.py::test_a", 15, scenario.plan.row.name)
    assert facts.seconds >= 100
    assert facts.gave_up == ("quiet (A pending)",)


def test_without_a_row_there_is_no_line() -> None:
    """Nothing is injected."""
    facts = facts_of("a", _scenario(ScenarioPlan()))
    assert (facts.row, facts.expectations) == ("", {})
