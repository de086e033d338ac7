"""Workers of xdist: what they found reaches the controller when they end; what those that crash knew is lost."""

import base64
import pickle
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.core.contract.model import Contract
from harness.core.contract.run_name import alerts_in
from harness.core.findings import Findings, Kind
from harness.core.judge import Judgement
from harness.core.verdict import Verdict


def packed(findings: Findings) -> str:
    """All of it as text, for the controller."""
    return base64.b64encode(pickle.dumps(findings)).decode()


@dataclass(slots=True)
class Workers:
    """The controller's view of them; without workers there is nothing to view."""

    findings: Findings
    contract: Contract
    #: workers that ended before they told what they had judged, and how, by their names
    crashed: dict[str, str] = field(default_factory=dict)

    def take_over(self, text: str) -> None:
        """Adds what a worker has `packed`."""
        found: Findings = pickle.loads(base64.b64decode(text))  # noqa: S301 - from our own worker, over xdist's pipe
        self.findings.take_over(found)

    def add_crash(self, nodeid: str, worker: str) -> None:
        """Enters that a worker crashed in the middle of a scenario, which proves nothing about it."""
        how = self.crashed.pop(worker, "") or "it ended"
        cause = f"worker {worker} crashed while running it ({how}); what it had judged before is lost with it"
        self._add(nodeid, Verdict.UNKNOWN, cause)

    def add_lost(self, violated: Iterable[str]) -> None:
        """Enters what workers that crashed can tell no more.

        Args:
            violated: node ids of all scenarios that were reported so; the text is in pytest's report.
        """
        for worker, how in self.crashed.items():
            cause = f"worker {worker} crashed ({how}); what it had judged is lost with it"
            self.findings.add("", Judgement.without_findings(f"worker {worker}", Verdict.UNKNOWN, cause), Kind.OBJECT)
        self.crashed.clear()
        for nodeid in violated:
            if not self.findings.of(nodeid):
                self._add(nodeid, Verdict.VIOLATED, "as reported; the evidence is lost, its worker crashed later")

    def _add(self, nodeid: str, verdict: Verdict, cause: str) -> None:
        """By the node id, which names the alerts of a scenario: its item was the worker's."""
        alerts = alerts_in(nodeid, [one.name for one in self.contract.alerts])
        for name in alerts or (nodeid.rpartition("::")[2],):
            self.findings.add(
                nodeid, Judgement.without_findings(name, verdict, cause), Kind.ALERT if alerts else Kind.OBJECT
            )
