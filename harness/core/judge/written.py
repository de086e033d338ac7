"""The rules as they are written, beside the contract: what differs is known before anything is started.

A live run looks at an alert from a few points; a threshold that was changed between two of them passes there. What a
file says is compared here, word by word, and a difference is a violation with both values and the rule's line. What
cannot be read from the file with certainty is neither right nor wrong: it is named, and the live run is the only
witness of it. Which figures a rule reads and whether they exist is not looked at here.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from harness.core.contract.formatting import in_words
from harness.core.contract.model import AlertPromise, AnnotationPromise, Carries, Contract
from harness.core.duration import PromDuration
from harness.core.figure import figure
from harness.core.judge.finding import Clause, Finding, Judgement, unread, verified, violated
from harness.core.judge.written_labels import judge_labels, judge_severity
from harness.core.judge.written_recording import judge_quantile, judge_recordings
from harness.core.judge.written_threshold import Outcome, read_threshold
from harness.core.judge.written_window import behind, judge_window
from harness.core.label_text import pairs
from harness.core.promql import Expression, PromQLError
from harness.core.rules.condition_tree import condition
from harness.core.rules.identity import AmbiguousRuleError, RuleIdentity, rules_of, written_rules
from harness.core.rules.model import AlertingRule, RecordingRule, RuleFile
from harness.core.verdict import Verdict

#: where a template has a value from: the alert's, Prometheus's answer, or another template, which may have either
#: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
_VALUES = ("$value", ".Value", "query", "template")
#: an annotation whose number has a sign already, and is given another
_TWO_SIGNS = re.compile(r"humanizePercentage(?:\s+[$.\w]+)?\s*-?\}\}\s*%")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenAlert:
    """One alerting rule with what its group and its file add."""

    rule: AlertingRule
    #: its own and its group's
    labels: Mapping[str, str]
    #: `rules.yaml:12`
    where: str
    #: its condition; None where it cannot be taken apart
    expression: Expression | None
    #: every recording rule of the file, by name
    recording: Mapping[str, RecordingRule]


def judge_written(contract: Contract, file: RuleFile) -> tuple[Judgement, ...]:
    """Compares each documented alert and recording rule with its rule as it is written.

    The verdict of each is VIOLATED where something differs, VERIFIED where everything could be read and is as promised,
    else SKIPPED: a file alone proves nothing that it does not say.
    """
    recording = _recording(file)
    try:
        rules = rules_of(contract.alerts, written_rules(file.groups))
    except AmbiguousRuleError:
        rules = {}  # whoever loads the rules says so
    alerts = tuple(
        _judge_alert(promise, contract, file, recording, rules[promise.name])
        for promise in contract.alerts
        if promise.name in rules
    )
    return (*alerts, *judge_recordings(contract, file, recording))


def _recording(file: RuleFile) -> Mapping[str, RecordingRule]:
    """The recording rules that can be taken apart, with their groups' labels; of a name that several have, none."""
    found = [
        replace(rule, labels={**group.labels, **rule.labels})
        for group in file.groups
        for rule in group.rules
        if isinstance(rule, RecordingRule)
    ]
    names = [rule.record for rule in found]
    return {rule.record: rule for rule in found if names.count(rule.record) == 1 and _expression(rule) is not None}


def _expression(rule: AlertingRule | RecordingRule) -> Expression | None:
    try:
        return rule.expression
    except PromQLError:
        return None  # Prometheus may take it all the same


def _judge_alert(
    promise: AlertPromise,
    contract: Contract,
    file: RuleFile,
    recording: Mapping[str, RecordingRule],
    identity: RuleIdentity | None,
) -> Judgement:
    if identity is None:
        return _judgement(promise, (_missing(promise, file),), file.source)
    rule = next(
        rule
        for group in file.groups
        for position, rule in enumerate(group.rules, start=1)
        if (group.name, position) == (identity.group, identity.position) and isinstance(rule, AlertingRule)
    )
    written = WrittenAlert(
        rule=rule,
        labels=identity.labels,
        where=file.source if rule.line is None else f"{file.source}:{rule.line}",
        expression=_expression(rule),
        recording=recording,
    )
    return _judgement(promise, tuple(_findings(promise, contract, written)), written.where)


def _judgement(promise: AlertPromise, findings: tuple[Finding, ...], where: str) -> Judgement:
    outcomes = {one.outcome for one in findings}
    wrong = [one.actual for one in findings if one.outcome is Verdict.VIOLATED]
    verdict = Verdict.VIOLATED if wrong else Verdict.SKIPPED if Verdict.SKIPPED in outcomes else Verdict.VERIFIED
    return Judgement(
        name=promise.name,
        verdict=verdict,
        promise=in_words(promise),
        findings=findings,
        cause="; ".join(wrong),
        where=where,
    )


def _missing(promise: AlertPromise, file: RuleFile) -> Finding:
    names = list(dict.fromkeys(rule.alert for rule in file.alerts))
    if promise.alert in names:
        labels = pairs(promise.labels)
        if promise.group:
            labels += f" in group {promise.group}"
        actual = f"no rule of alert {promise.alert} has {labels}"
        return violated(Clause.WRITTEN, f"a rule `alert: {promise.alert}` with {labels}", actual)
    near = difflib.get_close_matches(promise.alert, names)
    there = f"there is {near[0]}" if near else f"there are {', '.join(names)}" if names else "there is no alert at all"
    return violated(Clause.WRITTEN, f"a rule `alert: {promise.alert}`", f"no rule has this name; {there}")


def _findings(promise: AlertPromise, contract: Contract, written: WrittenAlert) -> Iterator[Finding]:
    yield _threshold(promise, written)
    if promise.threshold.window is not None:
        yield judge_window(promise.threshold.window, written.expression, written.recording)
    yield _duration(Clause.HOLD, promise.hold, written.rule.hold)
    # none promised is a promise, too: an alert that is kept is told of its end late
    yield _duration(Clause.KEEP_FIRING, promise.keep_firing_for, written.rule.keep_firing_for)
    if (quantile := promise.threshold.quantity.definition.quantile) is not None:
        read = () if written.expression is None else behind(written.expression, written.recording)
        yield judge_quantile(quantile, (node for each in read for node in each.nodes()))
    yield judge_severity(promise, written.labels)
    yield judge_labels(promise, contract, written.labels, written.expression, written.recording)
    for one in promise.annotations:
        yield _annotation(one, written.rule.annotations.get(one.name, ""))


def _threshold(promise: AlertPromise, written: WrittenAlert) -> Finding:
    threshold = promise.threshold
    expected = f"{threshold.side} {figure(threshold.value, threshold.unit)}"
    if written.expression is None:
        return unread(Clause.THRESHOLD, expected, "the expression cannot be taken apart")
    recorded = {name: rule.expression.tree for name, rule in written.recording.items()}
    found = read_threshold(condition(written.expression.tree, recorded), threshold)
    match found.outcome:
        case Outcome.SAME:
            return verified(Clause.THRESHOLD, expected, found.text)
        case Outcome.DIFFERENT:
            return violated(Clause.THRESHOLD, expected, found.text)
        case Outcome.UNREAD:
            return unread(Clause.THRESHOLD, expected, found.text)


def _duration(clause: Clause, asked: PromDuration, said: PromDuration) -> Finding:
    expected = f"{clause}: {asked}" if asked.ms else f"no {clause}"
    if said == asked:
        return verified(clause, expected, expected)
    shown = f"{clause}: {said}" if said.ms else f"no {clause}"
    return violated(clause, expected, f"the rule says {shown}, the contract {asked if asked.ms else 'none'}")


def _annotation(promise: AnnotationPromise, text: str) -> Finding:
    """It is there, and what must differ from alert to alert is no fixed text."""
    expected = f"an annotation {promise.name}"
    if not text.strip():
        return violated(Clause.ANNOTATIONS, expected, f"the rule has no annotation {promise.name}")
    if promise.carries is not None:
        expected += f" with the value as a {promise.carries}"
        if "{{" not in text:
            return violated(Clause.ANNOTATIONS, expected, f"annotation {promise.name} is a fixed text: {text!r}")
        if not any(source in text for source in _VALUES):
            actual = f"annotation {promise.name} has no $value and asks for none: {text!r}"
            return violated(Clause.ANNOTATIONS, expected, actual)
        if promise.carries is Carries.PERCENTAGE and _TWO_SIGNS.search(text):
            return violated(Clause.ANNOTATIONS, expected, f"annotation {promise.name} has two signs: {text!r}")
    return verified(Clause.ANNOTATIONS, expected, "it is there")
