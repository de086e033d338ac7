"""Rule files: read strictly, every mistake with its line; written as Prometheus reads them."""

import pytest

from harness.core.duration import PromDuration
from harness.core.rules.file import (
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


_OBJECT = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: r, namespace: shop}
spec:
  groups:
  - name: g
    rules:
    - {alert: A, expr: "up == 0", for: 1m}
"""


def object_with(rule: str) -> str:
    """A PrometheusRule with this rule beside another one."""
    return f"{_OBJECT}    - {rule}\n"


@pytest.mark.parametrize(
    ("rule", "words", "fix"),
    [
        (
            "{alert: B, expr: up, annotations: {summary: No}}",
            "r.yaml:9: alert B has `summary: No` in `annotations`, which is the boolean false in YAML 1.1; the API",
            'quote it, if the text is meant: `summary: "No"`',
        ),
        (
            "{alert: B, expr: up, labels: {paged: yes}}",
            "has `paged: yes` in `labels`, which is the boolean true",
            "quote",
        ),
        ("{alert: B, expr: up, labels: {tier: 010}}", "has `tier: 010` in `labels`, which is the number 8 in", "quote"),
        ("{alert: B, expr: up, labels: {tier: 1}}", "has `tier: 1` in `labels`, which is the number 1;", "quote"),
        ("{alert: B, expr: up, for: 5}", "has `for: 5`, which is the number 5; the API server refuses it", "quote"),
        ("{alert: No, expr: up}", "has `alert: No`, which is the boolean false in YAML 1.1", "quote"),
        ("{alert: B, expr: yes}", "has `expr: yes`, which is the boolean true in YAML 1.1", "quote"),
        ("{alert: B, expr: 1.5}", "has `expr: 1.5`, which is the number 1.5; the API server refuses it", "quote"),
        ('{alert: B, expr: up, keep_firing_for: ""}', "has an empty `keep_firing_for`; the API server", "leave it out"),
    ],
)
def test_what_the_api_server_refuses_of_a_rule_is_refused(rule: str, words: str, fix: str) -> None:
    """With line, key, what it is and how to write it; it is never repaired on the way, and then proved."""
    with pytest.raises(RuleFileError) as caught:
        parse_rules(object_with(rule), "r.yaml")
    assert words in caught.value.why
    assert fix in caught.value.fix


def test_what_the_api_server_takes_of_a_rule_is_taken() -> None:
    """Null is none, an empty `for` too, a whole number is an expression, and a limit may be octal."""
    text = object_with('{alert: B, expr: 1, for: "", labels: , annotations: }').replace(
        "name: g", "name: g\n    limit: 010"
    )
    (group,) = parse_rules(f"{text}  - name: later\n---\n", "r.yaml").groups[:1]
    assert group.limit == 8
    assert group.rules[1] == AlertingRule(alert="B", expr="1", line=10)
    assert [one.name for one in parse_rules(f"{text}  - name: later\n---\n", "r.yaml").groups] == ["g", "later"]


def test_a_plain_file_is_read_as_prometheus_reads_it() -> None:
    """What stands where text belongs is that text, as it is written."""
    text = "groups:\n- name: 010\n  rules:\n  - {alert: No, expr: 1.50, for: 0, labels: {a: yes, b: 1_0}}\n"
    (group,) = parse_rules(text, "r.yaml").groups
    assert group.name == "010"
    assert group.rules == (AlertingRule(alert="No", expr="1.50", labels={"a": "yes", "b": "1_0"}, line=4),)


def test_a_mistake_that_came_by_a_merge_key_is_told_where_it_is_written() -> None:
    """For both rules, with the line of the one place where it can be mended."""
    text = "groups:\n- name: g\n  rules:\n  - &b\n    alert: A\n    expr: up\n    for: 5x\n  - <<: *b\n    alert: B\n"
    with pytest.raises(RuleFileError) as caught:
        parse_rules(text, "r.yaml")
    assert [(one.line, one.where) for one in caught.value.mistakes] == [(7, "alert A"), (7, "alert B")]
