"""Numbers as people read them: with their unit, durations as rules write them."""

from datetime import UTC, datetime

from harness.core.duration import PromDuration

_ONE = {"items": "item", "replicas": "replica"}
#: units whose numbers are shown as they are, with the unit's name
_COUNTED = ("items", "replicas")


def figure(value: float, unit: str) -> str:
    """A number with its unit (`harness.core.contract.Unit`): `12.5 %` for a ratio of 0.125, `5 s`, `100 items`."""
    if unit == "ratio":
        percent = 100 * value
        return f"{percent:.2g} %" if abs(percent) < 1 else f"{percent:.1f}".removesuffix(".0") + " %"
    if unit == "seconds":
        return f"{value:.4g} s"
    return f"{value:.6g} {_ONE[unit] if value == 1 and unit in _COUNTED else unit}"


def instant(at_s: float) -> str:
    """A Unix time in seconds as people compare it: `2026-01-02T03:04:05.678Z`."""
    return datetime.fromtimestamp(at_s, tz=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def documented(seconds: float) -> str:
    """Documented seconds as a rule writes them, `14m30s`; whole seconds from 10 s on, since no run is that exact."""
    whole_from_s = 10
    exact = PromDuration(round(abs(seconds) * 1_000))
    rounded = PromDuration(round(abs(seconds)) * 1_000) if abs(seconds) >= whole_from_s else exact
    return f"{'-' if seconds < 0 else ''}{rounded}"


def bracket(low: float | None, high: float | None, *, side: str, unit: str) -> str:
    """What was seen of a threshold on both sides: `inactive up to 97 items, active from 131 items`.

    Args:
        low: the threshold in effect lies at or above; None if that side was not seen.
        high: it lies at or below.
        side: `>` or `<`, where the alert is active.
        unit: of both.
    """
    above, below = ("active", "inactive") if side == ">" else ("inactive", "active")
    parts = [] if low is None else [f"{below} up to {figure(low, unit)}"]
    parts += [] if high is None else [f"{above} from {figure(high, unit)}"]
    return ", ".join(parts)


def share(ratio: float) -> str:
    """A share as a percentage; what is above 0 is never shown as 0."""
    least = 0.01
    return "under 1 %" if 0 < ratio < least else f"{ratio:.0%}".replace("%", " %")


def listed(names: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
