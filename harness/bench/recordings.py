"""What recording adds to a suite, and how large recordings are; read from a run that took place."""

from dataclasses import dataclass

from harness.bench.spread import Spread
from harness.report.schema import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCost:
    """One run's recordings."""

    #: scenarios that were recorded
    recorded: int
    #: that taking and writing one took, of the clock
    seconds: Spread
    #: sum of these over the sum of the scenarios' seconds
    ratio: float
    #: of one
    size_bytes: Spread
    #: of all of them
    total_bytes: int


def recordings_of(results: Results) -> RecordingCost | None:
    """Of this run; None where it recorded nothing."""
    each = {one.nodeid: one for one in results.scenarios if one.recording_bytes and one.seconds}
    took = [one.recording_seconds for one in each.values()]
    sizes = [one.recording_bytes for one in each.values()]
    seconds, size_bytes = Spread.of(took), Spread.of(sizes)
    if seconds is None or size_bytes is None:
        return None
    lasted_s = sum(one.seconds or 0.0 for one in each.values())
    return RecordingCost(
        recorded=len(each),
        seconds=seconds,
        ratio=sum(took) / lasted_s,
        size_bytes=size_bytes,
        total_bytes=sum(sizes),
    )
