"""The evidence of a scenario needs a window: where there is no stack the same code judges what was recorded."""

from collections.abc import Iterable, Mapping
from typing import cast

import pytest

from harness.clients.querier import Querier
from harness.core.alertmanager.matching import Matching
from harness.core.alertmanager.silence import Silence
from harness.core.contract.matrix import Row
from harness.core.judge import Clause, DeliveryCase, DeliveryPace, Pace
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


def _silence(start_s: float, end_s: float, **labels: str) -> Silence:
    matchers = tuple(f'{name}="{value}"' for name, value in (labels or {"name": "secret"}).items())
    return Silence(matching=Matching(matchers=matchers), start_s=start_s, end_s=end_s, by="al")


def _evidence(delivery: DeliveryCase | None = None, silences: tuple[Silence, ...] = ()) -> ScenarioEvidence:
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
    gatherer = Gatherer(window)
    plan = ScenarioPlan(targets=(_TARGET,), row=Row(name="r", faults=(), cells={}))
    return ScenarioEvidence(
        gatherer=gatherer,
        log=log,
        inject_s=1.5,
        end_s=40,
        other_alerts=gatherer.other_alerts(plan, log),
        delivery=delivery,
        silences=silences,
    )


def _looks() -> tuple[Reading, ...]:
    looks = [(at_s, 1.5 <= at_s < 25) for at_s in _halves(0, 40)]
    return tuple(Reading(at_s=at_s, value=240 if holds else 0, holds=holds) for at_s, holds in looks)


def test_a_recording_is_judged_without_a_stack() -> None:
    """Log, readings and samples are enough; what nobody listened for is not judged, and says so."""
    found = {one.clause: one.outcome for one in _evidence().judge(_TARGET, _looks()).findings}
    unheard = {Clause.DELIVERED, Clause.RECEIVER, Clause.ANNOTATIONS, Clause.RESOLVED_DELIVERED}
    assert {clause for clause, outcome in found.items() if outcome is Verdict.SKIPPED} == unheard
    for clause in (Clause.LOADED, Clause.CONDITION, Clause.PENDING, Clause.FIRING, Clause.LABELS, Clause.RESOLVED):
        assert found[clause] is Verdict.VERIFIED, clause


@pytest.mark.parametrize(
    ("silences", "outcome"),
    [
        pytest.param((), Verdict.VIOLATED, id="nobody-silenced-it"),
        pytest.param((_silence(0, 90),), Verdict.UNKNOWN, id="silenced"),
        pytest.param((_silence(0, 90, namespace="other"),), Verdict.VIOLATED, id="another-alert-silenced"),
        pytest.param((_silence(0, 10),), Verdict.VIOLATED, id="expired-before-it-fired"),
    ],
)
def test_an_alert_that_somebody_silenced_is_not_held_against_the_subject(
    monkeypatch: pytest.MonkeyPatch, silences: tuple[Silence, ...], outcome: Verdict
) -> None:
    """Alertmanager then tells nobody, the harness's receiver included; the silence is named as the cause."""

    def walk(config: str, alerts: Iterable[Mapping[str, str]]) -> tuple[tuple[str, ...], ...]:
        return tuple(("source-0", "target-0") if 'name=\\"secret\\"' in config else () for _ in alerts)

    monkeypatch.setattr("harness.evidence.silenced.asked", walk)
    pace = DeliveryPace(group_wait_s=0.5, group_interval_s=1, resend_s=1, slack_s=1)
    judged = _evidence(DeliveryCase(receiver="team", pace=pace, deliveries=()), silences).judge(_TARGET, _looks())
    (found,) = [one for one in judged.findings if one.clause is Clause.DELIVERED]
    assert found.outcome is outcome
    assert ("a silence of al" in found.actual) is (outcome is Verdict.UNKNOWN)
