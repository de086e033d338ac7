"""Findings: everything that a run has judged, and how its scenarios ran. Its results are made of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from harness.core.configuration_snapshot import ConfigSnapshot
from harness.core.judge import Expectation, Judgement
from harness.core.judge.accident import by_accident
from harness.core.judge.approach import Approach
from harness.core.judge.whole_run import WholeRun
from harness.core.rules.unproved import Unproved
from harness.core.verdict import worst


class Kind(StrEnum):
    """What a judgement is about."""

    ALERT = "alert"
    METRIC = "metric"
    OBJECT = "object"
    RECORDING = "recording rule"
    #: a link of the chain from the controller to the receiver, of a stack of which one does not hold
    PREFLIGHT = "preflight"
    #: an alert's silence outside of the faults, over the whole run
    INVARIANT = "invariant"
    #: a rule as it is written, beside the contract; proves nothing of itself
    WRITTEN = "written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One judgement of one scenario."""

    #: empty where it is about a whole stack
    nodeid: str
    kind: Kind
    judgement: Judgement

    @property
    def beforehand(self) -> bool:
        """Whether it belongs to no scenario and was judged before the first."""
        return self.kind in {Kind.PREFLIGHT, Kind.WRITTEN}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFacts:
    """How one scenario ran, beside what it judged."""

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
    #: what each wait that gave up was last told
    gave_up: tuple[str, ...] = ()
    #: where all that was recorded is kept, or why it is not; empty as long as the scenario is under way
    recording: str = ""
    #: how long taking and writing it took, seconds of the clock
    recording_s: float = 0.0
    #: how large it is
    recording_bytes: int = 0


@dataclass(slots=True)
class Findings:
    """Grows while scenarios run; those of other processes of the session come in at their end."""

    entries: list[Entry] = field(default_factory=list)
    #: how near each alert came to firing outside fault windows, on each stack
    approaches: list[Approach] = field(default_factory=list)
    #: how each scenario ran, by node id
    facts: dict[str, ScenarioFacts] = field(default_factory=dict)
    #: speed and seconds of each stack that came up
    bring_ups: list[tuple[float, float]] = field(default_factory=list)
    #: what monitoring looked like on each stack
    settings: list[ConfigSnapshot] = field(default_factory=list)
    #: where all that was recorded is kept of each stack whose life is not verified
    recordings: list[str] = field(default_factory=list)
    #: what the run says nothing about, by its speed or as was found out on a stack
    unproved: list[Unproved] = field(default_factory=list)
    #: parts of the contract for which no scenario was collected, each with the reason
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def add(self, nodeid: str, judgement: Judgement, kind: Kind = Kind.ALERT) -> Entry:
        """Enters what one scenario judged; without a node id, of a stack."""
        self.entries.append(Entry(nodeid=nodeid, kind=kind, judgement=judgement))
        return self.entries[-1]

    def add_beforehand(self, judgement: Judgement, kind: Kind) -> None:
        """Enters what belongs to no scenario and was judged before the first; the same of several stacks only once."""
        entry = Entry(nodeid="", kind=kind, judgement=judgement)
        self.entries += [] if entry in self.entries else [entry]

    def add_stacks(self, lives: Iterable[WholeRun], routes: Iterable[Judgement]) -> None:
        """Enters what was found about the life of each stack, and about the routes of each."""
        for whole in lives:
            self.add("", whole.judgement, Kind.INVARIANT)
            self.approaches.append(whole.approach)
        for judgement in routes:
            self.add("", judgement, Kind.OBJECT)

    def add_preflight(self, links: Iterable[Judgement]) -> None:
        """Enters how the links of stacks stood: each once, the worst, whichever stacks were found like that."""
        for judgement in links:
            before = next((one for one in self.of_kind(Kind.PREFLIGHT) if one.judgement.name == judgement.name), None)
            if before is None:
                self.add_beforehand(judgement, Kind.PREFLIGHT)
            elif worst((before.judgement.verdict, judgement.verdict)) is not before.judgement.verdict:
                self.entries[self.entries.index(before)] = replace(before, judgement=judgement)

    def of(self, nodeid: str) -> list[Entry]:
        """What one scenario judged."""
        return [entry for entry in self.entries if entry.nodeid == nodeid]

    def of_kind(self, *kinds: Kind) -> list[Entry]:
        """What was judged of these kinds, in their order."""
        return [entry for kind in kinds for entry in self.entries if entry.kind is kind]

    def weigh_accidents(self, nodeid: str, accidents: Sequence[str]) -> None:
        """Judges a scenario's judgements again, in the light of what happened to the place."""
        self.entries = [
            replace(entry, judgement=by_accident(entry.judgement, accidents)) if entry.nodeid == nodeid else entry
            for entry in self.entries
        ]

    def take_over(self, others: "Findings") -> None:
        """Adds those of another process of this session, each finding about the whole of it once."""
        self.entries += [
            one
            for one in others.entries
            if not (one.beforehand and (one in self.entries or one.kind is Kind.PREFLIGHT))
        ]
        self.add_preflight(one.judgement for one in others.of_kind(Kind.PREFLIGHT))
        self.approaches += others.approaches
        self.facts |= others.facts
        self.bring_ups += others.bring_ups
        self.settings += others.settings
        self.recordings += others.recordings
        # each process measures for itself, and its figures differ by a tenth of a second
        known = {(one.rule, one.part) for one in self.unproved}
        self.unproved += [one for one in others.unproved if (one.rule, one.part) not in known]


def fired_in(judgements: Iterable[Judgement]) -> dict[str, bool | None]:
    """Which alerts fired in a scenario, by its judgements; None where missed evaluations may hide it."""
    return {alert: fired for one in judgements for alert, fired in one.fired.items()}
