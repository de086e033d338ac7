"""Identity: a promise finds its rule among those of one name, and a label set its rule."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.core.contract.model import AlertPromise
from harness.core.rules.file import parse_rules
from harness.core.rules.identity import (
    AmbiguousRuleError,
    Owner,
    RuleIdentity,
    no_such_rule,
    ownership,
    rules_of,
    unpromised,
    written_rules,
)
from harness.tests.core.judge.world import PROMISE

_BURN = """
groups:
- name: fast
  labels: {team: shop}
  rules:
  - {record: "burn:5m", expr: vector(1)}
  - {alert: BudgetBurn, expr: "burn:5m > 14", for: 2m, labels: {severity: critical}}
- name: slow
  rules:
  - {alert: BudgetBurn, expr: "max_over_time(burn:5m[1h]) > 5", for: 1h, labels: {severity: warning}}
"""
_RULES = written_rules(parse_rules(_BURN, "burn.yaml").groups, "burn.yaml")
_FAST, _SLOW = _RULES


def _promise(name: str, *, alert: str = "BudgetBurn", group: str = "", **labels: str) -> AlertPromise:
    return replace(PROMISE, name=name, of_alert=alert, group=group, severity=labels.get("severity", ""), labels=labels)


def _rule(group: str, position: int = 1, /, **labels: str) -> RuleIdentity:
    return RuleIdentity(alert="BudgetBurn", group=group, position=position, labels=labels)


def _found(promises: list[AlertPromise], rules: list[RuleIdentity]) -> Mapping[str, tuple[str, int] | None]:
    return {
        name: None if rule is None else (rule.group, rule.position) for name, rule in rules_of(promises, rules).items()
    }


def test_a_rule_is_its_file_group_and_position() -> None:
    """The group's labels are the rule's, and the position counts every rule of the group."""
    assert _FAST.key == ("burn.yaml", "fast", 2)
    assert _FAST.labels == {"team": "shop", "severity": "critical"}
    assert str(_SLOW) == 'group slow, rule 1, line 10: {severity="warning"}'
    assert str(_rule("a")) == "group a, rule 1: {}"


def test_what_stands_in_the_named_group_is_the_rule_whatever_its_labels() -> None:
    """Severities that were exchanged are wrong labels, and no missing rules."""
    promises = [_promise("fast", group="a", severity="critical"), _promise("slow", group="b", severity="warning")]
    rules = [_rule("a", severity="warning"), _rule("b", severity="critical"), _rule("c", severity="info")]
    assert _found(promises, rules) == {"fast": ("a", 1), "slow": ("b", 1)}
    crowded = [*rules, _rule("a", 2, severity="warning")]
    assert _found(promises, crowded) == {"fast": None, "slow": ("b", 1)}


def test_two_promises_find_the_two_rules_of_one_name() -> None:
    """By their severities, in whatever order the contract has them."""
    fast, slow = _promise("fast", severity="critical"), _promise("slow", severity="warning")
    assert rules_of([slow, fast], _RULES) == {"slow": _SLOW, "fast": _FAST}
    assert unpromised([slow, fast], _RULES) == ()


def test_the_only_rule_of_a_name_is_meant_whatever_its_labels() -> None:
    """A wrong severity is a broken promise, not a missing rule."""
    assert _found([_promise("slow", severity="info", group="none")], [_SLOW]) == {"slow": ("slow", 1)}


def test_the_sibling_that_no_promise_names_is_told() -> None:
    """It is undocumented, and never judged by the other's promise."""
    assert unpromised([_promise("slow", severity="warning")], _RULES) == (_FAST,)


@pytest.mark.parametrize(
    ("promises", "rules", "found"),
    [
        pytest.param(
            [_promise("p", severity="info")],
            [_rule("a", severity="page"), _rule("b")],
            {"p": ("b", 1)},
            id="a-rule-that-contradicts-is-not-meant",
        ),
        pytest.param(
            [_promise("p", severity="info")],
            [_rule("a", severity="page"), _rule("b", severity="warning")],
            {"p": None},
            id="neither-of-two",
        ),
        pytest.param(
            [_promise("p", severity="page"), _promise("q", severity="info")],
            [_rule("a", severity="page"), _rule("b", severity="warning")],
            {"p": ("a", 1), "q": ("b", 1)},
            id="what-is-left-of-both-belongs-together",
        ),
        pytest.param(
            [_promise("p", severity="page"), _promise("q", severity="info")],
            [_rule("a", severity="page")],
            {"p": ("a", 1), "q": None},
            id="a-rule-that-was-deleted",
        ),
        pytest.param(
            [_promise("p", severity="page"), _promise("q", severity="page", window="1h")],
            [_rule("a", severity="page"), _rule("a", 2, severity="page", window="1h")],
            {"p": ("a", 1), "q": ("a", 2)},
            id="the-one-that-says-no-more-than-documented",
        ),
        pytest.param(
            [_promise("p", severity="page"), _promise("q", severity="page", window="1h")],
            [_rule("a", severity="page")],
            {"p": ("a", 1), "q": None},
            id="of-two-that-claim-one-the-better-fit",
        ),
        pytest.param(
            [_promise("p", group="b", severity="page")],
            [_rule("a", severity="page"), _rule("b", severity="page")],
            {"p": ("b", 1)},
            id="by-the-group-where-labels-do-not-tell",
        ),
        pytest.param(
            [_promise("p", severity="page"), _promise("q", severity="page", group="b")],
            [_rule("a", severity="page"), _rule("b", severity="page")],
            {"p": ("a", 1), "q": ("b", 1)},
            id="the-one-that-the-other-left",
        ),
        pytest.param(
            [_promise("p", severity="page")],
            [_rule("a", severity="{{ $labels.s }}"), _rule("b", severity="info")],
            {"p": ("a", 1)},
            id="a-template-contradicts-nothing",
        ),
        pytest.param([_promise("p", severity="page")], [], {"p": None}, id="none-at-all"),
        pytest.param(
            [_promise("p", severity="a"), _promise("q", severity="b")],
            [_rule("g", severity="c")],
            {"p": None, "q": None},
            id="two-for-one-and-neither-fits",
        ),
    ],
)
def test_a_promise_finds_its_rule(
    promises: list[AlertPromise], rules: list[RuleIdentity], found: Mapping[str, tuple[str, int] | None]
) -> None:
    """By labels first, by group where these do not tell, by what is left in the end."""
    assert _found(promises, rules) == found
    assert _found(promises, rules[::-1]) == found


def test_what_stays_ambiguous_is_refused_with_the_rules_and_their_places() -> None:
    """Nobody guesses which of two is meant."""
    with pytest.raises(AmbiguousRuleError) as refused:
        rules_of([_promise("p", severity="page")], [_rule("a", severity="page"), _rule("b", severity="page")])
    assert "'p' may mean any of 2 rules of alert BudgetBurn" in refused.value.what
    assert 'group a, rule 1: {severity="page"}\n       group b, rule 1' in refused.value.why
    assert refused.value.fix.endswith("or with its group: `group: a`")


def test_two_rules_of_one_group_that_write_the_same_series_are_refused() -> None:
    """Prometheus and Alertmanager take what they do for one alert's, whatever a contract names."""
    rules = [_rule("a", 1, severity="page"), _rule("a", 2, severity="page"), _rule("b", severity="page")]
    for promise in (_promise("p", severity="page"), _promise("p", severity="page", group="a")):
        with pytest.raises(AmbiguousRuleError) as refused:
            rules_of([promise], rules)
        assert "Prometheus writes one ALERTS series for both" in refused.value.fix


def test_rules_of_one_group_that_a_label_tells_apart_are_told_by_it() -> None:
    """The group is no help there."""
    rules = [_rule("a", 1, severity="page", tier="x"), _rule("a", 2, severity="page", tier="y")]
    with pytest.raises(AmbiguousRuleError) as refused:
        rules_of([_promise("p", severity="page")], rules)
    assert refused.value.fix.endswith("and the severity and labels of its rule")


def test_what_there_is_instead_is_told() -> None:
    """For somebody who wonders why a rule is not found."""
    assert no_such_rule(_promise("p", severity="info"), []) == "no rule of alert BudgetBurn is loaded"
    assert no_such_rule(_promise("p", severity="info"), [_FAST]).endswith(
        'with severity="info" is loaded; there is group fast, rule 2, line 7: {severity="critical", team="shop"}'
    )


def _labels(**labels: str) -> dict[str, str]:
    return {"alertname": "BudgetBurn", **labels}


@pytest.mark.parametrize(
    ("rule", "others", "labels", "owner"),
    [
        pytest.param(_SLOW, [_FAST], _labels(severity="warning"), Owner.MINE, id="mine"),
        pytest.param(_SLOW, [_FAST], _labels(severity="critical", team="shop"), Owner.OTHER, id="the-siblings"),
        pytest.param(_SLOW, [_FAST], {"alertname": "Another", "severity": "warning"}, Owner.OTHER, id="another-alert"),
        pytest.param(_SLOW, [], _labels(severity="odd"), Owner.MINE, id="alone-whatever-its-labels"),
        pytest.param(_SLOW, [_FAST], _labels(severity="odd"), Owner.MINE, id="nobodys-is-everybodys"),
        pytest.param(_SLOW, [_FAST], _labels(team="shop"), Owner.OTHER, id="a-label-lost-on-the-way"),
        pytest.param(None, [_FAST], _labels(severity="critical", team="shop"), Owner.OTHER, id="no-rule-of-mine"),
        pytest.param(None, [_FAST], _labels(severity="warning"), Owner.MINE, id="no-rule-and-nobodys"),
        pytest.param(_rule("a", s="w"), [_rule("b", s="w")], _labels(s="w"), Owner.EITHER, id="twins"),
        pytest.param(_rule("a", s="w"), [_rule("b", s="w", t="x")], _labels(s="w", t="x"), Owner.OTHER, id="says-more"),
        pytest.param(_rule("a", s="w"), [_rule("b", s="w", t="x")], _labels(s="w"), Owner.MINE, id="says-less"),
        pytest.param(
            _rule("a", s="w", v="{{ $value }}"), [_rule("b", s="w")], _labels(s="w", v="1"), Owner.MINE, id="template"
        ),
        pytest.param(_rule("a", s=""), [_rule("b", s="w")], _labels(), Owner.MINE, id="an-empty-value-is-no-label"),
    ],
)
def test_a_label_set_has_its_rule(
    rule: RuleIdentity | None, others: list[RuleIdentity], labels: Mapping[str, str], owner: Owner
) -> None:
    """By the labels that each rule sets on all that it makes."""
    rules = [*others, *([rule] if rule else [])]
    assert ownership(_promise("p"), rule, rules).of(labels) is owner
