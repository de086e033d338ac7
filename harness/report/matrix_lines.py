"""The fault x alert matrix as it ran: expected beside what happened, one line per scenario."""

from harness.core.findings import Findings, ScenarioFacts, fired_in
from harness.core.judge import Expectation
from harness.core.verdict import Verdict
from harness.report.schema import MatrixCell, MatrixLine

_CONTRARY = {Expectation.MUST: False, Expectation.MUST_NOT: True}


def matrix_lines(findings: Findings) -> tuple[MatrixLine, ...]:
    """The lines of all scenarios that name a row and watch alerts, in the order of the scenarios.

    Only in a VIOLATED one is the contrary of what was expected a breach: elsewhere the judge knows why nothing can be
    said.
    """
    return tuple(
        MatrixLine(row=one.row, nodeid=one.nodeid, cells=_cells(one, findings))
        for one in findings.facts.values()
        if one.row and one.expectations
    )


def _cells(facts: ScenarioFacts, findings: Findings) -> dict[str, MatrixCell]:
    judgements = [one.judgement for one in findings.of(facts.nodeid)]
    violated = any(one.verdict is Verdict.VIOLATED for one in judgements)
    fired = fired_in(judgements)
    return {
        alert: MatrixCell(
            expected=expected,
            fired=fired.get(alert),
            breach=violated and fired.get(alert) is not None and fired[alert] is _CONTRARY.get(expected),
            reason=facts.reasons.get(alert, ""),
        )
        for alert, expected in facts.expectations.items()
    }
