"""The cause of a violation is one sentence that names the difference."""

import pytest

from harness.core.judge import Clause, Finding, Judgement
from harness.core.judge.cause import difference, with_cause
from harness.core.judge.finding import unknown, verified, violated
from harness.core.verdict import Verdict

SAID = "the rule says > 7 %, the contract > 5 %"
THRESHOLD = violated(Clause.THRESHOLD, "active while failed / all > 5 %", "inactive at 5.9 % to 6.2 %")
HOLD = violated(Clause.NOT_BEFORE_HOLD, "not firing before it was pending for 15m", "firing after 10m")


def judged(*findings: Finding, verdict: Verdict = Verdict.VIOLATED) -> Judgement:
    """A judgement with its own cause."""
    return Judgement(
        name="A", verdict=verdict, promise="", findings=findings, cause=difference(findings), where="rules.yaml:7"
    )


WRITTEN = judged(
    violated(Clause.THRESHOLD, "> 5 %", SAID),
    violated(Clause.HOLD, "for: 15m", "the rule says for: 10m, the contract 15m"),
    verified(Clause.SEVERITY, "severity: warning", "severity: warning"),
)


def test_what_was_seen_stands_beside_what_is_promised() -> None:
    """In one sentence; of what is not known it is the reason."""
    assert difference([THRESHOLD]) == "inactive at 5.9 % to 6.2 %; promised: active while failed / all > 5 %"
    assert difference([unknown(Clause.PENDING, "pending", "Prometheus died")]) == "pending: Prometheus died"
    assert difference([verified(Clause.PENDING, "pending", "it was")]) == ""


@pytest.mark.parametrize(
    ("finding", "cause"),
    [
        (THRESHOLD, SAID),
        (HOLD, "the rule says for: 10m, the contract 15m"),
        (violated(Clause.FIRING, "-", "late"), f"{SAID}; the rule says for: 10m, the contract 15m"),
        (violated(Clause.SEVERITY, "warning", "critical"), "critical; promised: warning"),
        (violated(Clause.BYSTANDERS, "none", "B fired"), "B fired; promised: none"),
    ],
)
def test_the_text_of_the_rule_explains_what_it_makes_happen(finding: Finding, cause: str) -> None:
    """And nothing else: a wrong threshold is no reason for a wrong severity."""
    assert with_cause(judged(finding), WRITTEN).cause == cause


def test_nothing_else_gets_another_cause() -> None:
    """Neither what is not violated, nor where the text was not looked at or is as promised."""
    for one, written in (
        (judged(THRESHOLD), None),
        (judged(THRESHOLD), judged(verified(Clause.THRESHOLD, "> 5 %", "> 5 %"))),
        (judged(unknown(Clause.PENDING, "-", "-"), verdict=Verdict.UNKNOWN), WRITTEN),
    ):
        assert with_cause(one, written) is one
