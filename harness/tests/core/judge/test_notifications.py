"""Grouping: told together, in the promised groups, not too often; each way of breaking it is seen."""

from dataclasses import replace

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.judge.case import Component, Disruption
from harness.core.judge.finding import Clause
from harness.core.judge.notifications import judge_grouping
from harness.core.verdict import Verdict
from harness.tests.core.judge.told import (
    BOTH,
    CONFIG,
    CONFIGMAP,
    FIRED,
    KEPT,
    PROMISE,
    SECRET,
    TEAM,
    alert,
    call,
    case,
    finding,
)

ALONE = alert("Slow", controller="secret")


def test_two_instances_in_one_notification_keep_the_promise() -> None:
    """Every clause says what was seen, in documented time."""
    judgement = judge_grouping(case())
    assert (judgement.verdict, judgement.cause) == (Verdict.VERIFIED, "")
    assert [one.actual for one in judgement.findings] == [
        "2 notifications about 1 groups",
        '2 alerts in one notification about {alertname="QueueDeep"}',
        "10m (10.00 s) at least, between 1 pairs",
    ]
    assert judgement.promise == "Alerts of one group arrive in one notification, grouped by alertname"


@pytest.mark.parametrize(
    ("deliveries", "clause", "actual"),
    [
        (
            [*call(0.5, SECRET, group={"name": "secret"}), *call(0.5, CONFIGMAP, group={"name": "configmap"})],
            Clause.GROUPED_BY,
            "was told in the group",
        ),
        (
            [*call(0.5, *BOTH), *call(5.5, SECRET)],
            Clause.TOGETHER,
            '1 of 2 alerts left out of {alertname="QueueDeep"}',
        ),
        ([*call(0.5, SECRET), *call(1.5, *BOTH)], Clause.SPACED, "1m (1.00 s) at least, between 1 pairs"),
    ],
    ids=["one-group-per-instance", "left-out", "at-once-again"],
)
def test_what_breaks_grouping_is_told(deliveries: list[Delivery], clause: Clause, actual: str) -> None:
    """A group of its own for each, one left out, a second call before the interval is over."""
    judgement = judge_grouping(case(*deliveries))
    assert (judgement.verdict, finding(judgement, clause).outcome) == (Verdict.VIOLATED, Verdict.VIOLATED)
    assert actual in finding(judgement, clause).actual
    assert judgement.cause.startswith(f"{clause}: ")


@pytest.mark.parametrize(
    ("config", "actual"),
    [
        (CONFIG.replace("[alertname]", "[alertname, name]"), "the route groups by alertname, name"),
        (CONFIG.replace("group_by: [alertname]", ""), "the route groups by no label: all alerts together"),
        (CONFIG.replace("kubemirror-team", "other-team"), "there is none"),
    ],
    ids=["by-more", "by-nothing", "no-route"],
)
def test_a_route_that_groups_otherwise_breaks_the_promise(config: str, actual: str) -> None:
    """The loaded route is held against the documentation, whatever was told."""
    judgement = judge_grouping(case(config=config))
    assert judgement.verdict is Verdict.VIOLATED
    assert finding(judgement, Clause.GROUPED_BY).actual == actual


def test_without_a_promise_the_route_is_held_to_itself() -> None:
    """Nothing documented: what was told must be grouped as the route says."""
    free = replace(PROMISE, group_by=None)
    judgement = judge_grouping(case(promise=free))
    assert (judgement.verdict, finding(judgement, Clause.GROUPED_BY).expected) == (
        Verdict.VERIFIED,
        "groups by alertname",
    )
    assert judgement.promise == "Alerts of one group arrive in one notification"


@pytest.mark.parametrize(
    ("deliveries", "clause"),
    [
        ([*call(0.5, ALONE), *call(10.5, resolved=(ALONE,))], Clause.TOGETHER),
        (call(0.5, *BOTH), Clause.SPACED),
        ([*call(0.5, *BOTH), *call(5.5, resolved=BOTH), *call(6.5, *BOTH)], None),
        (call(0.5, *BOTH, receiver="others"), Clause.GROUPED_BY),
    ],
    ids=["nobody-beside", "told-once", "a-new-group", "told-elsewhere"],
)
def test_what_was_not_seen_is_not_claimed(deliveries: list[Delivery], clause: Clause | None) -> None:
    """One alert alone, one notification alone, nothing: unknown; a group that began anew owes no interval."""
    judgement = judge_grouping(case(*deliveries))
    assert judgement.verdict is (Verdict.VERIFIED if clause is None else Verdict.UNKNOWN)
    assert clause is None or finding(judgement, clause).outcome is Verdict.UNKNOWN


@pytest.mark.parametrize("place", [Component.ALERTMANAGER, Component.RECEIVER, Component.MACHINE])
def test_a_failure_of_the_place_excuses(place: Component) -> None:
    """A restart forgets what was told; a stall brings two calls close together."""
    disruption = Disruption(component=place, start_s=FIRED + 1, end_s=FIRED + 2, cause="stood still")
    for deliveries in ([*call(0.5, *BOTH), *call(5.5, SECRET)], [*call(0.5, *BOTH), *call(1.5, *BOTH)]):
        judgement = judge_grouping(case(*deliveries, disruptions=(disruption,)))
        assert (judgement.verdict, "stood still" in judgement.cause) == (Verdict.UNKNOWN, True)
    elsewhere = Disruption(component=Component.PROMETHEUS, start_s=FIRED, end_s=FIRED + 9, cause="stood still")
    assert (
        judge_grouping(case(*call(0.5, *BOTH), *call(1.5, *BOTH), disruptions=(elsewhere,))).verdict is Verdict.VIOLATED
    )


def test_a_limited_call_leaves_out_without_fault() -> None:
    """It says how many it left out."""
    deliveries = [*call(0.5, *BOTH), *call(5.5, SECRET, truncated=1)]
    assert judge_grouping(case(*deliveries)).verdict is Verdict.VERIFIED


def test_calls_of_several_destinations_are_paired() -> None:
    """Each destination is told on its own; what seems left out may be an overtaken call."""
    config = CONFIG.replace("kubemirror-team, webhook_configs: [{}]", "kubemirror-team, webhook_configs: [{}, {}]")
    twice = [*KEPT, *call(0.6, *BOTH), *call(10.6, resolved=BOTH)]
    assert judge_grouping(case(*twice, config=config)).verdict is Verdict.VERIFIED
    overtaken = judge_grouping(case(*call(0.5, *BOTH), *call(0.6, SECRET), *call(5.6, *BOTH), config=config))
    assert "2 destinations" in finding(overtaken, Clause.TOGETHER).actual
    assert finding(overtaken, Clause.TOGETHER).outcome is Verdict.UNKNOWN


def test_two_routes_with_timers_of_their_own_are_not_told_apart() -> None:
    """Which of them told what cannot be seen at the receiver."""
    nested = "continue: true\n      routes: [{matchers: [severity=critical], group_interval: 1s}]"
    judgement = judge_grouping(case(config=CONFIG.replace("continue: true", nested, 1)))
    assert (judgement.verdict, "timers of their own" in judgement.cause) == (Verdict.UNKNOWN, True)


def test_destinations_that_are_named_are_told_apart() -> None:
    """Each on its own: what one of them was told is no repetition to another, and no call overtakes another's."""
    config = CONFIG.replace("kubemirror-team, webhook_configs: [{}]", "kubemirror-team, webhook_configs: [{}, {}]")
    first = [replace(one, destination="slack-1") for one in KEPT if one.receiver == TEAM]
    second = [replace(one, destination="webhook-1", received_at_s=one.received_at_s + 0.1) for one in first]
    judgement = judge_grouping(case(*first, *second, config=config))
    assert judgement.verdict is Verdict.VERIFIED
    assert finding(judgement, Clause.GROUPED_BY).actual == "4 notifications about 1 groups"
    left_out = [replace(one, destination="slack-1") for one in (*call(0.5, *BOTH), *call(5.5, SECRET))]
    assert finding(judge_grouping(case(*left_out, config=config)), Clause.TOGETHER).outcome is Verdict.VIOLATED


def test_who_is_told_of_no_ends_misses_none() -> None:
    """An alert that ended is left out of the next notification without having been told as resolved."""
    told = [*call(0.5, *BOTH), *call(5.5, SECRET)]
    deaf = [replace(one, destination="slack-1", ends_told=False) for one in told]
    assert finding(judge_grouping(case(*deaf)), Clause.TOGETHER).outcome is Verdict.VERIFIED


def test_a_group_may_be_told_of_again_as_early_as_sending_may_be_late() -> None:
    """Its interval of 5 s less 2 s that the first may have taken."""
    for at_s, verdict in ((3.5, Verdict.VERIFIED), (3.4, Verdict.VIOLATED)):
        judgement = judge_grouping(case(*call(0.5, *BOTH), *call(at_s, *BOTH)))
        assert finding(judgement, Clause.SPACED).outcome is verdict


def test_a_trouble_excuses_a_notification_that_it_touches() -> None:
    """By its first and its last instant as well."""
    for start_s, end_s, excused in (
        (FIRED - 1, FIRED, True),
        (FIRED + 5, FIRED + 6, True),
        (FIRED + 5.1, FIRED + 6, False),
    ):
        disruption = Disruption(component=Component.RECEIVER, start_s=start_s, end_s=end_s, cause="was away")
        assert bool(case(disruptions=(disruption,)).disruption(FIRED, FIRED + 5)) is excused


def test_where_nothing_is_promised_about_groups_the_loaded_ones_are_expected() -> None:
    """By name; a promise is expected as it is."""
    unsaid = judge_grouping(case(promise=replace(PROMISE, group_by=None)))
    assert finding(unsaid, Clause.GROUPED_BY).expected == "groups by alertname"
    other = judge_grouping(case(promise=replace(PROMISE, group_by=("name",))))
    assert finding(other, Clause.GROUPED_BY).expected == "groups by name"
