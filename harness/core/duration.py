"""Durations as Prometheus writes them: whole milliseconds, `1h30m` in text.

Kept apart from plain seconds, because a documented duration and the time it takes on a clock differ by the speed.
Grammar: https://prometheus.io/docs/prometheus/latest/querying/basics/#time-durations
"""

import re
from dataclasses import dataclass
from typing import Self

from harness.core.errors import MisuseError

_UNITS_MS = {"y": 31_536_000_000, "w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_TEXT = re.compile("".join(rf"(?:(?P<{unit}>[0-9]+){unit})?" for unit in _UNITS_MS))


@dataclass(frozen=True, slots=True, order=True)
class PromDuration:
    """A length of time of at least 0 ms, exact to the millisecond, as everything in Prometheus is."""

    #: length in milliseconds
    ms: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads `5m`, `1h30m`, `250ms` or `0`.

        Raises:
            MisuseError: the text is no duration that Prometheus would accept.
        """
        if text == "0":
            return cls(0)
        found = _TEXT.fullmatch(text)
        if not text or found is None:
            raise MisuseError(
                f"{text!r} is not a duration",
                why="a duration is made of numbers with the units y, w, d, h, m, s, ms, largest first",
                fix="write it like 5m, 1h30m or 250ms",
            )
        return cls(sum(int(number) * _UNITS_MS[unit] for unit, number in found.groupdict(default="0").items()))

    @property
    def seconds(self) -> float:
        """The same length in seconds."""
        return self.ms / 1_000

    def __str__(self) -> str:
        """The shortest text that Prometheus reads back as the same length; years, weeks and days stay hours."""
        if self.ms == 0:
            return "0s"
        rest, parts = self.ms, []
        for unit in ("h", "m", "s", "ms"):
            count, rest = divmod(rest, _UNITS_MS[unit])
            parts.append(f"{count}{unit}" if count else "")
        return "".join(parts)
