"""The verdict that follows from findings, by the precedence that is stated once."""

import pytest

from harness.core.judge.finding import Clause, Finding, leading, weigh
from harness.core.verdict import Verdict

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED


def findings(*outcomes: Verdict) -> tuple[Finding, ...]:
    """One finding for each outcome."""
    return tuple(
        Finding(clause=Clause.FIRING, outcome=one, expected=str(i), actual="") for i, one in enumerate(outcomes)
    )


@pytest.mark.parametrize(
    ("outcomes", "verdict", "decides"),
    [
        ((V, V), V, None),
        ((V, S), U, 1),
        ((S,), U, 0),
        ((), U, None),
        ((V, U, S), U, 1),
        ((S, U, X, X), X, 2),
        ((U, V), U, 0),
    ],
)
def test_one_verdict_follows_from_all_findings(
    outcomes: tuple[Verdict, ...], verdict: Verdict, decides: int | None
) -> None:
    """Broken before unknown before verified; VERIFIED needs every clause, and at least one; the first that decided."""
    found = findings(*outcomes)
    assert weigh(found) is verdict
    assert leading(found) is (None if decides is None else found[decides])
