"""The fault x alert matrix as it ran: expected beside what happened, one line per scenario."""

from collections.abc import Collection, Iterable

from harness.core.judge import Expectation
from harness.report.facts import ScenarioFacts
from harness.report.schema import MatrixCell, MatrixLine

_CONTRARY = {Expectation.MUST: False, Expectation.MUST_NOT: True}


def matrix_lines(facts: Iterable[ScenarioFacts], violated: Collection[str]) -> tuple[MatrixLine, ...]:
    """The lines of all scenarios that name a row and watch alerts, in the order of the scenarios.

    Args:
        facts: of the scenarios.
        violated: node ids of the VIOLATED ones. Only there is the contrary of what was expected a breach: elsewhere the
            judge knows why nothing can be said.
    """
    return tuple(
        MatrixLine(row=one.row, nodeid=one.nodeid, cells=_cells(one, violated=one.nodeid in violated))
        for one in facts
        if one.row and one.expectations
    )


def _cells(one: ScenarioFacts, *, violated: bool) -> dict[str, MatrixCell]:
    return {
        alert: MatrixCell(
            expected=expected,
            fired=one.fired.get(alert),
            breach=violated and one.fired.get(alert) is not None and one.fired[alert] is _CONTRARY.get(expected),
            reason=one.reasons.get(alert, ""),
        )
        for alert, expected in one.expectations.items()
    }
