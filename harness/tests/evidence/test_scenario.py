"""The evidence of a scenario needs a window: where there is no stack the same code judges what was recorded."""

from typing import cast

from harness.clients.querier import Querier
from harness.core.contract.matrix import Row
from harness.core.judge import Clause, Pace
from harness.core.reading import Reading
from harness.core.samples import Point, Series
from harness.core.scenario import Aim, ScenarioLog, ScenarioPlan, Target
from harness.core.verdict import Verdict
from harness.evidence.gatherer import Gatherer
from harness.evidence.scenario import ScenarioEvidence
from harness.evidence.window import Window
from harness.tests.core.judge.world import PROMISE
from harness.tests.scenario import fakes

_TARGET = Target(promise=PROMISE, aim=Aim.PAGES, instance={"name": "secret"})


def _line(*instants: float, **labels: str) -> Series:
    return Series(labels=labels, points=tuple(Point(at_s=at_s, value=1) for at_s in instants))


def _halves(start_s: int, end_s: int) -> list[float]:
    return [at / 2 for at in range(2 * start_s, 2 * end_s)]


def _recorded(query: str, _start_s: float, _end_s: float) -> tuple[Series, ...]:
    """Group g beats every half second; the alert is pending from 2 and fires from 17 to 25.5."""
    if query.startswith('harness:evaluated{rule_group="g"}'):
        return (_line(*_halves(1, 40), rule_group="g"),)
    if query.startswith("ALERTS{") and PROMISE.alert in query:
        base = {"alertname": PROMISE.alert, "name": "secret", **PROMISE.labels}
        return (
            _line(*_halves(2, 17), alertstate="pending", **base),
            _line(*_halves(17, 26), alertstate="firing", **base),
        )
    return ()


def test_a_recording_is_judged_without_a_stack() -> None:
    """Log, readings and samples are enough; what nobody listened for is not judged, and says so."""
    prometheus = fakes.FakePrometheus(ranges=_recorded)
    window = Window(
        prometheus=cast("Querier", prometheus),
        contract=fakes.contract(PROMISE),
        pace=Pace(speed=60, scrape_s=0.5, evaluation_s=0.5, witness_s=0.5),
        start_s=0,
        end_s=40,
        job="controller",
    )
    log = ScenarioLog(start_s=0, inject_s=1.5, undo_began_s=25.0, undo_s=25.0)
    looks = [(at_s, 1.5 <= at_s < 25) for at_s in _halves(0, 40)]
    readings = tuple(Reading(at_s=at_s, value=240 if holds else 0, holds=holds) for at_s, holds in looks)
    gatherer = Gatherer(window)
    plan = ScenarioPlan(targets=(_TARGET,), row=Row(name="r", faults=(), cells={}))
    evidence = ScenarioEvidence(
        gatherer=gatherer,
        log=log,
        inject_s=1.5,
        end_s=40,
        other_alerts=gatherer.other_alerts(plan, log),
        delivery=None,
    )
    found = {one.clause: one.outcome for one in evidence.judge(_TARGET, readings).findings}
    unheard = {Clause.DELIVERED, Clause.RECEIVER, Clause.ANNOTATIONS, Clause.RESOLVED_DELIVERED}
    assert {clause for clause, outcome in found.items() if outcome is Verdict.SKIPPED} == unheard
    for clause in (Clause.LOADED, Clause.CONDITION, Clause.PENDING, Clause.FIRING, Clause.LABELS, Clause.RESOLVED):
        assert found[clause] is Verdict.VERIFIED, clause
