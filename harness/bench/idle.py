"""An idle stack: what it costs just to be there, scraped and evaluated at the speed asked for."""

import time
from dataclasses import dataclass
from functools import partial

from harness.bench.component import PROMETHEUS, component_of
from harness.bench.usage import Usage, take_snapshot, usage_between
from harness.core.errors import CouldNotTellError
from harness.scenario.stack_handles import StackHandles
from harness.waiting import NotYet, wait_until

#: a start leaves caches to fill and garbage to collect; none of it belongs to an idle stack
_SETTLE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraping:
    """What Prometheus does all the time."""

    targets: int
    #: of one target, in seconds of the clock
    interval_s: float
    #: taken in at one round over all targets
    samples: float
    #: share of one core that Prometheus uses for it, rule evaluation and its own upkeep included
    cpu_ratio: float

    @property
    def scrapes_per_s(self) -> float:
        """Scrapes of all targets in a second."""
        return self.targets / self.interval_s

    @property
    def samples_per_s(self) -> float:
        """Samples taken in in a second."""
        return self.samples / self.interval_s

    @property
    def cpu_ms_per_scrape(self) -> float | None:
        """Milliseconds of CPU for each scrape, everything Prometheus does counted; None without targets."""
        return 1_000 * self.cpu_ratio / self.scrapes_per_s if self.targets else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """An idle stack, measured."""

    usage: Usage
    #: None when Prometheus is no process of the run
    scraping: Scraping | None


def measure_idle(handles: StackHandles, seconds: float, *, settle_s: float = _SETTLE_S) -> Idle:
    """Leaves the stack alone and looks at what it used meanwhile.

    Args:
        handles: of the stack.
        seconds: for so long it is looked at.
        settle_s: for so long it is left alone before.

    Raises:
        CouldNotTellError: a component died, or Prometheus does not answer.
    """
    name_of = partial(component_of, subject=handles.subject)
    run_id = handles.facts.run_id
    _leave_alone(handles, settle_s)
    before = take_snapshot(run_id, name_of)
    _leave_alone(handles, seconds)
    usage = usage_between(before, take_snapshot(run_id, name_of, with_memory=True))
    prometheus = usage.of(PROMETHEUS)
    return Idle(usage=usage, scraping=None if prometheus is None else _scraping(handles, prometheus.cpu_ratio))


def _scraping(handles: StackHandles, cpu_ratio: float) -> Scraping:
    samples = handles.prometheus.instant("scrape_samples_scraped")
    if not samples:
        raise CouldNotTellError(
            "Prometheus has no scrape_samples_scraped",
            why="it scraped nothing lately",
            fix="look at its log in the run's directory",
        )
    return Scraping(
        targets=len(samples),
        interval_s=handles.facts.scrape_s,
        samples=sum(series.points[-1].value for series in samples),
        cpu_ratio=cpu_ratio,
    )


def _leave_alone(handles: StackHandles, seconds: float) -> None:
    """Waits, and stops waiting as soon as a component dies."""
    end_s = time.monotonic() + seconds

    def over() -> NotYet | None:
        left_s = end_s - time.monotonic()
        return NotYet(f"{left_s:.1f} s left") if left_s > 0 else None

    wait_until(
        "an idle stack", over, timeout_s=seconds + 1, interval_s=min(0.25, seconds / 10), ended=handles.stack.ended
    )
