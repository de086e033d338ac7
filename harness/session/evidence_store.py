"""The evidence of a run: a recording of each scenario, beside its results; those of earlier runs removed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.errors import HarnessError, ReportError
from harness.core.findings import Entry, Findings, Kind
from harness.core.judge import Judgement
from harness.core.verdict import Verdict, worst
from harness.recording.facts import Facts
from harness.recording.place import file_name, forget_others, recordings_of, size_of
from harness.recording.writing import Taken, write_recording
from harness.scenario.recording import recording_of_scenario, recording_of_stack
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
    #: where recordings go; None for beside the results, in the place of those of earlier runs
    record: Path | None = None

    @property
    def directory(self) -> Path:
        """Where recordings are."""
        return self.record or recordings_of(self.results)

    def note(self, nodeid: str, scenario: ScenarioRun) -> None:
        """Notes how a scenario ran, up to now."""
        before, facts = self.findings.facts.get(nodeid), facts_of(nodeid, scenario)
        if before is not None:
            kept = (before.recording, before.recording_s, before.recording_bytes)
            facts = replace(facts, recording=kept[0], recording_s=kept[1], recording_bytes=kept[2])
        self.findings.facts[nodeid] = facts

    def keep(self, nodeid: str, scenario: ScenarioRun, told: str = "") -> None:
        """Keeps all that was recorded of a scenario; instead of an older recording, if there is one.

        Args:
            nodeid: pytest's.
            scenario: as long as its stack is there.
            told: what a person is told; by default what was judged, unless all of that is VERIFIED.
        """
        self.note(nodeid, scenario)
        judged = self.findings.of(nodeid)
        verdict = worst(one.judgement.verdict for one in judged) if judged else None
        if not told and judged and verdict is not Verdict.VERIFIED:
            told = self.failure_text.explained(judged)
        start_s = time.monotonic()
        kept = self._kept(nodeid, lambda: recording_of_scenario(nodeid, scenario, verdict=verdict, failure=told))
        facts = self.findings.facts[nodeid]
        took_s, size = facts.recording_s + time.monotonic() - start_s, size_of(Path(kept))
        self.findings.facts[nodeid] = replace(facts, recording=kept, recording_s=took_s, recording_bytes=size)

    def keep_stack(self, handles: StackHandles, judgements: Sequence[Judgement]) -> None:
        """The same of a stack's life, with what was judged of it."""
        told = self.failure_text.explained([Entry(nodeid="", kind=Kind.INVARIANT, judgement=one) for one in judgements])
        about = f"stack {handles.facts.run_id} at speed {handles.facts.speed}"
        verdict = worst(one.verdict for one in judgements)
        kept = self._kept(about, lambda: recording_of_stack(about, handles, verdict=verdict, failure=told))
        self.findings.recordings.append(kept)

    def keep_start(self, nodeid: str, error: HarnessError) -> str:
        """Keeps what was said while a stack did not come up; its directory, empty where nothing was said."""
        if not error.logs:
            return ""
        facts = Facts(about=nodeid, verdict=Verdict.UNKNOWN, unread={"Prometheus": "the stack did not come up"})
        kept = self._kept(nodeid, lambda: Taken(facts=facts, failure=str(error), logs=error.logs))
        self.findings.recordings.append(kept)
        return kept

    def forget_others(self) -> None:
        """Removes the recordings of earlier runs; this one is over, and its workers have said what they kept.

        What somebody has named a place for is theirs.
        """
        if self.record is None:
            kept = (*self.findings.recordings, *(one.recording for one in self.findings.facts.values()))
            forget_others(self.directory, {Path(one) for one in kept})

    def _kept(self, about: str, take: Callable[[], Taken]) -> str:
        """Its directory, or why there is none: that a disk is full must hide no verdict."""
        try:
            return str(write_recording(take(), self.directory / file_name(about)))
        except ReportError as error:
            return f"none: {error.why}"
