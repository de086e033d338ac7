"""The rules as they are written: every difference from the contract is told, with both values and the line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.core.contract_file import load_contract
from harness.core.judge import Clause, Judgement
from harness.core.judge.written import judge_written
from harness.core.rules import parse_rules
from harness.core.verdict import Verdict

MONITORING = Path(__file__).parents[4] / "monitoring"
CONTRACT = load_contract((MONITORING / "contract.yaml").read_text(encoding="utf-8"), "contract.yaml")
RULES = (MONITORING / "prometheusrule.yaml").read_text(encoding="utf-8")


def judged(name: str, change: Callable[[str], str] = lambda text: text) -> Judgement:
    """What is said of one documented rule once the file is changed."""
    changed = change(RULES)
    return next(one for one in judge_written(CONTRACT, parse_rules(changed, "rules.yaml")) if one.name == name)


def _line_of(text: str) -> int:
    return next(number for number, line in enumerate(RULES.splitlines(), start=1) if text in line)


DEEP = "KubeMirrorWorkqueueDepthHigh"


def test_the_shipped_rules_are_as_documented() -> None:
    """Nothing differs."""
    assert [one.name for one in judge_written(CONTRACT, parse_rules(RULES, "r")) if one.cause] == []


@pytest.mark.parametrize(
    ("old", "new", "clause", "said"),
    [
        pytest.param("for: 15m", "for: 10m", Clause.HOLD, "the rule says for: 10m, the contract 15m", id="for"),
        pytest.param("          for: 15m\n", "", Clause.HOLD, "the rule says for: 0s, the contract 15m", id="no for"),
        pytest.param(
            "alert: KubeMirrorWorkqueueDepthHigh",
            "alert: KubeMirrorWorkqueDepthHigh",
            Clause.WRITTEN,
            "no rule has this name; there is KubeMirrorWorkqueDepthHigh",
            id="name",
        ),
    ],
)
def test_a_difference_is_a_violation_with_both_values(old: str, new: str, clause: Clause, said: str) -> None:
    """What the rule says, what the contract says, and the line."""
    one = judged(DEEP, lambda text: text.replace(old, new, 1))
    wrong = [finding for finding in one.findings if finding.outcome is Verdict.VIOLATED]
    assert (one.verdict, one.cause, [finding.clause for finding in wrong]) == (Verdict.VIOLATED, said, [clause])


def test_the_line_of_the_rule_is_told() -> None:
    """An editor can jump there."""
    assert judged(DEEP).where == f"rules.yaml:{_line_of(f'alert: {DEEP}')}"
