"""Numbers as people read them: with their unit, durations as rules write them."""

from datetime import UTC, datetime

from harness.core.duration import PromDuration
from harness.core.figure import figure

__all__ = ["BOTH_SIDES", "bracket", "documented", "exact", "figure", "instant", "listed", "share"]

#: ends what is told of a threshold without a width
BOTH_SIDES = ", seen on both sides of it"
#: values of these are whole
_WHOLE = ("items", "replicas")


def instant(at_s: float) -> str:
    """A Unix time in seconds as people compare it: `2026-01-02T03:04:05.678Z`."""
    return datetime.fromtimestamp(at_s, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def documented(seconds: float) -> str:
    """Documented seconds as a rule writes them, `14m30s`; whole seconds from 10 s on, since no run is that exact."""
    whole_from_s = 10
    exact = PromDuration(round(abs(seconds) * 1_000))
    rounded = PromDuration(round(abs(seconds)) * 1_000) if abs(seconds) >= whole_from_s else exact
    return f"{'-' if seconds < 0 else ''}{rounded}"


def bracket(low: float | None, high: float | None, *, side: str, value: float, unit: str) -> str:
    """Where the alert fires, as far as was seen: `fires somewhere between 98 and 110 items`.

    Args:
        low: the threshold in effect lies at or above; None if that side was not seen.
        high: it lies at or below.
        side: `>` or `<`, where the alert is active.
        value: the documented threshold.
        unit: of all three.

    Returns:
        Without a width where both sides coincide with the documented threshold; empty where no side was seen.
    """
    if low is None and high is None:
        return ""
    if low is None or high is None:
        active = high if side == ">" else low
        if active is not None:
            return f"fires at {figure(active, unit)}; nothing nearer to the threshold was seen"
        silent = low if side == ">" else high
        return "" if silent is None else f"silent at {figure(silent, unit)}; it was not seen active"
    if exact(low, high, side=side, value=value, unit=unit):
        return f"fires at {side} {figure(value, unit)}{BOTH_SIDES}"
    return f"fires somewhere between {figure(low, unit).rpartition(' ')[0]} and {figure(high, unit)}"


def exact(low: float, high: float, *, side: str, value: float, unit: str) -> bool:
    """Whether nothing lies between what was seen on both sides and the threshold: of whole things the next number."""
    if unit not in _WHOLE:
        return low == high == value
    silent, active = (low, high) if side == ">" else (high, low)
    nearest = value + 1 if side == ">" else value - 1
    return silent == value and active == nearest


def share(ratio: float) -> str:
    """A share as a percentage; what is above 0 is never shown as 0."""
    least = 0.01
    return "under 1 %" if 0 < ratio < least else f"{ratio:.0%}".replace("%", " %")


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
