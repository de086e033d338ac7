"""Repeating: not before the promised time; what was not waited for is not claimed."""

from dataclasses import replace

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.duration import PromDuration
from harness.core.judge.case import Component, Disruption
from harness.core.judge.finding import Clause
from harness.core.judge.repeating import judge_repeat
from harness.core.verdict import Verdict
from harness.tests.core.judge.told import (
    BOTH,
    CONFIG,
    CONFIGMAP,
    FIRED,
    KEPT,
    PROBE,
    PROMISE,
    SECRET,
    TEAM,
    call,
    case,
    finding,
)

SEEN = call(0.5, *BOTH, receiver=PROBE) + call(3.5, *BOTH, receiver=PROBE)
#: the second alert of the group came too late for the first notification
PIECEMEAL = call(0.5, SECRET, receiver=PROBE) + call(1.5, *BOTH, receiver=PROBE)


def test_nothing_is_repeated_and_the_interval_is_the_promised_one() -> None:
    """The text says what was waited for, what was not, and whose behaviour the rest is."""
    judgement = judge_repeat(case())
    assert (judgement.verdict, judgement.promise) == (
        Verdict.VERIFIED,
        "An alert that still fires is told again after 4h, not before",
    )
    assert [one.actual for one in judgement.findings] == [
        "4h (4m on the clock)",
        "2 notifications, each with news; 10m without any. That it is told again after 4h was not waited for",
        "1 times, first after 3m: Alertmanager repeats what still fires",
    ]


@pytest.mark.parametrize("repeat", ["40m", "24s"], ids=["ten-times-longer", "ten-times-shorter"])
def test_another_interval_breaks_the_promise(repeat: str) -> None:
    """Told by the loaded route alone."""
    judgement = judge_repeat(case(config=CONFIG.replace("repeat_interval: 4m", f"repeat_interval: {repeat}")))
    assert (judgement.verdict, judgement.cause.split(":")[0]) == (Verdict.VIOLATED, "repeat_interval")


def test_an_early_repetition_breaks_the_promise() -> None:
    """The same alerts, nothing new about them, before the interval is over."""
    judgement = judge_repeat(case(*KEPT, *call(5.5, *BOTH)))
    told = finding(judgement, Clause.NOT_REPEATED_EARLY)
    assert (told.outcome, told.actual) == (Verdict.VIOLATED, '{alertname="QueueDeep"} was told again after 5m')


@pytest.mark.parametrize(
    "deliveries",
    [
        [*call(0.5, SECRET), *call(5.5, *BOTH)],
        [*call(0.5, *BOTH), *call(5.5, SECRET, resolved=(CONFIGMAP,))],
        [*call(0.5, SECRET), *call(5.5, resolved=(SECRET,)), *call(10.5, SECRET)],
        [*call(0.5, *BOTH), *call(250, *BOTH)],
    ],
    ids=["one-more", "one-less", "again", "in-time"],
)
def test_news_and_what_is_due_are_no_early_repetition(deliveries: list[Delivery]) -> None:
    """An alert more, one resolved, one that fires again; and the repetition when its time has come."""
    judgement = judge_repeat(case(*SEEN, *deliveries, end_s=FIRED + 260))
    assert finding(judgement, Clause.NOT_REPEATED_EARLY).outcome is Verdict.VERIFIED


def test_a_repetition_that_was_waited_for_is_not_disclaimed() -> None:
    """The sentence about what was not waited for is left out."""
    deliveries = [*SEEN, *call(0.5, *BOTH), *call(250, *BOTH)]
    assert "not waited for" not in finding(judge_repeat(case(*deliveries)), Clause.NOT_REPEATED_EARLY).actual


def test_a_restart_excuses_an_early_repetition() -> None:
    """Alertmanager forgets what it told when it dies."""
    disruption = Disruption(component=Component.ALERTMANAGER, start_s=FIRED + 1, end_s=FIRED + 2, cause="was restarted")
    judgement = judge_repeat(case(*KEPT, *call(5.5, *BOTH), disruptions=(disruption,)))
    assert finding(judgement, Clause.NOT_REPEATED_EARLY).outcome is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "clause", "actual"),
    [
        ({"deliveries": tuple(SEEN)}, Clause.NOT_REPEATED_EARLY, "nothing was told"),
        ({"deliveries": (*call(0.5, *BOTH), *PIECEMEAL)}, Clause.REPEATED, "2 notifications there, each with news"),
        ({"probe_route": "nobody"}, Clause.REPEATED, "Alertmanager has not loaded it"),
    ],
    ids=["nothing-told", "nothing-repeated", "no-onlooker"],
)
def test_what_was_not_seen_is_not_claimed(changes: dict[str, object], clause: Clause, actual: str) -> None:
    """Neither of the subject nor of Alertmanager."""
    judgement = judge_repeat(case(**changes))  # type: ignore[arg-type]  # a test's shorthand
    assert (judgement.verdict, finding(judgement, clause).actual) == (Verdict.UNKNOWN, actual)


def test_without_a_promise_or_an_onlooker_there_is_less_to_judge() -> None:
    """Only that nothing came too early by the route's own word."""
    free = replace(PROMISE, repeat_interval=None)
    judgement = judge_repeat(case(promise=free, probe_route=""))
    assert [one.clause for one in judgement.findings] == [Clause.NOT_REPEATED_EARLY]
    assert judgement.promise == "An alert that still fires is told again in time, not before"


def test_without_a_route_there_is_nothing_to_repeat() -> None:
    """The missing route is the violation."""
    judgement = judge_repeat(case(config=CONFIG.replace(TEAM, "other")))
    assert (judgement.verdict, len(judgement.findings)) == (Verdict.VIOLATED, 1)


def test_an_odd_speed_costs_no_verdict() -> None:
    """The clock has milliseconds: what they are at this speed is not held against the route."""
    promise = replace(PROMISE, repeat_interval=PromDuration.parse("4h"))
    assert judge_repeat(case(promise=promise, config=CONFIG.replace("4m", "240001ms"))).verdict is Verdict.VERIFIED


def test_an_alert_that_fires_anew_is_news() -> None:
    """Also to a destination that was not told that it had ended."""
    anew = [replace(one, starts_at_s=one.starts_at_s + 4) for one in call(5.5, *BOTH)]
    deaf = [replace(one, destination="slack-1", ends_told=False) for one in (*call(0.5, *BOTH), *anew)]
    assert finding(judge_repeat(case(*deaf)), Clause.NOT_REPEATED_EARLY).outcome is Verdict.VERIFIED


@pytest.mark.parametrize(("at_s", "verdict"), [(238.5, Verdict.VERIFIED), (238.4, Verdict.VIOLATED)])
def test_what_sending_takes_may_bring_a_repetition_so_much_nearer(at_s: float, verdict: Verdict) -> None:
    """The first may have come late by it: 4 minutes on the clock, less 2 s."""
    judgement = judge_repeat(case(*call(0.5, *BOTH), *call(at_s, *BOTH)))
    assert finding(judgement, Clause.NOT_REPEATED_EARLY).outcome is verdict


def test_a_loaded_interval_is_compared_to_the_millisecond() -> None:
    """Half a second of the clock is half a minute of the promise."""
    longer = judge_repeat(case(config=CONFIG.replace("repeat_interval: 4m", "repeat_interval: 240500ms")))
    assert finding(longer, Clause.REPEAT_INTERVAL).outcome is Verdict.VIOLATED


def test_what_was_waited_for_is_said_and_nothing_more() -> None:
    """As long as a group that fires was told of nothing; where none fires, not at all; the very interval is enough."""
    over = judge_repeat(case(*call(10.5, resolved=BOTH)))
    assert "; 0s without any" in finding(over, Clause.NOT_REPEATED_EARLY).actual
    whole = case(*call(0.5, *BOTH), end_s=FIRED + 240.5)
    assert "was not waited for" not in finding(judge_repeat(whole), Clause.NOT_REPEATED_EARLY).actual
    short = case(*call(0.5, *BOTH), end_s=FIRED + 240)
    assert "was not waited for" in finding(judge_repeat(short), Clause.NOT_REPEATED_EARLY).actual
