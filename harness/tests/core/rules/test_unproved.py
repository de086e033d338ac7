"""What a scaled run cannot prove is found, and nothing else is."""

from dataclasses import replace

import pytest

from harness.core.contract.quantity import Exporter
from harness.core.duration import PromDuration
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup
from harness.core.rules.speed import ScrapeProfile, Speed
from harness.core.rules.unproved import too_fast, too_short, undocumented, unproved
from harness.tests.core.judge.world import PROMISE

_RECORDED = (
    RecordingRule(record="errors:rate5m", expr="sum(rate(e[5m]))"),
    RecordingRule(record="b:twice", expr="a:rate * 2"),
    RecordingRule(record="a:rate", expr="rate(x_total[5m])"),
    RecordingRule(record="b:many", expr="b:steps > bool 5"),
    RecordingRule(record="b:steps", expr="increase(x_total[5m])"),
    RecordingRule(record="c:circle", expr="c:circle / rate(x_total[5m])"),
    RecordingRule(record="c:circle", expr="rate(x_total[5m])"),
    RecordingRule(record="errors:ratio", expr="sum(rate(e[5m])) / sum(rate(t[5m]))"),
)


def notes(expr: str, speed: float = 60) -> list[str]:
    """What is reported about an alert with this expression, beside two recording rules."""
    group = RuleGroup(name="g", rules=(*_RECORDED, AlertingRule(alert="A", expr=expr)))
    return [f"{note.rule}: {note.part} {note.why}" for note in unproved([group], Speed(speed))]


@pytest.mark.parametrize(
    "expr",
    [
        "rate(a[5m]) / rate(b[5m]) > 0.1",
        "histogram_quantile(0.99, sum by (le) (rate(b[5m]))) > 5",
        "max(depth) > 100",
        "rate(a[5m]) > rate(b[5m])",
        "count(rate(a[5m])) > 1",
        "absent(up)",
        "rate(a[5m])",
        "errors:ratio > 0.1",
        "up == 0 and rate(a[5m])",
        "(up == bool 0) == 1",
        "(up == 0) == 0",
        '{__name__="x"} > 1',
        "rate(a[5m]) > bool rate(b[5m]) > 0",
        # the same number of scrapes, of steps
        "count_over_time(up[10m]) < 5",
        "sum_over_time(up[10m]) < 5",
        "avg_over_time(up[1h]) < 0.9",
        "count_over_time((depth > 5)[10m:1m]) > 3",
        # zero is of every dimension
        "increase(restarts[1h]) > 0",
        "rate(a[5m]) + 0 == 0 * 5",
        "a / clamp_min(b, 0) > 0.1",
        "(rate(a[5m]) or vector(0)) > rate(b[5m])",
        # the seconds cancel
        "rate(a[5m]) > 0.1 * rate(b[5m])",
        "rate(a[5m]) / (rate(a[5m]) + rate(b[5m])) > 0.1",
        "increase(a[5m]) / increase(b[10m]) > 0.1",
        "sqrt(rate(a[5m]) ^ 2) > rate(b[5m])",
        "stdvar(rate(a[5m])) > rate(b[5m]) ^ 2",
        "increase(a[5m]) ^ 0 > 5",
        "histogram_avg(rate(h[5m])) > 5",
        "timestamp(a) < timestamp(b)",
        "changes(a[5m]) / resets(b[5m]) > 2",
        # of one instant, however long ago
        "depth offset 10m > 50",
        "depth offset 10m - other offset 10m > 50",
        "absent(up) unless up offset 10m",
        "max_over_time(depth[10m:] offset 10m) > 5",
        "quantile_over_time(0.9, rate(a[5m])[10m:]) > rate(b[5m])",
        "round(rate(a[5m]), 5) > rate(b[5m])",
        '{__name__="errors:ratio"} > 0.1',
        'label_replace(rate(a[5m]), "x", "$1", "y", "(.*)") > rate(b[5m])',
        'count_values("v", a) > 5',
        "predicted > clamp(a, 1, 2)",
    ],
)
def test_thresholds_that_do_not_depend_on_seconds_are_proved(expr: str) -> None:
    """Ratios, quantiles, gauges, counts of series: the same at any speed."""
    assert notes(expr) == []


@pytest.mark.parametrize(
    ("expr", "words"),
    [
        ("sum(rate(a[5m])) > 10", "rate per real second"),
        ("10 < -sum(rate(a[5m]))", "rate per real second"),
        ("rate(a[5m]) / up > 10", "rate per real second"),
        ("(rate(a[5m]) + rate(b[5m])) > 10", "rate per real second"),
        ("errors:rate5m > 1", "rate per real second"),
        ("increase(a[10m]) > 5", "counts events"),
        ("max_over_time(increase(a[10m])[1h:]) > 5", "counts events"),
        ("(increase(a[10m]) > 2) > 5", "counts events"),
        ("(increase(a[10m]) and up) > 5", "counts events"),
        ("time() - a > 3600", "clock"),
        ("hour() > 7", "clock"),
        ("predict_linear(a[1h], 3600) < 0", "predict_linear"),
        ("timestamp(dead_rows > live_rows) < time() - 36000", "clock"),
        ("time() - ALERTS_FOR_STATE > 3600", "clock"),
        ("expires - time() < 86400", "clock"),
        ("depth - depth offset 10m > 50", "lie 10m apart"),
        ("depth > 2 * depth offset -5m", "lie 5m apart"),
        ("rate(a[5m]) / rate(a[5m] offset 1h) > 2", "lie 1h apart"),
        ("depth offset 5m - max_over_time(depth[10m:] offset 10m) > 5", "lie 5m apart"),
        ("depth - depth @ 1700000000 > 50", "fixed instant"),
        ("rate(a_total[5m]) > rate(b_total[5m]) + 10", "rate per real second"),
        ("rate(a[5m]) / clamp_min(rate(b[5m]), 1) > 0.1", "rate per real second"),
        ("rate(a[5m]) * rate(b[5m]) > rate(c[5m])", "rate per real second"),
        ("increase(a[5m]) / rate(b[5m]) > 5", "rate per real second"),
        ("(5 < increase(a[5m])) > 7", "counts events"),
        ("delta(depth[10m]) > 5", "counts events"),
        ("changes(depth[10m]) > 5", "counts events"),
        ("sum_over_time(increase(a[1m])[1h:1m]) > 5", "counts events"),
        ("b:twice > 1", "rate per real second"),
        ('{__name__="b:twice"} > 1', "rate per real second"),
        ("b:many == 1", "in b:many"),
        ("c:circle > 1", "rate per real second"),
    ],
)
def test_thresholds_that_depend_on_seconds_are_reported(expr: str, words: str) -> None:
    """Counts, rates and clocks mean something else when only the windows shrink."""
    assert any(words in note for note in notes(expr))


def test_in_real_time_everything_is_proved() -> None:
    """At speed 1 there is nothing to report."""
    assert notes("increase(a[10m]) > 5", speed=1) == []


def test_an_alert_that_runs_in_real_time_among_others_is_proved() -> None:
    """Its own speed counts, not the one asked for."""
    rule = AlertingRule(alert="A", expr="increase(a[10m]) > 5")
    group = RuleGroup(name="g", rules=(rule, AlertingRule(alert="B", expr=rule.expr)))
    assert [note.rule for note in unproved([group], Speed(60), {"A": Speed(1)})] == ["B"]
    assert [note.rule for note in unproved([group], Speed(60), {"A": Speed(7)})] == ["A", "B"]


def test_what_runs_slower_than_asked_for_is_told_with_the_reason() -> None:
    """Of the alerts that what they read limits; not of one for which less was asked for anyway."""
    group = RuleGroup(
        name="g",
        rules=(AlertingRule(alert="Full", expr="container_x > 1"), AlertingRule(alert="Down", expr="up == 0")),
    )
    refresh, limits = {Exporter.CADVISOR: PromDuration(20_000)}, {"Full": Speed(7)}
    (note,) = too_fast([group], Speed(30), limits, refresh)
    assert (note.rule, note.part, note.why) == (
        "Full",
        "speeds above 7",
        "cAdvisor renews a container's figures every 20 s",
    )
    assert too_fast([group], Speed(7), limits, refresh) == ()
    assert too_fast([group], Speed(30), {}, {}) == ()


def test_the_order_of_the_rules_is_of_no_matter() -> None:
    """Groups are evaluated side by side, and a rule may stand before those it reads."""
    alert = AlertingRule(alert="A", expr="b:twice > 1")
    there: tuple[Rule, ...] = (alert, *_RECORDED)
    back: tuple[Rule, ...] = (*reversed(_RECORDED), alert)
    found = [unproved([RuleGroup(name="g", rules=rules)], Speed(60)) for rules in (there, back)]
    apart = unproved([RuleGroup(name=rule.name, rules=(rule,)) for rule in back], Speed(60))
    assert found == [apart, apart]
    assert len(apart) == 1


def profile(scrape: str, floor_ms: int) -> ScrapeProfile:
    """One whose rules are evaluated every minute."""
    return ScrapeProfile(
        scrape_interval=PromDuration.parse(scrape),
        evaluation_interval=PromDuration.parse("1m"),
        floor=PromDuration(floor_ms),
    )


def test_scrapes_that_cannot_come_closer_are_counted_otherwise() -> None:
    """Below the stack's floor a window holds fewer of them; a subquery's steps are divided as it is."""
    rules = (
        AlertingRule(alert="A", expr="count_over_time(up[10m]) < 5"),
        AlertingRule(alert="B", expr="count_over_time(up[10m:1m]) < 5"),
    )
    groups = [RuleGroup(name="g", rules=rules)]
    assert unproved(groups, Speed(60), {}, profile("30s", 500)) == ()
    (note,) = unproved(groups, Speed(120), {}, profile("30s", 500))
    assert note.rule == "A"
    assert "counts scrapes" in note.why


@pytest.mark.parametrize(
    ("expr", "part", "words"),
    [
        ("rate(x[15s]) > 1", "rate over [15s]", "the chart has Prometheus scrape every 30s"),
        ("increase(x[30s]) > 1", "increase over [30s]", "finds one at most, at any speed"),
        ("rate((x[15s])) > 1", "rate over [15s]", "scrape every 30s"),
        ("changes(x[30s]) > 1", "changes over [30s]", "scrape every 30s"),
        ("rate(errors:rate5m[1m]) > 1", "rate over [1m]", "it is recorded every 1m"),
        ("deriv(x[5m:5m]) > 1", "deriv over [5m]", "its steps are every 5m"),
        ("delta(x[1m:]) > 1", "delta over [1m]", "its steps are every 1m"),
        ("short:rate > 1", "rate over [20s] in short:rate", "scrape every 30s"),
    ],
)
def test_a_window_that_never_holds_two_values_is_told(expr: str, part: str, words: str) -> None:
    """In real time, too: such a rule never sees anything."""
    short = RecordingRule(record="short:rate", expr="rate(x[20s])")
    group = RuleGroup(name="g", rules=(*_RECORDED, short, AlertingRule(alert="A", expr=expr)))
    (note,) = too_short([group], profile("30s", 1))
    assert (note.rule, note.part) == ("A", part)
    assert words in note.why


@pytest.mark.parametrize("expr", ["rate(x[31s]) > 1", "max_over_time(x[15s]) > 1", "rate(x[1m:30s]) > 1", "x > 1"])
def test_a_window_that_may_hold_two_values_is_not_told(expr: str) -> None:
    """Nor one of a function that is content with one."""
    group = RuleGroup(name="g", rules=(AlertingRule(alert="A", expr=expr),))
    assert too_short([group], profile("30s", 1)) == ()


def test_a_rule_of_a_promised_alert_that_no_promise_names_is_told() -> None:
    """With its place and labels; what shares no promised name is nobody's business here."""
    fast, slow, other = (
        AlertingRule(alert=name, expr="up == 0", labels={"severity": severity})
        for name, severity in (("QueueDeep", "critical"), ("QueueDeep", "warning"), ("Other", "warning"))
    )
    group = RuleGroup(name="g", rules=(fast, slow, other))
    promise = replace(PROMISE, labels={"severity": "warning"})
    (told,) = undocumented([promise], [group])
    assert told.rule == "QueueDeep"
    assert told.part == 'another rule of this alert (group g, rule 1: {severity="critical"})'
    assert (
        undocumented([promise, replace(promise, name="fast", of_alert="QueueDeep", labels=fast.labels)], [group]) == ()
    )
