"""What a recording does not tell: stretches without evaluations or scrapes, and instants that a clock made doubtful.

A series that is not there may have ended, or nobody has looked: only the first is known. An evaluation is known by the
heartbeat of its group, a scrape by `up`, which ends with a staleness marker where the target is gone.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from harness.core.label_text import braces
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.samples import Series, is_stale
from harness.core.timeline import Evaluations
from harness.recording.facts import Facts
from harness.recording.samples_file import Samples

#: two scrapes further apart than this many intervals have a missed one between them
_GAP_INTERVALS: Final = 1.5
#: a clock that is slewed is off by less in any scenario
_STEP_S: Final = 0.1
_UP: Final = "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A stretch of which something is not known. Unix seconds."""

    start_s: float
    end_s: float
    why: str


def unknown_in(facts: Facts, recorded: Samples, scraped: Samples) -> tuple[Unknown, ...]:
    """Everything that is not known of a recording, oldest first."""
    if facts.setting is None:
        return (Unknown(start_s=facts.start_s, end_s=facts.end_s, why="no stack was recorded"),)
    found = [*_evaluations(facts, recorded.series(), facts.setting.evaluation_s)]
    found += _scrapes(_named(scraped.series(), _UP), facts.setting.scrape_s, facts.end_s)
    if abs(facts.clock_step_s) > _STEP_S:
        why = f"the clock was set by {facts.clock_step_s:+.1f} s meanwhile"
        found.append(Unknown(start_s=facts.start_s, end_s=facts.end_s, why=why))
    return tuple(sorted(found, key=lambda one: (one.start_s, one.end_s, one.why)))


def _evaluations(facts: Facts, recorded: Iterable[Series], interval_s: float) -> Iterator[Unknown]:
    beats = _named(recorded, HEARTBEAT)
    if not beats:
        yield Unknown(start_s=facts.start_s, end_s=facts.end_s, why="nothing says when rules were evaluated")
    for beat in beats:
        group = beat.labels.get("rule_group", "")
        made = Evaluations.of([beat], interval_s=interval_s, start_s=facts.start_s, end_s=facts.end_s)
        for gap in made.gaps:
            yield Unknown(start_s=gap.start_s, end_s=gap.end_s, why=f"rules of {group or 'a group'} were not evaluated")


def _scrapes(ups: Iterable[Series], interval_s: float, end_s: float) -> Iterator[Unknown]:
    """Of targets with an interval of their own, that of the stack decides only where it is the longer one."""
    for series in ups:
        whom = braces({name: value for name, value in series.labels.items() if name != "__name__"})
        gaps = [b.at_s - a.at_s for a, b in itertools.pairwise(series.points) if not is_stale(a.value)]
        usual_s = max(interval_s, min(gaps, default=interval_s))
        for before, after in itertools.pairwise(series.points):
            if not is_stale(before.value) and after.at_s - before.at_s > _GAP_INTERVALS * usual_s:
                yield Unknown(start_s=before.at_s, end_s=after.at_s, why=f"{whom} was not scraped")
        last = series.points[-1]
        if not is_stale(last.value) and end_s - last.at_s > (1 + _GAP_INTERVALS) * usual_s:
            yield Unknown(start_s=last.at_s, end_s=end_s, why=f"{whom} was not scraped any more, and nothing says why")


def _named(found: Iterable[Series], name: str) -> tuple[Series, ...]:
    return tuple(one for one in found if one.labels.get("__name__") == name)
