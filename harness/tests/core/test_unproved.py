"""What a scaled run cannot prove is found, and nothing else is."""

import pytest

from harness.core.duration import PromDuration
from harness.core.rule import AlertingRule, RecordingRule, RuleGroup
from harness.core.sources import Source
from harness.core.speed import Speed
from harness.core.unproved import too_fast, unproved

_RECORDED = (
    RecordingRule(record="errors:rate5m", expr="sum(rate(e[5m]))"),
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
    refresh, limits = {Source.CADVISOR: PromDuration(20_000)}, {"Full": Speed(7)}
    (note,) = too_fast([group], Speed(30), limits, refresh)
    assert (note.rule, note.part, note.why) == (
        "Full",
        "speeds above 7",
        "cAdvisor renews a container's figures every 20 s",
    )
    assert too_fast([group], Speed(7), limits, refresh) == ()
    assert too_fast([group], Speed(30), {}, {}) == ()
