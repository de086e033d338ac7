"""Holding in the middle: what to look at is said, somebody ends it, and the time held excuses what came late."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import cast

import pytest

from harness.core.contract.strength import ChosenStrength
from harness.core.reading import Reading
from harness.core.rules.speed import Speed
from harness.core.scenario import Target
from harness.core.timeline import AlertState
from harness.scenario.run import ScenarioRun
from harness.session.hold_at import StageHold
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes


@dataclass
class _Run:
    """What holding needs of one."""

    readings_: tuple[Reading, ...] = ()
    strength: ChosenStrength | None = None
    log: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(disruptions=[]))
    handles: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            facts=fakes.facts(Speed(60)), stack=SimpleNamespace(ended=lambda: "prometheus ended")
        )
    )

    def readings(self, _target: object) -> tuple[Reading, ...]:
        return self.readings_

    def rule_expr(self, _target: object) -> str:
        return "max(depth)\n  > 100"


def _held(scenario: _Run, why: str | None = None, at: AlertState = AlertState.FIRING) -> list[str]:
    said: list[str] = []
    target = cast("Target", SimpleNamespace(alert="Deep", promise=replace(PROMISE, name="Deep")))
    StageHold(at, said.append, lambda _ended: why).hold(cast("ScenarioRun", scenario), target)
    return said


@pytest.mark.parametrize("at", [AlertState.PENDING, AlertState.FIRING])
def test_what_to_look_at_is_said(at: AlertState) -> None:
    """The addresses, the query and its value now, who was told, what the witness sees, and how to go on."""
    reading = Reading(at_s=1, value=145, holds=True, note="sum of workqueue_depth = 145")
    said = _held(_Run((reading,)), at=at)
    assert said[0] == f"Held: Deep is {at}; its fault stands."
    text = "\n".join(said)
    assert "Prometheus    http://127.0.0.1:9" in text
    assert "its query     max(depth) > 100" in text
    assert "its value     curl 'http://127.0.0.1:9/api/v1/query?query=max%28depth%29%0A%20%20%3E%20100'" in text
    assert "witness       sum of workqueue_depth = 145" in text
    assert said[-1].startswith("Ctrl-C takes the fault back and goes on")


def test_a_strength_that_was_chosen_is_said_beside_what_the_witness_sees() -> None:
    """Of the alert that it was chosen for."""
    scenario = _Run(strength=ChosenStrength(alert="Deep", value=150, text="150"))
    assert "asked for     150" in _held(scenario)
    scenario.strength = ChosenStrength(alert="Slow", value=8, text="8s")
    assert not any(line.startswith("asked for") for line in _held(scenario))


def test_a_witness_that_has_not_looked_is_said() -> None:
    """Nothing is made up."""
    assert "witness       it has not looked yet" in _held(_Run())


def test_what_ends_by_itself_is_said() -> None:
    """A stack that is gone cannot be looked at."""
    assert _held(_Run(), "prometheus ended")[-1] == "Not held any more: prometheus ended"


def test_the_time_held_is_a_trouble_of_the_place() -> None:
    """What comes late because of it is no violation."""
    scenario = _Run()
    _held(scenario)
    (disruption,) = scenario.log.disruptions
    assert "by --hold-at" in disruption.cause
    assert disruption.start_s <= disruption.end_s
