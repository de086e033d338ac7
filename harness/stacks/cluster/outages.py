"""Drops: when a port-forward was down and why, kept so that a scenario can be told what went wrong meanwhile.

Whoever read through it then read nothing, and that says nothing about the subject: an accident, not a violation.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """One time that a port-forward was down."""

    #: Unix time in seconds at which it was seen to be down, up to 0.1 s after it was
    at_s: float
    #: how it ended, with kubectl's words
    why: str
    #: Unix time in seconds from which on it was up again, or nobody's any more; None while it is neither
    back_s: float | None = None


class Drops:
    """The drops of one port-forward, oldest first. One thread writes, any may read."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """Args: the clock, Unix time in seconds."""
        self._now = now
        self._seen: tuple[Drop, ...] = ()

    @property
    def seen(self) -> tuple[Drop, ...]:
        """All of them until now."""
        return self._seen

    @property
    def down(self) -> bool:
        """Whether the last one lasts."""
        return bool(self._seen) and self._seen[-1].back_s is None

    def begin(self, why: str) -> None:
        """It is down; said again while it is, it changes nothing."""
        if not self.down:
            self._seen += (Drop(at_s=self._now(), why=why),)

    def end(self) -> None:
        """It is up; said again while it is, it changes nothing."""
        if self.down:
            self._seen = (*self._seen[:-1], replace(self._seen[-1], back_s=self._now()))
