"""The narration: which events become lines that stay, and how they read. Pure.

SHORT, what everybody sees: one line for each stack that came up and for each scenario with its verdict and seconds.
FULL, for `-v` and `harness reproduce`: every event worth a line, each with seconds since the session began.
"""

from collections.abc import Iterator
from enum import StrEnum

from rich.text import Text

from harness.core.contract.run_name import MOST_NAMED
from harness.core.events import (
    AlertIs,
    Announcement,
    Doing,
    Found,
    Said,
    ScenarioBegan,
    ScenarioEnded,
    StackStep,
    Watched,
    WitnessSaw,
)
from harness.core.timeline import AlertState
from harness.core.verdict import Verdict, worst
from harness.report.figures import documented
from harness.report.live.formatting import seen, threshold_of, title_of
from harness.report.live.frame import STATE_STYLES, from_source
from harness.report.live.state import LiveState, Scenario
from harness.report.plain_text import cell, many_lines
from harness.report.table import STYLES

#: the parts of a bring-up that are named took at least this share of it
_LONG_SHARE = 0.2


class Detail(StrEnum):
    """How much is told."""

    #: what went wrong and what takes long, nothing else
    QUIET = "quiet"
    SHORT = "short"
    FULL = "full"


class Narration:
    """Turns events into lines, with the state as its memory."""

    def __init__(self, state: LiveState, detail: Detail, *, began_s: float) -> None:
        """Args: what is under way; how much is told; the session's beginning, Unix time in seconds."""
        self._state = state
        self._detail = detail
        self._began_s = began_s
        self._found: set[Found] = set()

    def hear(self, told: Announcement) -> list[Text]:
        """The lines that come of an event; the state has it afterwards."""
        lines = [self._stamped(told.source, told.at_s, line) for line in self._lines(told)]
        self._state.hear(told)
        return lines

    def lost(self, source: str, *, at_s: float, why: str) -> list[Text]:
        """A source has ended: a line for each scenario that it had under way, for there will be no other."""
        lost = [(self._count(nth), nodeid) for nth, nodeid in enumerate(self._state.under_way(source), start=1)]
        self._state.forget(source)
        return [
            self._stamped(source, at_s, cell(f"{count}no verdict            {title_of(nodeid)}: {why}", "yellow"))
            for count, nodeid in lost
        ]

    def _count(self, more: int) -> str:
        """`[ 3/25] ` when so many more are over; pytest's per cent are left out with its letters."""
        total = str(self._state.total)
        return f"[{self._state.over + more:>{len(total)}}/{total}] " if self._state.total else ""

    def _lines(self, told: Announcement) -> Iterator[Text]:
        """By what the state says before the event."""
        scenario = self._state.scenario(told)
        full = self._detail is Detail.FULL
        match told.event:
            case Said(text=text):
                yield cell(text)
            case Found() if told.event not in self._found:
                self._found.add(told.event)
                yield from found_lines(told.event)
            case StackStep(seconds=seconds) if seconds is not None:
                yield from self._step(told.source, told.event, seconds)
            case ScenarioEnded(because_of=finding) if self._detail is Detail.QUIET or (finding and not full):
                pass  # the finding itself is told, and how many hang on it comes at the end
            case ScenarioEnded():
                yield Text.assemble(self._count(1), _ended(told.event, scenario))
            case ScenarioBegan() if full:
                yield from _began(told.event)
            case Doing(text=text) if full:
                yield cell(text)
            case AlertIs() if full and scenario:
                yield from _changed(told.event, scenario)
            case WitnessSaw() if full and scenario:
                yield from _witnessed(told.event, scenario)
            case _:
                pass

    def _step(self, source: str, event: StackStep, seconds: float) -> Iterator[Text]:
        if event.failed:
            yield cell(f"{event.what}: not done after {seconds:.1f} s", "yellow")
            return
        steps = self._state.steps.get(source, [])
        step = next((step for step in steps if step.what == event.what), None)
        if self._detail is Detail.FULL:
            yield cell(f"{event.what}: {seconds:.1f} s", "dim")
        elif self._detail is Detail.SHORT and step is not None and step is steps[0]:
            parts = "; ".join(
                f"{what} {took_s:.1f} s" for what, took_s in step.parts if took_s >= _LONG_SHARE * seconds
            )
            yield cell(f"{event.what}: {seconds:.1f} s{f' ({parts})' if parts else ''}", "dim")

    def _stamped(self, source: str, at_s: float, line: Text) -> Text:
        stamp = f"{max(0.0, at_s - self._began_s):6.1f} s  " if self._detail is Detail.FULL else ""
        return Text.assemble((stamp, "dim"), from_source(source), line)


def found_lines(event: Found) -> Iterator[Text]:
    """What was found before any scenario, its further lines under its first."""
    first, *rest = many_lines(event.text).split("\n")
    yield Text.assemble((f"{event.verdict:<10}", STYLES[event.verdict]), cell(f"{event.about}: {first}"))
    yield from (cell(f"{'':<10}{line}") for line in rest)


def _began(event: ScenarioBegan) -> Iterator[Text]:
    names = tuple(watched.alert for watched in event.about)
    conditions = f", fault {event.row}" if event.row else ""
    yield cell(f"begins: {title_of(event.nodeid, names)} (speed {event.speed:g}{conditions})", "bold")
    if len(names) <= MOST_NAMED:
        for watched in event.about:
            yield cell(f"{watched.alert}: {_promise(watched, event.speed)}", "dim")


def _promise(watched: Watched, speed: float) -> str:
    hold = f"{documented(watched.hold_s)}, here {watched.hold_s / speed:.1f} s"
    return f"{'must not page, which is' if watched.silent else 'pages at'} {threshold_of(watched)} for {hold}"


def _changed(event: AlertIs, scenario: Scenario) -> Iterator[Text]:
    """A change of state. That nothing has been active yet is none."""
    watched = next((one for one in scenario.began.about if one.alert == event.alert), None)
    before = scenario.states.get(event.alert)
    if watched is None or (before is None and event.state is AlertState.INACTIVE):
        return
    if before is not None and before.state is event.state:
        return
    words = {
        AlertState.INACTIVE: "inactive again",
        AlertState.PENDING: f"pending, to fire in {watched.hold_s / scenario.began.speed:.1f} s",
        AlertState.FIRING: "firing",
        AlertState.UNKNOWN: f"could not look: {event.note}",
    }
    yield cell(f"{event.alert}: {words[event.state]}", STATE_STYLES.get(event.state, ""))


def _witnessed(event: WitnessSaw, scenario: Scenario) -> Iterator[Text]:
    """The condition begins or ceases to hold, or the witness to see; the values between are the frame's."""
    before = scenario.saw.get(event.alert)
    if before is None or before.holds is not event.holds:
        watched = next((one for one in scenario.began.about if one.alert == event.alert), None)
        yield cell(f"witness: {event.note if watched is None else seen(watched, event)}")


def _ended(event: ScenarioEnded, scenario: Scenario | None) -> Text:
    about = tuple(watched.alert for watched in scenario.began.about) if scenario else ()
    verdict = worst(each for _, each in event.verdicts) if event.verdicts else None
    word = "no verdict" if verdict is None else verdict.value
    style = "" if verdict is None else STYLES[verdict]
    line = Text.assemble((f"{word:<10}", style), f"  {event.seconds:6.1f} s  {title_of(event.nodeid, about)}")
    if len({each for _, each in event.verdicts}) > 1:
        bad = [f"{name} {each.value}" for name, each in event.verdicts if each is not Verdict.VERIFIED]
        line.append_text(cell(f" ({', '.join(bad)})"))
    return line
