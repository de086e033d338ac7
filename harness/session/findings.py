"""What a session has judged, in every process of it: each judgement, each stack's life, and how each scenario ran."""

import base64
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from harness.core.configuration_snapshot import ConfigSnapshot
from harness.core.judge import Judgement
from harness.core.judge.accident import by_accident
from harness.core.judge.approach import Approach, closest_of
from harness.core.judge.recorded import RecordingJudgement
from harness.core.judge.whole_run import WholeRun
from harness.core.rules.unproved import Unproved
from harness.report.facts import ScenarioFacts
from harness.report.ledger import Kind, Ledger
from harness.report.verdicts import worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One judgement of one scenario."""

    #: empty where it is about a whole stack
    nodeid: str
    kind: Kind
    judgement: Judgement | RecordingJudgement
    #: it belongs to no scenario and was judged before the first
    beforehand: bool = False

    @property
    def about(self) -> str:
        """The name of what was judged."""
        return self.judgement.name

    @property
    def because_of(self) -> str:
        """The finding that it follows from, which is told in its own place; empty if it stands for itself."""
        return self.judgement.because_of if isinstance(self.judgement, Judgement) else ""


@dataclass(slots=True)
class Findings:
    """Grows while scenarios run; workers' judgements come in at their end."""

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
    dossiers: list[str] = field(default_factory=list)
    #: what a run says nothing about, as was found out on a stack
    unproved: list[Unproved] = field(default_factory=list)

    def add(self, nodeid: str, judgement: Judgement | RecordingJudgement, kind: Kind = Kind.ALERT) -> Entry:
        """Enters a judgement."""
        self.entries.append(Entry(nodeid=nodeid, kind=kind, judgement=judgement))
        return self.entries[-1]

    def add_beforehand(self, judgement: Judgement, kind: Kind) -> bool:
        """Enters what belongs to no scenario and was judged before the first.

        Returns:
            Whether it is new: several stacks may find the same.
        """
        entry = Entry(nodeid="", kind=kind, judgement=judgement, beforehand=True)
        if entry in self.entries:
            return False
        self.entries.append(entry)
        return True

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
            before = next(
                (one for one in self.entries if one.kind is Kind.PREFLIGHT and one.about == judgement.name), None
            )
            if before is None:
                self.add_beforehand(judgement, Kind.PREFLIGHT)
            elif worst((before.judgement.verdict, judgement.verdict)) is not before.judgement.verdict:
                self.entries[self.entries.index(before)] = replace(before, judgement=judgement)

    def of(self, nodeid: str) -> list[Entry]:
        """What one scenario judged."""
        return [entry for entry in self.entries if entry.nodeid == nodeid]

    def weigh_accidents(self, nodeid: str, accidents: Sequence[str]) -> None:
        """Judges a scenario's judgements again, in the light of what happened to the place."""
        self.entries = [
            replace(entry, judgement=by_accident(entry.judgement, accidents)) if entry.nodeid == nodeid else entry
            for entry in self.entries
        ]

    def packed(self) -> str:
        """All of it as text, for another process of this session."""
        return base64.b64encode(pickle.dumps(self)).decode()

    def take_over(self, text: str) -> None:
        """Adds what another process of this session has `packed`."""
        told: Self = pickle.loads(base64.b64decode(text))  # noqa: S301 - from our own worker, over xdist's pipe
        self.entries += [
            one for one in told.entries if not (one.beforehand and (one in self.entries or one.kind is Kind.PREFLIGHT))
        ]
        self.add_preflight(
            entry.judgement
            for entry in told.entries
            if entry.kind is Kind.PREFLIGHT and isinstance(entry.judgement, Judgement)
        )
        self.approaches += told.approaches
        self.facts |= told.facts
        self.bring_ups += told.bring_ups
        self.settings += told.settings
        self.dossiers += told.dossiers
        self.unproved += told.unproved

    def enter_into(self, ledger: Ledger) -> None:
        """Makes the ledger's entries."""
        for entry in self.entries:
            if isinstance(entry.judgement, RecordingJudgement):
                ledger.add_recording(entry.nodeid, entry.judgement)
            elif entry.beforehand:
                ledger.add_beforehand(entry.judgement, kind=entry.kind)
            else:
                ledger.add(entry.nodeid, entry.judgement, kind=entry.kind)
        for facts in self.facts.values():
            ledger.add_scenario(facts)
        for factor, seconds in self.bring_ups:
            ledger.add_bring_up(speed=factor, seconds=seconds)
        for setting in self.settings:
            ledger.add_setting(setting)
        for dossier in self.dossiers:
            ledger.add_dossier(dossier)
        # each worker finds out for itself, and its figures differ by a tenth of a second
        for note in {(one.rule, one.part): one for one in self.unproved}.values():
            ledger.add_unproved(note)
        for alert in dict.fromkeys(one.alert for one in self.approaches):
            found = closest_of([one for one in self.approaches if one.alert == alert])
            near = found.nearest
            ledger.add_approach(
                alert,
                found.pending_share,
                None if near is None else near.value,
                limit="" if near is None else f"{near.sign} {near.limit:g}",
                why_no_value=found.why_no_value,
            )
