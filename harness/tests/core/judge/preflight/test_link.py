"""What is in the way of a scenario is the first broken link that it hangs on; what follows from one is passed over."""

from dataclasses import replace

import pytest

from harness.core.contract.model import Contract
from harness.core.judge import Judgement
from harness.core.judge.preflight import (
    OVER_S,
    Link,
    LinkState,
    Needs,
    because_of,
    in_the_way,
    judge_preflight,
    not_up,
    noted,
)
from harness.core.verdict import Verdict
from harness.tests.core.judge.preflight.world import INSTALLED, with_container
from harness.tests.scenario.fakes import contract

EVERYTHING = Needs(links=frozenset(Link), rules=None)


def state(
    link: Link, verdict: Verdict = Verdict.VIOLATED, *, because: str = "", rules: set[str] | None = None
) -> LinkState:
    """A link that stands like that."""
    judgement = Judgement(
        name=link,
        verdict=verdict,
        promise="",
        findings=(),
        cause=f"{link} is so\nquoted\nat length",
        because_of=because,
    )
    return LinkState(link=link, judgement=judgement, rules=None if rules is None else frozenset(rules))


def test_the_first_in_the_order_of_causes_is_in_the_way() -> None:
    """In whatever order they were found; one that holds, or follows, never is."""
    found = [state(Link.ROUTE), state(Link.TARGET), state(Link.CONTROLLER, Verdict.VERIFIED)]
    way = in_the_way(found, EVERYTHING)
    assert way is found[1]
    assert in_the_way([state(Link.TARGET, Verdict.UNKNOWN, because="controller")], EVERYTHING) is None
    assert in_the_way([state(Link.ROUTE, Verdict.UNKNOWN)], EVERYTHING) is not None
    assert in_the_way([], EVERYTHING) is None


@pytest.mark.parametrize(
    ("link", "needs", "blocks"),
    [
        (Link.ROUTE, Needs(links=frozenset({Link.TARGET, Link.RULES})), False),
        (Link.CONTROLLER, Needs(links=frozenset({Link.TARGET})), True),
        (Link.STACK, Needs(), True),
        (Link.TARGET, Needs(), False),
    ],
)
def test_only_what_hangs_on_a_link_is_kept_by_it(link: Link, needs: Needs, blocks: bool) -> None:
    """Nothing is tested without a stack; a target needs its controller."""
    assert (in_the_way([state(link)], needs) is not None) is blocks


@pytest.mark.parametrize(
    ("broken", "wanted", "blocks"),
    [(None, set(), True), ({"A"}, {"A", "B"}, True), ({"A"}, {"B"}, False), ({"A"}, set(), False), ({"A"}, None, True)],
)
def test_one_rule_keeps_only_what_is_about_it(broken: set[str] | None, wanted: set[str] | None, blocks: bool) -> None:
    """All of them keep everything."""
    needs = Needs(links=frozenset({Link.RULES}), rules=None if wanted is None else frozenset(wanted))
    assert (in_the_way([state(Link.RULES, rules=broken)], needs) is not None) is blocks


def test_what_is_not_tested_is_unknown_because_of_the_finding() -> None:
    """Its cause is the finding's first line; the rest is told there."""
    judged = because_of("QueueDeep", state(Link.TARGET))
    assert (judged.name, judged.verdict, judged.because_of) == ("QueueDeep", Verdict.UNKNOWN, "target")
    assert judged.cause == "not tested because of target: target is so"


def test_a_stack_that_did_not_come_up_lasts_and_is_nobody_s_fault() -> None:
    """UNKNOWN, on whichever stack; a note is a further line."""
    found = noted(not_up("no image", "not there", "pull it"), "recording: d")
    assert found.judgement.verdict is Verdict.UNKNOWN
    assert found.lasting
    assert found.judgement.cause == "no image: not there\nfix: pull it\nrecording: d"
    assert not state(Link.TARGET, Verdict.UNKNOWN).lasting


def test_all_links_are_judged_in_their_order() -> None:
    """By what the contract documents."""
    documented: Contract = contract()
    found = judge_preflight(documented, {}, replace(INSTALLED, receivers=("kubemirror-team",)), waited_s=OVER_S)
    assert [one.link for one in found] == [Link.CONTROLLER, Link.TARGET, Link.RULES, Link.ROUTE]
    crashed = judge_preflight(documented, {}, with_container(exits=2, exit_code=1, running_s=None), waited_s=OVER_S)
    assert crashed[1].judgement.because_of == "controller"
