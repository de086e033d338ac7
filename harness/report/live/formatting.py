"""How things are said on one line: titles, values beside their thresholds, states with their countdown. Pure."""

from harness.core.contract.run_name import MOST_NAMED, counted, run_name, speed_in, without_speed
from harness.core.events import AlertIs, Watched, WitnessSaw
from harness.core.timeline import AlertState
from harness.report.figures import documented, figure
from harness.report.plain_text import one_line


def title_of(nodeid: str, about: tuple[str, ...] = ()) -> str:
    """The scenario in words: `KubeMirrorControllerDown: no serving pod pages [crash-loop], at speed 15`.

    A parameter that only repeats the alerts is left out.
    """
    name, _, parameters = without_speed(nodeid).rpartition("::")[2].partition("[")
    claim = name.removeprefix("test_").replace("_", " ")
    repeated = (run_name(about), "-".join(about)) if about else ()
    rest = parameters.removesuffix("]").strip("-")
    for words in repeated:
        rest = rest.replace(words, "").strip("-")
    speed = speed_in(nodeid)
    return one_line(
        f"{f'{who(about)}: ' if about else ''}{claim}{f' [{rest}]' if rest else ''}{f', at {speed}' if speed else ''}"
    )


def who(about: tuple[str, ...]) -> str:
    """The alerts by name, or how many when they are too many to be named."""
    return ", ".join(about) if len(about) <= MOST_NAMED else counted(about)


def threshold_of(watched: Watched) -> str:
    """`> 100 items`."""
    return f"{watched.side} {_amount(watched.threshold, watched.unit)}"


def seen(watched: Watched, saw: WitnessSaw | None) -> str:
    """What the witness sees beside the threshold, `145 items > 100`, or why it sees nothing; empty before a look."""
    if saw is None:
        return ""
    if saw.value is None:
        return one_line(saw.note) if saw.note else "nothing seen"
    joint = {True: " ", False: ", not ", None: ", perhaps "}[saw.holds]
    return f"{_amount(saw.value, watched.unit)}{joint}{watched.side} {_bare(watched.threshold, watched.unit)}"


def state_of(watched: Watched, now: AlertIs | None, *, speed: float, now_s: float) -> str:
    """The state in words, in seconds of the clock as the line's own: `pending 6.5 of 15.0 s (15m)`."""
    if now is None:
        return ""
    if now.state is AlertState.UNKNOWN:
        return f"could not look: {one_line(now.note)}"
    if now.state is not AlertState.PENDING or now.since_s is None:
        return now.state.value
    active_s, hold_s = max(0.0, now_s - now.since_s), watched.hold_s / speed
    promised = "" if speed == 1 else f" ({documented(watched.hold_s)})"
    return f"pending {active_s:.1f} of {hold_s:.1f} s{promised}{', due' if active_s >= hold_s else ''}"


def _amount(value: float, unit: str) -> str:
    return one_line(figure(value, unit))


def _bare(value: float, unit: str) -> str:
    """Without the unit where it is a word that stands before already."""
    return _amount(value, unit) if unit in ("ratio", "seconds") else f"{value:.6g}"
