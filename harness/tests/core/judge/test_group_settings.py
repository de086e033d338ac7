"""What a rule's group adds: a `query_offset` delays what is told, a `limit` drops every alert."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause, LifeCase, judge_life
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import World

V, X = Verdict.VERIFIED, Verdict.VIOLATED


def _outcome(case: LifeCase, clause: Clause) -> Verdict:
    (found,) = [one for one in judge_life(case).findings if one.clause is clause]
    return found.outcome


@pytest.mark.parametrize(
    ("offset_s", "lag_s", "outcome"), [(0, 4.5, X), (2, 4.5, V), (2, 7.0, X)], ids=["none", "granted", "not more"]
)
def test_what_is_told_may_come_as_much_later_as_the_group_looks_back(
    offset_s: float, lag_s: float, outcome: Verdict
) -> None:
    """Samples have the time of what was seen, notifications that of the telling."""
    case = replace(World(delivery_lag_s=lag_s).case(), offset_s=offset_s)
    assert _outcome(case, Clause.DELIVERED) is outcome


@pytest.mark.parametrize(("limit", "produced", "told"), [(1, 2, True), (2, 2, False), (0, 9, False), (1, None, False)])
def test_more_alerts_than_the_limit_of_a_group_are_the_cause_of_none(
    limit: int, produced: int | None, told: bool
) -> None:
    """Prometheus drops them all, and afterwards the rule is healthy again."""
    world = World(matches=False)
    rule = replace(world.rule(), limit=limit, produced=produced)
    judged = judge_life(replace(world.case(), rule=rule))
    assert judged.verdict is X
    said = f"its group has limit {limit} and the expression gave {produced} alerts, so Prometheus dropped all"
    assert (said in judged.cause) is told
