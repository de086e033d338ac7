"""The contract file: what is promised is read exactly, and what cannot be meant is refused with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.contract.file import load_contract
from harness.core.contract.model import Carries, Contract, MetricType, RecordedKind
from harness.core.contract.quantity import Unit
from harness.core.duration import PromDuration
from harness.core.files.mistakes import FileMistakesError

TEXT = """\
intervals: {scrape: 30s, evaluation: 15s}
alerts:
  QueueDeep:
    promise: Work piles up.
    severity: warning
    threshold: {quantity: queue_depth, side: ">", value: 100, unit: items, meaning: items that wait}
    for: 15m
    labels: {component: demo}
    instance_labels: [name]
    annotations:
      summary: {labels: [name]}
      description: {carries: number, labels: [name, severity]}
recording_rules:
  demo:latency:p99:
    meaning: p99 of durations
    kind: quantile
    quantile: 0.99
    metric: work_seconds
    window: 5m
    by: [namespace, name]
    tolerance: {ratio: 0.1, reason: one scrape}
  demo:depth:max:
    meaning: depth
    kind: max
    metric: depth
    by: [name]
    tolerance: {ratio: 0, reason: exact}
metrics:
  work_seconds: {type: histogram, labels: [name]}
  depth: {type: gauge, labels: [name]}
  done_total: {type: counter, labels: []}
panels:
  Depth: {shows: depth, reads: [depth, "demo:depth:max"]}
route: {matchers: {component: demo}, receiver: demo-team, continue: true}
"""


def _refused(text: str) -> FileMistakesError:
    with pytest.raises(FileMistakesError) as caught:
        load_contract(text, "contract.yaml")
    return caught.value


def test_a_contract_is_read_exactly() -> None:
    """Every field of every promise arrives, severity among the fixed labels, durations as durations."""
    contract = load_contract(TEXT, "contract.yaml")
    assert contract.source == "contract.yaml"
    assert (contract.scrape_interval, contract.evaluation_interval) == (PromDuration(30_000), PromDuration(15_000))
    (alert,) = contract.alerts
    assert (alert.name, alert.promise, alert.severity) == ("QueueDeep", "Work piles up.", "warning")
    assert (alert.threshold.side, alert.threshold.value, alert.threshold.unit) == (">", 100.0, Unit.ITEMS)
    assert alert.hold == PromDuration.parse("15m")
    assert alert.labels == {"severity": "warning", "component": "demo"}
    assert alert.instance_labels == ("name",)
    assert [annotation.carries for annotation in alert.annotations] == [None, Carries.NUMBER]
    quantile, depth = contract.recording_rules
    assert (quantile.kind, quantile.quantile, quantile.window) == (RecordedKind.QUANTILE, 0.99, PromDuration(300_000))
    assert (depth.kind, depth.quantile, depth.window, depth.tolerance_ratio) == (RecordedKind.MAX, None, None, 0.0)
    assert [metric.type for metric in contract.metrics] == [MetricType.HISTOGRAM, MetricType.GAUGE, MetricType.COUNTER]
    assert contract.panels[0].reads == ("depth", "demo:depth:max")
    assert (contract.route.receiver, contract.route.continues) == ("demo-team", True)
    assert (contract.route.group_by, contract.route.repeat_interval) == (None, None)


def test_grouping_and_repeating_may_be_promised() -> None:
    """No label at all is a promise as well: one notification for everything."""
    for labels, promised in (("[]", ()), ("[alertname, name]", ("alertname", "name"))):
        text = TEXT.replace("continue: true}", f"continue: true, group_by: {labels}, repeat_interval: 4h}}")
        route = load_contract(text, "contract.yaml").route
        assert (route.group_by, route.repeat_interval) == (promised, PromDuration.parse("4h"))


@pytest.mark.parametrize(("kinds", "told"), [("[slack, email]", ("slack", "email")), ("[]", ())])
def test_who_is_told_of_ends_can_be_said(kinds: str, told: tuple[str, ...]) -> None:
    """By kind of destination; without a word every destination is."""
    text = TEXT.replace("continue: true}", f"continue: true, told_when_over: {kinds}}}")
    assert load_contract(text, "c.yaml").route.told_when_over == told
    assert load_contract(TEXT, "c.yaml").route.told_when_over is None
    with pytest.raises(FileMistakesError, match="slak"):
        load_contract(TEXT.replace("continue: true}", "continue: true, told_when_over: [slak]}"), "c.yaml")


def test_a_recording_rule_may_be_promised_for_some_label_values_only() -> None:
    """Of those it is asked, of others nothing is."""
    text = TEXT.replace("by: [name]", "by: [name]\n    only_for: {name: [a, b]}")
    _, depth = load_contract(text, "contract.yaml").recording_rules
    assert depth.only_for == {"name": ("a", "b")}
    assert (depth.covers({"name": "a"}), depth.covers({"name": "c"}), depth.covers({})) == (True, False, False)


def test_the_repositorys_own_contract_is_read() -> None:
    """The contract that this project ships is one that it accepts."""
    path = Path(__file__).parents[4] / "monitoring" / "contract.yaml"
    contract = load_contract(path.read_text(encoding="utf-8"), str(path))
    assert isinstance(contract, Contract)
    assert all(alert.labels["component"] == "kubemirror" for alert in contract.alerts)


@pytest.mark.parametrize(
    ("old", "new", "line", "why", "fix"),
    [
        ("    severity: warning\n", "", 3, "alerts.QueueDeep.severity is missing", "add it: `severity: critical`"),
        (
            "severity: warning",
            "severity: warnning",
            5,
            "is 'warnning', which is not allowed here",
            "did you mean warning?",
        ),
        ("severity: warning", "severty: warning", 5, "severty is not a known key", "did you mean severity?"),
        ('side: ">"', 'side: "=>"', 6, "threshold.side is '=>', which is not allowed here", "did you mean >?"),
        ("value: 100", 'value: "100"', 6, "value must be a number, not '100'", "`value: 100`"),
        ("value: 100", "value: .inf", 6, "value is `.inf`, a number that JSON does not have", "quote it"),
        ("unit: items", "unit: itms", 6, "unit is 'itms', which is not allowed here", "did you mean items?"),
        (
            'queue_depth, side: ">", value: 100, unit: items',
            'memory_use, side: ">", value: 10, unit: ratio',
            6,
            "value is 10, but a ratio lies between 0 and 1",
            "write 10 % as 0.1",
        ),
        (
            "unit: items",
            "unit: seconds",
            6,
            "unit is seconds, but queue_depth counts in items",
            "write `unit: items`, and the value in it",
        ),
        ("quantity: queue_depth, ", "", 6, "threshold.quantity is missing", "`quantity:` with one of serving_replicas"),
        (
            "queue_depth",
            "queue_dept",
            6,
            "quantity is 'queue_dept', which is not allowed here",
            "did you mean queue_depth?",
        ),
        ("queue_depth", "cpu_throttling", 6, "window is missing: quantity cpu_throttling needs it", "`window: 5m`"),
        ("items that wait}", "m, window: 5m}", 6, "window has no meaning for quantity queue_depth", "remove it"),
        ("queue_depth", "other", 6, "untestable is missing: quantity other needs it", "add it: `untestable:"),
        ("items that wait}", "m, untestable: x}", 6, "untestable has no meaning for quantity", "correct `quantity`"),
        ("for: 15m", "for: 15", 7, "for is 15, which is no duration", "write it with its unit"),
        ("for: 15m", "for: 15min", 7, "for is '15min', which is no duration", "write it like 5m"),
        ("component: demo}\n", "severity: warning}\n", 8, "severity is said twice", "remove this label"),
        ("component: demo}\n", "name: x, component: demo}\n", 9, "is 'name', which is named already", "in `labels` if"),
        ("instance_labels: [name]", "instance_labels: [name, name]", 9, "is 'name', which is named already", "differs"),
        ("instance_labels: [name]", "instance_labels: [na-me]", 9, "instance_labels[0] is 'na-me'", "labels that tell"),
        ("summary: {labels: [name]}", "summary: {labels: [nam]}", 11, "labels[0] is 'nam', a label that", "mean name?"),
        ("carries: number", "carries: numbers", 12, "is 'numbers', which is not allowed here", "did you mean number?"),
        ("    quantile: 0.99\n", "", 14, "quantile is missing: kind quantile needs it", "add it: `quantile: 0.99`"),
        ("quantile: 0.99", "quantile: 99", 17, "quantile is 99: input should be less", "`quantile: 0.99`, 0 to 1"),
        (
            "by: [name]",
            "by: [name]\n    only_for: {nam: [a]}",
            27,
            "only_for.nam is 'nam', a label that the recorded series do not keep",
            "mean name?",
        ),
        (
            "by: [name]",
            "by: [name]\n    only_for: {name: []}",
            27,
            "only_for.name",
            "`only_for: {controller: [secret]}`",
        ),
        ("    window: 5m\n", "", 14, "window is missing: kind quantile needs it", "add it: `window: 5m`"),
        ("window: 5m", "window: 0s", 19, "window is no time at all", "write more than 0"),
        ("metric: depth\n", "metric: depth\n    window: 5m\n", 26, "window has no meaning for kind max", "remove it"),
        ("metric: depth\n", "metric: depth\n    quantile: 1\n", 26, "quantile has no meaning for kind max", "remove"),
        ("metric: depth", "metric: dept", 25, "is dept, which `metrics` does not list", "did you mean depth?"),
        ("kind: max", "kind: sum", 24, "kind is 'sum', which is not allowed here", "use one of: quantile, rate, max"),
        ("metric: depth", "metric: done_total", 24, "is max, which needs a gauge; done_total is a counter", "correct"),
        ("by: [name]", "by: [nam]", 26, "by[0] is 'nam', a label that depth does not have", "did you mean name?"),
        ("ratio: 0,", "ratio: -1,", 27, "ratio is -1: input should be greater", "largest accepted"),
        ("type: gauge", "type: guage", 30, "type is 'guage', which is not allowed here", "did you mean gauge?"),
        (
            '"demo:depth:max"]',
            '"demo:depth"]',
            33,
            "reads[1] is demo:depth, which `recording_rules`",
            "demo:depth:max?",
        ),
        (
            '[depth, "demo:depth:max"]',
            "[]",
            33,
            "reads is (): tuple should have at least 1 item",
            "at least one metric",
        ),
        ("matchers: {component: demo}", "matchers: {team: demo}", 8, "labels lacks team: demo", "add `team: demo`"),
        (
            "continue: true",
            "continue: maybe",
            34,
            "route.continue must be true or false, not 'maybe'",
            "`continue: true`",
        ),
        ("scrape: 30s", "scrape: 0", 1, "intervals.scrape is 0, which is no duration", "write it with its unit"),
        ("  QueueDeep:\n", "  QueueDeep: {}\n  QueueDeep:\n", 4, "alerts.QueueDeep is given twice", "keep one"),
    ],
)
def test_each_mistake_names_line_key_and_fix(old: str, new: str, line: int, why: str, fix: str) -> None:
    """One planted mistake is found where it stands, said in its own words, with what to write instead."""
    assert TEXT.count(old) >= 1
    error = _refused(TEXT.replace(old, new, 1))
    found = [mistake for mistake in error.mistakes if mistake.line == line]
    assert found, error
    assert f"contract.yaml:{line}:" in error.why
    assert why in error.why
    assert fix in error.fix


def test_several_mistakes_are_reported_at_once() -> None:
    """Whoever writes a contract corrects it in one go."""
    text = (
        TEXT.replace("for: 15m", "for: 15").replace("type: gauge", "type: x").replace("severity: warning\n", "x: 1\n")
    )
    assert {mistake.line for mistake in _refused(text).mistakes} == {3, 5, 7, 30}


def test_rules_without_metrics_are_told_what_is_missing() -> None:
    """A recording rule or panel that refers to nothing is refused even where there is nothing to suggest."""
    head, _, tail = TEXT.partition("metrics:\n")
    text = f"{head}metrics: {{}}\n{tail[tail.index('panels:') :]}"
    assert "use one of: a metric's name" in _refused(text).fix
    head, _, tail = TEXT.partition("recording_rules:\n")
    text = f"{head}recording_rules: {{}}\n{tail[tail.index('metrics:') :]}"
    assert "panels.Depth.reads[1] is demo:depth:max" in _refused(text).why


def test_a_route_may_match_a_label_that_differs_by_instance() -> None:
    """Whether an instance label has the route's value cannot be known beforehand, so it is not refused."""
    text = TEXT.replace("matchers: {component: demo}", "matchers: {name: secret}")
    assert load_contract(text, "contract.yaml").route.matchers == {"name": "secret"}


@given(st.integers(min_value=0, max_value=10**9), st.floats(min_value=0, max_value=1))
def test_durations_and_thresholds_survive_the_file(hold_ms: int, ratio: float) -> None:
    """What is written comes back exactly, at any length of `for` and any threshold."""
    text = TEXT.replace("for: 15m", f"for: {PromDuration(hold_ms)}").replace(
        'queue_depth, side: ">", value: 100, unit: items', f'memory_use, side: ">", value: {ratio!r}, unit: ratio'
    )
    (alert,) = load_contract(text, "c").alerts
    assert (alert.hold.ms, alert.threshold.value) == (hold_ms, ratio)


def test_two_promises_may_speak_of_one_alert() -> None:
    """Each has a name of its own, and says which alert, group and `keep_firing_for` it means."""
    second = (
        '  "QueueDeep slow":\n    alert: QueueDeep\n    group: slow\n    promise: p\n    severity: critical\n'
        "    threshold: {quantity: queue_depth, side: '>', value: 9, unit: items, meaning: m}\n"
        "    for: 1h\n    keep_firing_for: 5m\n    labels: {component: demo}\n"
        "    instance_labels: [name]\n    annotations: {}\n"
    )
    contract = load_contract(TEXT.replace("recording_rules:", second + "recording_rules:"), "c.yaml")
    first, slow = contract.alerts
    assert (first.name, first.alert, first.group, first.keep_firing_for.ms) == ("QueueDeep", "QueueDeep", "", 0)
    assert (slow.name, slow.alert, slow.group, str(slow.keep_firing_for)) == (
        "QueueDeep slow",
        "QueueDeep",
        "slow",
        "5m",
    )
    assert "QueueDeep slow" not in contract.rules
    same = second.replace("critical", "warning").replace("    group: slow\n", "")
    with pytest.raises(FileMistakesError, match="speaks of alert QueueDeep with the same labels as 'QueueDeep'"):
        load_contract(TEXT.replace("recording_rules:", same + "recording_rules:"), "c.yaml")
