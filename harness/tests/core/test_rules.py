"""Rule files: read strictly, every mistake with its line; written as Prometheus reads them."""

import pytest

from harness.core.duration import PromDuration
from harness.core.rules import (
    AlertingRule,
    RecordingRule,
    RuleFileError,
    RuleGroup,
    parse_rules,
    read_documents,
    render,
)

_PLAIN = """\
groups:
  - name: g
    interval: 1m
    query_offset: 10s
    limit: 7
    labels: {team: a}
    rules:
      - alert: A
        expr: up == 0
        for: 10m
        keep_firing_for: 1h
        labels: {severity: critical}
        annotations: {summary: "{{ $value }}"}
      - record: a:b
        expr: sum(up)
        labels: {x: "1"}
"""
_GROUP = RuleGroup(
    name="g",
    interval=PromDuration(60_000),
    query_offset=PromDuration(10_000),
    limit=7,
    labels={"team": "a"},
    rules=(
        AlertingRule(
            alert="A",
            expr="up == 0",
            hold=PromDuration(600_000),
            keep_firing_for=PromDuration(3_600_000),
            labels={"severity": "critical"},
            annotations={"summary": "{{ $value }}"},
        ),
        RecordingRule(record="a:b", expr="sum(up)", labels={"x": "1"}),
    ),
)


def test_a_plain_file_is_read() -> None:
    """Every field of a rule file arrives."""
    rules = parse_rules(_PLAIN, "r.yaml")
    assert rules.groups == (_GROUP,)
    assert [rule.name for rule in rules.alerts] == ["A"]
    assert rules.alerts[0].line == 8


def test_a_custom_resource_reads_as_the_same() -> None:
    """A PrometheusRule object among others is found; documents of other kinds are passed over."""
    indented = "\n".join(f"  {line}" for line in _PLAIN.splitlines())
    text = f"kind: Secret\n---\n---\nkind: PrometheusRule\nmetadata: {{name: x}}\nspec:\n{indented}\n"
    assert parse_rules(text, "r.yaml").groups == (_GROUP,)


def test_what_is_written_reads_back() -> None:
    """Writing and reading is the identity, whatever a YAML reader could take for something else."""
    tricky = RuleGroup(
        name="null",
        rules=(
            AlertingRule(
                alert="A", expr="up", labels={"a": "yes", "b": "1", "c": "null"}, annotations={"d": "a: #b\n"}
            ),
            RecordingRule(record="r", expr="1"),
        ),
    )
    assert parse_rules(render([_GROUP, tricky]), "r.yaml").groups == (_GROUP, tricky)


@pytest.mark.parametrize(
    ("rule", "line", "words"),
    [
        ("{alert: A, expr: up, fro: 5m}", 4, "unknown key `fro`"),
        ("{record: a, expr: up, for: 5m}", 4, "unknown key `for`"),
        ("{alert: A, record: a, expr: up}", 4, "both"),
        ("{expr: up}", 4, "neither"),
        ("{alert: '', expr: up}", 4, "neither"),
        ("{alert: A}", 4, "no expression"),
        ("{alert: A, expr: [up]}", 4, "has `expr: ...`, which is a list"),
        ("{alert: A, expr: up ==}", 4, "cannot be used"),
        ("{alert: A, expr: up, for: 5x}", 4, "no duration"),
        ("{alert: A, expr: up, labels: [a]}", 4, "no mapping"),
        ("{alert: A, expr: up, labels: {a: [1]}}", 4, "which is a list"),
        ("{alert: A, expr: up, labels: {a-b: x}}", 4, "no label name"),
        ("{alert: A, expr: up, labels: {__name__: x}}", 4, "no label name"),
        ("{record: a b, expr: up}", 4, "no metric name"),
        ("text", 4, "is not a mapping"),
    ],
)
def test_a_wrong_rule_is_named_with_its_line(rule: str, line: int, words: str) -> None:
    """Each mistake in a rule is refused with file and line."""
    with pytest.raises(RuleFileError) as caught:
        parse_rules(f"groups:\n  - name: g\n    rules:\n      - {rule}\n", "r.yaml")
    assert [mistake.line for mistake in caught.value.mistakes] == [line]
    assert f"r.yaml:{line}: " in str(caught.value)
    assert words in caught.value.why


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("groups: [", "no valid YAML"),
        ("a: 1\na: 2\n", "a is given twice"),
        ("- a\n", "not a mapping"),
        ("", "holds no rules"),
        ("kind: Secret\n", "holds no rules"),
        ("groups: 5\n", "no list `groups`"),
        ("kind: PrometheusRule\n", "no list `groups`"),
        ("groups: []\nfoo: 1\n", "unknown key `foo`"),
        ("groups: [{rules: []}]\n", "has no name"),
        ("groups: [{name: g}, {name: g}]\n", "a second time"),
        ("groups: [{name: g, limit: -1}]\n", "has `limit: -1`, below 0"),
        ("groups: [{name: g, rules: 5}]\n", "no list of rules"),
        ("groups: [{name: g, interval: soon}]\n", "no duration"),
    ],
)
def test_a_wrong_file_is_refused(text: str, words: str) -> None:
    """Each mistake outside the rules is refused."""
    with pytest.raises(RuleFileError, match=words):
        parse_rules(text, "r.yaml")


def test_all_mistakes_come_at_once() -> None:
    """One reading reports everything that is wrong."""
    rules = "[{alert: A, expr: 'up ==', for: x}, {expr: up}]"
    with pytest.raises(RuleFileError) as caught:
        parse_rules(f"groups: [{{name: g, rules: {rules}}}]", "r.yaml")
    assert len(caught.value.mistakes) == 3
    assert "3 mistakes" in caught.value.what


def test_an_object_without_text_has_no_lines() -> None:
    """An object from the API is read too; numbers may be expressions, empty durations are none."""
    document = {
        "kind": "PrometheusRule",
        "spec": {"groups": [{"name": "g", "interval": "", "rules": [{"alert": "A", "expr": 1, "for": ""}]}]},
    }
    (group,) = read_documents([document], "x").groups
    assert group == RuleGroup(name="g", rules=(AlertingRule(alert="A", expr="1"),))
    assert group.rules[0].line is None
    with pytest.raises(RuleFileError, match="1 mistake in"):
        read_documents([{"groups": [{"name": "g", "rules": [{"alert": "A"}]}]}], "x")
