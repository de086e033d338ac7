"""What a rule writes, and how it ends series."""

import math

import pytest

from harness.core.replay.alert import Alert
from harness.core.replay.go_number import shortest
from harness.core.replay.labels import Element, alert_labels, label_set, merged, recorded_labels
from harness.core.replay.written import TWINS, Newest, Sample, of_alerts, of_recording
from harness.core.rules.model import AlertingRule, RuleGroup
from harness.core.samples import is_stale
from harness.core.timeline import AlertState

_ELEMENT = Element(labels=label_set({"__name__": "up", "pod": "a", "team": "x"}), value=2.0)


def _sample(name: str, at_ms: int, value: float = 1.0) -> Sample:
    return Sample(labels=label_set({"__name__": name}), at_ms=at_ms, value=value)


def test_the_rules_labels_are_over_the_series_and_an_empty_one_takes_away() -> None:
    """The alert's name is over everything, the series' name is gone."""
    labels = alert_labels(_ELEMENT, {"team": "", "severity": "page", "alertname": "no"}, "A")
    assert dict(labels) == {"alertname": "A", "pod": "a", "severity": "page"}
    assert dict(recorded_labels(_ELEMENT, {"team": ""}, "a:b")) == {"__name__": "a:b", "pod": "a"}


def test_a_rules_own_labels_are_over_its_groups() -> None:
    """Also an empty one."""
    rule = AlertingRule(alert="A", expr="up", labels={"b": "", "c": "own"})
    assert merged(RuleGroup(name="g", labels={"a": "1", "b": "2", "c": "3"}), rule) == {"a": "1", "b": "", "c": "own"}


def test_active_alerts_write_their_state_and_since_when() -> None:
    """In whole seconds; a resolved one writes nothing."""
    labels = label_set({"alertname": "A", "pod": "a"})
    firing = Alert(labels=labels, state=AlertState.FIRING, active_at_ms=1_999, element=_ELEMENT)
    resolved = Alert(labels=(), state=AlertState.INACTIVE, active_at_ms=0, element=_ELEMENT)
    state, since = of_alerts("A", {"severity": "page"}, [resolved, firing], 5_000)
    assert dict(state.labels) == {
        "__name__": "ALERTS",
        "alertname": "A",
        "alertstate": "firing",
        "pod": "a",
        "severity": "page",
    }
    assert (state.value, state.at_ms, since.value, since.at_ms) == (1.0, 5_000, 1.0, 5_000)
    assert dict(since.labels) == {"__name__": "ALERTS_FOR_STATE", "alertname": "A", "pod": "a", "severity": "page"}


def test_a_label_whose_template_comes_to_nothing_is_on_the_series_as_it_was_written() -> None:
    """So it is in Prometheus: the series is made of the rule's labels, the alert's over them."""
    one = Alert(labels=(("alertname", "A"),), state=AlertState.PENDING, active_at_ms=0, element=_ELEMENT)
    (state, _) = of_alerts("A", {"team": "{{ $labels.none }}"}, [one], 0)
    assert dict(state.labels)["team"] == "{{ $labels.none }}"


def test_a_recording_rule_names_its_series() -> None:
    """With its labels."""
    found = of_recording("a:b", {"x": "y"}, [_ELEMENT], limit=1, at_ms=7)
    labels = label_set({"__name__": "a:b", "pod": "a", "team": "x", "x": "y"})
    assert found == (Sample(labels=labels, at_ms=7, value=2.0),)


def test_a_recording_rule_fails_with_twins_and_beyond_its_limit() -> None:
    """In Prometheus's words."""
    two = [Element(labels=(("pod", pod),), value=1.0) for pod in "ab"]
    assert of_recording("a:b", {"pod": ""}, two, limit=1, at_ms=0) == TWINS
    assert of_recording("a:b", {}, two, limit=1, at_ms=0) == "exceeded limit of 1 with 2 series"


def test_a_series_that_a_rule_no_longer_makes_ends_with_a_marker() -> None:
    """Once."""
    newest = Newest()
    first = newest.commit([_sample("a", 10), _sample("b", 10)], frozenset(), 10)
    second = newest.commit([_sample("a", 20)], first.series, 20)
    own, marker = second.samples
    assert (own, dict(marker.labels), marker.at_ms) == (_sample("a", 20), {"__name__": "b"}, 20)
    assert is_stale(marker.value)
    assert len(newest.commit([_sample("a", 30)], second.series, 30).samples) == 1


def test_what_another_rule_wrote_at_the_instant_stands() -> None:
    """The same value is taken, another one refused; a marker is left out without a word."""
    newest = Newest()
    newest.commit([_sample("a", 10, 1e6)], frozenset(), 10)
    same = newest.commit([_sample("a", 10, 1e6)], frozenset(), 10)
    assert (same.samples, set(same.series), same.refused) == ((), {_sample("a", 0).labels}, None)
    other = newest.commit([_sample("a", 10, 0.5)], frozenset(), 10)
    words = "duplicate sample for timestamp 10; overrides not allowed: existing 1e+06, new value 0.5"
    assert (other.samples, set(other.series), other.refused) == ((), set(), words)
    ended = newest.commit([], same.series, 10)
    assert (ended.samples, ended.refused) == ((), None)


def test_what_is_older_than_the_newest_is_refused() -> None:
    """As of a group that looks further back."""
    newest = Newest()
    newest.commit([_sample("a", 10)], frozenset(), 10)
    assert newest.commit([_sample("a", 9), _sample("b", 9)], frozenset(), 9).refused == "out of order sample"


def test_of_two_samples_of_a_series_in_one_evaluation_the_first_is_kept() -> None:
    """Two alerts that differ in the label of their state alone make such."""
    committed = Newest().commit([_sample("a", 10, 1.0), _sample("a", 10, 2.0)], frozenset(), 10)
    assert committed.samples == (_sample("a", 10, 1.0),)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "-0"),
        (math.nan, "NaN"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (123456.5, "123456.5"),
        (999999.0, "999999"),
        (-1234567.0, "-1.234567e+06"),
        (1e300, "1e+300"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (0.1, "0.1"),
    ],
)
def test_numbers_are_written_as_go_writes_them(value: float, text: str) -> None:
    """`fmt.Sprintf("%g", value)`."""
    assert shortest(value) == text
