"""How a scenario ran is taken from its scene: the row's cells for every alert, the targets' own included."""

from dataclasses import replace

import pytest

from harness.core.contract import Quantity
from harness.core.judge import Expectation
from harness.core.speed import Speed
from harness.scene.course import facts_of
from harness.scene.record import Aim, Plan
from harness.scene.scene import Scene
from harness.tests.core.judge.world import PROMISE
from harness.tests.scene import fakes

_FULL = replace(PROMISE, name="Full", threshold=replace(PROMISE.threshold, quantity=Quantity.MEMORY_USE))
_DEEPER = replace(PROMISE, name="Deeper")
MUST, MAY, MUST_NOT = Expectation.MUST, Expectation.MAY, Expectation.MUST_NOT


def _scene(plan: Plan) -> Scene:
    arena = fakes.arena(promised=fakes.contract(PROMISE, _FULL, _DEEPER))
    return Scene(replace(arena, facts=fakes.facts(Speed(15))), plan)


@pytest.mark.parametrize(
    ("plan", "expectations"),
    [
        pytest.param(fakes.plan(), {"QueueDeep": MUST, "Full": MAY, "Deeper": MAY}, id="pages"),
        pytest.param(fakes.plan(aim=Aim.SILENT), {"QueueDeep": MUST_NOT, "Full": MAY, "Deeper": MAY}, id="silent"),
        pytest.param(fakes.plan(PROMISE, _DEEPER), {"QueueDeep": MUST, "Full": MAY, "Deeper": MUST}, id="two-targets"),
        pytest.param(replace(fakes.plan(), targets=()), {}, id="survey"),
    ],
)
def test_every_alert_has_its_cell(plan: Plan, expectations: dict[str, Expectation]) -> None:
    """A survey watches none."""
    assert plan.row is not None
    plan = replace(plan, row=fakes.row("a", may={Quantity.MEMORY_USE: "it follows"}))
    facts = facts_of("a.py::test_a", _scene(plan))
    assert facts.expectations == expectations
    if expectations:
        assert facts.reasons["Full"] == "it follows"


def test_speed_seconds_row_and_waits_are_taken_over() -> None:
    """The speed is that of the stack it ran on."""
    scene = _scene(fakes.plan())
    scene.record.gave_up.append("quiet (A pending)")
    scene.record.fired = {"QueueDeep": True}
    assert scene.plan.row is not None
    scene.began_s -= 100
    facts = facts_of("a.py::test_a", scene)
    assert (facts.nodeid, facts.speed, facts.row) == ("a.py::test_a", 15, scene.plan.row.name)
    assert facts.seconds >= 100
    assert (facts.gave_up, facts.fired) == (("quiet (A pending)",), {"QueueDeep": True})


def test_without_a_row_there_is_no_line() -> None:
    """Nothing is injected."""
    facts = facts_of("a", _scene(Plan()))
    assert (facts.row, facts.expectations) == ("", {})
