"""Contract and rules beside each other: what each documented rule says, and the alerts that nothing documents."""

from collections.abc import Iterator

from harness.core.check import CheckFinding
from harness.core.files.mistakes import Path as Keys
from harness.core.judge.finding import Clause, Finding, Judgement
from harness.core.judge.written import judge_written
from harness.core.rules.identity import RuleIdentity, rules_of, written_rules
from harness.core.rules.model import AlertingRule, RecordingRule
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle, lines_of, shown

#: where in a rule a clause is written
_KEYS = {
    Clause.HOLD: ("for",),
    Clause.KEEP_FIRING: ("keep_firing_for",),
    Clause.SEVERITY: ("labels", "severity"),
    Clause.LABELS: ("labels",),
    Clause.ANNOTATIONS: ("annotations",),
}
_EXPR = ("expr",)
#: what stands for a clause that the text does not tell
_UNTOLD = "the text alone does not tell; what the rule does is measured"


def rule_findings(bundle: Bundle) -> Iterator[CheckFinding]:
    """Each documented rule clause by clause, and each rule that is not documented.

    Raises:
        AmbiguousRuleError: nobody can say which rule a promise means.
    """
    identities = rules_of(bundle.contract.alerts, written_rules(bundle.rules.groups))
    for judgement in judge_written(bundle.contract, bundle.rules):
        for finding in judgement.findings:
            yield _finding(
                bundle, judgement, finding, _position(bundle, judgement.name, identities.get(judgement.name))
            )
    meant = {one.key for one in identities.values() if one is not None}
    for one in written_rules(bundle.rules.groups):
        if one.key not in meant:
            yield _undocumented(bundle, one)
    documented = {one.name for one in bundle.contract.recording_rules}
    for group in bundle.rules.groups:
        for rule in group.rules:
            if isinstance(rule, RecordingRule) and rule.record not in documented:
                yield _unspoken(bundle, rule)


def _finding(bundle: Bundle, judgement: Judgement, one: Finding, position: tuple[int, int] | None) -> CheckFinding:
    file = shown(bundle.subject.files.rules)
    line = None
    if position is not None:
        group, rule = position
        above: Keys = ("spec", "groups", group, "rules", rule)
        keys = _KEYS.get(one.clause, _EXPR) if one.clause is not Clause.WRITTEN else ()
        line = bundle.rule.document.place((*above, *keys)).line
    cause = {Verdict.VIOLATED: one.actual, Verdict.SKIPPED: _UNTOLD}.get(one.outcome, "")
    return CheckFinding(
        check=str(one.clause),
        about=judgement.name,
        verdict=one.outcome,
        expected=one.expected,
        actual=one.actual,
        cause=cause,
        file=file,
        line=line,
        command=lines_of(file, line),
    )


def _position(bundle: Bundle, name: str, identity: RuleIdentity | None) -> tuple[int, int] | None:
    """Group and place of a documented rule, counted from 0; None where there is none."""
    for number, group in enumerate(bundle.rules.groups):
        for place, rule in enumerate(group.rules):
            mine = identity is not None and (group.name, place + 1) == (identity.group, identity.position)
            recorded = isinstance(rule, RecordingRule) and rule.record == name
            if (isinstance(rule, AlertingRule) and mine) or recorded:
                return number, place
    return None


def _undocumented(bundle: Bundle, one: RuleIdentity) -> CheckFinding:
    file = shown(bundle.subject.files.rules)
    return CheckFinding(
        check="documented",
        about=one.alert,
        verdict=Verdict.VIOLATED,
        expected="an alert for each promise, and otherwise nobody is told",
        actual=f"a rule of which no promise speaks: {one}",
        cause=f"{shown(bundle.subject.files.contract)} has no promise for it: document it, or take it out",
        file=file,
        line=one.line,
        command=lines_of(file, one.line),
    )


def _unspoken(bundle: Bundle, rule: RecordingRule) -> CheckFinding:
    file = shown(bundle.subject.files.rules)
    return CheckFinding(
        check="documented",
        about=rule.record,
        verdict=Verdict.SKIPPED,
        expected="a promise for each recording rule",
        actual="none speaks of this one",
        cause="nobody is told by a recording rule, so it breaks no promise; nothing here looks at what it records",
        file=file,
        line=rule.line,
        command=lines_of(file, rule.line),
    )
