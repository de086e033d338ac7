"""The end of an alert is told to each destination that was told of it, or the promise is broken."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.core.delivery import Delivery
from harness.core.judge import LifeCase, Place, Trouble, judge_life
from harness.core.judge.finding import Clause, Finding
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import END, UNDO, World

Change = Callable[[Delivery], Delivery]


def told(*destinations: tuple[str, bool], **changes: object) -> LifeCase:
    """Each of these destinations was told of the firing; of the end those that are told of ends."""
    case = World().case()
    deliveries = tuple(
        replace(one, destination=name, ends_told=ends)
        for one in case.deliveries
        for name, ends in destinations
        if ends or one.status == "firing"
    )
    return replace(case, **{"deliveries": deliveries, **changes})  # type: ignore[arg-type]  # a test's shorthand


def end_of(case: LifeCase) -> Finding:
    """What is said of the resolved notification."""
    return next(one for one in judge_life(case).findings if one.clause is Clause.RESOLVED_DELIVERED)


def test_a_destination_that_is_not_told_of_ends_breaks_the_promise() -> None:
    """`sendResolved: false`: in the field's words, and no failure of the place excuses what is configured."""
    lost = Trouble(place=Place.ALERTMANAGER, start_s=UNDO - 5, end_s=END, cause="exited")
    for case in (told(("slack-1", False)), told(("slack-1", False), troubles=(lost,))):
        found = end_of(case)
        assert found.outcome is Verdict.VIOLATED
        assert found.actual.startswith("never told to slack-1: send_resolved (sendResolved) is false there")
    assert judge_life(told(("slack-1", False))).observed.resolved_delivery_lag_s is None


def test_each_destination_is_looked_at() -> None:
    """Who was told that it began wants to be told that it is over: another channel is no comfort."""
    found = end_of(told(("slack-1", True), ("email-1", False)))
    assert found.outcome is Verdict.VIOLATED
    assert found.actual.startswith("never told to email-1:")
    assert found.actual.endswith("; told was slack-1")
    both = end_of(told(("slack-1", True), ("email-1", True)))
    assert (both.outcome, both.actual) == (Verdict.VERIFIED, "3.00 s after inactive, to slack-1, email-1")


def test_the_contract_says_who_is_told_of_ends() -> None:
    """Kinds that are not listed need not be; kinds that are listed must be there; nobody is nobody."""
    mixed = told(("slack-1", True), ("email-1", False), told_when_over=("slack",))
    found = end_of(mixed)
    assert found.outcome is Verdict.VERIFIED
    assert found.actual == "3.00 s after inactive; email-1 is not told of ends, and not promised to be"
    assert found.expected.endswith("(of its destinations: slack)")
    absent = end_of(replace(mixed, told_when_over=("pagerduty",)))
    assert (absent.outcome, absent.actual) == (
        Verdict.VIOLATED,
        "'kubemirror-team' has no pagerduty, it has email, slack",
    )
    nobody = end_of(told(("slack-1", False), told_when_over=()))
    assert (nobody.outcome, nobody.expected) == (Verdict.VERIFIED, "nobody is promised to be told of the end")


@pytest.mark.parametrize(
    ("late", "verdict", "actual"),
    [
        pytest.param(
            lambda one: replace(one, received_at_s=one.received_at_s + 9), Verdict.VIOLATED, "12.00", id="late"
        ),
        pytest.param(lambda one: replace(one, destination="slack-3"), Verdict.VIOLATED, "none to slack-2", id="never"),
    ],
)
def test_the_last_destination_counts(late: Change, verdict: Verdict, actual: str) -> None:
    """One that is told in time does not speak for one that is told late, or not at all."""
    case = told(("slack-1", True), ("slack-2", True))
    deliveries = tuple(
        late(one) if one.status == "resolved" and one.destination == "slack-2" else one for one in case.deliveries
    )
    found = end_of(replace(case, deliveries=deliveries))
    assert (found.outcome, found.actual.startswith(actual)) == (verdict, True)


def test_another_receiver_does_not_speak_for_the_documented_one() -> None:
    """Neither in the clause nor in the figures of the table."""
    case = told(("slack-1", True))
    deliveries = tuple(replace(one, receiver="other") if one.status == "resolved" else one for one in case.deliveries)
    judged = judge_life(replace(case, deliveries=deliveries))
    assert judged.observed.resolved_delivery_lag_s is None
    assert end_of(replace(case, deliveries=deliveries)).outcome is Verdict.VIOLATED


def test_hours_without_telling_are_named_where_nobody_was_told() -> None:
    """As a part of what was seen: the promise knows no hours."""
    judged = judge_life(replace(World(firing_delivered=False).case(), muted="the route tells nobody at night"))
    found = next(one for one in judged.findings if one.clause is Clause.DELIVERED)
    assert (found.outcome, found.actual) == (
        Verdict.VIOLATED,
        "no receiver got it; the route tells nobody at night",
    )
