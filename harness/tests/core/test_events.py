"""Events on their way between processes."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.events import (
    AlertIs,
    Announcement,
    Collected,
    Doing,
    Event,
    Found,
    Said,
    ScenarioBegan,
    ScenarioEnded,
    StackStep,
    Watched,
    WitnessSaw,
    from_line,
    to_line,
)
from harness.core.timeline import AlertState
from harness.core.verdict import Verdict

_WATCHED = Watched(alert="Deep", side=">", threshold=100, unit="items", hold_s=900, silent=True)

EVENTS: tuple[Event, ...] = (
    StackStep(what="control plane"),
    StackStep(what="building etcd", reached="3 of 565 packages compiled", seconds=3.2, failed=True),
    Found(about="Deep", verdict=Verdict.VIOLATED, text="two\nlines"),
    Said(text="github.com cannot be reached"),
    Collected(scenarios=25),
    ScenarioBegan(nodeid="test_x.py::test_x", about=(_WATCHED,), row="flood", speed=60),
    Doing(nodeid="test_x.py::test_x", text="inject slow-api"),
    WitnessSaw(nodeid="test_x.py::test_x", alert="Deep", value=math.inf, holds=True, note="seen", at_s=12.5),
    WitnessSaw(nodeid="test_x.py::test_x", alert="Deep", value=None, holds=None, note="no answer", at_s=12.5),
    AlertIs(nodeid="test_x.py::test_x", alert="Deep", state=AlertState.PENDING, since_s=12),
    ScenarioEnded(nodeid="test_x.py::test_x", verdicts=(("Deep", Verdict.VERIFIED),), seconds=31.2),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_arrives_as_it_was_told(event: Event) -> None:
    """Every kind, every field, on one line."""
    told = Announcement(source="gw0", at_s=1_000_000.25, event=event)
    line = to_line(told)
    assert "\n" not in line
    assert from_line(line) == told


@given(st.text())
def test_any_text_travels_on_one_line(text: str) -> None:
    """Line ends and control characters included."""
    told = Announcement(source="gw0", at_s=0, event=Said(text=text))
    line = to_line(told)
    assert "\n" not in line
    assert from_line(line) == told


def test_half_a_character_is_replaced() -> None:
    """It could not be written; the rest arrives."""
    line = to_line(Announcement(source="gw0", at_s=0, event=Said(text="a\ud800b")))
    assert from_line(line) == Announcement(source="gw0", at_s=0, event=Said(text="a?b"))


_GOOD = to_line(Announcement(source="gw0", at_s=0, event=Said(text="x")))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("", id="nothing"),
        pytest.param(_GOOD[:-3], id="cut off"),
        pytest.param("[]", id="a list"),
        pytest.param("[" * 100_000, id="too deep"),
        pytest.param(_GOOD.replace("Said", "Shouted"), id="unknown kind"),
        pytest.param(_GOOD.replace('"text"', '"test"'), id="a field is missing"),
        pytest.param(_GOOD.replace('"x"', "[1]"), id="a field of another type"),
        pytest.param(
            json.dumps({"source": "gw0", "at_s": "noon", "kind": "Said", "event": {"text": "x"}}), id="no time"
        ),
    ],
)
def test_what_is_no_event_is_none(line: str) -> None:
    """Whatever a dying worker leaves behind harms nobody."""
    assert from_line(_GOOD) is not None
    assert from_line(line) is None


@given(st.text())
def test_no_line_raises(line: str) -> None:
    """Not one."""
    assert from_line(line) is None
