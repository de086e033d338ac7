"""The cause of a life that was not as promised: what the rule does not match, what failed, nothing beside the point."""

from dataclasses import replace

import pytest

from harness.core.judge import Clause, Component, Disruption, RuleFact, SelectorFact, judge_life
from harness.core.judge.lifecycle import selector_causes, worst_troubles
from harness.core.verdict import Verdict
from harness.tests.core.judge.world import END, INJECT, START, UNDO, World

X, U = Verdict.VIOLATED, Verdict.UNKNOWN


def test_a_selector_that_matches_nothing_is_named_as_the_cause() -> None:
    """The message tells which matcher is wrong and what there is instead."""
    rule = RuleFact(
        name="QueueDeep",
        health="ok",
        last_error="",
        expr="",
        hold_s=15,
        selectors=(
            SelectorFact(selector='depth{name="secrets"}', matched=0, killer='name="secrets"', seen=("secret",)),
            SelectorFact(selector="up", matched=1),
            SelectorFact(selector="nothing", matched=0),
        ),
    )
    judged = judge_life(replace(World(matches=False).case(), rule=rule))
    assert 'no series matched depth{name="secrets"}: without name="secrets"' in judged.cause
    assert "'secret'" in judged.cause
    assert "no series matched nothing" in judged.cause


@pytest.mark.parametrize(
    ("fact", "cause"),
    [
        pytest.param(
            SelectorFact(selector="depth", matched=None, unanswered="timed out"),
            "what depth matches could not be asked (timed out)",
            id="not-asked",
        ),
        pytest.param(
            SelectorFact(selector="depth", matched=0, unanswered="timed out"),
            "no series matched depth; which of its matchers is to blame could not be asked (timed out)",
            id="blame-not-asked",
        ),
        pytest.param(
            SelectorFact(selector="depth", matched=0, instead="metricRelabelings drop it"),
            "no series matched depth: metricRelabelings drop it",
            id="dropped",
        ),
        pytest.param(
            SelectorFact(selector="depth", matched=0, killer='name="x"'),
            'no series matched depth: without name="x" there are some, its label has no value at all',
            id="no-such-label",
        ),
    ],
)
def test_as_much_is_told_of_a_selector_as_could_be_asked(fact: SelectorFact, cause: str) -> None:
    """What it matches, which matcher is to blame, what there is instead."""
    assert selector_causes(replace(World().rule(), selectors=(fact,))) == [cause]


@pytest.mark.parametrize(
    ("expr", "matched", "told"),
    [
        pytest.param("ready == 0", 0, True, id="waits-for-zero"),
        pytest.param("ready < 1", 0, True, id="waits-for-less-than-one"),
        pytest.param("depth > 100", 0, False, id="waits-for-many"),
        pytest.param("ready < 1 or absent(ready)", 0, False, id="sees-its-absence"),
        pytest.param("ready == 0", 3, False, id="has-its-series"),
    ],
)
def test_a_comparison_that_a_missing_series_leaves_empty_is_explained(expr: str, matched: int, told: bool) -> None:
    """A target that is gone has no `0` to be seen: where its series is missing, and nothing asks for that."""
    facts = (SelectorFact(selector="ready", matched=matched),)
    causes = selector_causes(replace(World().rule(), expr=expr, selectors=facts))
    assert any("see absent()" in one for one in causes) is told


def test_what_a_rule_does_not_match_is_no_cause_where_it_was_active() -> None:
    """It saw the condition by another of its selectors."""
    rule = replace(World().rule(), selectors=(SelectorFact(selector="other", matched=0),))
    judged = judge_life(replace(World(hold_s=60).case(), rule=rule))
    assert judged.verdict is X
    assert "no series matched" not in judged.cause


def test_a_rule_that_is_not_loaded_has_no_selectors_to_blame() -> None:
    """It was never pending because there is none: that is the cause."""
    judged = judge_life(replace(World(matches=False).case(), rule=None))
    assert (judged.verdict, judged.findings[0].clause) == (X, Clause.LOADED)
    assert judged.cause == "no rule of this name is loaded; promised: alerting rule QueueDeep is loaded and healthy"


@pytest.mark.parametrize("times", [2, 3])
def test_of_many_troubles_the_longest_of_each_place_is_named(times: int) -> None:
    """A stall that matters does not disappear among many that do not."""
    stalls = [
        Disruption(component=Component.MACHINE, start_s=at_s, end_s=at_s + long_s, cause=f"stood still for {long_s} s")
        for at_s, long_s in ((0, 0.3), (2, 2.5), (9, 0.4))
    ]
    blind = Disruption(component=Component.WITNESS, start_s=1, end_s=1.5, cause="saw nothing for 0.50 s")
    assert worst_troubles([*stalls[:times], blind]) == [
        f"the machine stood still for 2.5 s, the longest of {times} times",
        "the witness saw nothing for 0.50 s",
    ]


def test_a_trouble_is_the_likely_cause_of_what_is_not_known_for_no_other_reason() -> None:
    """The finding says that nothing was seen; the accident meanwhile says why."""
    case = World().case()
    unread = tuple(replace(one, value=None, holds=None) for one in case.readings)
    stall = Disruption(component=Component.MACHINE, start_s=INJECT, end_s=UNDO, cause="stood still for 25 s")
    judged = judge_life(replace(case, readings=unread, disruptions=(stall,)))
    assert judged.verdict is U
    assert judged.cause == (
        f"condition: never in {len(unread)} looks, {len(unread)} of which failed; the machine stood still for 25 s"
    )


def test_a_cause_names_no_trouble_that_excuses_something_else() -> None:
    """Where the finding says what excuses it, the stalls of other moments are no part of the cause."""
    lost = Disruption(component=Component.ALERTMANAGER, start_s=INJECT, end_s=END, cause="exited with status 137")
    stall = Disruption(component=Component.MACHINE, start_s=START, end_s=START + 0.3, cause="stood still for 0.3 s")
    judged = judge_life(replace(World(firing_delivered=False).case(), disruptions=(stall, lost)))
    assert judged.verdict is U
    assert "exited with status 137" in judged.cause
    assert "stood still" not in judged.cause
