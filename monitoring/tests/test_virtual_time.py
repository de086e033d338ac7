"""The real rules at the edges of their promises, in virtual time; and rules broken on purpose, which are noticed."""

from pathlib import Path

import pytest

from harness.core.contract.model import Contract
from monitoring.tests.planted import DEFECTS, Defect
from monitoring.tests.promtool import Promtool, plain_rules

CASES = sorted((Path(__file__).parent / "virtual_time").glob("*.yaml"))


def test_prometheus_loads_the_rules(promtool: Promtool, rules_text: str) -> None:
    """The pinned promtool finds no fault, duplicate or questionable name in the rules."""
    outcome = promtool.check(plain_rules(rules_text))
    assert outcome.passed, outcome.report


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_rules_keep_their_promise(case: Path, promtool: Promtool, rules_text: str) -> None:
    """Alerts are silent up to their edge and fire at it with the documented labels and text; records are exact."""
    outcome = promtool.test(case, plain_rules(rules_text))
    assert outcome.passed, outcome.report
    alone = promtool.test(case, plain_rules(rules_text, only_in=case.read_text(encoding="utf-8")))
    assert alone.passed, alone.report


@pytest.mark.parametrize("defect", DEFECTS, ids=str)
def test_a_broken_rule_is_noticed(defect: Defect, promtool: Promtool, rules_text: str) -> None:
    """A rule that says something else than the documentation turns its file of cases red, by a mismatch."""
    case = next(case for case in CASES if case.stem == defect.case)
    rules = plain_rules(defect.plant(rules_text), only_in=case.read_text(encoding="utf-8"))
    outcome = promtool.test(case, rules)
    assert not outcome.passed
    assert "FAILED" in outcome.report


def test_every_rule_has_planted_defects(contract: Contract) -> None:
    """No documented alert or recording rule is left without a proof that its tests can fail."""
    documented = {alert.name for alert in contract.alerts} | {rule.name for rule in contract.recording_rules}
    assert {defect.rule for defect in DEFECTS} == documented


def test_every_alert_is_broken_in_threshold_for_severity_and_component(contract: Contract) -> None:
    """The four fields that a reader trusts most are each broken at least once per alert."""
    for alert in contract.alerts:
        broken = " ".join(defect.what for defect in DEFECTS if defect.rule == alert.name)
        assert all(field in broken for field in ("threshold", "for_shorter", "for_longer", "severity", "component"))


@pytest.mark.parametrize(
    "defect",
    [
        Defect(case="memory", what="", rule="KubeMirrorMemoryHigh", old="> 0.05", new=""),
        Defect(case="memory", what="", rule="KubeMirrorNoSuchAlert", old="", new=""),
    ],
    ids=["text of another rule", "no such rule"],
)
def test_a_defect_that_changes_nothing_is_refused(defect: Defect, rules_text: str) -> None:
    """A planted defect that misses its rule is an error, or it would prove nothing."""
    with pytest.raises(ValueError, match="no"):
        defect.plant(rules_text)
