"""The rules as they are written, beside the contract: what differs is known before anything is started.

A live run looks at an alert from a few points; a threshold that was changed between two of them passes there. What a
file says is compared here, word by word, and a difference is a violation with both values and the rule's line. What
cannot be read from the file with certainty is neither right nor wrong: it is named, and the live run is the only
witness of it.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.core.contract import AlertPromise, Contract
from harness.core.judge.finding import Clause, Finding, Judgement, skipped, verified, violated
from harness.core.rule import AlertingRule, RuleFile, RuleGroup
from harness.core.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAlert:
    """One alerting rule with what its group and its file add."""

    rule: AlertingRule
    group: RuleGroup
    source: str

    @property
    def labels(self) -> Mapping[str, str]:
        """Its fixed labels: the group's, under its own."""
        return {**self.group.labels, **self.rule.labels}

    @property
    def where(self) -> str:
        """`rules.yaml:12`."""
        return self.source if self.rule.line is None else f"{self.source}:{self.rule.line}"


def judge_written(contract: Contract, file: RuleFile) -> tuple[Judgement, ...]:
    """Compares each documented alert with its rule as it is written.

    The verdict of each is VIOLATED where something differs, VERIFIED where everything could be read and is as promised,
    else SKIPPED: a file alone proves nothing that it does not say.
    """
    written = [
        WrittenAlert(rule=rule, group=group, source=file.source)
        for group in file.groups
        for rule in group.rules
        if isinstance(rule, AlertingRule)
    ]
    return tuple(_judge_alert(promise, written, file.source) for promise in contract.alerts)


def _judge_alert(promise: AlertPromise, written: Sequence[WrittenAlert], source: str) -> Judgement:
    mine = [one for one in written if one.rule.alert == promise.name]
    if not mine:
        return _judgement(promise, (_missing(promise, written),), source)
    judged = [_judgement(promise, tuple(_findings(promise, one)), one.where) for one in mine]
    # of several rules of one name the one that fits best is the promised one
    return min(judged, key=lambda one: sum(each.outcome is Verdict.VIOLATED for each in one.findings))


def _judgement(promise: AlertPromise, findings: tuple[Finding, ...], where: str) -> Judgement:
    outcomes = {one.outcome for one in findings}
    wrong = [one.actual for one in findings if one.outcome is Verdict.VIOLATED]
    verdict = Verdict.VIOLATED if wrong else Verdict.SKIPPED if Verdict.SKIPPED in outcomes else Verdict.VERIFIED
    return Judgement(
        name=promise.name,
        verdict=verdict,
        promise=promise.promise,
        findings=findings,
        cause="; ".join(wrong),
        where=where,
    )


def _missing(promise: AlertPromise, written: Sequence[WrittenAlert]) -> Finding:
    names = list(dict.fromkeys(one.rule.alert for one in written))
    near = difflib.get_close_matches(promise.name, names, n=1)
    there = f"there is {near[0]}" if near else f"there are {', '.join(names)}" if names else "there is no alert at all"
    return violated(Clause.WRITTEN, f"a rule `alert: {promise.name}`", f"no rule has this name; {there}")


def _findings(promise: AlertPromise, written: WrittenAlert) -> Iterator[Finding]:
    yield _hold(promise, written)
    yield _severity(promise, written)
    yield from _annotations(promise, written)


def _hold(promise: AlertPromise, written: WrittenAlert) -> Finding:
    said, asked = written.rule.hold, promise.hold
    if said == asked:
        return verified(Clause.HOLD, f"for: {asked}", f"for: {said}")
    return violated(Clause.HOLD, f"for: {asked}", f"the rule says for: {said}, the contract {asked}")


def _severity(promise: AlertPromise, written: WrittenAlert) -> Finding:
    said = written.labels.get("severity")
    expected = f"severity: {promise.severity}"
    if said == promise.severity:
        return verified(Clause.SEVERITY, expected, expected)
    if said is None:
        return violated(
            Clause.SEVERITY, expected, f"the rule has no label severity, the contract says {promise.severity}"
        )
    if "{{" in said:
        return skipped(Clause.SEVERITY, expected, f"the label is a template, {said!r}")
    return violated(Clause.SEVERITY, expected, f"the rule says severity {said}, the contract {promise.severity}")


def _annotations(promise: AlertPromise, written: WrittenAlert) -> Iterator[Finding]:
    for one in promise.annotations:
        expected = f"an annotation {one.name}"
        if written.rule.annotations.get(one.name, "").strip():
            yield verified(Clause.ANNOTATIONS, expected, "it is there")
        else:
            yield violated(Clause.ANNOTATIONS, expected, f"the rule has no annotation {one.name}")
