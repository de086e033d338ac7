"""What rules read, which others record it, and how far back that looks."""

from harness.core.promql import Expression, selector
from harness.core.rules.file import parse_rules
from harness.core.rules.model import RuleGroup
from harness.core.rules.rests_on import names_read, reach_s, selectors_of, with_their_sources

_RULES = """
groups:
  - name: strangers
    interval: 10s
    rules:
      - record: nobody:reads
        expr: rate(other[1h])
  - name: levels
    interval: 10s
    query_offset: 7s
    rules:
      - record: level:rate
        expr: rate(level_total[2m])
      - record: level:max
        expr: max_over_time(level:rate[10m])
  - name: alerts
    interval: 10s
    rules:
      - alert: High
        expr: level:max > 1 or rate(depth[30s] offset 1m) > 2
        for: 3m
        keep_firing_for: 1m
"""


def _groups(text: str = _RULES) -> tuple[RuleGroup, ...]:
    return parse_rules(text, "rules").groups


def test_each_selector_is_one_with_its_name() -> None:
    """Inside ranges and subqueries too; one without a name has its matchers only."""
    found = selectors_of(Expression.parse('rate(a{x="1"}[5m]) / on () max_over_time({__name__=~"b.*"}[1m:5s])'))
    assert [selector("", one) for one in found] == ['{__name__="a", x="1"}', '{__name__=~"b.*"}']


def test_names_are_those_that_are_said() -> None:
    """A pattern says none."""
    assert names_read(Expression.parse('a + {__name__="b"} + {__name__=~"c.*"} + {__name__!="d", x="1"}')) == {"a", "b"}


def test_groups_that_record_what_is_read_belong_to_them() -> None:
    """By whatever way, in their order; those of strangers do not."""
    assert [one.name for one in with_their_sources(_groups(), ["alerts"])] == ["levels", "alerts"]
    assert [one.name for one in with_their_sources(_groups(), ["levels"])] == ["levels"]
    assert with_their_sources(_groups(), ["nowhere"]) == ()


def test_what_is_read_of_recorded_series_looks_back_as_well() -> None:
    """Window, offset and lookback at each step, and what the alert itself may have held."""
    rate_s, max_s = 120 + 7 + 5, 600 + 7 + 5
    alert_s = (30 + 60) + 5 + (180 + 60 + 10)
    assert reach_s(_groups()[1:], lookback_s=5) == alert_s + max_s + rate_s


def test_a_circle_ends() -> None:
    """A rule may read what it records itself."""
    groups = _groups("groups: [{name: g, rules: [{record: 'a:b', expr: 'a:b + rate(c[1m])'}]}]")
    assert reach_s(groups, lookback_s=5) == 65
    assert [one.name for one in with_their_sources(groups, ["g"])] == ["g"]


def test_what_is_not_understood_reads_nothing_that_is_known() -> None:
    """Of a Prometheus with a feature flag."""
    (group,) = _groups("groups: [{name: g, rules: [{record: 'a:b', expr: 'c'}]}]")
    (rule,) = group.rules
    odd = RuleGroup(name="g", rules=(type(rule)(record="a:b", expr="mad_over_time(c[5m])"),))  # type: ignore[call-arg]
    assert reach_s([odd], lookback_s=5) == 0
    assert with_their_sources([odd], ["g"]) == (odd,)
    assert reach_s([], lookback_s=5) == 5
