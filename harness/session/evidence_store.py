"""The evidence of a run: a dossier of whatever is not verified, beside its results; those of earlier runs removed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.errors import HarnessError, ReportError
from harness.core.findings import Entry, Findings, Kind
from harness.core.judge import Judgement
from harness.recording.dossier import Dossier, dossiers_of, forget_others, write_dossier
from harness.scenario.dossier import dossier_of_scenario, dossier_of_stack
from harness.scenario.run import ScenarioRun
from harness.scenario.stack_handles import StackHandles
from harness.scenario.summary import facts_of
from harness.session.failure_text import FailureText


@dataclass(frozen=True, slots=True)
class EvidenceStore:
    """Keeps what was recorded, and notes where."""

    findings: Findings
    failure_text: FailureText
    #: where the results of the run go
    results: Path

    def note(self, nodeid: str, scenario: ScenarioRun) -> None:
        """Notes how a scenario ran, up to now."""
        before, facts = self.findings.facts.get(nodeid), facts_of(nodeid, scenario)
        self.findings.facts[nodeid] = facts if before is None else replace(facts, dossier=before.dossier)

    def keep(self, nodeid: str, scenario: ScenarioRun, told: str = "") -> None:
        """Keeps all that was recorded of a scenario; instead of an older dossier, if there is one.

        Args:
            nodeid: pytest's.
            scenario: as long as its stack is there.
            told: what a person is told; by default what was judged.
        """
        self.note(nodeid, scenario)
        told = told or self.failure_text.explained(self.findings.of(nodeid))
        kept = self._written(dossier_of_scenario(nodeid, scenario), told)
        self.findings.facts[nodeid] = replace(self.findings.facts[nodeid], dossier=kept)

    def keep_stack(self, handles: StackHandles, judgements: Sequence[Judgement]) -> None:
        """The same of a stack's life, with what was judged of it."""
        told = self.failure_text.explained([Entry(nodeid="", kind=Kind.INVARIANT, judgement=one) for one in judgements])
        about = f"stack {handles.facts.run_id} at speed {handles.facts.speed}"
        self.findings.dossiers.append(self._written(dossier_of_stack(about, handles), told))

    def keep_start(self, nodeid: str, error: HarnessError) -> str:
        """Keeps what was said while a stack did not come up; the dossier's directory, empty where nothing was said."""
        if not error.logs:
            return ""
        story = {"instants": {}, "unread": {"Prometheus": "the stack did not come up"}}
        kept = self._written(Dossier(about=nodeid, story=story, logs=error.logs), str(error))
        self.findings.dossiers.append(kept)
        return kept

    def forget_others(self) -> None:
        """Removes the dossiers of earlier runs; this one is over, and its workers have said what they kept."""
        kept = (*self.findings.dossiers, *(one.dossier for one in self.findings.facts.values()))
        forget_others(dossiers_of(self.results), {Path(one) for one in kept})

    def _written(self, dossier: Dossier, told: str) -> str:
        """Its directory, or why there is none: that a disk is full must hide no verdict."""
        try:
            return str(write_dossier(dossier, told, dossiers_of(self.results)))
        except ReportError as error:
            return f"none: {error.why}"
