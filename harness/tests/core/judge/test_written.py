"""The rules as they are written: every difference from the contract is told, with both values and the line."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.contract.file import load_contract
from harness.core.duration import PromDuration
from harness.core.judge import Clause, Judgement
from harness.core.judge.written import judge_written
from harness.core.judge.written_window import judge_window
from harness.core.promql import Expression
from harness.core.rules.file import parse_rules
from harness.core.rules.model import AlertingRule, RecordingRule, RuleFile, RuleGroup
from harness.core.verdict import Verdict

MONITORING = Path(__file__).parents[4] / "monitoring"
CONTRACT = load_contract((MONITORING / "contract.yaml").read_text(encoding="utf-8"), "contract.yaml")
RULES = (MONITORING / "prometheusrule.yaml").read_text(encoding="utf-8")


def judged(name: str, change: Callable[[str], str] = lambda text: text) -> Judgement:
    """What is said of one documented rule once the file is changed."""
    changed = change(RULES)
    return next(one for one in judge_written(CONTRACT, parse_rules(changed, "rules.yaml")) if one.name == name)


def _line_of(text: str) -> int:
    return next(number for number, line in enumerate(RULES.splitlines(), start=1) if text in line)


DEEP = "KubeMirrorWorkqueueDepthHigh"


def test_the_shipped_rules_are_as_documented() -> None:
    """Everything can be read, and nothing differs."""
    assert {one.verdict for one in judge_written(CONTRACT, parse_rules(RULES, "r"))} == {Verdict.VERIFIED}


FAILS, DOWN = "KubeMirrorHighReconcileErrors", "KubeMirrorControllerDown"
SLOW = "KubeMirrorReconcileLatencyHigh"
P99, RATE, MAX = (
    "kubemirror:reconcile_duration_seconds:p99",
    "kubemirror:reconcile_rate:5m",
    "kubemirror:workqueue_depth:max",
)


@pytest.mark.parametrize(
    ("name", "old", "new", "clause", "said"),
    [
        pytest.param(DEEP, "for: 15m", "for: 10m", Clause.HOLD, "the rule says for: 10m, the contract 15m", id="for"),
        pytest.param(
            DEEP, "          for: 15m\n", "", Clause.HOLD, "the rule says no for, the contract 15m", id="no for"
        ),
        pytest.param(
            DEEP,
            "> 100\n",
            "> 120\n",
            Clause.THRESHOLD,
            "the rule says > 120 items, the contract > 100 items",
            id="threshold",
        ),
        pytest.param(
            "KubeMirrorMemoryHigh",
            "> 0.90\n",
            "> 0.93\n",
            Clause.THRESHOLD,
            "the rule says > 93 %, the contract > 90 %",
            id="threshold, a share",
        ),
        pytest.param(
            DOWN,
            "== 0\n",
            "== 1\n",
            Clause.THRESHOLD,
            "the rule says == 1 replica, the contract < 1 replica",
            id="threshold, one of two ways",
        ),
        pytest.param(
            DEEP,
            f"alert: {DEEP}",
            "alert: KubeMirrorWorkqueDepthHigh",
            Clause.WRITTEN,
            "no rule has this name; there is KubeMirrorWorkqueDepthHigh",
            id="name",
        ),
        pytest.param(
            DOWN,
            "severity: critical",
            "severity: warning",
            Clause.SEVERITY,
            "the rule says severity warning, the contract critical",
            id="severity",
        ),
        pytest.param(
            DOWN,
            "            severity: critical\n",
            "",
            Clause.SEVERITY,
            "the rule has no label severity, the contract says critical",
            id="no severity",
        ),
        pytest.param(
            DOWN,
            "component: kubemirror",
            "component: mirror",
            Clause.LABELS,
            "the rule says component: mirror, the contract kubemirror",
            id="a label's value",
        ),
        pytest.param(
            FAILS,
            "component: kubemirror",
            "component: kubemirror\n            controller: secret",
            Clause.LABELS,
            "the rule says controller: secret, the contract each instance's own",
            id="a label of instances with one value",
        ),
        pytest.param(
            FAILS,
            "component: kubemirror",
            "component: kubemirror\n            controller: ''",
            Clause.LABELS,
            "the rule says controller: (removed), the contract each instance's own",
            id="a label of instances that the rule takes away",
        ),
        pytest.param(
            DOWN,
            "component: kubemirror",
            "component: kubemirror\n            team: x",
            Clause.LABELS,
            "the rule says team: x, the contract no such label",
            id="a label too much",
        ),
        pytest.param(
            FAILS,
            "sum by (namespace, controller) (",
            "sum by (namespace) (",
            Clause.LABELS,
            "the expression keeps no label controller, the contract promises it",
            id="a label that the expression drops",
        ),
        pytest.param(
            DOWN,
            'max by (namespace, job) (up{namespace="kubemirror-system"',
            'max by (namespace, job) (up{namespace="default"',
            Clause.LABELS,
            "the expression selects namespace=default, the contract promises kubemirror-system",
            id="another namespace",
        ),
        pytest.param(
            DEEP,
            "max by (namespace, name) (sum without",
            "max by (namespace, name, controller) (sum without",
            Clause.LABELS,
            "the expression keeps the label controller, the contract promises no such label",
            id="a documented label too much",
        ),
        pytest.param(
            FAILS,
            "[5m]",
            "[10m]",
            Clause.WINDOW,
            "the rule counts over [10m], the contract over 5m",
            id="window",
        ),
        pytest.param(
            FAILS,
            "            summary: KubeMirror's {{ $labels.controller }} controller fails too many reconciles\n",
            "",
            Clause.ANNOTATIONS,
            "the rule has no annotation summary",
            id="annotation",
        ),
        *(
            pytest.param(
                FAILS,
                "{{ $value | humanizePercentage }} of",
                f"{template} of",
                Clause.ANNOTATIONS,
                "annotation description has two signs",
                id=f"two signs, {template}",
            )
            for template in (
                "{{ $value | humanizePercentage }}%",
                "{{ $value|humanizePercentage}} %",
                "{{ $value | humanizePercentage -}} %",
                "{{ humanizePercentage $value }}%",
                "{{ $value | humanizePercentage }}% }}",
            )
        ),
        pytest.param(
            DEEP,
            '{{ $value | printf "%.0f" }} items wait in the {{ $labels.name }} queue in {{ $labels.namespace }}',
            "Items wait",
            Clause.ANNOTATIONS,
            "annotation description is a fixed text",
            id="a fixed text",
        ),
        pytest.param(
            DEEP,
            '{{ $value | printf "%.0f" }} items wait',
            "More than 100 items wait",
            Clause.ANNOTATIONS,
            "annotation description has no $value and asks for none",
            id="a text without the value",
        ),
        pytest.param(
            P99,
            "histogram_quantile(0.99,",
            "histogram_quantile(0.9,",
            Clause.QUANTILE,
            "the rule says quantile 0.9, the contract 0.99",
            id="quantile",
        ),
        pytest.param(
            P99,
            "record: kubemirror:reconcile_duration_seconds:p99",
            "record: kubemirror:reconcile_duration_seconds:p98",
            Clause.WRITTEN,
            "no rule records this; there is kubemirror:reconcile_duration_seconds:p98",
            id="recorded name",
        ),
        pytest.param(
            RATE,
            "sum by (namespace, controller, result)",
            "sum by (namespace, controller)",
            Clause.GROUPING,
            "the rule keeps no label result, the contract promises by (namespace, controller, result)",
            id="recorded by too little",
        ),
        pytest.param(
            RATE,
            "          expr:",
            "          labels: {controller: ''}\n          expr:",
            Clause.GROUPING,
            "the rule keeps no label controller, the contract promises by (namespace, controller, result)",
            id="recorded without a label that the rule takes away",
        ),
        pytest.param(
            RATE,
            "          expr:",
            "          labels: {team: x}\n          expr:",
            Clause.GROUPING,
            "the rule keeps the label team, the contract promises by (namespace, controller, result)",
            id="recorded with a label of the rule's",
        ),
        pytest.param(
            MAX,
            "max by (namespace, name) (sum",
            "max by (namespace, name, controller) (sum",
            Clause.GROUPING,
            "the rule keeps the label controller, the contract promises by (namespace, name)",
            id="recorded by a label of the metric too much",
        ),
        pytest.param(
            MAX,
            "max by (namespace, name) (sum",
            "max by (namespace, name, pod) (sum",
            Clause.GROUPING,
            "the rule keeps the label pod, the contract promises by (namespace, name)",
            id="recorded by too much",
        ),
        pytest.param(
            MAX,
            "max by (namespace, name) (sum",
            "avg by (namespace, name) (sum",
            Clause.VALUE,
            "the rule computes the avg, the contract promises the max",
            id="recorded otherwise",
        ),
        pytest.param(
            RATE,
            "rate(controller_runtime_reconcile_total",
            "60 * rate(controller_runtime_reconcile_total",
            Clause.VALUE,
            "the rule records 60 times the value, the contract the value itself",
            id="recorded per minute",
        ),
        pytest.param(
            RATE,
            "rate(controller_runtime_reconcile_total",
            "increase(controller_runtime_reconcile_total",
            Clause.VALUE,
            "the rule computes increase, the contract promises a rate",
            id="recorded increase",
        ),
        pytest.param(
            RATE,
            "rate(controller_runtime_reconcile_total",
            "rate(controller_runtime_reconcile_errors_total",
            Clause.VALUE,
            "the rule reads controller_runtime_reconcile_errors_total, the contract promises it of"
            " controller_runtime_reconcile_total",
            id="recorded of another metric",
        ),
    ],
)
def test_a_difference_is_a_violation_with_both_values(name: str, old: str, new: str, clause: Clause, said: str) -> None:
    """What the rule says and what the contract says, and nothing else is wrong."""
    one = judged(name, lambda text: _changed(text, name, old, new))
    wrong = [finding for finding in one.findings if finding.outcome is Verdict.VIOLATED]
    assert (one.verdict, [finding.clause for finding in wrong]) == (Verdict.VIOLATED, [clause])
    assert one.cause.startswith(said)


def _changed(text: str, name: str, old: str, new: str) -> str:
    """The text with the change in the rule of this name."""
    start = text.index(f": {name}\n") - len("record")
    before, after = text[:start], text[start:]
    end = min((at for at in (after.find("- alert:", 9), after.find("- record:", 9)) if at > 0), default=len(after))
    assert old in after[:end], name
    return before + after[:end].replace(old, new) + after[end:]


def test_several_differences_of_a_rule_are_all_told() -> None:
    """In one sentence each."""
    one = judged(DEEP, lambda text: _changed(_changed(text, DEEP, "> 100\n", "> 120\n"), DEEP, "15m", "10m"))
    assert one.cause == (
        "the rule says > 120 items, the contract > 100 items; the rule says for: 10m, the contract 15m"
    )


def test_what_the_group_says_is_the_rules() -> None:
    """Its labels are under the rule's own."""
    grouped = RULES.replace("name: kubemirror.alerts", "name: kubemirror.alerts\n      labels: {team: x}")
    assert judged(DEEP, lambda _: grouped).cause == "the rule says team: x, the contract no such label"
    recorded = RULES.replace("name: kubemirror.recording", "name: kubemirror.recording\n      labels: {team: x}")
    assert judged(RATE, lambda _: recorded).cause == (
        "the rule keeps the label team, the contract promises by (namespace, controller, result)"
    )
    own = _changed(recorded, RATE, "          expr:", "          labels: {team: ''}\n          expr:")
    assert judged(RATE, lambda _: own).verdict is Verdict.VERIFIED


def test_what_cannot_be_read_is_named_and_proves_nothing() -> None:
    """Neither as promised nor broken."""
    one = judged(DEEP, lambda text: _changed(text, DEEP, "> 100\n", "> 100 and on () vector(1) > 0\n"))
    (finding,) = [each for each in one.findings if each.outcome is Verdict.SKIPPED]
    assert (one.verdict, one.cause) == (Verdict.SKIPPED, "")
    assert finding.clause is Clause.THRESHOLD
    assert "must hold as well" in finding.actual


GO = Path(__file__).parents[2] / "data" / "go_subject" / "monitoring"


def test_rules_that_are_written_in_another_way_are_read_as_well() -> None:
    """Alerts on recorded series, a sum that falls back to zero, `== 0` for `< 1`: all read, all as promised."""
    contract = load_contract((GO / "contract.yaml").read_text(encoding="utf-8"), "contract.yaml")
    rules = parse_rules((GO / "rules.yaml").read_text(encoding="utf-8"), "rules.yaml")
    assert {one.verdict for one in judge_written(contract, rules)} == {Verdict.VERIFIED}


@pytest.mark.parametrize(("name", "text"), [(DEEP, f"alert: {DEEP}"), (RATE, f"record: {RATE}")])
def test_the_line_of_the_rule_is_told(name: str, text: str) -> None:
    """An editor can jump there; of a rule that was not read from text there is the file alone."""
    assert judged(name).where == f"rules.yaml:{_line_of(text)}"
    made = (AlertingRule(alert=DEEP, expr="up"), RecordingRule(record=RATE, expr="up"))
    file = RuleFile(source="r", groups=(RuleGroup(name="g", rules=made),))
    assert {one.where for one in judge_written(CONTRACT, file)} == {"r"}


def expected(name: str, clause: Clause) -> Sequence[str]:
    """What is asked of the shipped rule under one clause."""
    return [one.expected for one in judged(name).findings if one.clause is clause]


def test_what_is_promised_stands_in_each_finding() -> None:
    """Whoever reads a finding needs no contract beside it."""
    assert expected(FAILS, Clause.HOLD) == ["for: 10m"]
    assert expected(FAILS, Clause.KEEP_FIRING) == ["no keep_firing_for"]
    assert expected(FAILS, Clause.LABELS) == ['component="kubemirror", namespace="kubemirror-system", controller']
    assert expected(FAILS, Clause.ANNOTATIONS) == [
        "an annotation summary",
        "an annotation description with the value as a percentage",
    ]


def test_a_label_that_a_recording_rule_takes_away_is_not_kept() -> None:
    """Neither one that its expression keeps nor one that nothing has."""
    wider = _changed(RULES, MAX, "max by (namespace, name) (sum", "max by (namespace, name, pod) (sum")
    without = _changed(wider, MAX, "          expr:", "          labels: {pod: '', team: ''}\n          expr:")
    assert judged(MAX, lambda _: without).verdict is Verdict.VERIFIED


def test_a_label_that_the_metric_does_not_have_is_not_kept_by_naming_it() -> None:
    """`result` is one of another metric's."""
    named = _changed(RULES, MAX, "max by (namespace, name) (sum", "max by (namespace, name, result) (sum")
    assert judged(MAX, lambda _: named).verdict is Verdict.VERIFIED


def test_a_value_that_the_expression_selects_may_be_the_rules_as_well() -> None:
    """Each of its series has it anyway."""
    given = "          labels: {namespace: kubemirror-system}\n          expr:"
    assert judged(RATE, lambda text: _changed(text, RATE, "          expr:", given)).verdict is Verdict.VERIFIED


def found(name: str, clause: Clause, change: Callable[[str], str]) -> tuple[Verdict, str]:
    """What is said of one clause once the file is changed."""
    finding = next(one for one in judged(name, change).findings if one.clause is clause)
    return finding.outcome, finding.actual


@pytest.mark.parametrize(
    ("name", "old", "new", "clause", "said"),
    [
        pytest.param(FAILS, "[5m]", "[5m] offset 1m", Clause.WINDOW, "a subquery or an offset", id="offset"),
        pytest.param(
            FAILS,
            "> 0.10\n",
            "> 0.10 and on () rate(up[1m]) > 0\n",
            Clause.WINDOW,
            "it counts over [5m] and [1m]",
            id="two windows",
        ),
        pytest.param(
            DOWN,
            "severity: critical",
            "severity: '{{ $labels.x }}'",
            Clause.SEVERITY,
            "the label is a template",
            id="a template",
        ),
        pytest.param(
            DOWN,
            "component: kubemirror",
            "component: '{{ $labels.x }}'",
            Clause.LABELS,
            "the text does not tell the label component",
            id="a label that is a template",
        ),
        pytest.param(
            RATE,
            "          expr:",
            "          labels: {controller: secret}\n          expr:",
            Clause.GROUPING,
            "the rule gives each of its series the same controller",
            id="recorded with one value for all",
        ),
        pytest.param(
            DEEP,
            "max by (namespace, name) (sum without (priority)",
            "(sum without (priority)",
            Clause.LABELS,
            "which labels its series have",
            id="any labels",
        ),
        pytest.param(
            MAX,
            "max by (namespace, name) (sum without (priority)",
            "(sum without (priority)",
            Clause.GROUPING,
            "which labels its series have",
            id="recorded with any labels",
        ),
        pytest.param(
            P99, "histogram_quantile(0.99,", "histogram_quantile(scalar(q),", Clause.QUANTILE, "no one quantile", id="q"
        ),
        pytest.param(
            RATE,
            "rate(controller_runtime_reconcile_total",
            "avg_over_time(controller_runtime_reconcile_total",
            Clause.VALUE,
            "has no rate()",
            id="recorded in another way",
        ),
        pytest.param(
            RATE,
            "rate(controller_runtime_reconcile_total",
            "rate(kubemirror:workqueue_depth:max",
            Clause.VALUE,
            "it reads what other rules record",
            id="recorded of what is recorded",
        ),
    ],
)
def test_what_the_text_does_not_tell_is_named(name: str, old: str, new: str, clause: Clause, said: str) -> None:
    """It is neither kept nor broken."""
    outcome, actual = found(name, clause, lambda text: _changed(text, name, old, new))
    assert outcome is Verdict.SKIPPED
    assert said in actual


@pytest.mark.parametrize(
    "value",
    ["{{ $value }}", "{{- .Value | humanize }}", '{{ printf "%.0f" $value }}', "at {{$value}}"],
)
def test_a_label_with_the_value_in_it_is_another_alert_each_time(value: str) -> None:
    """Prometheus keeps an alert by its labels."""
    added = f"          labels:\n            seen: {value!r}\n"
    outcome, actual = found(DEEP, Clause.LABELS, lambda text: _changed(text, DEEP, "          labels:\n", added))
    assert (outcome, "another alert begins" in actual) == (Verdict.VIOLATED, True)


def test_a_label_that_the_value_chooses_is_not_told_of() -> None:
    """It has few values, and whether it is promised is not known from it."""
    chosen = "{{ if gt $value 500.0 }}much{{ end }}"
    added = f"          labels:\n            seen: {chosen!r}\n"
    outcome, _ = found(DEEP, Clause.LABELS, lambda text: _changed(text, DEEP, "          labels:\n", added))
    assert outcome is not Verdict.VIOLATED


def test_the_window_of_a_guard_is_not_that_of_what_is_recorded_elsewhere() -> None:
    """`errors:share > 0.1 and rate(all[10m]) > 0` says nothing of the share's."""
    expression = Expression.parse("errors:share > 0.1 and rate(all_total[10m]) > 0")
    finding = judge_window(PromDuration.parse("5m"), expression, {})
    assert finding.outcome is Verdict.SKIPPED
    assert finding.actual == "it reads errors:share, recorded elsewhere"


def test_the_window_is_that_of_whatever_is_recorded_for_it() -> None:
    """Through as many recording rules as there are, and once through those that stand in a circle."""
    recording = {
        record: RecordingRule(record=record, expr=expr)
        for record, expr in (
            ("x:a", "x:b"),
            ("x:b", "sum(x:c)"),
            ("x:c", "rate(all_total[10m])"),
            ("x:d", "x:e + rate(all_total[5m])"),
            ("x:e", "x:d"),
        )
    }
    asked = PromDuration.parse("5m")
    finding = judge_window(asked, Expression.parse("x:a > 1"), recording)
    assert (finding.outcome, finding.actual) == (
        Verdict.VIOLATED,
        "the rule counts over [10m], the contract over 5m",
    )
    assert judge_window(asked, Expression.parse("x:d > 1"), recording).outcome is Verdict.VERIFIED


def test_a_window_that_is_recorded_elsewhere_is_not_known() -> None:
    """The expression has none of its own."""
    outcome, actual = found(
        FAILS,
        Clause.WINDOW,
        lambda text: _changed(_changed(text, FAILS, "[5m]", ""), FAILS, "rate(", "avg("),
    )
    assert (outcome, "recorded elsewhere" in actual) == (Verdict.SKIPPED, True)


def test_how_long_it_is_kept_firing_is_compared() -> None:
    """Where nothing is promised, it ends when its condition does."""
    kept = CONTRACT.alerts[0].hold
    contract = replace(CONTRACT, alerts=tuple(replace(one, keep_firing_for=kept) for one in CONTRACT.alerts))
    one = judge_written(contract, parse_rules(RULES, "r"))[0]
    assert one.cause == "the rule says no keep_firing_for, the contract 5m"
    longer = _changed(RULES, DOWN, "          for: 5m\n", "          for: 5m\n          keep_firing_for: 1h\n")
    unpromised = judged(DOWN, lambda _: longer)
    assert (unpromised.verdict, unpromised.cause) == (
        Verdict.VIOLATED,
        "the rule says keep_firing_for: 1h, the contract none",
    )


def test_another_quantile_of_the_latency_is_another_promise() -> None:
    """A p90 above 5 s is rarer than a p99."""
    assert found(SLOW, Clause.QUANTILE, lambda text: text)[0] is Verdict.VERIFIED
    rarer = found(
        SLOW, Clause.QUANTILE, lambda text: _changed(text, SLOW, "histogram_quantile(0.99", "histogram_quantile(0.9")
    )
    assert rarer == (Verdict.VIOLATED, "the rule says quantile 0.9, the contract 0.99")


def test_a_rule_of_the_name_with_other_labels_is_not_the_promised_one() -> None:
    """Of several rules of one name none fits."""
    rule = next(one for one in parse_rules(RULES, "r").alerts if one.alert == DOWN)
    others = [replace(rule, labels={**rule.labels, "severity": each}) for each in ("info", "warning")]
    file = RuleFile(source="r", groups=(RuleGroup(name="g", rules=tuple(others)),))
    one = judge_written(CONTRACT, file)[0]
    job = 'job="kubemirror-controller-metrics"'
    labels = f'component="kubemirror", {job}, namespace="kubemirror-system", severity="critical"'
    assert one.cause == f"no rule of alert {DOWN} has {labels}"
    grouped = replace(CONTRACT, alerts=tuple(replace(each, group="down") for each in CONTRACT.alerts))
    assert judge_written(grouped, file)[0].cause == f"no rule of alert {DOWN} has {labels} in group down"


def test_rules_that_nobody_can_tell_apart_are_left_to_whoever_loads_them() -> None:
    """Which of them is meant nobody knows."""
    rule = next(one for one in parse_rules(RULES, "r").alerts if one.alert == DOWN)
    file = RuleFile(source="r", groups=(RuleGroup(name="g", rules=(rule, rule)),))
    assert not [one for one in judge_written(CONTRACT, file) if one.name == DOWN]


def test_an_expression_that_cannot_be_taken_apart_proves_nothing() -> None:
    """Prometheus may take it all the same."""
    odd = "what Prometheus alone knows"
    alerts = (AlertingRule(alert=FAILS, expr=odd), AlertingRule(alert=SLOW, expr=odd))
    rules = (*alerts, RecordingRule(record=RATE, expr=odd))
    file = RuleFile(source="r", groups=(RuleGroup(name="g", rules=rules),))
    of = {one.name: one for one in judge_written(CONTRACT, file)}
    unread = {one.clause for one in of[FAILS].findings if one.outcome is Verdict.SKIPPED}
    assert unread >= {Clause.THRESHOLD, Clause.WINDOW}
    labels = next(one for one in of[FAILS].findings if one.clause is Clause.LABELS)
    missing = "the label component, the label namespace, the label controller"
    assert (labels.outcome, labels.actual) == (Verdict.SKIPPED, f"the text does not tell the label severity, {missing}")
    assert Clause.QUANTILE in {one.clause for one in of[SLOW].findings if one.outcome is Verdict.SKIPPED}
    assert of[RATE].verdict is Verdict.SKIPPED
    assert of[MAX].cause == f"no rule records this; there are {RATE}"
    other = RuleFile(source="r", groups=(RuleGroup(name="g", rules=(AlertingRule(alert="X", expr="up"),)),))
    assert judge_written(CONTRACT, other)[0].cause == "no rule has this name; there are X"
    nothing = judge_written(CONTRACT, RuleFile(source="r", groups=()))
    assert {one.cause for one in nothing} == {
        "no rule has this name; there is no alert at all",
        "no rule records this; nothing is recorded",
    }
