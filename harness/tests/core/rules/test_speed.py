"""Speed: every duration divided, nothing else; and what limits it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.contract.quantity import Exporter
from harness.core.duration import PromDuration
from harness.core.promql import Expression
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup
from harness.core.rules.speed import (
    ScrapeProfile,
    Speed,
    SpeedError,
    check_speed,
    highest_speed,
    honest_speed,
    honest_speeds,
    scale_groups,
    scale_rule,
)

_S60 = Speed(60)
_RHYTHM = ScrapeProfile(
    scrape_interval=PromDuration(30_000), evaluation_interval=PromDuration(30_000), floor=PromDuration(500)
)
_ALERT = AlertingRule(
    alert="A",
    expr='rate(a{l="5m"}[5m] offset 1h) / avg_over_time(b[10m:1m] @ 7) > 300',
    hold=PromDuration(600_000),
    keep_firing_for=PromDuration(60_000),
    labels={"severity": "warning"},
    annotations={"summary": "for 10m"},
)

windows = st.integers(1, 10**8).map(PromDuration)


def group(*rules: Rule, interval: PromDuration | None = None) -> RuleGroup:
    """A group of these rules."""
    return RuleGroup(name="g", interval=interval, rules=rules)


@pytest.mark.parametrize(("text", "factor"), [("60", 60), (" 0.5 ", 0.5), ("60x", 60), ("1", 1)])
def test_speeds_are_numbers(text: str, factor: float) -> None:
    """A speed is read as it is written."""
    assert Speed.parse(text) == Speed(factor)


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "nan", "inf", "1e9", "0.01"])
def test_impossible_speeds_are_refused(text: str) -> None:
    """What is no usable factor is a mistake of the caller."""
    with pytest.raises(SpeedError):
        Speed.parse(text)


def test_every_duration_of_an_alert_is_divided() -> None:
    """Expression, `for` and keep_firing_for shrink; threshold, strings, labels and annotations stay."""
    assert scale_rule(_ALERT, _S60) == AlertingRule(
        alert="A",
        expr='rate(a{l="5m"}[5s] offset 1m) / avg_over_time(b[10s:1s] @ 7.000) > 300',
        hold=PromDuration(10_000),
        keep_firing_for=PromDuration(1_000),
        labels=_ALERT.labels,
        annotations=_ALERT.annotations,
    )


def test_groups_are_divided_down_to_the_floor() -> None:
    """Intervals stop at the floor, offsets and recorded windows do not."""
    record = RecordingRule(record="r", expr="rate(a[1m])")
    (scaled,) = scale_groups(
        [RuleGroup(name="g", interval=PromDuration(6_000), query_offset=PromDuration(6_000), rules=(record,))],
        _S60,
        floor=PromDuration(500),
    )
    assert scaled == RuleGroup(
        name="g",
        interval=PromDuration(500),
        query_offset=PromDuration(100),
        rules=(RecordingRule(record="r", expr="rate(a[1s])"),),
    )
    assert scale_groups([group(record)], _S60)[0].interval is None


def test_real_time_changes_nothing() -> None:
    """At speed 1 a group stays as it is, to the letter."""
    assert scale_groups([group(_ALERT)], Speed(1)) == (group(_ALERT),)


@given(window=windows, hold=windows, factor=st.floats(0.1, 10_000))
def test_only_durations_change(window: PromDuration, hold: PromDuration, factor: float) -> None:
    """With all durations masked, a scaled rule is the rule; none is shorter than a millisecond."""
    rule = AlertingRule(alert="A", expr=f'a{{x="{window}"}}[{window}:] offset {hold}', hold=hold)
    scaled = scale_rule(rule, Speed(factor))
    assert isinstance(scaled, AlertingRule)

    def masked(expr: str) -> str:
        return Expression.parse(expr).text(lambda _length: PromDuration(1))

    assert masked(scaled.expr) == masked(rule.expr)
    assert scaled.hold.ms >= 1
    assert abs(scaled.hold.ms * factor - hold.ms) <= max(factor, hold.ms)


def test_a_speed_that_works_is_accepted() -> None:
    """The highest speed passes its own check, and the next one does not."""
    highest = highest_speed([group(_ALERT)], _RHYTHM)
    assert highest == Speed(150)
    check_speed([group(_ALERT)], _RHYTHM, highest)
    with pytest.raises(SpeedError, match="150"):
        check_speed([group(_ALERT)], _RHYTHM, Speed(151))


def test_a_refusal_names_rule_duration_and_highest_speed() -> None:
    """The message says which rule, which of its durations, and what to do."""
    hold = AlertingRule(alert="Short", expr="up == 0", hold=PromDuration(120_000))
    with pytest.raises(SpeedError) as caught:
        check_speed([group(_ALERT, hold)], _RHYTHM, Speed(600))
    assert "Short: `for: 2m` lasts 0.2 s, but one scrape and one evaluation take 1 s" in caught.value.why
    assert "A: window [5m] lasts 0.5 s, but 4 scrapes take 2 s" in caught.value.why
    assert caught.value.fix == "use --speed 120 or lower"
    assert caught.value.exit_code == 2


def test_the_groups_own_interval_counts() -> None:
    """A group that is evaluated rarely needs no shorter `for` than that."""
    slow = group(AlertingRule(alert="A", expr="up", hold=PromDuration(120_000)), interval=PromDuration(60_000))
    assert highest_speed([slow], _RHYTHM) == Speed(120)


def test_a_rule_that_is_tight_as_documented_runs_in_real_time() -> None:
    """A window of two scrapes is the rule's own weakness: the speed may not make it worse, that is all."""
    tight = group(AlertingRule(alert="A", expr="rate(a[1m])", hold=PromDuration(15_000)))
    check_speed([tight], _RHYTHM, Speed(1))
    assert highest_speed([tight], _RHYTHM) == Speed(60)


def test_slow_motion_is_the_last_resort() -> None:
    """A stack slower than the documented interval needs speeds below 1, down to the slowest there is."""
    rule = group(RecordingRule(record="r", expr="rate(a[2m])"))
    slow = ScrapeProfile(
        scrape_interval=PromDuration(30_000), evaluation_interval=PromDuration(30_000), floor=PromDuration(60_000)
    )
    assert highest_speed([rule], slow) == Speed(0.5)
    slower = ScrapeProfile(
        scrape_interval=PromDuration(30_000), evaluation_interval=PromDuration(30_000), floor=PromDuration(900_000)
    )
    assert highest_speed([rule], slower) == Speed(0.1)


def test_the_rhythm_knows_the_floor() -> None:
    """An interval is divided, but never below what the stack can do."""
    assert _RHYTHM.interval(PromDuration(30_000), Speed(10)) == PromDuration(3_000)
    assert _RHYTHM.interval(PromDuration(30_000), Speed(600)) == PromDuration(500)


_RENEWED = replace(_RHYTHM, refresh={Exporter.CADVISOR: PromDuration(20_000)})


@pytest.mark.parametrize(
    ("rule", "speed"),
    [
        pytest.param(AlertingRule(alert="A", expr="rate(container_x[5m]) > 1"), 3, id="4 new values in a window"),
        pytest.param(AlertingRule(alert="A", expr="max_over_time(container_x[2m:]) > 1"), 1, id="in a subquery"),
        pytest.param(AlertingRule(alert="A", expr="container_x > 1"), 7, id="the lookback"),
        pytest.param(AlertingRule(alert="A", expr="max(use) > 1"), 7, id="of what was recorded"),
        pytest.param(
            AlertingRule(alert="A", expr="container_x > 1", hold=PromDuration(120_000)),
            4,  # 120 s is 30 s on the clock: 20 s until the new value and 7.5 s until the evaluation
            id="a `for`",
        ),
        pytest.param(AlertingRule(alert="A", expr="rate(up[5m]) > container_x"), 7, id="beside another's window"),
        pytest.param(AlertingRule(alert="A", expr="rate(up[5m]) > 1"), 150, id="another source"),
        pytest.param(AlertingRule(alert="A", expr="vector(1) > 0"), 100_000, id="nobody's figures"),
        pytest.param(AlertingRule(alert="Other", expr="rate(container_x[5m]) > 1"), 100_000, id="another alert"),
    ],
)
def test_an_alert_works_as_fast_as_its_figures_are_renewed(rule: AlertingRule, speed: float) -> None:
    """Whatever the other rules are limited to; fewer new values than that is a speed too high."""
    groups = [group(RecordingRule(record="use", expr="container_y"), rule)]
    assert honest_speed("A", groups, _RENEWED) == Speed(speed)
    # nothing of it is the speed's fault: the session goes on, and this alert runs slower
    check_speed(groups, _RENEWED, Speed(60))


def test_a_recorded_series_limits_whoever_reads_it() -> None:
    """The window that is too short may be that of the recording rule."""
    groups = [
        group(RecordingRule(record="use", expr="rate(container_x[5m])"), AlertingRule(alert="A", expr="use > 1")),
        group(AlertingRule(alert="B", expr="max_over_time(use[3m]) > 1")),
    ]
    assert honest_speeds(groups, _RENEWED) == {"A": Speed(3), "B": Speed(2)}


def test_the_stack_s_own_limits_hold_as_well() -> None:
    """Whichever is lower."""
    floor = replace(_RENEWED, floor=PromDuration(60_000))
    assert honest_speed("A", [group(AlertingRule(alert="A", expr="rate(container_x[5m])"))], floor) == Speed(1)


def test_where_every_scrape_is_new_there_are_no_limits() -> None:
    """And of the others only alerts that read what is not."""
    groups = [group(AlertingRule(alert="A", expr="container_x > 1"), AlertingRule(alert="B", expr="up == 0"))]
    assert honest_speeds(groups, _RHYTHM) == {}
    assert honest_speeds(groups, _RENEWED) == {"A": Speed(7)}


def test_slow_motion_hides_no_weakness_of_a_rule() -> None:
    """In real time this window holds 3 new values, and this `for` not one: that is what is proved."""
    rule = AlertingRule(alert="A", expr="rate(container_x[1m]) > 1", hold=PromDuration(1_000))
    assert honest_speed("A", [group(rule)], _RENEWED) == Speed(1)


def test_a_rule_that_no_speed_helps_is_refused() -> None:
    """Before anything starts, with the source that is too slow for it."""
    groups = [group(AlertingRule(alert="Blind", expr="rate(container_x[7s]) > 1"))]
    for refused in (lambda: check_speed(groups, _RENEWED, Speed(1)), lambda: honest_speeds(groups, _RENEWED)):
        with pytest.raises(SpeedError, match="Blind cannot work here at any speed") as caught:
            refused()
        assert "window [7s] lasts 70 s, but 4 new values take 80 s" in caught.value.why
        assert "cAdvisor renews a container's figures every 20 s" in caught.value.why
    check_speed(groups, _RHYTHM, Speed(1))


def test_a_stack_that_is_too_slow_for_an_alert_is_refused() -> None:
    """One alert has no speed that works, and which of its durations is to blame is said."""
    slow = replace(_RENEWED, floor=PromDuration(3_600_000))
    rule = AlertingRule(alert="A", expr="container_x > 1", hold=PromDuration(60_000))
    with pytest.raises(SpeedError, match="A cannot run at any speed here") as caught:
        honest_speed("A", [group(rule)], slow)
    assert "`for: 1m` lasts 600 s, but one scrape and one evaluation take" in caught.value.why
    assert "`for: 1m` lasts 600 s, but one new value and one evaluation take" in caught.value.why
