"""What the ledger is told about a scenario beside its judgements: speed, seconds, and its line of the matrix."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.core.judge import Expectation
from harness.core.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFacts:
    """One scenario as it ran. Picklable: workers hand it on."""

    #: pytest's
    nodeid: str
    #: the speed it ran at, which may be lower than the one asked for
    speed: float
    #: of the clock, from the beginning of its set-up; a bring-up of the stack left out
    seconds: float
    #: its row of the fault x alert matrix; empty if it has none
    row: str = ""
    #: alert -> its cell in that row, the targets included
    expectations: Mapping[str, Expectation] = field(default_factory=dict)
    #: alert -> why it may fire
    reasons: Mapping[str, str] = field(default_factory=dict)
    #: alert -> whether it fired; None where missed evaluations may hide it
    fired: Mapping[str, bool | None] = field(default_factory=dict)
    #: what each wait that gave up was last told
    gave_up: tuple[str, ...] = ()
    #: where all that was recorded is kept, or why it is not; empty where everything is verified
    dossier: str = ""


def has_fired(timelines: Iterable[Timeline], *, start_s: float, end_s: float, hold_s: float) -> bool | None:
    """Whether any label set of one alert fired between two Unix times; None if a gap may hide it.

    Args:
        timelines: of one alert; without any, nothing is known.
        start_s: Unix time.
        end_s: Unix time.
        hold_s: its `for`, in seconds of the clock.
    """
    lines = tuple(timelines)
    if any(line.fired_in(start_s, end_s) for line in lines):
        return True
    hidden = any(gap.overlaps(start_s, end_s) for line in lines for gap in line.may_hide_firing(hold_s))
    return None if hidden or not lines else False
