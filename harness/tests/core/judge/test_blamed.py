"""An alert that fired because nobody could look is the place's doing, and only if nobody could look all the while."""

from dataclasses import replace

import pytest

from harness.core.judge import Bystander, Clause, Expectation, Place, SilenceCase, Trouble, judge_life, judge_silence
from harness.core.judge.blamed import blamed
from harness.core.timeline import AlertState, Moment, Timeline
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import END, INJECT, PACE, PROMISE, World

#: pending from INJECT on, firing 15 s later
FIRED = World().timelines()
SILENT = World(value=lambda _: 0).timelines()


def trouble(start_s: float, end_s: float, place: Place = Place.PROMETHEUS) -> Trouble:
    """Scrapes that timed out."""
    return Trouble(place=place, start_s=start_s, end_s=end_s, cause="took up to 0.50 s for 40 scrapes")


@pytest.mark.parametrize(
    ("troubles", "why"),
    [
        pytest.param([trouble(INJECT - 1, INJECT + 20)], True, id="all-the-while"),
        pytest.param(
            [trouble(INJECT - 1, INJECT + 6), trouble(INJECT + 7, INJECT + 20)], True, id="with-a-short-pause"
        ),
        pytest.param([trouble(INJECT - 1, INJECT + 5)], False, id="at-the-beginning"),
        pytest.param([trouble(INJECT + 5, INJECT + 20)], False, id="too-late"),
        pytest.param([trouble(INJECT - 1, INJECT + 20, Place.RECEIVER)], False, id="of-another-place"),
        pytest.param([], False, id="none"),
    ],
)
def test_troubles_account_for_a_firing_if_they_fill_the_wait_for_it(troubles: list[Trouble], why: bool) -> None:
    """Each for as long as it is seen."""
    assert bool(blamed(FIRED, troubles, start_s=INJECT, seen_s=2)) is why


def test_what_did_not_fire_needs_no_excuse() -> None:
    """Nothing is accounted for where there is nothing."""
    assert blamed(SILENT, [trouble(INJECT, END)], start_s=INJECT, seen_s=2) == ""


@pytest.mark.parametrize(
    ("troubles", "verdict"), [((trouble(INJECT - 1, END),), Verdict.UNKNOWN), ((), Verdict.VIOLATED)]
)
def test_another_alert_that_fires_in_trouble_is_not_known_to_be_wrong(
    troubles: tuple[Trouble, ...], verdict: Verdict
) -> None:
    """Without trouble it is."""
    other = Bystander(
        name="Other", timelines=FIRED, expectation=Expectation.MUST_NOT, hold_s=15, troubles=troubles, seen_s=2
    )
    judged = judge_life(replace(World().case(), bystanders=(other,)))
    assert next(one.outcome for one in judged.findings if one.clause is Clause.BYSTANDERS) is verdict


@pytest.mark.parametrize(("slow", "verdict"), [((trouble(INJECT - 1, END),), Verdict.UNKNOWN), ((), Verdict.VIOLATED)])
def test_a_page_in_trouble_is_not_known_to_be_wrong(slow: tuple[Trouble, ...], verdict: Verdict) -> None:
    """Without trouble it is."""
    world = World()
    case = SilenceCase(
        promise=PROMISE,
        pace=PACE,
        timelines=FIRED,
        readings=world.readings(),
        deliveries=world.deliveries(),
        inject_s=INJECT,
        end_s=END - 1,
        rule=world.rule(),
        slow_scrapes=slow,
        seen_s=2,
    )
    judged = judge_silence(case)
    assert next(one.outcome for one in judged.findings if one.clause is Clause.SILENT) is verdict


def test_what_ended_before_the_beginning_is_not_asked_about() -> None:
    """Its very instant belongs to it; what was only pending asks for no excuse."""
    away = Trouble(place=Place.PROMETHEUS, start_s=0, end_s=200, cause="was away")

    def life(*, firing_s: float | None, last_s: float) -> Timeline:
        spans = [(at_s, AlertState.PENDING) for at_s in (10.0, 20.0)]
        spans += [] if firing_s is None else [(firing_s, AlertState.FIRING)]
        moments = tuple(Moment(at_s=at_s, state=state) for at_s, state in [*spans, (last_s, spans[-1][1])])
        return Timeline(labels={}, start_s=0, end_s=300, moments=moments, gaps=())

    fired = life(firing_s=30, last_s=40)
    assert blamed([fired], [away], start_s=40, seen_s=0) == "Prometheus was away"
    assert blamed([fired], [away], start_s=40.1, seen_s=0) == ""
    assert blamed([life(firing_s=None, last_s=40)], [away], start_s=0, seen_s=0) == ""
