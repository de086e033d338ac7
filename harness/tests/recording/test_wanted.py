"""Which series are asked for: all of the subject, what rules and panels select beyond it, and nobody else's."""

from collections.abc import Iterable

import pytest

from harness.clients.querier import LoadedGroup, LoadedRule
from harness.core.promql import Expression, selector
from harness.core.rules.file import parse_rules, render
from harness.core.rules.model import AlertingRule, RecordingRule, RuleGroup
from harness.core.rules.rests_on import Selector
from harness.recording.loaded import as_groups
from harness.recording.wanted import Wanted, scrapes_of, wanted
from harness.tests.recording.made import beats, firing, series, up


def _group(*rules: AlertingRule | RecordingRule) -> RuleGroup:
    return RuleGroup(name="g", rules=rules)


def _wanted(*groups: RuleGroup, every: Iterable[RuleGroup] = (), panels: Iterable[str] = ()) -> Wanted:
    return wanted(
        namespace="ns",
        job="j",
        groups=groups,
        every=(*groups, *every),
        panels=map(Expression.parse, panels),
        alerts=["A", "A.b"],
    )


def _shown(selectors: Iterable[Selector]) -> list[str]:
    return [selector("", one) for one in selectors]


_OWN = [
    '{namespace="ns"}',
    '{job="j"}',
    '{__name__=~"up|scrape_.+", metrics_path="/metrics/cadvisor"}',
    '{__name__=~"up|scrape_.+", job="kube-state-metrics"}',
]


def test_all_of_the_subject_is_asked_for_whatever_its_rules_read() -> None:
    """And what rules wrote: alerts as documented, loaded or not; heartbeats."""
    found = _wanted()
    assert _shown(found.scraped) == _OWN
    assert _shown(found.recorded) == [
        '{__name__="ALERTS", alertname=~"A|A\\\\.b"}',
        '{__name__="ALERTS_FOR_STATE", alertname=~"A|A\\\\.b"}',
        '{__name__="harness:evaluated"}',
    ]


def test_what_rules_and_panels_select_beyond_it_is_asked_for_once() -> None:
    """With their own matchers; what is in the namespace or of the job is there already."""
    alert = AlertingRule(alert="B", expr='node_load1 > 1 and x{namespace="ns"} and y{job="j"}')
    record = RecordingRule(record="a:b", expr='rate(z{app="k"}[5m])')
    odd = AlertingRule(alert="C", expr="mad_over_time(c[5m])")
    found = _wanted(_group(alert, record, odd), panels=["node_load1", 'sum(w{namespace!="ns"})'])
    assert _shown(found.scraped)[len(_OWN) :] == [
        '{__name__="node_load1"}',
        '{__name__="z", app="k"}',
        '{__name__="w", namespace!="ns"}',
    ]
    assert _shown(found.recorded)[2:] == ['{__name__=~"a:b"}', '{__name__="harness:evaluated"}']
    assert 'alertname=~"A|A\\\\.b|B|C"' in _shown(found.recorded)[0]


def test_what_rules_wrote_is_told_from_what_was_scraped() -> None:
    """Also what strangers' rules wrote about the subject's namespace."""
    strangers = _group(RecordingRule(record="theirs:rate", expr="a"))
    scraped, recorded = _wanted(every=[strangers]).split((up(1), beats(), firing(), series("theirs:rate", 1.0)))
    assert [one.labels["__name__"] for one in scraped] == ["up"]
    assert [one.labels["__name__"] for one in recorded] == ["harness:evaluated", "ALERTS", "theirs:rate"]


def test_the_scrapes_of_whoever_else_told_something_are_asked_for() -> None:
    """Else nobody knows whether a series ended or was not looked at."""
    found = (
        series("a", 1.0, job="node", instance="n:1"),
        series("b", 1.0, job="node", instance="n:1"),
        series("c", 1.0, job="j", instance="i"),
        up(1, job="j", instance="i"),
        series("recorded", 1.0),
    )
    assert _shown(scrapes_of(found)) == ['{__name__=~"up|scrape_.+", job="node", instance="n:1"}']


def _loaded(name: str, *rules: LoadedRule, **more: float) -> LoadedGroup:
    return LoadedGroup.model_validate({"name": name, "file": "f", "interval": 0.5, "rules": rules, **more})


def test_loaded_groups_are_what_a_rule_file_says() -> None:
    """As it would be read back: durations, labels, annotations, limit, offset; each group under a name of its own."""
    alert = LoadedRule(
        name="A",
        query="a > 1",
        health="ok",
        type="alerting",
        duration=15,
        keepFiringFor=2.5,
        labels={"severity": "page"},
        annotations={"summary": "{{ $value }}"},
    )
    record = LoadedRule(name="a:b", query="a", health="ok", type="recording", labels={"x": "y"})
    groups = as_groups([_loaded("g", alert, record, limit=3), _loaded("g", record), _loaded("h")], {"g": 1.5})
    assert [(one.name, str(one.interval), str(one.query_offset), one.limit) for one in groups] == [
        ("g", "500ms", "1s500ms", 3),
        ("g (2)", "500ms", "1s500ms", 0),
        ("h", "500ms", "None", 0),
    ]
    assert groups[1].rules == (RecordingRule(record="a:b", expr="a", labels={"x": "y"}),)
    (first, *_) = parse_rules(render(groups), "rules").groups
    assert first == groups[0]


@pytest.mark.parametrize("name", ["g", "h"])
def test_a_group_without_an_offset_has_none(name: str) -> None:
    """Nobody is given one by a namesake."""
    (group,) = as_groups([_loaded(name)], {"other": 1.0})
    assert group.query_offset is None
