"""The lines that stay."""

from collections.abc import Sequence

import pytest
from syrupy.assertion import SnapshotAssertion

from harness.core.events import Announcement, Collected, Doing, Event, Found, Said, ScenarioEnded, StackStep
from harness.core.timeline import AlertState
from harness.core.verdict import Verdict
from harness.report.live.narration import Detail, Narration
from harness.report.live.state import LiveState
from harness.tests.report.live.telling import DEEP, NODEID, START_S, began, saw, state, told

SESSION: tuple[Announcement, ...] = (
    told(Collected(scenarios=12), 0.5),
    told(StackStep(what="stack at speed 60"), 1),
    told(StackStep(what="control plane"), 1),
    told(StackStep(what="control plane", seconds=3.2), 4.2),
    told(StackStep(what="rules"), 4.2),
    told(StackStep(what="rules", seconds=0.3), 4.5),
    told(Said(text="built from source\x07"), 5),
    told(StackStep(what="stack at speed 60", seconds=8.1), 9.1),
    told(began(DEEP), 9.2),
    told(state(AlertState.INACTIVE), 9.7),
    told(saw(0, holds=False), 9.7),
    told(Doing(nodeid=NODEID, text="inject slow-api"), 10),
    told(saw(90, holds=False), 11),
    told(saw(145, holds=True), 12),
    told(state(AlertState.PENDING, 12), 12.5),
    told(state(AlertState.UNKNOWN, note="refused"), 20),
    told(state(AlertState.PENDING, 12), 20.5),
    told(saw(150, holds=True), 21),
    told(state(AlertState.FIRING, 12), 27),
    told(Doing(nodeid=NODEID, text="undo slow-api"), 30),
    told(saw(3, holds=False), 33),
    told(state(AlertState.INACTIVE), 34),
    told(ScenarioEnded(nodeid=NODEID, verdicts=(("QueueDeep", Verdict.VERIFIED),), seconds=25.3), 34.5),
)


def _lines(events: Sequence[Announcement], detail: Detail = Detail.SHORT) -> list[str]:
    narration = Narration(LiveState(), detail, began_s=START_S)
    return [line.plain for event in events for line in narration.hear(event)]


@pytest.mark.parametrize("detail", Detail)
def test_a_session(detail: Detail, snapshot: SnapshotAssertion) -> None:
    """From the stack to the verdict."""
    assert _lines(SESSION, detail) == snapshot


def test_everybody_sees_one_line_for_each_stack_and_each_scenario() -> None:
    """Twenty-three events, two lines, and what somebody wants to be said."""
    lines = _lines(SESSION)
    assert lines == [
        r"built from source\x07",
        "stack at speed 60: 8.1 s (control plane 3.2 s)",
        "[ 1/12] VERIFIED      25.3 s  QueueDeep: a flood pages",
    ]


def _ended(*verdicts: tuple[str, Verdict]) -> Event:
    return ScenarioEnded(nodeid="test_x.py::test_in_force", verdicts=verdicts, seconds=2)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(
            (_ended(("a", Verdict.VERIFIED), ("b", Verdict.VIOLATED), ("c", Verdict.UNKNOWN)),),
            ["VIOLATED       2.0 s  in force (b VIOLATED, c UNKNOWN)"],
            id="several verdicts",
        ),
        pytest.param((_ended(("a", Verdict.UNKNOWN)),), ["UNKNOWN        2.0 s  in force"], id="unknown"),
        pytest.param((_ended(),), ["no verdict     2.0 s  in force"], id="broke"),
        pytest.param(
            (StackStep(what="etcd"), StackStep(what="etcd", seconds=1.25, failed=True)),
            ["etcd: not done after 1.2 s"],
            id="a step fails",
        ),
        pytest.param((StackStep(what="etcd"), StackStep(what="etcd", reached="1 of 2")), [], id="a step goes on"),
    ],
)
def test_ends(events: tuple[Event, ...], expected: list[str]) -> None:
    """What is not verified is named, also beside what is."""
    assert _lines([told(event) for event in events]) == expected


def test_quiet_tells_what_went_wrong_alone() -> None:
    """And what somebody wants to be said."""
    failed = StackStep(what="etcd", seconds=1, failed=True)
    assert _lines([*SESSION, told(failed)], Detail.QUIET) == [r"built from source\x07", "etcd: not done after 1.0 s"]


def test_a_worker_that_is_lost_leaves_a_line() -> None:
    """For each scenario that it had under way; those of others go on."""
    state = LiveState()
    narration = Narration(state, Detail.SHORT, began_s=START_S)
    narration.hear(told(Collected(scenarios=3), source="gw0"))
    for source in ("gw0", "gw1"):
        narration.hear(told(began(DEEP), source=source))
    lost = narration.lost("gw0", at_s=START_S + 5, why="killed\x1b")
    assert [line.plain for line in lost] == [r"[gw0] [1/3] no verdict            a flood pages [QueueDeep]: killed\x1b"]
    assert state.under_way("gw1") == (NODEID,)
    assert narration.lost("gw0", at_s=START_S + 5, why="again") == []


def test_a_state_that_stays_is_not_told_again() -> None:
    """A second instance may have become active, and been active for longer."""
    states = [state(AlertState.PENDING, 5), state(AlertState.PENDING, 4), state(AlertState.FIRING, 4)]
    assert len(_lines([told(began(DEEP)), *map(told, states)], Detail.FULL)) == 2 + 2


def test_many_alerts_are_not_announced_one_by_one() -> None:
    """A scenario during which nothing may fire is about all of them."""
    every = [began(*(DEEP,) * number) for number in (3, 4)]
    three, four = (len(_lines([told(one)], Detail.FULL)) for one in every)
    assert (three, four) == (4, 1)


def test_what_several_workers_find_before_any_scenario_is_told_once() -> None:
    """At any detail, its further lines under its first."""
    found = Found(about="ServiceMonitor x/y", verdict=Verdict.VIOLATED, text="selects no Service\nthere is z")
    for detail in Detail:
        lines = _lines([told(found, 1), told(found, 2)], detail)
        assert lines[0].removeprefix("   1.0 s  ") == ("VIOLATED  ServiceMonitor x/y: selects no Service")
        assert len(lines) == 2
