"""The frame, as text."""

from dataclasses import replace

import pytest
from rich.text import Text
from syrupy.assertion import SnapshotAssertion

from harness.core.events import Doing, Event, StackStep
from harness.core.timeline import AlertState
from harness.report.live.frame import frame
from harness.report.live.state import LiveState
from harness.tests.report.live.telling import DEEP, NODEID, START_S, began, saw, state, told

_ID = "scenarios/test_x.py::test_both[A+B]"
_MANY = "scenarios/test_x.py::test_idle[4 alerts]"
_SILENT = tuple(replace(DEEP, alert=f"Alert{name}", silent=True) for name in "ABCD")
_LONG = replace(DEEP, alert="SomebodysControllerWorkqueueDepthIsMuchTooHigh")
_HOSTILE = replace(DEEP, alert="[red]\x1b[2J\u202eevil\n")

FRAMES: dict[str, tuple[Event, ...]] = {
    "nothing": (),
    "bring-up": (StackStep(what="stack at speed 60"), StackStep(what="etcd", reached="3 of 565 packages compiled")),
    "just begun": (began(DEEP),),
    "pending": (
        began(DEEP),
        Doing(nodeid=NODEID, text="should page: notification"),
        saw(145, holds=True),
        state(AlertState.PENDING, 5.5),
    ),
    "firing": (began(DEEP), saw(145, holds=True), state(AlertState.FIRING, 0)),
    "could not look": (began(DEEP), saw(None, holds=None, note="no pod"), state(AlertState.UNKNOWN, note="refused")),
    "words of a witness": (
        began(replace(DEEP, alert="KubeMirrorLeaderElectionLost")),
        saw(
            None,
            holds=True,
            note="no replica answers; an-intruder holds the Lease",
            alert="KubeMirrorLeaderElectionLost",
        ),
        state(AlertState.PENDING, 5.5, alert="KubeMirrorLeaderElectionLost"),
    ),
    "two alerts": (
        began(replace(DEEP, alert="A"), replace(DEEP, alert="B", unit="ratio", threshold=0.05), nodeid=_ID),
        saw(145, holds=True, alert="A", nodeid=_ID),
        saw(0.07, holds=True, alert="B", nodeid=_ID),
        Doing(nodeid=_ID, text="inject failing-api"),
        state(AlertState.PENDING, 5.5, alert="B", nodeid=_ID),
    ),
    "must not fire": (began(replace(DEEP, silent=True)), saw(99, holds=False), state(AlertState.FIRING, 0)),
    "must not fire, not looked yet": (began(replace(DEEP, silent=True)),),
    "many must not fire": (
        began(*_SILENT, nodeid=_MANY, row="idle"),
        saw(None, holds=False, note="2 replicas, one leads", alert="", nodeid=_MANY),
        Doing(nodeid=_MANY, text="should stay silent: 4 evaluations"),
        *(state(AlertState.INACTIVE, alert=one.alert, nodeid=_MANY) for one in _SILENT[:3]),
        state(AlertState.PENDING, 5.5, alert="AlertD", nodeid=_MANY),
    ),
    "survey": (began(nodeid="s/test_x.py::test_rates_under_load", row=""),),
    "long name": (
        began(_LONG),
        saw(145, holds=True, alert=_LONG.alert),
        state(AlertState.PENDING, 5.5, alert=_LONG.alert),
    ),
    "hostile": (
        began(_HOSTILE, row="a\tb[/]"),
        saw(None, holds=None, note="x\r\x07\x9b1m", alert=_HOSTILE.alert),
        state(AlertState.UNKNOWN, note="[link=x]y", alert=_HOSTILE.alert),
    ),
}


def _frame(events: tuple[Event, ...], width: int, *, source: str = "") -> list[Text]:
    state = LiveState()
    for event in events:
        state.hear(told(event, source=source))
    return frame(state, now_s=START_S + 12, width=width)


@pytest.mark.parametrize("width", [110, 79, 50])
@pytest.mark.parametrize("name", FRAMES)
def test_frames(name: str, width: int, snapshot: SnapshotAssertion) -> None:
    """Wide enough for everything; a usual terminal; too narrow."""
    lines = _frame(FRAMES[name], width)
    assert [line.plain for line in lines] == snapshot
    assert all(line.cell_len <= width for line in lines)
    assert all(line.plain.isprintable() for line in lines)


def test_what_is_left_stands_whole_on_a_usual_terminal() -> None:
    """Names give way, figures do not."""
    for name in ("pending", "long name"):
        (line,) = _frame(FRAMES[name], 79)
        assert "145 items > 100" in line.plain
        assert "pending 6.5 of 15.0 s (15m)" in line.plain


def test_what_a_step_is_for_stands_on_a_usual_terminal() -> None:
    """It goes before the fault's name, and what is waited for goes before it."""
    (line,) = _frame(FRAMES["pending"], 79)
    assert line.plain.endswith("(15m)  should page")


def test_markup_of_others_is_text() -> None:
    """`[red]` in a name is five letters."""
    (line,) = _frame(FRAMES["hostile"], 300)
    assert "[red]" in line.plain
    assert "red" not in {str(span.style) for span in line.spans}


def test_a_worker_is_named() -> None:
    """Where there are several."""
    assert _frame(FRAMES["pending"], 110, source="gw1")[0].plain.startswith("[gw1]   12 s")


def test_workers_come_in_their_order() -> None:
    """A line does not jump when another source has something new."""
    state = LiveState()
    for source in ("gw1", "gw0"):
        state.hear(told(began(DEEP), source=source))
    assert [line.plain[:5] for line in frame(state, now_s=START_S, width=110)] == ["[gw0]", "[gw1]"]
