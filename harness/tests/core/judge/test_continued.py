"""Passing on: a later route is told as well, or is not; whose word that is, is said."""

from dataclasses import replace

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.judge.case import Component, Disruption
from harness.core.judge.continued import judge_continue
from harness.core.judge.finding import Clause
from harness.core.verdict import Verdict
from harness.tests.core.judge.told import (
    BOTH,
    CONFIG,
    ENDED,
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

#: without an operator: Alertmanager's own configuration
PLAIN = CONFIG.replace("kubemirror-system/kubemirror/", "")


def test_a_later_route_that_is_told_as_well_keeps_the_promise() -> None:
    """And the operator's part in it is named."""
    judgement = judge_continue(case())
    assert (judgement.verdict, judgement.cause) == (Verdict.VERIFIED, "")
    assert judgement.promise == "Routes behind that to kubemirror-team see its alerts"
    assert "the Prometheus Operator sets it" in finding(judgement, Clause.CONTINUE).actual
    assert finding(judgement, Clause.SEEN_BEHIND).actual == "all 2 alerts were told there too"


def test_where_no_operator_speaks_none_is_named() -> None:
    """A route of Alertmanager's own configuration stands by its own word."""
    judgement = judge_continue(case(config=PLAIN))
    assert (judgement.verdict, finding(judgement, Clause.CONTINUE).actual) == (
        Verdict.VERIFIED,
        "continue: true as loaded",
    )


def test_a_route_that_keeps_its_alerts_breaks_the_promise() -> None:
    """Told by the loaded route and by the silence behind it, each on its own."""
    judgement = judge_continue(
        case(
            *[one for one in KEPT if one.receiver == TEAM], config=PLAIN.replace("continue: true", "continue: false", 1)
        )
    )
    assert [one.outcome for one in judgement.findings] == [Verdict.VIOLATED, Verdict.VIOLATED]
    assert finding(judgement, Clause.CONTINUE).actual == "continue: false as loaded"


def test_one_alert_that_is_kept_back_breaks_the_promise() -> None:
    """Although the other came through."""
    deliveries = [*call(0.5, *BOTH), *call(0.5, SECRET, receiver=PROBE)]
    told = finding(judge_continue(case(*deliveries)), Clause.SEEN_BEHIND)
    assert (told.outcome, 'name="configmap"' in told.actual) == (Verdict.VIOLATED, True)


def test_what_counts_is_where_the_ways_part() -> None:
    """A route below the top one may end its own branch; others at the top still see the alert."""
    below = "continue: true\n      routes: [{receiver: inner, continue: false}]"
    promise = replace(PROMISE, receiver="inner")
    deliveries = [replace(one, receiver="inner" if one.receiver == TEAM else one.receiver) for one in KEPT]
    config = CONFIG.replace("continue: true", below, 1)
    judgement = judge_continue(case(*deliveries, promise=promise, config=config))
    assert judgement.verdict is Verdict.VERIFIED
    beside = """
      continue: true
      routes:
        - {receiver: inner, continue: false}
        - {receiver: onlooker}"""
    inside = CONFIG.replace("continue: true", beside, 1).replace("zz/onlooker", "zz/other")
    judgement = judge_continue(case(*deliveries, promise=promise, config=inside))
    assert finding(judgement, Clause.CONTINUE).outcome is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("middle", "inner", "behind", "verdict"),
    [
        pytest.param(True, False, "beside-the-middle", Verdict.VERIFIED, id="the-middle-one-continues"),
        pytest.param(False, True, "beside-the-middle", Verdict.VIOLATED, id="the-middle-one-ends-it"),
        pytest.param(False, True, "beside-the-inner", Verdict.VERIFIED, id="the-inner-one-continues"),
        pytest.param(True, False, "beside-the-inner", Verdict.VIOLATED, id="the-inner-one-ends-it"),
    ],
)
def test_of_nested_routes_the_one_beside_the_later_route_decides(
    middle: bool, inner: bool, behind: str, verdict: Verdict
) -> None:
    """However deep both stand: what is above is passed by both, what is below ends nothing above."""
    nested = f"""
      continue: true
      routes:
        - receiver: middle
          continue: {str(middle).lower()}
          routes:
            - {{receiver: inner, continue: {str(inner).lower()}}}
            - {{receiver: beside-the-inner}}
        - {{receiver: beside-the-middle}}"""
    config = CONFIG.replace("continue: true", nested, 1)
    judgement = judge_continue(case(promise=replace(PROMISE, receiver="inner"), config=config, probe_route=behind))
    assert finding(judgement, Clause.CONTINUE).outcome is verdict


@pytest.mark.parametrize(
    ("changes", "actual"),
    [
        ({"deliveries": tuple(call(0.5, *BOTH, receiver=PROBE))}, "kubemirror-team was told of nothing"),
        ({"deliveries": tuple(call(0.5, *BOTH)), "end_s": FIRED + 2}, "was not watched, for longer"),
        (
            {"deliveries": (*call(9.0, SECRET), *call(14.0, resolved=(SECRET,)))},
            "it did not fire, or was not watched, for longer",
        ),
        (
            {
                "deliveries": tuple(call(0.5, *BOTH)),
                "disruptions": (
                    Disruption(component=Component.RECEIVER, start_s=FIRED, end_s=ENDED, cause="was away"),
                ),
            },
            "the receiver was away",
        ),
        ({"probe_route": "nobody"}, "it is not loaded"),
    ],
    ids=["nothing-told", "not-watched", "over-too-soon", "trouble", "not-loaded"],
)
def test_what_was_not_seen_is_not_claimed(changes: dict[str, object], actual: str) -> None:
    """Silence behind the route has other causes than the route."""
    judgement = judge_continue(case(**changes))  # type: ignore[arg-type]  # a test's shorthand
    told = finding(judgement, Clause.SEEN_BEHIND)
    assert (judgement.verdict, told.outcome) == (Verdict.UNKNOWN, Verdict.UNKNOWN)
    assert actual in told.actual


def test_an_onlooker_in_front_proves_nothing() -> None:
    """It sees every alert, whatever the other route says."""
    first, second = "kubemirror/kubemirror-team", "zz/onlooker"
    swapped = CONFIG.replace(first, "x").replace(second, first).replace("system/x\n", f"system/{second}\n")
    told = finding(judge_continue(case(config=swapped)), Clause.SEEN_BEHIND)
    assert (told.outcome, "does not stand behind" in told.actual) == (Verdict.UNKNOWN, True)


@pytest.mark.parametrize(
    ("config", "deliveries", "verdict"),
    [
        (PLAIN.replace("continue: true", "continue: false", 1), call(0.5, *BOTH), Verdict.VERIFIED),
        (PLAIN.replace("continue: true", "continue: false", 1), list(KEPT), Verdict.VIOLATED),
        (CONFIG, call(0.5, *BOTH), Verdict.VIOLATED),
    ],
    ids=["kept", "passed-on", "says-otherwise"],
)
def test_a_route_documented_to_keep_its_alerts_must(config: str, deliveries: list[Delivery], verdict: Verdict) -> None:
    """The contract decides which of the two is the promise."""
    keeps = replace(PROMISE, continues=False)
    assert judge_continue(case(*deliveries, promise=keeps, config=config)).verdict is verdict


def test_without_an_onlooker_the_loaded_route_is_all_there_is() -> None:
    """One finding, and no claim about anybody behind."""
    assert [one.clause for one in judge_continue(case(probe_route="")).findings] == [Clause.CONTINUE]


def test_a_route_that_is_not_there_passes_nothing_on() -> None:
    """That is the violation."""
    judgement = judge_continue(case(config=CONFIG.replace(TEAM, "other")))
    assert (judgement.verdict, judgement.findings[0].actual) == (Verdict.VIOLATED, "there is none")


def test_the_promise_is_told_by_its_own_word() -> None:
    """What is documented, what is expected behind it; either way."""
    seen = judge_continue(case())
    assert finding(seen, Clause.CONTINUE).expected == "continue: true"
    assert finding(seen, Clause.CONTINUE).actual.startswith("continue: true as loaded; the Prometheus Operator sets it")
    assert finding(seen, Clause.SEEN_BEHIND).expected == "a later route is told of what kubemirror-team is told of"
    kept = judge_continue(case(promise=replace(PROMISE, continues=False)))
    assert kept.promise == "Routes behind that to kubemirror-team miss its alerts"
    assert finding(kept, Clause.CONTINUE).expected == "continue: false"
    assert finding(kept, Clause.SEEN_BEHIND).expected == "a later route is not told of what kubemirror-team is told of"


@pytest.mark.parametrize(("end_s", "verdict"), [(3.5, Verdict.VIOLATED), (3.49, Verdict.UNKNOWN)])
def test_a_later_route_has_its_timers_and_the_way_to_be_told(end_s: float, verdict: Verdict) -> None:
    """The onlooker's interval of 1 s and 2 s of sending, from when the first was told."""
    told = [one for one in KEPT if one.receiver == TEAM and one.status == "firing"]
    judgement = judge_continue(case(*told, end_s=FIRED + end_s))
    assert finding(judgement, Clause.SEEN_BEHIND).outcome is verdict
    ended = [replace(one, status="resolved", ends_at_s=FIRED + end_s) for one in told]
    judgement = judge_continue(case(*told, *ended, end_s=FIRED + 100))
    assert finding(judgement, Clause.SEEN_BEHIND).outcome is verdict


@pytest.mark.parametrize("ended_s", [-1.0, 0.0])
def test_the_end_of_a_former_life_is_not_the_end_of_this_one(ended_s: float) -> None:
    """The same alert fired before: that it was over then is no reason why nobody behind was told now."""
    told = [one for one in KEPT if one.receiver == TEAM and one.status == "firing"]
    former = [replace(one, status="resolved", starts_at_s=FIRED - 9, ends_at_s=FIRED + ended_s) for one in told]
    judgement = judge_continue(case(*former, *told))
    assert finding(judgement, Clause.SEEN_BEHIND).outcome is Verdict.VIOLATED
