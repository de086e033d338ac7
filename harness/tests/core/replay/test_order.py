"""Which rules are evaluated together, and in which order."""

import pytest

from harness.core.duration import PromDuration
from harness.core.promql import Expression
from harness.core.replay.order import Bundle, bundled, placed, readers
from harness.core.replay.reads import Output, looks_ahead, may_select, needs_single_instants, selectors, with_steps
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup


def _record(name: str, expr: str, **labels: str) -> Rule:
    return RecordingRule(record=name, expr=expr, labels=labels)


def _alert(name: str, expr: str, **labels: str) -> Rule:
    return AlertingRule(alert=name, expr=expr, labels=labels)


def _bundles(*groups: RuleGroup, together: bool = True) -> tuple[Bundle, ...]:
    rules = placed(groups)
    offsets = [group.query_offset.ms if group.query_offset else 0 for group in groups]
    return bundled(
        rules, readers(rules), query_offset_ms=offsets.__getitem__, may_coincide=lambda _one, _other: together
    )


def _names(bundles: tuple[Bundle, ...]) -> list[tuple[str, bool]]:
    return [(" ".join(one.rule.name for one in bundle.rules), bundle.stepwise) for bundle in bundles]


def _group(*rules: Rule, name: str = "g", offset_ms: int | None = None) -> RuleGroup:
    return RuleGroup(name=name, rules=rules, query_offset=None if offset_ms is None else PromDuration(offset_ms))


def test_what_is_read_is_evaluated_before_who_reads_it() -> None:
    """Each over the whole range."""
    found = _bundles(_group(_record("a", "m"), _record("b", "a"), _alert("A", "b > 1"), _alert("B", "m")))
    assert _names(found) == [("a", False), ("b", False), ("A", False), ("B", False)]


def test_who_reads_what_is_written_behind_it_is_evaluated_with_it_instant_by_instant() -> None:
    """It sees what was there at the evaluation before."""
    found = _bundles(_group(_alert("A", "b > 1"), _record("a", "m"), _record("b", "a")))
    assert _names(found) == [("a", False), ("A b", True)]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param((_record("a", "a + 1 or vector(0)"),), id="its own"),
        pytest.param((_record("a", "b"), _record("b", "a")), id="in a circle"),
        pytest.param((_record("a", "count(ALERTS)"), _alert("A", "a")), id="ALERTS"),
        pytest.param((_record("a", "ALERTS_FOR_STATE"), _alert("A", "m")), id="since when"),
        pytest.param((_record("a", "{__name__=~'a|b'}"),), id="a pattern"),
        pytest.param((_record("a", "{x='y'}"),), id="every name"),
        pytest.param((_record("a", "{__name__=~'[a-c]'}"),), id="a pattern that is not looked into"),
        pytest.param((_record("a", "{__name__!~'b|c', x='y'}"),), id="a pattern of others"),
    ],
)
def test_who_may_read_its_own_or_each_others_is_evaluated_instant_by_instant(rules: tuple[Rule, ...]) -> None:
    """Whatever selects it."""
    (bundle,) = _bundles(_group(*rules))
    assert bundle.stepwise
    assert len(bundle.rules) == len(rules)


def test_who_reads_alerts_of_others_before_it_has_them() -> None:
    """Labels tell which: of the rule's, those that are no templates."""
    before = _alert("A", "m", severity="page", team="{{ $labels.team }}")
    found = _bundles(
        _group(
            before,
            _alert("B", "ALERTS{alertname='A', team='x', alertstate='firing'}"),
            _alert(
                "C", "ALERTS{severity='info'} or ALERTS{alertname!='C'} or ALERTS{alertname=~'D.*'}", severity="low"
            ),
        )
    )
    assert _names(found) == [("A", False), ("B", False), ("C", False)]


def test_rules_that_may_write_the_same_series_belong_together() -> None:
    """Which sample is taken depends on the order in time; labels of their own tell them apart."""
    found = _bundles(
        _group(
            _record("a", "m"),
            _record("a", "n"),
            _record("b", "m", k="1"),
            _record("b", "n", k="2"),
            _alert("A", "m", severity="page"),
            _alert("A", "n", severity="{{ $value }}"),
        )
    )
    assert _names(found) == [("a a", False), ("b", False), ("b", False), ("A A", False)]


def test_groups_that_are_evaluated_at_other_instants_have_what_others_wrote_by_then() -> None:
    """At the same instants, the later one is not done yet."""
    groups = (_group(_alert("A", "a")), _group(_record("a", "m"), name="h"))
    assert _names(_bundles(*groups, together=False)) == [("a", False), ("A", False)]
    assert _names(_bundles(*groups)) == [("A a", True)]


def test_who_looks_further_back_has_all_of_it_and_who_looks_less_far_has_not() -> None:
    """A group's offset shifts what it writes as well."""
    late = (_group(_alert("A", "a"), offset_ms=10), _group(_record("a", "m"), name="h"))
    assert _names(_bundles(*late)) == [("a", False), ("A", False)]
    early = (_group(_record("a", "m"), name="h", offset_ms=10), _group(_alert("A", "a")))
    assert _names(_bundles(*early)) == [("a A", True)]


def test_a_long_chain_is_ordered_without_recursion() -> None:
    """As long as groups come."""
    rules = [_record(f"r{number}", f"r{number + 1}") for number in range(3_000)]
    assert len(_bundles(_group(*rules))[0].rules) == 3_000
    assert len(_bundles(_group(*reversed(rules)))) == 3_000


def test_an_alerts_state_is_never_taken_from_its_rule() -> None:
    """Prometheus sets that label itself."""
    output = Output.of(_group(), _alert("A", "m", alertstate="{x}", alertname="B"))
    (selector,) = selectors(Expression.parse("ALERTS{alertname='A', alertstate='firing'}"))
    assert may_select(selector, output)


@pytest.mark.parametrize(
    ("expr", "offset_ms", "ahead"),
    [
        ("m", 0, False),
        ("m offset 1m", 0, False),
        ("m offset -1m", 0, True),
        ("m offset -1m", 60_000, False),
        ("max_over_time(m[5m] offset -1m)", 30_000, True),
        ("max_over_time((m offset -1m)[5m:1m] offset 1m)", 0, False),
        ("max_over_time((m offset 1m)[5m:1m] offset -2m)", 0, True),
        ("max_over_time((m @ end())[5m:1m] offset -2m)", 0, False),
        ("m @ end() offset -1m", 0, True),
        ("m @ 100", 0, False),
        ("m @ 101", 0, True),
        ("m @ 101 offset 1s", 0, False),
        ("sum(n) + m @ 101", 0, True),
    ],
)
def test_who_looks_at_what_is_not_there_yet_is_known(expr: str, offset_ms: int, ahead: bool) -> None:
    """Later than its evaluation, or at an instant that is later than its first."""
    assert looks_ahead(Expression.parse(expr), query_offset_ms=offset_ms, first_ms=100_000) is ahead


def test_what_a_range_would_change_is_known() -> None:
    """The ends of the range are no ends of an evaluation."""
    assert needs_single_instants(Expression.parse("m @ start()"))
    assert needs_single_instants(Expression.parse("max_over_time(m[1m:] @ end())"))
    assert not needs_single_instants(Expression.parse("m @ 5"))


def test_a_subquery_without_a_step_gets_one() -> None:
    """Wherever it stands; one that has one keeps it."""
    text = "topk(scalar(max_over_time(m[1m:])), -(a + max_over_time(min_over_time(b[2m:])[1h:30s])))"
    told = str(with_steps(Expression.parse(text), 5_000))
    assert told == str(
        Expression.parse("topk(scalar(max_over_time(m[1m:5s])), -(a + max_over_time(min_over_time(b[2m:5s])[1h:30s])))")
    )
