"""Waiting in virtual time: a wait that gives up does so at once, and no test sleeps."""

from dataclasses import dataclass, field

import pytest


@dataclass
class VirtualTime:
    """Stands in for the module `time` where somebody waits: sleeping moves the clock and takes no time."""

    now_s: float = 1_000_000.0
    slept_s: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now_s

    def time(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> VirtualTime:
    """The clock by which scenarios wait and note instants."""
    virtual = VirtualTime()
    scenario = ("run", "steps", "evidence", "settling")
    for module in ("harness.waiting", *(f"harness.scenario.{name}" for name in scenario)):
        monkeypatch.setattr(f"{module}.time", virtual)
    return virtual
