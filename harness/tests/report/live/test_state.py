"""What is under way, as events tell it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.events import Doing, Event, ScenarioEnded, StackStep
from harness.core.timeline import AlertState
from harness.report.live.state import LiveState
from harness.tests.core.test_events import EVENTS
from harness.tests.report.live.telling import DEEP, NODEID, began, saw, state, told

OVER = ScenarioEnded(nodeid=NODEID, verdicts=(), seconds=1)


def _live(*events: Event, source: str = "") -> LiveState:
    live = LiveState()
    for event in events:
        live.hear(told(event, source=source))
    return live


def test_the_last_of_each_is_kept() -> None:
    """A frame shows what is, not what was."""
    live = _live(began(DEEP), Doing(nodeid=NODEID, text="a"), saw(1, holds=False), state(AlertState.PENDING, 0))
    for event in (Doing(nodeid=NODEID, text="b"), saw(2, holds=True), state(AlertState.FIRING, 0)):
        live.hear(told(event, 5))
    (scenario,) = live.scenarios.values()
    assert (scenario.doing, scenario.saw["QueueDeep"].value) == ("b", 2)
    assert scenario.states["QueueDeep"].state is AlertState.FIRING


def test_steps_lie_within_each_other() -> None:
    """Those that are over are parts of the one around them."""
    live = _live(StackStep(what="stack"), StackStep(what="etcd"), StackStep(what="etcd", reached="1 of 2"))
    assert [(step.what, step.reached) for step in live.steps[""]] == [("stack", ""), ("etcd", "1 of 2")]
    live.hear(told(StackStep(what="etcd", seconds=1.5)))
    assert [(step.what, step.parts) for step in live.steps[""]] == [("stack", [("etcd", 1.5)])]
    live.hear(told(StackStep(what="stack", seconds=2.5)))
    assert live.steps == {}


def test_a_step_that_ends_ends_those_within() -> None:
    """Also when their own end was lost."""
    assert _live(StackStep(what="a"), StackStep(what="b"), StackStep(what="a", seconds=1)).steps == {}


def test_workers_do_not_mix() -> None:
    """Two of them may run the same scenario, one after the other's death."""
    live = _live(began(DEEP), StackStep(what="stack"), source="gw0")
    live.hear(told(began(DEEP), source="gw1"))
    live.hear(told(OVER, source="gw1"))
    assert live.under_way("gw0") == (NODEID,)
    assert live.under_way("gw1") == ()
    live.forget("gw0")
    assert live == _live(OVER, OVER)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_what_fits_nothing_is_passed_over(event: Event) -> None:
    """A scenario that never began can be told to do things."""
    _live(event, event)


@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from(["", "gw0"]))))
def test_any_order_is_taken(events: list[tuple[Event, str]]) -> None:
    """Whatever was lost on the way."""
    live = LiveState()
    for event, source in events:
        live.hear(told(event, source=source))
    live.forget("")
    live.forget("gw0")
    assert (live.steps, live.scenarios) == ({}, {})
