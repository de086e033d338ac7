"""Events: what is told about a session while it goes on, for the reader alone. No verdict depends on them.

The engine tells events, everything else listens. Those of another process travel as one line of JSON each.
"""

import json
from dataclasses import asdict, dataclass
from typing import Protocol

from pydantic import TypeAdapter, ValidationError

from harness.core.timeline import AlertState
from harness.core.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class StackStep:
    """A piece of work while a stack comes up: steps of one source lie within each other and end inside out."""

    what: str
    #: how far it is: `812 of 1640 packages compiled`; empty where nothing is counted
    reached: str = ""
    #: the same as a share of all of it; None where that is not known
    ratio: float | None = None
    #: how long it took; None while it is under way
    seconds: float | None = None
    #: it ended without success
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One line that stays."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something was judged before any scenario: of the rules as they are written, or of a stack as it came up.

    Told to everybody, at once and once, however many workers find the same.
    """

    #: the alert, recording rule or object
    about: str
    verdict: Verdict
    #: what is wrong, in lines
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """So many scenarios are going to be run, by all workers together. The first event of a session with any."""

    scenarios: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One alert that a scenario is about, as documented."""

    alert: str
    #: the threshold: `>` or `<`, its value, and what it counts in (`ratio` is shown in per cent)
    side: str
    threshold: float
    unit: str
    #: the documented `for`, not divided by the speed
    hold_s: float
    #: it must not fire
    silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioBegan:
    """A scenario has its stack and begins."""

    nodeid: str
    #: empty for a survey
    about: tuple[Watched, ...] = ()
    #: the row of the matrix, which names its fault; empty where there is none
    row: str = ""
    #: what documented durations are divided by
    speed: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What a scenario does from now on: `inject slow-api`, `should page: effect of the fault`."""

    nodeid: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessSaw:
    """The witness of an alert sees something else than before."""

    nodeid: str
    alert: str
    #: in the threshold's unit; None when there is no number
    value: float | None
    #: whether the documented condition holds; None when nothing is known
    holds: bool | None
    #: what was seen, or why nothing was
    note: str
    #: Unix time in seconds
    at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertIs:
    """An alert is in another state than before; the furthest of its instances counts."""

    nodeid: str
    alert: str
    #: UNKNOWN when Prometheus could not be asked
    state: AlertState
    #: Unix time in seconds at which it became active, in whole seconds; None while it is not
    since_s: float | None = None
    #: why nothing is known
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioEnded:
    """A scenario is over, its faults taken back. It may never have begun: its stack did not come up."""

    nodeid: str
    #: what was judged (alert, metric, object, recording rule), with its verdict; empty if it broke before
    verdicts: tuple[tuple[str, Verdict], ...]
    #: from the beginning of the scenario, without the stack's
    seconds: float
    #: the finding about the stack for which it was not even tried; empty if it was
    because_of: str = ""


Event = StackStep | Said | Found | Collected | ScenarioBegan | Doing | WitnessSaw | AlertIs | ScenarioEnded

_KINDS: dict[str, TypeAdapter[Event]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (StackStep, Said, Found, Collected, ScenarioBegan, Doing, WitnessSaw, AlertIs, ScenarioEnded)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One event, by whom it was told and when."""

    #: the worker that told it: `gw0`; empty for a session without workers
    source: str
    #: Unix time in seconds
    at_s: float
    event: Event


class Listener(Protocol):
    """Whoever listens. Called from several threads; must come back at once."""

    def hear(self, told: Announcement) -> None:
        """Takes one event."""
        ...


class NoListener:
    """Hears nothing."""

    def hear(self, told: Announcement) -> None:
        """Drops it."""


def to_line(told: Announcement) -> str:
    r"""The event as one line of JSON without its `\n`. What UTF-8 cannot carry becomes a question mark."""
    kind = type(told.event).__name__
    found = {"source": told.source, "at_s": told.at_s, "kind": kind, "event": asdict(told.event)}
    return json.dumps(found, ensure_ascii=False).encode(errors="replace").decode()


def from_line(line: str) -> Announcement | None:
    """The event of a line; None for a line that holds none, whatever it holds."""
    try:
        found = json.loads(line)
        return Announcement(
            source=str(found["source"]),
            at_s=float(found["at_s"]),
            event=_KINDS[found["kind"]].validate_python(found["event"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
        return None
