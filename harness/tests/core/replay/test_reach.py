"""How far back a rule's value rests on samples."""

from harness.core.replay.order import placed, readers
from harness.core.replay.reach import reaches_ms
from harness.core.rules.model import AlertingRule, RecordingRule, RuleGroup

_GROUP = RuleGroup(
    name="g",
    rules=(
        RecordingRule(record="a", expr="rate(m[10s])"),
        RecordingRule(record="b", expr="max_over_time(a[1m]) + n"),
        AlertingRule(alert="A", expr="b offset 2s or c"),
        RecordingRule(record="c", expr="d"),
        RecordingRule(record="d", expr="c[3s:1s] offset 1s"),
    ),
)


def test_it_is_its_own_and_that_of_what_it_reads() -> None:
    """The farthest way; a circle once around."""
    rules = placed([_GROUP])
    found = reaches_ms(rules, readers(rules), lookback_ms=1_000)
    assert [found[one.key] for one in rules] == [10_000, 70_000, 73_000, 6_000, 6_000]
