"""Heartbeats: one at the end of each group, and nothing before it changes."""

import json

import pytest

from harness.core.errors import MisuseError
from harness.core.heartbeat import heartbeat_of, with_heartbeats

_RULES = """
kind: PrometheusRule
spec:
  groups:
    - name: a
      rules: [{alert: X, expr: up == 0, for: 5m}]
    - name: 'b"c'
      rules: []
"""


def test_each_group_ends_with_a_heartbeat() -> None:
    """The rules under test come first and are as they were."""
    groups = json.loads(with_heartbeats(_RULES))["spec"]["groups"]
    beats = [group["rules"][-1] for group in groups]
    assert [beat["labels"] for beat in beats] == [{"rule_group": "a"}, {"rule_group": 'b"c'}]
    assert {beat["expr"] for beat in beats} == {"vector(1)"}
    assert groups[0]["rules"][:-1] == [{"alert": "X", "expr": "up == 0", "for": "5m"}]


def test_groups_of_one_name_in_two_objects_beat_apart() -> None:
    """The object that a group is from is told beside its name, as far as the text has it."""
    named = [
        json.loads(with_heartbeats(_RULES.replace("spec:", f"metadata: {metadata}\nspec:", 1)))
        for metadata in ("{namespace: shop, name: r}", "{name: r}", "null")
    ]
    beats = [one["spec"]["groups"][0]["rules"][-1]["labels"] for one in named]
    assert [beat.get("rule_object") for beat in beats] == ["shop/r", "r", None]
    assert heartbeat_of(beats[0]) == 'harness:evaluated{rule_group="a", rule_object="shop/r"}'


def test_a_group_name_stays_data() -> None:
    """Quotes in a name do not end the selector's string."""
    assert heartbeat_of({"rule_group": 'b"c'}) == 'harness:evaluated{rule_group="b\\"c"}'


@pytest.mark.parametrize("text", ["", "spec: {}", "[", "spec: {groups: [{name: a}]}"])
def test_what_has_no_groups_is_refused(text: str) -> None:
    """The error says that groups are missing."""
    with pytest.raises(MisuseError, match="no PrometheusRule with groups"):
        with_heartbeats(text)
