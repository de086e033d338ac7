"""An alert that fired because nobody could look is the place's doing, and only if nobody could look all the while."""

from dataclasses import replace

import pytest

from harness.core.judge import (
    Clause,
    Component,
    Disruption,
    Expectation,
    OtherAlert,
    SilenceCase,
    judge_life,
    judge_silence,
)
from harness.core.judge.blamed import blamed, blamed_for
from harness.core.judge.unsettled import Unsettled
from harness.core.timeline import AlertState, Gap, Moment, Timeline
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import END, INJECT, PACE, PROMISE, World

#: pending from INJECT on, firing 15 s later
FIRED = World().timelines()
SILENT = World(value=lambda _: 0).timelines()


def disruption(start_s: float, end_s: float, place: Component = Component.PROMETHEUS) -> Disruption:
    """Scrapes that timed out."""
    return Disruption(component=place, start_s=start_s, end_s=end_s, cause="took up to 0.50 s for 40 scrapes")


@pytest.mark.parametrize(
    ("disruptions", "why"),
    [
        pytest.param([disruption(INJECT - 1, INJECT + 20)], True, id="all-the-while"),
        pytest.param(
            [disruption(INJECT - 1, INJECT + 6), disruption(INJECT + 7, INJECT + 20)], True, id="with-a-short-pause"
        ),
        pytest.param([disruption(INJECT - 1, INJECT + 5)], False, id="at-the-beginning"),
        pytest.param([disruption(INJECT + 5, INJECT + 20)], False, id="too-late"),
        pytest.param([disruption(INJECT - 1, INJECT + 20, Component.RECEIVER)], False, id="of-another-place"),
        pytest.param([], False, id="none"),
    ],
)
def test_troubles_account_for_a_firing_if_they_fill_the_wait_for_it(disruptions: list[Disruption], why: bool) -> None:
    """Each for as long as it is seen."""
    assert bool(blamed(FIRED, disruptions, start_s=INJECT, seen_s=2)) is why


def test_what_did_not_fire_needs_no_excuse() -> None:
    """Nothing is accounted for where there is nothing."""
    assert blamed(SILENT, [disruption(INJECT, END)], start_s=INJECT, seen_s=2) == ""


@pytest.mark.parametrize(
    ("disruptions", "verdict"), [((disruption(INJECT - 1, END),), Verdict.UNKNOWN), ((), Verdict.VIOLATED)]
)
def test_another_alert_that_fires_in_trouble_is_not_known_to_be_wrong(
    disruptions: tuple[Disruption, ...], verdict: Verdict
) -> None:
    """Without trouble it is."""
    other = OtherAlert(
        name="Other", timelines=FIRED, expectation=Expectation.MUST_NOT, hold_s=15, disruptions=disruptions, seen_s=2
    )
    judged = judge_life(replace(World().case(), other_alerts=(other,)))
    assert next(one.outcome for one in judged.findings if one.clause is Clause.BYSTANDERS) is verdict


@pytest.mark.parametrize(
    ("slow", "verdict"), [((disruption(INJECT - 1, END),), Verdict.UNKNOWN), ((), Verdict.VIOLATED)]
)
def test_a_page_in_trouble_is_not_known_to_be_wrong(slow: tuple[Disruption, ...], verdict: Verdict) -> None:
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
    away = Disruption(component=Component.PROMETHEUS, start_s=0, end_s=200, cause="was away")

    def life(*, firing_s: float | None, last_s: float) -> Timeline:
        spans = [(at_s, AlertState.PENDING) for at_s in (10.0, 20.0)]
        spans += [] if firing_s is None else [(firing_s, AlertState.FIRING)]
        moments = tuple(Moment(at_s=at_s, state=state) for at_s, state in [*spans, (last_s, spans[-1][1])])
        return Timeline(labels={}, start_s=0, end_s=300, moments=moments, gaps=())

    fired = life(firing_s=30, last_s=40)
    assert blamed([fired], [away], start_s=40, seen_s=0) == "Prometheus was away"
    assert blamed([fired], [away], start_s=40.1, seen_s=0) == ""
    assert blamed([life(firing_s=None, last_s=40)], [away], start_s=0, seen_s=0) == ""


def test_the_first_three_troubles_tell_what_kind_it_was() -> None:
    """Of a machine in trouble there may be hundreds."""
    many = [disruption(INJECT + at_s, INJECT + at_s + 1) for at_s in range(-1, 20)]
    assert blamed(FIRED, many, start_s=INJECT, seen_s=2).count("took up to") == 3


def test_one_firing_that_nothing_accounts_for_is_enough() -> None:
    """Whatever accounts for the others."""
    first = Timeline(
        labels={},
        start_s=0,
        end_s=300,
        moments=tuple(
            Moment(at_s=at_s, state=state)
            for at_s, state in (
                (10.0, AlertState.PENDING),
                (30.0, AlertState.FIRING),
                (40.0, AlertState.INACTIVE),
                (110.0, AlertState.PENDING),
                (130.0, AlertState.FIRING),
            )
        ),
        gaps=(),
    )
    away = Disruption(component=Component.PROMETHEUS, start_s=0, end_s=30, cause="was away")
    assert blamed([first], [away], start_s=0, seen_s=0) == ""
    assert blamed([first], [away], start_s=0, seen_s=100) == "Prometheus was away"
    assert blamed([first], [away], start_s=0, seen_s=99) == ""


def left(*, gaps: tuple[Gap, ...] = ()) -> Unsettled:
    """Pending from 100 to 120 when the watch ended."""
    moments = tuple(Moment(at_s=at_s, state=AlertState.PENDING) for at_s in (100.0, 120.0))
    line = Timeline(labels={}, start_s=0, end_s=300, moments=moments, gaps=gaps)
    return Unsettled(line=line, pending_at_s=100, at_s=120)


@pytest.mark.parametrize(
    ("start_s", "end_s", "named"),
    [(90, 100, True), (90, 99.9, False), (120, 130, True), (120.1, 130, False), (105, 110, True)],
)
def test_what_was_pending_for_too_long_may_have_been_kept_from_firing(
    start_s: float, end_s: float, *, named: bool
) -> None:
    """By what failed meanwhile, both ends included; not by a receiver."""
    one = disruption(start_s, end_s)
    assert (blamed_for(left(), [one]) == "Prometheus took up to 0.50 s for 40 scrapes") is named
    assert blamed_for(left(), [replace(one, component=Component.RECEIVER)]) == ""


def test_evaluations_that_were_missed_meanwhile_are_a_cause() -> None:
    """Only between its being pending and the end of the watch; of many causes three are told."""
    assert blamed_for(left(gaps=(Gap(start_s=105, end_s=110),)), []) == "evaluations were missed"
    assert blamed_for(left(gaps=(Gap(start_s=90, end_s=100),)), []) == ""
    assert blamed_for(left(gaps=(Gap(start_s=120, end_s=130),)), []) == ""
    assert blamed_for(left(), [disruption(100, 120)] * 5).count("took up to") == 3
