"""The frame: what is under way, one line for each scenario and alert, below the lines that stay. Pure."""

from rich.cells import cell_len
from rich.text import Text

from harness.core.contract.run_name import MOST_NAMED
from harness.core.events import Watched
from harness.core.timeline import AlertState
from harness.report.live.formatting import seen, state_of, title_of, who
from harness.report.live.state import LiveState, Scenario, Step
from harness.report.plain_text import one_line

#: styles of states; red is kept for verdicts
STATE_STYLES = {AlertState.PENDING: "yellow", AlertState.FIRING: "bold magenta", AlertState.UNKNOWN: "dim"}
#: a name is cut to no fewer cells than this
_LEAST_NAME = 12
_BETWEEN = "  "


def frame(state: LiveState, *, now_s: float, width: int) -> list[Text]:
    """The lines at this instant (Unix time in seconds), none wider than `width` cells."""
    lines = [_step(source, steps, now_s) for source, steps in sorted(state.steps.items()) if steps]
    for (source, _), scenario in sorted(state.scenarios.items(), key=lambda one: (one[0][0], one[1].began_s)):
        lines += _scenario(source, scenario, now_s, width)
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines


def from_source(source: str) -> str:
    """Which worker speaks: `[gw0] `; nothing without workers."""
    return f"[{one_line(source)}] " if source else ""


def _step(source: str, steps: list[Step], now_s: float) -> Text:
    inner = steps[-1]
    reached = f", {inner.reached}" if inner.reached else ""
    what = ": ".join(step.what for step in (steps[0], inner)[: len(steps)])
    return Text(one_line(f"{from_source(source)}{what}{reached} ... {now_s - inner.began_s:.0f} s"), style="dim")


def _scenario(source: str, scenario: Scenario, now_s: float, width: int) -> list[Text]:
    head = f"{from_source(source)}{now_s - scenario.began_s:4.0f} s"
    began, doing = scenario.began, one_line(scenario.doing)
    if not began.about:
        return [Text(_BETWEEN.join(part for part in (head, title_of(began.nodeid), doing) if part))]
    # what the step is for matters more than how the fault is called, and that more than what is waited for
    aim = doing.partition(": ")[0]
    for fault, told in ((one_line(began.row), doing), (one_line(began.row), aim), ("", aim)):
        lines = _watched(scenario, now_s, head=head, fault=fault, width=width)
        if told and lines[0].cell_len + len(_BETWEEN) + cell_len(told) <= width:
            lines[0].append(f"{_BETWEEN}{told}", style="dim")
            return lines
    return _watched(scenario, now_s, head=head, fault=one_line(began.row), width=width)


def _watched(scenario: Scenario, now_s: float, *, head: str, fault: str, width: int) -> list[Text]:
    """A line for each alert that is watched; for many alerts one line, and one for each that is active."""
    began = scenario.began
    names = tuple(watched.alert for watched in began.about)
    if len(names) <= MOST_NAMED:
        lines = [_alert(scenario, watched, now_s, head=head, fault=fault, width=width) for watched in began.about]
    else:
        active = [one for one in began.about if _state(scenario, one) in (AlertState.PENDING, AlertState.FIRING)]
        count = f"{who(names)}, {len(active)} active"
        situation = _situation(scenario)
        lines = [Text(_BETWEEN.join(part for part in (head, fault, count, situation) if part))]
        lines += [_alert(scenario, one, now_s, head=" " * cell_len(head), fault="", width=width) for one in active]
    return lines


def _state(scenario: Scenario, watched: Watched) -> AlertState | None:
    found = scenario.states.get(watched.alert)
    return found.state if found else None


def _situation(scenario: Scenario) -> str:
    """What the witness sees that looks at no alert's condition, but at what was done."""
    saw = scenario.saw.get("")
    return one_line(saw.note) if saw else ""


def _alert(scenario: Scenario, watched: Watched, now_s: float, *, head: str, fault: str, width: int) -> Text:
    """Figures and states stand whole; names take what is left: first the fault's goes, then the alert's is cut.

    Words of a witness that has no figure come last, and are cut at the end.
    """
    state, saw = scenario.states.get(watched.alert), scenario.saw.get(watched.alert)
    words = state_of(watched, state, speed=scenario.began.speed, now_s=now_s)
    style = STATE_STYLES.get(state.state, "") if state else ""
    if watched.silent:
        style = "bold red" if state and state.state is AlertState.FIRING else style
        words = f"{words}, must not fire" if words else "must not fire"
    figure = seen(watched, saw) if saw and saw.value is not None else ""
    note = seen(watched, saw) if saw and saw.value is None else _situation(scenario)
    fixed = cell_len(_BETWEEN.join(part for part in (head, figure, words) if part)) + len(_BETWEEN)
    alert = Text(one_line(watched.alert), style="bold")
    if fault and fixed + alert.cell_len + cell_len(fault) + len(_BETWEEN) <= width:
        head = f"{head}{_BETWEEN}{fault}"
    else:
        alert.truncate(max(_LEAST_NAME, width - fixed), overflow="ellipsis")
    parts = [Text(head), alert, Text(figure), Text(words, style=style), Text(note)]
    return Text(_BETWEEN).join(part for part in parts if part.plain)
