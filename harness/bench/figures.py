"""Everything that one bench measured, filled in as it goes, so that an interrupted one still shows what it has."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from harness.bench.bring_up import BringUp
from harness.bench.idle import Idle
from harness.bench.offline import OfflineCost
from harness.bench.pace import Pace
from harness.bench.recordings import RecordingCost
from harness.bench.spread import Spread
from harness.bench.wave import Wave


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the figures depend on besides the program."""

    cores: int
    memory_bytes: int
    #: processes that were running or waiting, on average over the last minute, when the bench began
    load: float
    speed: float


@dataclass(slots=True, kw_only=True)
class Figures:
    """One bench. What was not measured is empty or None, never 0."""

    circumstances: Circumstances
    bring_ups: list[BringUp] = field(default_factory=list)
    #: seconds of each tear-down
    downs_s: list[float] = field(default_factory=list)
    idle: Idle | None = None
    waves: list[Wave] = field(default_factory=list)
    pace: Pace | None = None
    recordings: RecordingCost | None = None
    offline: OfflineCost | None = None
    #: what could not be measured, and why
    missing: list[str] = field(default_factory=list)

    def bring_up_spreads(self) -> Mapping[str, Spread]:
        """Seconds by step, in the order of the steps."""
        titles = dict.fromkeys(title for one in self.bring_ups for title in one.steps_s)
        spreads = {
            title: Spread.of([one.steps_s[title] for one in self.bring_ups if title in one.steps_s]) for title in titles
        }
        return {title: spread for title, spread in spreads.items() if spread is not None}

    def healthy_spread(self) -> Spread | None:
        """Seconds from nothing to the first healthy scrape."""
        return Spread.of(_known([one.healthy_s for one in self.bring_ups]))

    def healthy_per_control_plane(self) -> Spread | None:
        """The same with the control plane's seconds, of each bring-up its own, as the unit."""
        return Spread.of(_known([one.healthy_per_control_plane for one in self.bring_ups]))

    def as_json(self) -> str:
        """The figures for programs: names as in the code, units in the names; ratios beside what they are made of."""
        document = asdict(self)
        for wave, one in zip(document["waves"], self.waves, strict=True):
            wave.update(
                mirrors_per_s=one.mirrors_per_s,
                per_plain=one.per_plain,
                controller_ms_per_mirror=one.controller_ms_per_mirror,
                stack_ms_per_mirror=one.stack_ms_per_mirror,
            )
        if self.pace is not None:
            document["pace"].update(per_minute=self.pace.per_minute, holding_ratio=self.pace.holding_ratio)
        return json.dumps(document, indent=2) + "\n"


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]
