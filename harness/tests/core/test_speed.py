"""Speed: every duration divided, nothing else; and what limits it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.duration import PromDuration
from harness.core.promql import Expression
from harness.core.rule import AlertingRule, RecordingRule, Rule, RuleGroup
from harness.core.speed import Rhythm, Speed, SpeedError, check_speed, highest_speed, scale_groups, scale_rule

_S60 = Speed(60)
_RHYTHM = Rhythm(
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


def test_documented_time_is_clock_time_times_speed() -> None:
    """Ten seconds at speed 60 stand for ten minutes."""
    assert _S60.documented_s(10) == 600
    assert str(_S60) == "60"


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
    slow = Rhythm(
        scrape_interval=PromDuration(30_000), evaluation_interval=PromDuration(30_000), floor=PromDuration(60_000)
    )
    assert highest_speed([rule], slow) == Speed(0.5)
    slower = Rhythm(
        scrape_interval=PromDuration(30_000), evaluation_interval=PromDuration(30_000), floor=PromDuration(900_000)
    )
    assert highest_speed([rule], slower) == Speed(0.1)


def test_the_rhythm_knows_the_floor() -> None:
    """An interval is divided, but never below what the stack can do."""
    assert _RHYTHM.interval(PromDuration(30_000), Speed(10)) == PromDuration(3_000)
    assert _RHYTHM.interval(PromDuration(30_000), Speed(600)) == PromDuration(500)
