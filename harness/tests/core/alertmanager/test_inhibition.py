"""Inhibition: what a rule says, which sides an alert is on, and when one alert mutes another."""

import json

import pytest

from harness.core.alertmanager.inhibition import InhibitionError, SidedAlert, inhibit_rules, mutes, probe

_CONFIG = """
inhibit_rules:
- source_matchers: [severity="critical"]
  target_matchers: [severity=~"warning|info"]
  equal: [namespace, alertname]
- target_match: {alertname: InfoInhibitor}
  target_match_re: {severity: in.*}
- source_match: {team: a}
  target_matchers: [team="b"]
  equal: []
"""


def test_rules_are_read_in_every_spelling() -> None:
    """Matchers, and the two older maps; a side that says nothing matches everything."""
    assert [str(rule) for rule in inhibit_rules(_CONFIG)] == [
        '{severity="critical"} mutes {severity=~"warning|info"} of equal namespace, alertname',
        '{} mutes {alertname="InfoInhibitor", severity=~"in.*"}',
        '{team="a"} mutes {team="b"}',
    ]
    assert inhibit_rules("route: {receiver: a}") == ()


@pytest.mark.parametrize("text", ["[", "- a", "inhibit_rules: [{equal: 3}]"])
def test_what_cannot_be_read_is_not_guessed(text: str) -> None:
    """No configuration is not a configuration without rules."""
    with pytest.raises(InhibitionError, match="cannot be read"):
        inhibit_rules(text)


def test_every_side_is_a_route_of_the_probe() -> None:
    """All of them are tried, whatever matched before."""
    found = json.loads(probe(inhibit_rules(_CONFIG)))
    assert found["route"]["receiver"] == "neither"
    assert [route["receiver"] for route in found["route"]["routes"]] == [
        f"{side}-{index}" for index in range(3) for side in ("source", "target")
    ]
    assert found["route"]["routes"][3] == {
        "receiver": "target-1",
        "continue": True,
        "match": {"alertname": "InfoInhibitor"},
        "match_re": {"severity": "in.*"},
        "matchers": [],
    }
    assert len(found["receivers"]) == 7


def test_an_alert_on_no_side_is_on_none() -> None:
    """The probe's root answers for it."""
    alert = SidedAlert.of({"a": "b"}, ("neither",))
    assert (alert.sources, alert.targets) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("source", "target", "muted"),
    [
        ({"receivers": ["source-0"]}, {"receivers": ["target-0"]}, True),
        ({"receivers": ["source-0"]}, {"receivers": ["target-1"]}, False),
        ({"receivers": ["target-0"]}, {"receivers": ["target-0"]}, False),
        ({"receivers": ["source-0"], "alertname": "B"}, {"receivers": ["target-0"]}, False),
        ({"receivers": ["source-0"], "namespace": "n"}, {"receivers": ["target-0"]}, False),
        ({"receivers": ["source-0"], "namespace": ""}, {"receivers": ["target-0"]}, True),
        ({"receivers": ["source-0", "target-0"]}, {"receivers": ["source-0", "target-0"]}, False),
        ({"receivers": ["source-0", "target-0"]}, {"receivers": ["target-0"]}, True),
        ({"receivers": ["source-0"]}, {"receivers": ["source-0", "target-0"]}, True),
    ],
    ids=[
        *("muted", "other-rule", "no-source", "other-name", "other-namespace", "absent-is-empty"),
        *("both-on-both-sides", "source-on-both", "target-on-both"),
    ],
)
def test_who_mutes_whom(source: dict[str, object], target: dict[str, object], *, muted: bool) -> None:
    """Both sides match and the labels are equal; alerts on both sides of a rule leave each other alone."""
    rule = inhibit_rules(_CONFIG)[0]

    def alert(facts: dict[str, object]) -> SidedAlert:
        labels = {"alertname": "A", **{name: str(value) for name, value in facts.items() if name != "receivers"}}
        names = facts["receivers"]
        assert isinstance(names, list)
        return SidedAlert.of(labels, names)

    assert mutes(0, rule, alert(source), alert(target)) is muted


def test_one_rule_written_in_two_ways_is_the_same() -> None:
    """Old and new matchers; another label that must agree is another rule."""
    old = "inhibit_rules: [{source_match: {a: b}, target_match_re: {c: d}, equal: [x]}]"
    new = "inhibit_rules: [{source_matchers: ['a=b'], target_matchers: ['c=~\"d\"'], equal: [x]}]"
    (first,), (second,) = inhibit_rules(old), inhibit_rules(new)
    assert first.same == second.same == '{a="b"} mutes {c=~"d"} of equal x'
    (third,) = inhibit_rules(new.replace("[x]", "[y]"))
    assert third.same != first.same
