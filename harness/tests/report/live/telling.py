"""Short ways to tell events, at instants that never change."""

from harness.core.events import AlertIs, Announcement, Event, ScenarioBegan, Watched, WitnessSaw
from harness.core.timeline import AlertState

#: Unix time of the beginning of every session told of here
START_S = 1_000_000.0

DEEP = Watched(alert="QueueDeep", side=">", threshold=100, unit="items", hold_s=900)
NODEID = "scenarios/test_deep.py::test_a_flood_pages[QueueDeep]"


def told(event: Event, after_s: float = 0.0, *, source: str = "") -> Announcement:
    """An event, so many seconds after the beginning."""
    return Announcement(source=source, at_s=START_S + after_s, event=event)


def began(*about: Watched, nodeid: str = NODEID, row: str = "flood", speed: float = 60) -> ScenarioBegan:
    """A scenario begins."""
    return ScenarioBegan(nodeid=nodeid, about=about, row=row, speed=speed)


def saw(
    value: float | None, *, holds: bool | None, note: str = "", alert: str = "QueueDeep", nodeid: str = NODEID
) -> WitnessSaw:
    """The witness looks."""
    return WitnessSaw(nodeid=nodeid, alert=alert, value=value, holds=holds, note=note, at_s=START_S)


def state(
    state: AlertState, since_s: float | None = None, *, note: str = "", alert: str = "QueueDeep", nodeid: str = NODEID
) -> AlertIs:
    """An alert is in a state; active since so many seconds after the beginning."""
    since = None if since_s is None else START_S + since_s
    return AlertIs(nodeid=nodeid, alert=alert, state=state, since_s=since, note=note)
