"""What scenarios judged, as text and as JUnit's properties, with the command that runs them again."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from harness.core.findings import Entry, Findings, Kind
from harness.core.judge import Expectation
from harness.core.verdict import WORST_FIRST, Verdict
from harness.report.explain import explain_scenario
from harness.report.junit_properties import evidence_properties
from harness.report.reproduce import Ran


@dataclass(frozen=True, slots=True)
class FailureText:
    """Explains what a session has judged by now."""

    findings: Findings
    #: how the session was asked to run
    ran: Ran

    def explained(self, entries: Sequence[Entry]) -> str:
        """What one scenario judged, or the whole run; there is at least one entry."""
        return explain_scenario(
            [entry.judgement for entry in entries],
            reproduce=self._reproduce(entries),
            facts=self.findings.facts.get(entries[0].nodeid),
            recordings=() if entries[0].nodeid or entries[0].beforehand else self.findings.recordings,
        )

    def untold_by_pytest(self, shown: Collection[str] = ()) -> list[str]:
        """The text of each scenario for which pytest has no failed test that tells it, and of the whole run.

        Args:
            shown: node ids of those whose text was shown already.
        """
        told = [entry for entry in self.findings.entries if _needs_telling(entry) and not entry.beforehand]
        # of a scenario in which something is violated pytest has a failed test, with all of it
        failed = {entry.nodeid for entry in self.findings.entries if entry.judgement.verdict is Verdict.VIOLATED} - {""}
        nodeids = [one for one in dict.fromkeys(entry.nodeid for entry in told) if one not in {*shown, *failed}]
        return [self.explained([entry for entry in told if entry.nodeid == nodeid]) for nodeid in nodeids]

    def beforehand(self) -> str:
        """What was judged before any scenario and is not right, one block; empty if all of it is."""
        told = [entry for entry in self.findings.entries if entry.beforehand and _needs_telling(entry)]
        return self.explained(told) if told else ""

    def properties(self, nodeid: str, entries: Sequence[Entry]) -> list[tuple[str, str]]:
        """The evidence for JUnit's file."""
        facts = self.findings.facts.get(nodeid)
        return evidence_properties((one.judgement for one in entries), facts, reproduce=self._reproduce(entries))

    def _reproduce(self, entries: Sequence[Entry]) -> str:
        """The command that runs a scenario again: by the alert that it makes page, else by its node id."""
        if not entries:
            return ""
        first = min(entries, key=lambda entry: WORST_FIRST.index(entry.judgement.verdict))
        name, facts = first.judgement.name, self.findings.facts.get(first.nodeid)
        pages = facts is not None and facts.expectations.get(name) is Expectation.MUST
        return self.ran.again(first.nodeid, alert=name if pages else "", speed=None if facts is None else facts.speed)


def _needs_telling(entry: Entry) -> bool:
    """Whether pytest has no failed test that tells it; what follows from a finding is told with that."""
    if entry.judgement.because_of and entry.kind is not Kind.PREFLIGHT:
        return False
    verdict = entry.judgement.verdict
    return verdict is Verdict.UNKNOWN or (not entry.nodeid and verdict is Verdict.VIOLATED)
