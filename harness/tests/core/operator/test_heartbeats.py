"""Heartbeats: one at the end of each group, and nothing before it changes."""

import pytest

from harness.core.operator.heartbeats import with_heartbeats
from harness.core.operator.reading import Field, ShapeError, Yaml
from harness.core.rules.heartbeat import heartbeat_of

_RULES: dict[str, Yaml] = {
    "kind": "PrometheusRule",
    "spec": {
        "groups": [
            {"name": "a", "rules": [{"alert": "X", "expr": "up == 0", "for": "5m"}]},
            {"name": 'b"c', "rules": []},
            {"name": "later"},
        ],
        "other": 1,
    },
}


def test_each_group_ends_with_a_heartbeat() -> None:
    """The rules under test come first and are as they were; a group without rules beats too."""
    made = Field("", with_heartbeats(_RULES))
    groups = list(made.at("spec", "groups").items())
    beats = [list(group.at("rules").items())[-1] for group in groups]
    names = [beat.at("labels", "rule_group").text() for beat in beats]
    assert names == ["a", 'b"c', "later"]
    assert {beat.at("expr").text() for beat in beats} == {"vector(1)"}
    assert [one.yaml() for one in groups[0].at("rules").items()][:-1] == [
        {"alert": "X", "expr": "up == 0", "for": "5m"}
    ]
    assert (made.at("kind").text(), made.at("spec", "other").integer()) == ("PrometheusRule", 1)


def test_groups_of_one_name_in_two_objects_beat_apart() -> None:
    """The object that a group is from is told beside its name, as far as the text has it."""
    metadata: tuple[Yaml, ...] = ({"namespace": "shop", "name": "r"}, {"name": "r"}, None)
    named = [Field("", with_heartbeats({**_RULES, "metadata": one})).at("spec", "groups").items() for one in metadata]
    beats = [[*next(groups).at("rules").items()][-1].at("labels").text_map() for groups in named]
    assert [beat.get("rule_object") for beat in beats] == ["shop/r", "r", None]
    assert heartbeat_of(beats[0]) == 'harness:evaluated{rule_group="a", rule_object="shop/r"}'


def test_a_group_name_stays_data() -> None:
    """Quotes in a name do not end the selector's string."""
    assert heartbeat_of({"rule_group": 'b"c'}) == 'harness:evaluated{rule_group="b\\"c"}'


@pytest.mark.parametrize("spec", [{"groups": "none"}, {"groups": [5]}, "text"], ids=str)
def test_what_has_no_groups_is_refused(spec: Yaml) -> None:
    """By the field that is wrong."""
    with pytest.raises(ShapeError, match=r"^spec"):
        with_heartbeats({"spec": spec})
