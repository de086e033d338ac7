"""What one rule wrote is told from what others of its name did: by labels, and by instants where these agree."""

from harness.core.rules.identity import Ownership, RuleIdentity
from harness.core.rules.own_series import own_series
from harness.core.samples import Point, Series
from harness.core.timeline import Evaluations

_EVALUATIONS = Evaluations(at_s=(1.17, 2.17, 3.17), interval_s=1, start_s=1, end_s=4)


def _rule(group: str, severity: str) -> RuleIdentity:
    return RuleIdentity(alert="A", group=group, position=1, labels={"severity": severity})


def _series(severity: str, *instants: float) -> Series:
    return Series(
        labels={"__name__": "ALERTS", "alertname": "A", "alertstate": "firing", "severity": severity},
        points=tuple(Point(at_s=at_s, value=1) for at_s in instants),
    )


def test_a_siblings_series_is_not_an_instance() -> None:
    """Two severities of one alert."""
    whose = Ownership(alert="A", rule=_rule("g", "warning"), others=(_rule("h", "critical"),))
    mine, other = _series("warning", 1.17), _series("critical", 1.17)
    assert own_series([mine, other], whose, _EVALUATIONS) == (mine,)


def test_two_rules_with_the_same_labels_are_told_apart_by_when_they_were_evaluated() -> None:
    """They write one series, each at the instants of its own group."""
    whose = Ownership(alert="A", rule=_rule("g", "warning"), others=(_rule("h", "warning"),))
    (found,) = own_series([_series("warning", 1.17, 1.5, 2.170_01, 2.5)], whose, _EVALUATIONS)
    assert [point.at_s for point in found.points] == [1.17, 2.170_01]
    assert own_series([_series("warning", 1.5, 2.5)], whose, _EVALUATIONS) == ()


def test_the_only_rule_of_a_name_wrote_all_of_it() -> None:
    """Whatever the instants: a sample proves an evaluation as well as a heartbeat does."""
    one = _series("odd", 1.5)
    assert own_series([one], Ownership(alert="A", rule=_rule("g", "warning")), _EVALUATIONS) == (one,)
