"""What Prometheus would not load is refused before the start, with rule, line and Prometheus's own words."""

from pathlib import Path

import pytest

from harness.core.rules.file import RuleFileError
from harness.stacks.rules_file import read_judged, read_rules
from harness.toolchain.promtool_rules import Complaint

_HEAD = "groups:\n- name: g\n  rules:\n"


def _file(tmp_path: Path, rules: str) -> Path:
    file = tmp_path / "rules.yaml"
    file.write_text(_HEAD + rules)
    return file


@pytest.mark.parametrize(
    "expr",
    [
        r'pod_errors{pod=~"[\\w-_]+-api"} > 5',
        r'route_errors{path=~"\\Q/a.b\\E.*"} > 5',
        'route_errors{tpl=~"{{ name }}"} > 5',
        'route_errors{tpl=~"[[]x"} > 5',
        "queue_bytes > 10_000_000",
        "depth offset 0s",
        "latency </ 0.5",
        "sum by (anchored) (smoothed)",
    ],
)
def test_what_prometheus_takes_is_taken(tmp_path: Path, expr: str) -> None:
    """As it was written."""
    (group,) = read_rules(_file(tmp_path, f"  - alert: A\n    expr: '{expr}'\n")).groups
    assert [rule.expr for rule in group.rules] == [expr]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            "  - {alert: A, expr: 'mad_over_time(latency_seconds[5m]) > 1'}\n",
            [":4: alert A has an expression", "promql-experimental-functions", "Prometheus: could not parse"],
        ),
        (
            "  - record: a:b\n    expr: 'rate(x_total[0])'\n",
            [":5: record a:b has an expression", "column 14 of the expression", "duration must be greater than 0"],
        ),
        (
            "  - alert: B\n    expr: 'up{a=~`\\p{Klingon}`}'\n",
            [":4: alert B is refused by Prometheus", "1:4: parse error"],
        ),
        (
            "  - alert: C\n    expr: up\n    annotations: {a: '{{ nosuch }}'}\n",
            [":4: alert C is refused by Prometheus", '"nosuch" not defined'],
        ),
        ("  - alert: D\n    expr: 'sum by (\"a.b\") (x)'\n", [":5: alert D", "Prometheus Operator refuses"]),
    ],
    ids=["flag", "zero window", "script", "template", "operator"],
)
def test_what_it_would_not_load_is_refused_with_rule_and_line(tmp_path: Path, rule: str, words: list[str]) -> None:
    """With exit code 2: nothing was started."""
    with pytest.raises(RuleFileError) as caught:
        read_rules(_file(tmp_path, rule))
    for each in words:
        assert each in caught.value.why
    assert "cannot divide" not in caught.value.why
    assert caught.value.exit_code == 2


def test_what_only_this_harness_cannot_read_is_told_as_that(tmp_path: Path) -> None:
    """A planted promtool takes everything, as a newer one might."""
    with pytest.raises(RuleFileError) as caught:
        read_judged(_file(tmp_path, "  - alert: A\n    expr: 'brand_new(x)'\n"), lambda _groups: ())
    assert ":5: alert A has an expression" in caught.value.why
    assert "Prometheus takes it, but this harness cannot divide its durations" in caught.value.why


def test_a_complaint_about_no_rule_is_kept(tmp_path: Path) -> None:
    """It is about the text."""
    with pytest.raises(RuleFileError, match="1 mistake") as caught:
        read_judged(_file(tmp_path, "  - alert: A\n    expr: up\n"), lambda _groups: (Complaint(words="too long"),))
    assert "the text is refused by Prometheus: too long" in caught.value.why


def test_without_promtool_the_reader_alone_judges(tmp_path: Path) -> None:
    """It is brought with the other programs; Prometheus's reload says the rest."""
    assert read_judged(_file(tmp_path, "  - alert: B\n    expr: 'up{a=~`\\p{Klingon}`}'\n"), None).groups
    with pytest.raises(RuleFileError, match="1 mistake"):
        read_judged(_file(tmp_path, "  - alert: A\n    expr: 'rate(x[0])'\n"), None)


def test_a_mistake_that_is_no_expression_is_not_asked_about(tmp_path: Path) -> None:
    """Prometheus would only say it again."""
    with pytest.raises(RuleFileError, match="1 mistake"):
        read_judged(_file(tmp_path, "  - alert: A\n    expr: up\n    fro: 5m\n"), lambda _groups: pytest.fail("asked"))
