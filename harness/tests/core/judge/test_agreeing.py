"""Agreeing: who was told is whom amtool names; a difference either way breaks it."""

from dataclasses import replace

import pytest

from harness.core.judge.agreeing import Walked, judge_routes_agree, told_alerts
from harness.core.verdict import Verdict
from harness.tests.core.judge.told import (
    BOTH,
    CONFIG,
    CONFIGMAP,
    ENDED,
    FIRED,
    KEPT,
    PROBE,
    SECRET,
    TEAM,
    alert,
    call,
    routes,
)


def walked(*named: str, receivers: tuple[str, ...] = (TEAM,), fired_s: float = 20.0) -> list[Walked]:
    """One alert, as it was told and as amtool sees it."""
    deliveries = [one for receiver in receivers for one in call(0.5, SECRET, receiver=receiver)]
    (told,) = told_alerts(deliveries, end_s=FIRED + 0.5 + fired_s)
    return [Walked(told=told, named=named)]


def test_every_label_set_is_asked_about_once() -> None:
    """With everybody who was told of it as firing, and for how long it fired from then on."""
    found = told_alerts([*KEPT, *call(12, resolved=(alert("Other"),))], end_s=FIRED + 100)
    assert [(one.labels["name"], one.receivers) for one in found] == [
        ("secret", frozenset({TEAM, PROBE})),
        ("configmap", frozenset({TEAM, PROBE})),
    ]
    assert {one.fired_s for one in found} == {ENDED - FIRED - 0.5}


def test_what_still_fires_has_fired_until_now() -> None:
    """An earlier firing of the same alert has an end of its own."""
    earlier = [replace(one, starts_at_s=FIRED - 50) for one in call(-49, *BOTH)]
    over = [replace(one, starts_at_s=FIRED - 50, ends_at_s=FIRED - 40) for one in call(-39, resolved=BOTH)]
    assert {one.fired_s for one in told_alerts([*earlier, *over], end_s=FIRED)} == {9.0}
    assert {one.fired_s for one in told_alerts([*earlier, *over, *call(0.5, *BOTH)], end_s=FIRED + 30)} == {29.5}


def test_the_harnesss_own_receivers_are_left_out() -> None:
    """Their routes are there only for a while."""
    assert {one.receivers for one in told_alerts(KEPT, end_s=FIRED, besides=[PROBE])} == {frozenset({TEAM})}


def test_told_as_amtool_says() -> None:
    """A receiver without a destination is told of nothing, and that is no difference."""
    judgement = judge_routes_agree(walked(TEAM, "null"), routes(), slack_s=2)
    assert (judgement.verdict, judgement.findings[0].actual) == (
        Verdict.VERIFIED,
        "1 label sets, told to kubemirror-team",
    )


@pytest.mark.parametrize(
    ("alerts", "actual"),
    [
        (walked(), "amtool names nobody, told was kubemirror-team"),
        (walked("null"), "amtool names nobody, told was kubemirror-team"),
        (walked(TEAM, PROBE), "amtool names kubemirror-team, onlooker, told was kubemirror-team"),
        (walked(TEAM, receivers=(TEAM, PROBE)), "amtool names kubemirror-team, told was kubemirror-team, onlooker"),
        (walked(PROBE), "amtool names onlooker, told was kubemirror-team"),
    ],
    ids=["names-nobody", "names-the-void", "one-missing", "one-too-many", "another"],
)
def test_a_difference_breaks_it(alerts: list[Walked], actual: str) -> None:
    """Somebody told whom amtool does not name, or named and not told."""
    judgement = judge_routes_agree(alerts, routes(), slack_s=2)
    assert (judgement.verdict, judgement.cause.endswith(actual)) == (Verdict.VIOLATED, True)


def test_what_ended_before_somebody_had_to_be_told_decides_nothing() -> None:
    """The slower receiver waits longer than the alert fired."""
    slow = routes(CONFIG.replace("group_interval: 1s", "group_interval: 60s"))
    judgement = judge_routes_agree(walked(TEAM, PROBE), slow, slack_s=2)
    assert (judgement.verdict, "before onlooker had to be told" in judgement.cause) == (Verdict.UNKNOWN, True)
    both_wrong = judge_routes_agree([*walked(TEAM, PROBE), *walked()], slow, slack_s=2)
    assert both_wrong.verdict is Verdict.VIOLATED


@pytest.mark.parametrize(("alerts", "why"), [([], ""), (walked(TEAM), "amtool did not answer")])
def test_without_an_answer_there_is_no_agreement(alerts: list[Walked], why: str) -> None:
    """Nothing told, or amtool not to be asked."""
    judgement = judge_routes_agree(alerts, routes(), slack_s=2, why_not=why)
    assert (judgement.verdict, judgement.findings[0].actual) == (Verdict.UNKNOWN, why or "nothing was told")


def test_a_firing_whose_end_nobody_is_told_is_known_until_it_was_last_told() -> None:
    """Of a destination without ends silence says nothing: who had to be told later is not held to have been missed."""
    deaf = [replace(one, ends_told=False) for one in (*call(0.5, SECRET), *call(3.5, SECRET))]
    assert [one.fired_s for one in told_alerts(deaf, end_s=FIRED + 100)] == [3.0]
    both = [*deaf, *call(0.5, SECRET, receiver=PROBE)]
    assert [one.fired_s for one in told_alerts(both, end_s=FIRED + 100)] == [99.5]


@pytest.mark.parametrize(("fired_s", "verdict"), [(7.0, Verdict.VIOLATED), (6.99, Verdict.UNKNOWN)])
def test_a_receiver_has_to_be_told_after_its_timers_and_the_way(fired_s: float, verdict: Verdict) -> None:
    """The longer of group_wait and group_interval, and what sending takes; at that very instant it has to be."""
    missed = walked(TEAM, PROBE, receivers=(PROBE,), fired_s=fired_s)
    assert judge_routes_agree(missed, routes(), slack_s=2).verdict is verdict


def test_a_receiver_with_short_timers_is_not_given_longer_ones() -> None:
    """Of several routes to it the slowest counts, and nothing else."""
    quick = routes(CONFIG.replace("group_interval: 1s", "group_interval: 100ms\n      group_wait: 100ms"))
    missed = walked(TEAM, PROBE, fired_s=0.5)
    assert judge_routes_agree(missed, quick, slack_s=0.1).verdict is Verdict.VIOLATED
    assert judge_routes_agree(missed, quick, slack_s=0.5).verdict is Verdict.UNKNOWN


def test_the_first_of_several_that_ended_early_is_named() -> None:
    """In the order in which they were told."""
    slow = routes(CONFIG.replace("group_interval: 1s", "group_interval: 60s"))
    other = told_alerts(call(0.5, CONFIGMAP), end_s=FIRED + 20)
    both = [*walked(TEAM, PROBE), *(Walked(told=one, named=(TEAM, PROBE)) for one in other)]
    assert 'name="secret"' in judge_routes_agree(both, slow, slack_s=2).cause
