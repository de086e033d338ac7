"""Settling: nobody looks away while something is pending that must not fire, and nobody waits for what is not."""

import math
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from harness.clients.querier import LoadedGroup, LoadedGroups
from harness.core.contract.quantity import Quantity
from harness.core.duration import PromDuration
from harness.core.reading import Reading
from harness.core.samples import Point, Series
from harness.core.scenario import Aim, ScenarioPlan
from harness.scenario.disruptions import Disruptions
from harness.scenario.run import ScenarioRun
from harness.scenario.steps import Expect, Recover
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes
from harness.tests.scenario.conftest import VirtualTime
from harness.witness.recorder import WitnessRecorder

#: a bystander that must not fire, with a longer `for`
_SLOW = replace(
    PROMISE,
    name="Slow",
    hold=PromDuration.parse("20m"),
    threshold=replace(PROMISE.threshold, quantity=Quantity.MEMORY_USE),
)
_SILENT = fakes.plan(PROMISE, aim=Aim.SILENT)


def _beats(start_s: float, end_s: float) -> list[float]:
    return [i / 2 for i in range(math.ceil(start_s * 2), int(end_s * 2) + 1)]


def _prometheus(clock: VirtualTime, states: Callable[[str, float], str]) -> fakes.FakePrometheus:
    """Two evaluations a second; what each alert is at an instant, by a function; nothing is empty for inactive."""

    def ranges(query: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        beats = _beats(start_s, min(end_s, clock.now_s))
        if query.startswith("harness:evaluated"):
            return (Series(labels={"rule_group": "g"}, points=tuple(Point(at_s=t, value=1) for t in beats)),)
        if not query.startswith("ALERTS{"):
            return ()
        name = next(one for one in ("QueueDeep", "Slow") if one in query)
        found = []
        for state in ("pending", "firing"):
            points = tuple(Point(at_s=t, value=1) for t in beats if states(name, t) == state)
            labels = {"alertname": name, "alertstate": state}
            found += [Series(labels=labels, points=points)] if points else []
        return tuple(found)

    rules = [rule for name in ("QueueDeep", "Slow") for rule in fakes.loaded(name).groups[0].rules]
    group = LoadedGroup(name="g", file="f", interval=0.5, rules=tuple(rules))
    return fakes.FakePrometheus(ranges=ranges, groups=LoadedGroups(groups=(group,)))


def _settled(clock: VirtualTime, plan: ScenarioPlan, states: Callable[[str, float], str]) -> ScenarioRun:
    """A fault began a second ago; returns when the scenario has settled."""
    handles = fakes.handles(prometheus=_prometheus(clock, states), promised=fakes.contract(PROMISE, _SLOW))
    scenario = ScenarioRun(handles, plan)
    scenario.log.inject_s = clock.now_s
    clock.now_s += 1
    scenario.settle()
    return scenario


def test_where_nothing_is_pending_nothing_is_waited_for(clock: VirtualTime) -> None:
    """Until when that was seen is noted, for each alert that must not fire."""
    scenario = _settled(clock, _SILENT, lambda _name, _at_s: "")
    assert clock.slept_s == []
    assert scenario.log.watched == [{"QueueDeep": 1_000_001.0, "Slow": 1_000_001.0}]
    assert scenario.log.watched_of(_SLOW) == (1_000_001.0,)


@pytest.mark.parametrize("name", ["QueueDeep", "Slow"])
def test_what_is_pending_is_waited_for_until_it_is_over(clock: VirtualTime, name: str) -> None:
    """Target or bystander; an instant later it might have fired."""
    scenario = _settled(clock, _SILENT, lambda one, t: "pending" if one == name and t < 1_000_007 else "")
    assert clock.now_s == pytest.approx(1_000_007, abs=0.5)
    assert scenario.log.watched_of(PROMISE)[0] >= 1_000_007


def test_what_fires_ends_the_wait(clock: VirtualTime) -> None:
    """There is nothing more to see."""
    _settled(clock, _SILENT, lambda name, t: ("pending" if t < 1_000_005 else "firing") if name == "Slow" else "")
    assert clock.now_s == pytest.approx(1_000_005, abs=0.5)


def test_it_waits_no_longer_than_the_longest_for_and_what_the_rule_sees(clock: VirtualTime) -> None:
    """What is pending still is the judge's: 20 minutes of `for`, a scrape and two evaluations at speed 60."""
    scenario = _settled(clock, _SILENT, lambda name, _t: "pending" if name == "Slow" else "")
    assert clock.now_s - 1_000_001 == pytest.approx(20 + 0.5 + 2 * 0.5, abs=0.6)
    assert scenario.log.watched_of(_SLOW)[0] == pytest.approx(clock.now_s, abs=0.6)


def test_what_may_fire_or_must_is_not_waited_for(clock: VirtualTime) -> None:
    """A scenario that makes it page, and a bystander that its row excuses."""
    plan = replace(fakes.plan(PROMISE), row=fakes.row(may={Quantity.MEMORY_USE: "it follows"}))
    scenario = _settled(clock, plan, lambda _name, _t: "pending")
    assert clock.slept_s == []
    assert scenario.log.watched == []


def test_what_is_brought_near_on_purpose_is_waited_for_once_the_fault_is_taken_back(clock: VirtualTime) -> None:
    """While it stands the alert would fire, as it should."""
    handles = fakes.handles(
        prometheus=_prometheus(clock, lambda name, t: "pending" if name == "QueueDeep" and t < 1_000_007 else "")
    )
    scenario = ScenarioRun(handles, _SILENT)
    scenario.log.inject_s, scenario.log.near_ratio = clock.now_s, 0.7
    scenario.standing.append(fakes.NotedFault("a", lambda _: None))
    clock.now_s += 1
    scenario.settle()
    assert clock.slept_s == []
    scenario.standing.clear()
    scenario.settle()
    assert clock.now_s == pytest.approx(1_000_007, abs=0.5)


@pytest.mark.parametrize(("near_ratio", "undone_s"), [(0.0, 1_000_007.0), (0.7, 1_000_001.0)], ids=["settled", "near"])
def test_a_fault_is_taken_back_when_nothing_is_pending_any_more(
    clock: VirtualTime, near_ratio: float, undone_s: float
) -> None:
    """It would end what might have fired; but one that brings an alert near to firing must not wait."""
    prometheus = _prometheus(clock, lambda name, t: "pending" if name == "Slow" and t < 1_000_007 else "")
    scenario = ScenarioRun(fakes.handles(prometheus=prometheus, promised=fakes.contract(PROMISE, _SLOW)), _SILENT)
    undone: list[float] = []
    scenario.log.inject_s, scenario.log.near_ratio = clock.now_s, near_ratio
    scenario.standing.append(fakes.NotedFault("a", lambda _: undone.append(clock.now_s)))
    scenario.disruptions = cast("Disruptions", SimpleNamespace(look=lambda: None))
    clock.now_s += 1
    Recover(scenario)()
    assert undone == [pytest.approx(undone_s, abs=0.5)]


def test_a_silence_goes_on_while_something_is_pending(clock: VirtualTime) -> None:
    """For longer than the evaluations that were asked for."""
    prometheus = _prometheus(clock, lambda name, t: "pending" if name == "QueueDeep" and t < 1_000_009 else "")
    scenario = ScenarioRun(fakes.handles(prometheus=prometheus), _SILENT)
    scenario.log.inject_s = clock.now_s
    seen = [Reading(at_s=clock.now_s + 1, value=None, holds=True)]
    scenario._recorders[PROMISE.name] = cast("WitnessRecorder", SimpleNamespace(readings=seen))
    Expect(scenario).silence_meanwhile(evaluations=2)
    assert clock.now_s == pytest.approx(1_000_009, abs=0.6)
    assert len(scenario.log.watched) == 1
