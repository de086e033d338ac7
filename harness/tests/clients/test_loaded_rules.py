"""Of the rules that are loaded, each promise has its own, with its own group's heartbeat."""

from dataclasses import replace

from harness.clients.loaded_rules import LoadedAlerts, beat_labels, slowest_interval_s
from harness.clients.querier import LoadedGroup, LoadedRule
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.identity import Owner
from harness.tests.core.judge.world import PROMISE

_FAST = replace(PROMISE, name="fast", of_alert="A", labels={"severity": "critical"})
_SLOW = replace(PROMISE, name="slow", of_alert="A", labels={"severity": "warning"})


def _alerting(severity: str) -> LoadedRule:
    return LoadedRule(name="A", query="up == 0", health="ok", type="alerting", labels={"severity": severity})


def _group(*rules: LoadedRule, name: str = "g", file: str = "f", own: bool = True) -> LoadedGroup:
    labels = {"rule_group": name, "rule_object": f"shop/{file}"}
    beat = LoadedRule(name=HEARTBEAT, query="vector(1)", health="ok", type="recording", labels=labels)
    return LoadedGroup(name=name, file=file, interval=1, rules=(*rules, *((beat,) if own else ())))


def test_each_promise_has_the_rule_and_the_heartbeat_of_its_own_group() -> None:
    """Also where two files have groups of one name."""
    found = LoadedAlerts(
        (_group(_alerting("critical"), file="a"), _group(_alerting("warning"), file="b")), (_FAST, _SLOW)
    )
    fast, slow = found.found(_FAST), found.found(_SLOW)
    assert fast is not None
    assert slow is not None
    assert (fast.identity.key, slow.identity.key) == (("a", "g", 1), ("b", "g", 1))
    assert slow.beat == 'harness:evaluated{rule_group="g", rule_object="shop/b"}'
    warning = {"alertname": "A", "severity": "warning"}
    assert [found.ownership(one).of(warning) for one in (_FAST, _SLOW)] == [Owner.OTHER, Owner.MINE]


def test_a_cluster_s_own_rule_of_that_name_is_not_what_is_meant() -> None:
    """It is told from the subject's by its heartbeat, and what it writes is another's."""
    groups = (_group(_alerting("warning"), file="theirs", own=False), _group(_alerting("critical"), file="ours"))
    found = LoadedAlerts(groups, (_SLOW,))
    ours = found.found(_SLOW)
    assert ours is not None
    assert ours.identity.file == "ours"
    assert found.ownership(_SLOW).of({"alertname": "A", "severity": "warning"}) is Owner.OTHER


def test_a_rule_that_is_not_loaded_is_told_with_those_that_are() -> None:
    """For whoever wonders."""
    found = LoadedAlerts((_group(_alerting("critical")),), (_FAST, _SLOW))
    assert found.found(_SLOW) is None
    assert 'no rule of alert A with severity="warning"' in found.absent(_SLOW)
    assert 'group g, rule 1: {severity="critical"}' in found.absent(_SLOW)
    assert found.absent(_FAST) == ""


def test_a_group_without_a_heartbeat_has_none_of_another_group() -> None:
    """By its name at least."""
    assert beat_labels(_group(own=False)) == {"rule_group": "g"}


def test_the_slowest_group_that_beats_says_how_long_an_evaluation_may_take() -> None:
    """A cluster's other groups are nobody's business."""
    slow, foreign = (replace_interval(_group(own=own), 9) for own in (True, False))
    assert slowest_interval_s((_group(), slow), 0.5) == 9
    assert slowest_interval_s((_group(), foreign), 0.5) == 1
    assert slowest_interval_s((), 0.5) == 0.5


def replace_interval(group: LoadedGroup, interval_s: float) -> LoadedGroup:
    """The same at another interval."""
    return group.model_copy(update={"interval": interval_s})
