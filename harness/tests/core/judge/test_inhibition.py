"""Muting: rules between documented alerts break the promise, those of the chart do not; silence is not agreement."""

import pytest

from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.inhibition import InhibitRule, SidedAlert, inhibit_rules
from harness.core.judge.case import Component, Disruption
from harness.core.judge.finding import Clause
from harness.core.judge.inhibition import judge_inhibition
from harness.core.verdict import Verdict
from harness.tests.core.judge.told import FIRED, PROBE, alert, call, case, finding

#: the first is the chart's own
RULES = inhibit_rules(
    """
inhibit_rules:
- {source_matchers: [severity="critical"], target_matchers: [severity=~"warning|info"], equal: [namespace, alertname]}
- {source_matchers: [alertname="Down"], target_matchers: [severity="warning"], equal: [namespace]}
"""
)
DOWN, DEEP = {**alert("Down"), "severity": "critical"}, alert("QueueDeep", name="secret")


def sided(index: int = 0) -> list[SidedAlert]:
    """Both alerts, on the sides of the rule with this index that they are on."""
    return [
        SidedAlert(labels=DOWN, sources=frozenset({index}), targets=frozenset()),
        SidedAlert(labels=DEEP, sources=frozenset(), targets=frozenset({index})),
    ]


def test_a_rule_that_asks_for_the_same_name_mutes_nobody() -> None:
    """Which is what the chart's own rules do."""
    judgement = judge_inhibition(RULES[:1], sided())
    assert (judgement.verdict, judgement.findings[0].actual) == (
        Verdict.VERIFIED,
        "1 rules loaded, 1 of them about documented alerts, which they hold to the same alertname",
    )
    assert judge_inhibition(RULES, sided()).findings[0].actual.startswith("2 rules loaded, 1 of them about documented")
    assert judge_inhibition((), sided()).findings[0].actual == "0 rules loaded"


def test_a_rule_between_two_documented_alerts_breaks_the_promise() -> None:
    """Source, target and rule are named."""
    judgement = judge_inhibition(RULES, sided(1))
    assert judgement.verdict is Verdict.VIOLATED
    assert judgement.findings[0].actual == (
        'Down mutes QueueDeep: {alertname="Down"} mutes {severity="warning"} of equal namespace'
    )


def test_a_rule_by_which_others_may_mute_is_not_decided() -> None:
    """Whether they ever fire is not the subject's business to prove."""
    stranger = [SidedAlert(labels=DEEP, sources=frozenset(), targets=frozenset({1}))]
    judgement = judge_inhibition(RULES, stranger)
    assert (judgement.verdict, "somebody else may mute QueueDeep" in judgement.cause) == (Verdict.UNKNOWN, True)


def test_alerts_that_fire_together_are_all_told() -> None:
    """Critical and warning at the same time."""
    judgement = judge_inhibition((), sided(), case(*call(0.5, DOWN), *call(0.6, DEEP)), fired=(DOWN, DEEP))
    assert (judgement.verdict, finding(judgement, Clause.TOLD_TOGETHER).actual) == (
        Verdict.VERIFIED,
        "all of them: critical, warning",
    )


@pytest.mark.parametrize(
    "deliveries",
    [
        call(0.5, DOWN),
        [*call(0.5, DOWN), *call(0.5, DEEP, receiver=PROBE)],
        [*call(1, DOWN), *call(9, resolved=(DEEP,))],
    ],
    ids=["kept-back", "told-elsewhere", "only-its-end"],
)
def test_an_alert_that_is_kept_back_breaks_the_promise(deliveries: list[Delivery]) -> None:
    """Told means told as firing, to the documented receiver."""
    judgement = judge_inhibition((), sided(), case(*deliveries), fired=(DOWN, DEEP))
    told = finding(judgement, Clause.TOLD_TOGETHER)
    assert told.outcome is Verdict.VIOLATED
    assert told.actual.startswith('{alertname="QueueDeep", ')
    assert told.actual.endswith("} was not")


def test_nobody_told_counts_everybody() -> None:
    """The first is named, the others are counted; a failure of the place excuses it."""
    disruption = Disruption(component=Component.ALERTMANAGER, start_s=FIRED, end_s=FIRED + 1, cause="was restarted")
    whole = case(*call(0.5, DEEP, receiver=PROBE), disruptions=(disruption,))
    told = finding(judge_inhibition((), sided(), whole, fired=(DOWN, DEEP)), Clause.TOLD_TOGETHER)
    assert (told.outcome, "was not, nor 1 more; Alertmanager was restarted" in told.actual) == (Verdict.UNKNOWN, True)


def test_one_alert_alone_says_nothing_about_inhibition() -> None:
    """The loaded rules are all there is to judge."""
    judgement = judge_inhibition((), sided(), case(*call(0.5, DOWN)), fired=(DOWN,))
    assert [one.clause for one in judgement.findings] == [Clause.MUTING_RULES]


GRAVE = {**DEEP, "severity": "critical"}
#: two rules of one alert: while the graver fires, the milder is not told
SEVERITIES = [
    SidedAlert(labels=GRAVE, sources=frozenset({0}), targets=frozenset()),
    SidedAlert(labels=DEEP, sources=frozenset(), targets=frozenset({0})),
]


def test_the_graver_rule_of_one_alert_keeps_no_alert_from_being_told() -> None:
    """The same alert is told, as critical; what is told of a third alert is asked for as ever."""
    told = case(*call(0.5, GRAVE), *call(0.6, DOWN))
    judgement = judge_inhibition(RULES[:1], [*SEVERITIES, sided()[0]], told, fired=(GRAVE, DEEP, DOWN))
    assert judgement.verdict is Verdict.VERIFIED, judgement.cause
    silent = judge_inhibition(RULES[:1], [*SEVERITIES, sided()[0]], told, fired=(DEEP, DOWN))
    assert finding(silent, Clause.TOLD_TOGETHER).outcome is Verdict.VIOLATED


@pytest.mark.parametrize(
    ("rules", "alerts", "fired"),
    [
        pytest.param(RULES, sided(1), (DOWN, DEEP), id="muted-by-another-alert"),
        pytest.param((), SEVERITIES, (GRAVE, DEEP, DOWN), id="no-rule-mutes-the-milder"),
    ],
)
def test_only_a_rule_of_the_same_alert_that_mutes_it_is_told_instead(
    rules: tuple[InhibitRule, ...], alerts: list[SidedAlert], fired: tuple[dict[str, str], ...]
) -> None:
    """Another alert that mutes it tells something else, and a graver one that does not mute it is told beside it."""
    told = case(*(one for labels in fired if labels is not DEEP for one in call(0.5, labels)))
    judgement = judge_inhibition(rules, alerts, told, fired=fired)
    assert finding(judgement, Clause.TOLD_TOGETHER).outcome is Verdict.VIOLATED
