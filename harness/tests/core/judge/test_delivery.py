"""The end of an alert is told to each destination that was told of it, or the promise is broken."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.judge import Component, Disruption, LifeCase, judge_life
from harness.core.judge.annotation import Seen
from harness.core.judge.case import Inhibited
from harness.core.judge.condition import Stretch
from harness.core.judge.delivery import (
    _seen,
    deliveries_of,
    judge_annotations,
    judge_delivered,
    judge_receiver,
    judge_resolved_delivered,
    listed,
)
from harness.core.judge.evidence import Evidence, sort_evidence
from harness.core.judge.finding import Clause, Finding
from harness.core.reading import Reading
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import DELIVERY_PACE, END, PACE, UNDO, World, changed, heard

Change = Callable[[Delivery], Delivery]


def told(*destinations: tuple[str, bool], **changes: object) -> LifeCase:
    """Each of these destinations was told of the firing; of the end those that are told of ends."""
    case = World().case()
    deliveries = tuple(
        replace(one, destination=name, ends_told=ends)
        for one in heard(case)
        for name, ends in destinations
        if ends or one.status == "firing"
    )
    return changed(case, **{"deliveries": deliveries, **changes})


def end_of(case: LifeCase) -> Finding:
    """What is said of the resolved notification."""
    return next(one for one in judge_life(case).findings if one.clause is Clause.RESOLVED_DELIVERED)


def test_a_destination_that_is_not_told_of_ends_breaks_the_promise() -> None:
    """`sendResolved: false`: in the field's words, and no failure of the place excuses what is configured."""
    lost = Disruption(component=Component.ALERTMANAGER, start_s=UNDO - 5, end_s=END, cause="exited")
    for case in (told(("slack-1", False)), told(("slack-1", False), disruptions=(lost,))):
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
    absent = end_of(changed(mixed, told_when_over=("pagerduty",)))
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
        late(one) if one.status == "resolved" and one.destination == "slack-2" else one for one in heard(case)
    )
    found = end_of(changed(case, deliveries=deliveries))
    assert (found.outcome, found.actual.startswith(actual)) == (verdict, True)


def test_another_receiver_does_not_speak_for_the_documented_one() -> None:
    """Neither in the clause nor in the figures of the table."""
    case = told(("slack-1", True))
    deliveries = tuple(replace(one, receiver="other") if one.status == "resolved" else one for one in heard(case))
    judged = judge_life(changed(case, deliveries=deliveries))
    assert judged.observed.resolved_delivery_lag_s is None
    assert end_of(changed(case, deliveries=deliveries)).outcome is Verdict.VIOLATED


def test_hours_without_telling_are_named_where_nobody_was_told() -> None:
    """As a part of what was seen: the promise knows no hours."""
    judged = judge_life(changed(World(firing_delivered=False).case(), muted="the route tells nobody at night"))
    found = next(one for one in judged.findings if one.clause is Clause.DELIVERED)
    assert (found.outcome, found.actual) == (
        Verdict.VIOLATED,
        "no receiver got it; the route tells nobody at night",
    )


def test_what_nobody_got_is_said_plainly_where_no_hours_mute_it() -> None:
    """Nothing is added."""
    judged = judge_life(World(firing_delivered=False).case())
    found = next(one for one in judged.findings if one.clause is Clause.DELIVERED)
    assert (found.outcome, found.actual) == (Verdict.VIOLATED, "no receiver got it")


def sorted_of(*deliveries: Delivery, **changes: object) -> Evidence:
    """The usual life with these deliveries; without any those of the world."""
    case = World().case()
    return sort_evidence(changed(case, **{"deliveries": deliveries or heard(case), **changes}))


_FIRING, _RESOLVED = heard(World().case())
_FIRED_S, _OVER_S = _FIRING.starts_at_s, _RESOLVED.ends_at_s or 0.0
#: what the promise allows, each part by itself
_GROUP_WAIT_S, _EVALUATION_S, _RESEND_S, _SLACK_S = (
    DELIVERY_PACE.group_wait_s,
    PACE.evaluation_s,
    DELIVERY_PACE.resend_s,
    DELIVERY_PACE.slack_s,
)
_ALLOWED_S = _GROUP_WAIT_S + _EVALUATION_S + _RESEND_S + _SLACK_S


@pytest.mark.parametrize(
    ("late_s", "verdict"), [(_ALLOWED_S, Verdict.VERIFIED), (_ALLOWED_S + 0.001, Verdict.VIOLATED)]
)
def test_a_delivery_may_take_all_that_waits_on_the_way(late_s: float, verdict: Verdict) -> None:
    """group_wait, one evaluation, one resend delay and what sending takes: each adds, and no more."""
    found = judge_delivered(sorted_of(replace(_FIRING, received_at_s=_FIRED_S + late_s)))
    assert (found.outcome, found.expected) == (verdict, "delivered within 4.00 s of firing")
    assert found.actual == f"1 time(s), first to 'kubemirror-team' {late_s:.2f} s after firing"


@pytest.mark.parametrize(
    ("late_s", "verdict"),
    [(_ALLOWED_S - _GROUP_WAIT_S + 5, Verdict.VERIFIED), (_ALLOWED_S - _GROUP_WAIT_S + 5.001, Verdict.VIOLATED)],
)
def test_a_group_that_was_told_of_before_waits_for_its_interval(late_s: float, verdict: Verdict) -> None:
    """Of any alert in the same group, before this one fired; another group's notification changes nothing."""
    late = replace(_FIRING, received_at_s=_FIRED_S + late_s)
    earlier = replace(_FIRING, labels={"alertname": "Other"}, received_at_s=_FIRED_S - 3)
    assert judge_delivered(sorted_of(earlier, late)).outcome is verdict
    assert judge_delivered(sorted_of(replace(earlier, group_key="other"), late)).outcome is Verdict.VIOLATED
    assert judge_delivered(sorted_of(replace(earlier, received_at_s=_FIRED_S), late)).outcome is Verdict.VIOLATED


def test_a_group_wait_longer_than_the_interval_is_waited_for() -> None:
    """Whichever of the two is longer."""
    pace = replace(DELIVERY_PACE, group_wait_s=9)
    earlier = replace(_FIRING, labels={"alertname": "Other"}, received_at_s=_FIRED_S - 3)
    late = replace(_FIRING, received_at_s=_FIRED_S + 12.5)
    assert judge_delivered(sorted_of(earlier, late, delivery_pace=pace)).outcome is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("allowed", "late_s", "verdict"), [(8.5, 8.5, Verdict.VERIFIED), (8.5, 8.501, Verdict.VIOLATED)]
)
def test_an_end_may_take_an_interval_of_its_group_and_the_way(allowed: float, late_s: float, verdict: Verdict) -> None:
    """group_interval in the place of group_wait."""
    assert allowed == DELIVERY_PACE.group_interval_s + _EVALUATION_S + _RESEND_S + _SLACK_S
    found = judge_resolved_delivered(sorted_of(_FIRING, replace(_RESOLVED, received_at_s=_OVER_S + late_s)))
    assert (found.outcome, found.actual) == (verdict, f"{late_s:.2f} s after inactive")
    assert found.expected == "resolved notification to 'kubemirror-team' within 8.50 s of inactive"


def test_what_was_not_watched_long_enough_is_not_missing() -> None:
    """Until the very deadline is long enough."""
    other = replace(_FIRING, labels={"alertname": "Other"})
    evidence = sorted_of(other)
    for end_s, verdict in ((_FIRED_S + _ALLOWED_S, Verdict.VIOLATED), (_FIRED_S + _ALLOWED_S - 0.01, Verdict.UNKNOWN)):
        found = judge_delivered(replace(evidence, line=replace(evidence.line, end_s=end_s)))
        assert (found.outcome, "not watched for longer" in found.actual) == (verdict, verdict is Verdict.UNKNOWN)
    evidence = sorted_of(_FIRING)
    for end_s, verdict in ((_OVER_S + 8.5, Verdict.VIOLATED), (_OVER_S + 8.49, Verdict.UNKNOWN)):
        found = judge_resolved_delivered(replace(evidence, line=replace(evidence.line, end_s=end_s)))
        assert (found.outcome, "not watched for longer" in found.actual) == (verdict, verdict is Verdict.UNKNOWN)


@pytest.mark.parametrize("place", [Component.PROMETHEUS, Component.ALERTMANAGER, Component.RECEIVER, Component.MACHINE])
def test_a_failure_on_the_way_excuses_what_it_touches(place: Component) -> None:
    """From firing until it arrived, or had to; one that was over before or came after excuses nothing."""

    def judged(start_s: float, end_s: float, *deliveries: Delivery) -> Verdict:
        disruption = Disruption(component=place, start_s=start_s, end_s=end_s, cause="was away")
        evidence = sorted_of(*deliveries, disruptions=(disruption,))
        resolved = any(one.status == "resolved" for one in deliveries)
        return (judge_resolved_delivered if resolved else judge_delivered)(evidence).outcome

    other = replace(_FIRING, labels={"alertname": "Other"})
    late = replace(_FIRING, received_at_s=_FIRED_S + 6)
    for deliveries, last_s in ((other, _FIRED_S + _ALLOWED_S), (late, _FIRED_S + 6)):
        assert judged(_FIRED_S - 1, _FIRED_S, deliveries) is Verdict.UNKNOWN
        assert judged(last_s, last_s + 1, deliveries) is Verdict.UNKNOWN
        assert judged(_FIRED_S - 2, _FIRED_S - 1, deliveries) is Verdict.VIOLATED
        assert judged(last_s + 0.5, last_s + 1, deliveries) is Verdict.VIOLATED
    end = replace(_RESOLVED, received_at_s=_OVER_S + 10)
    assert judged(_OVER_S + 10, _OVER_S + 11, _FIRING, end) is Verdict.UNKNOWN
    assert judged(_OVER_S - 1, _OVER_S, _FIRING, end) is Verdict.UNKNOWN
    assert judged(_OVER_S - 2, _OVER_S - 1, _FIRING, end) is Verdict.VIOLATED


def test_a_notification_of_an_earlier_life_is_not_this_ones() -> None:
    """It began more than a second before this one was pending; a second is what activeAt is cut by."""
    evidence = sorted_of()
    assert evidence.episode is not None
    since_s = evidence.episode.pending_at_s - 1
    for starts_at_s, mine in ((since_s, True), (since_s - 0.01, False)):
        found = deliveries_of(sorted_of(replace(_FIRING, starts_at_s=starts_at_s)), "firing")
        assert bool(found) is mine


def test_what_came_first_counts() -> None:
    """Whatever order it is given in."""
    later = replace(_FIRING, received_at_s=_FIRED_S + 3)
    assert deliveries_of(sorted_of(later, _FIRING), "firing") == [_FIRING, later]


def test_several_destinations_are_named_and_one_is_not() -> None:
    """Where nothing arrived; and who else was told, where nobody else was."""
    one = told(("slack-1", True))
    silent = changed(one, deliveries=tuple(each for each in heard(one) if each.status == "firing"))
    assert end_of(silent).actual == "none"
    both = told(("slack-1", True), ("slack-2", True))
    silent = changed(both, deliveries=tuple(each for each in heard(both) if each.status == "firing"))
    assert end_of(silent).actual == "none to slack-1, slack-2"
    assert end_of(told(("slack-1", False))).actual.endswith("or is by default")


def test_a_kind_may_have_a_hyphen() -> None:
    """The number is what comes last."""
    found = end_of(told(("my-kind-1", True), ("slack-1", False), told_when_over=("my-kind",)))
    assert found.outcome is Verdict.VERIFIED


def test_what_a_text_is_held_against_was_seen_while_the_condition_held() -> None:
    """From its first look to its last, both included; without numbers there is nothing to hold it against."""
    readings = tuple(
        Reading(at_s=at_s, value=value, holds=True, note="")
        for at_s, value in ((9, 1.0), (10, 200.0), (15, None), (16, 300.0), (20, 400.0), (21, 999.0))
    )
    stretch = Stretch(denied_s=None, start_s=10, end_s=20)
    evidence = replace(sorted_of(readings=readings), stretch=stretch)
    assert _seen(evidence) == Seen(low=200, high=400)
    assert _seen(replace(evidence, stretch=replace(stretch, start_s=12, end_s=15))) is None
    assert _seen(replace(evidence, stretch=None)) is None


def test_what_annotations_have_to_carry_is_said() -> None:
    """Each by its name, with its number and its labels where it has them."""
    found = next(one for one in judge_life(World().case()).findings if one.clause is Clause.ANNOTATIONS)
    assert found.expected == "summary; description carries a number names name"


def test_what_did_not_fire_is_not_delivered() -> None:
    """Nor is its end; where it fired and goes on, there is no end to tell of yet."""
    whole = sorted_of()
    assert whole.episode is not None
    pending = replace(whole, episode=replace(whole.episode, firing_at_s=None))
    going_on = replace(whole, episode=replace(whole.episode, resolved_at_s=None))
    for one in (replace(whole, episode=None), pending):
        assert judge_delivered(one).outcome is Verdict.SKIPPED
        assert judge_receiver(one).outcome is Verdict.SKIPPED
        assert judge_annotations(one).outcome is Verdict.SKIPPED
        assert deliveries_of(one, "firing") == ()
    for one in (replace(whole, episode=None), pending, going_on):
        assert judge_resolved_delivered(one).actual == "not looked at: it did not fire and become inactive again"


def test_evaluations_that_look_back_are_told_so_much_later() -> None:
    """`query_offset` adds to both ways."""
    for late_s, verdict in ((2.0, Verdict.VERIFIED), (2.001, Verdict.VIOLATED)):
        begun = replace(_FIRING, received_at_s=_FIRED_S + _ALLOWED_S + late_s)
        assert judge_delivered(sorted_of(begun, offset_s=2.0)).outcome is verdict
        over = replace(_RESOLVED, received_at_s=_OVER_S + 8.5 + late_s)
        assert judge_resolved_delivered(sorted_of(_FIRING, over, offset_s=2.0)).outcome is verdict


def inhibited(*spans: tuple[float, float], late_s: float | None, by: str = "Other fires") -> Finding:
    """What is said of a firing that came so late, or not at all; inhibited between these, from its firing on."""
    kept = tuple(Inhibited(start_s=_FIRED_S + start, end_s=_FIRED_S + end, by=by) for start, end in spans)
    other = replace(_FIRING, labels={"alertname": "Other"}, group_key="other")
    late = other if late_s is None else replace(_FIRING, received_at_s=_FIRED_S + late_s)
    return judge_delivered(sorted_of(late, inhibited=kept))


@pytest.mark.parametrize(
    ("spans", "late_s"),
    [
        pytest.param([(0, 20)], 20 + _ALLOWED_S + 5, id="to its end and the next flush"),
        pytest.param([(0, 1)], 1 + _ALLOWED_S + 5, id="shorter than the way"),
        pytest.param([(_ALLOWED_S, 20)], 20 + _ALLOWED_S + 5, id="from when it had to be told"),
        pytest.param([(_ALLOWED_S + 0.01, 20)], _ALLOWED_S, id="later than that"),
        pytest.param([(-5, 0)], _ALLOWED_S, id="over when it fired"),
        pytest.param([(0, 4), (8, 9)], 9 + _ALLOWED_S + 5, id="again before it was told"),
        pytest.param([(0, 4), (8.01, 9)], 4 + _ALLOWED_S + 5, id="again after that"),
        pytest.param([(0, 9), (1, 2)], 9 + _ALLOWED_S + 5, id="one within another"),
    ],
)
def test_what_is_inhibited_is_told_with_the_flush_after_it(spans: list[tuple[float, float]], late_s: float) -> None:
    """So late and no later."""
    assert inhibited(*spans, late_s=late_s).outcome is Verdict.VERIFIED
    assert inhibited(*spans, late_s=late_s + 0.001).outcome is Verdict.VIOLATED


def test_what_inhibits_it_is_named_where_it_does() -> None:
    """Beside the time that is allowed without it."""
    assert inhibited((0, 20), late_s=1).expected == (
        "delivered within 4.00 s of firing or of the end of what inhibits it (Other fires)"
    )
    assert inhibited((-5, 0), late_s=1).expected == "delivered within 4.00 s of firing"


def test_what_was_over_before_it_could_be_told_is_not_missing() -> None:
    """By the end of what inhibits it and the way; longer, and somebody had to be told."""
    whole = sorted_of()
    assert whole.episode is not None
    lasted_s = whole.episode.last_active_s - _FIRED_S
    for end_s, verdict in ((lasted_s - _ALLOWED_S, Verdict.UNKNOWN), (lasted_s - _ALLOWED_S - 0.01, Verdict.VIOLATED)):
        found = inhibited((0, end_s), late_s=None)
        assert found.outcome is verdict
        assert ("it was over before what inhibits it was: Other fires" in found.actual) is (verdict is Verdict.UNKNOWN)


def test_the_documented_receiver_is_among_those_that_got_it() -> None:
    """Others may get it as well."""
    other = replace(_FIRING, receiver="another")
    for deliveries, outcome, actual in (
        ((_FIRING,), Verdict.VERIFIED, "'kubemirror-team'"),
        ((_FIRING, other), Verdict.VERIFIED, "'another', 'kubemirror-team'"),
        ((other,), Verdict.VIOLATED, "'another'"),
    ):
        found = judge_receiver(sorted_of(*deliveries))
        assert (found.outcome, found.expected, found.actual) == (outcome, "receiver 'kubemirror-team'", actual)


def test_every_notification_carries_its_annotations() -> None:
    """One that does not is a fault, whatever the first carried; what was shown is the first."""
    right = judge_annotations(sorted_of(_FIRING))
    assert (right.outcome, right.actual) == (
        Verdict.VERIFIED,
        "summary: 'Queue is deep'; description: '240 items wait in secret'",
    )
    bare = replace(_FIRING, annotations={"summary": "Queue is deep"}, received_at_s=_FIRED_S + 2)
    found = judge_annotations(sorted_of(_FIRING, bare))
    assert (found.outcome, found.actual) == (Verdict.VIOLATED, "description is missing")


def test_an_end_is_not_judged_where_nothing_can_be_known_of_it() -> None:
    """Its firing was not delivered, or the fault was not undone."""
    undelivered = judge_resolved_delivered(sorted_of(_RESOLVED))
    assert undelivered.actual == "not looked at: its firing was not delivered"
    lasting = judge_resolved_delivered(sorted_of(_FIRING, _RESOLVED, undo_s=None))
    assert (lasting.outcome, lasting.actual) == (Verdict.UNKNOWN, "the fault was not undone")
    named = judge_resolved_delivered(sorted_of(_FIRING, _RESOLVED, told_when_over=("slack", "email")))
    assert named.expected == (
        "resolved notification to 'kubemirror-team' within 8.50 s of inactive (of its destinations: slack, email)"
    )


def test_the_last_of_the_promised_destinations_counts() -> None:
    """And of each what it was told first; one that was told twice is not late the second time."""
    one, two = (replace(_FIRING, destination=name) for name in ("slack-1", "email-1"))
    early, late = (replace(_RESOLVED, destination=name) for name in ("slack-1", "email-1"))
    for late_s, verdict in ((8.5, Verdict.VERIFIED), (8.501, Verdict.VIOLATED)):
        ends = (replace(early, received_at_s=_OVER_S + 1), replace(late, received_at_s=_OVER_S + late_s))
        again = replace(early, received_at_s=_OVER_S + 20)
        found = judge_resolved_delivered(sorted_of(one, two, *ends, again))
        assert (found.outcome, found.actual) == (verdict, f"{late_s:.2f} s after inactive, to slack-1, email-1")


def test_an_end_that_one_destination_lacks_is_missing() -> None:
    """It is named; a failure on the way until the deadline excuses it, one after that does not."""
    one, two = (replace(_FIRING, destination=name) for name in ("slack-1", "email-1"))
    over = replace(_RESOLVED, destination="slack-1")
    found = judge_resolved_delivered(sorted_of(one, two, over))
    assert (found.outcome, found.actual) == (Verdict.VIOLATED, "none to email-1")
    for start_s, end_s, verdict in (
        (_OVER_S - 1, _OVER_S, Verdict.UNKNOWN),
        (_OVER_S - 1, _OVER_S - 0.1, Verdict.VIOLATED),
        (_OVER_S + 8.5, _OVER_S + 9, Verdict.UNKNOWN),
        (_OVER_S + 8.6, _OVER_S + 9, Verdict.VIOLATED),
    ):
        away = Disruption(component=Component.ALERTMANAGER, start_s=start_s, end_s=end_s, cause="was away")
        assert judge_resolved_delivered(sorted_of(one, two, over, disruptions=(away,))).outcome is verdict


def test_a_destination_without_an_address_is_the_only_one() -> None:
    """And nothing is nothing."""
    assert listed(["", "slack-1"]) == "its destination, slack-1"
    assert listed([]) == "nothing"


def test_where_nobody_listened_no_clause_about_notifications_is_judged() -> None:
    """A recording, or somebody's history: each says so, the rest is judged, and the whole is not VERIFIED."""
    judged = judge_life(replace(World().case(), delivery=None))
    clauses = {Clause.DELIVERED, Clause.RECEIVER, Clause.ANNOTATIONS, Clause.RESOLVED_DELIVERED}
    skipped = {one.clause: one.actual for one in judged.findings if one.outcome is Verdict.SKIPPED}
    assert skipped == dict.fromkeys(clauses, "not looked at: nobody listened to notifications here")
    assert {one.outcome for one in judged.findings if one.clause not in clauses} == {Verdict.VERIFIED}
    assert judged.verdict is Verdict.UNKNOWN
    assert (judged.observed.delivery_lag_s, judged.observed.resolved_delivery_lag_s) == (None, None)


def test_where_somebody_listened_and_nothing_came_that_is_the_reason() -> None:
    """Who got it, and with which texts, is not looked at then, and nobody is blamed twice."""
    nothing = sorted_of(replace(_FIRING, labels={"alertname": "Other"}))
    reason = "not looked at: nothing was delivered"
    assert [one(nothing).actual for one in (judge_receiver, judge_annotations)] == [reason, reason]
