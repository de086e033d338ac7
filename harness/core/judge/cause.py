"""The cause of a violation in one sentence that names the difference, as the rule is written and as it was seen.

What the text of the rule says otherwise than the contract explains what it did, whatever that was. Where the text is as
promised, or does not tell, the sentence puts what was seen beside what is promised.
"""

from collections.abc import Iterable
from dataclasses import replace

from harness.core.judge.finding import Clause, Finding, Judgement, leading
from harness.core.verdict import Verdict

#: what was seen -> the parts of the text that can make it so; an alert that is loud or mute at the wrong time may be so
#: by any of them
_BY_CONDITION = frozenset({Clause.THRESHOLD, Clause.WINDOW, Clause.LABELS, Clause.WRITTEN})
_BY_TIME = frozenset({*_BY_CONDITION, Clause.HOLD, Clause.KEEP_FIRING})
_MADE_BY: dict[Clause, frozenset[Clause]] = {
    Clause.LOADED: frozenset({Clause.WRITTEN}),
    Clause.CONDITION: _BY_CONDITION,
    Clause.THRESHOLD: _BY_CONDITION,
    Clause.PENDING: _BY_CONDITION,
    Clause.NOT_BEFORE_HOLD: frozenset({Clause.HOLD}),
    Clause.FIRING: _BY_TIME,
    Clause.SILENT: _BY_TIME,
    Clause.OUTSIDE_FAULTS: _BY_TIME,
    Clause.RESOLVED: _BY_TIME,
    Clause.INSTANCES: frozenset({Clause.LABELS}),
    Clause.LABELS: frozenset({Clause.LABELS}),
    Clause.SEVERITY: frozenset({Clause.SEVERITY}),
    Clause.DELIVERED: frozenset({Clause.LABELS, Clause.SEVERITY}),
    Clause.RECEIVER: frozenset({Clause.LABELS, Clause.SEVERITY}),
    Clause.ANNOTATIONS: frozenset({Clause.ANNOTATIONS}),
}


def difference(findings: Iterable[Finding]) -> str:
    """What was seen beside what is promised, of the finding that decided; empty if all is verified."""
    first = leading(findings)
    return "" if first is None else difference_of(first)


def difference_of(finding: Finding) -> str:
    """What was seen beside what is promised; of what is not known, why."""
    if finding.outcome is not Verdict.VIOLATED:
        return f"{finding.clause}: {finding.actual}"
    return f"{finding.actual}; promised: {finding.expected}"


def with_cause(judgement: Judgement, written: Judgement | None) -> Judgement:
    """A violation with what the text of its rule says otherwise as its cause; any other judgement as it was.

    Args:
        judgement: of a live run.
        written: of the same promise, as its rule is written; None where that was not looked at.
    """
    if written is None or judgement.verdict is not Verdict.VIOLATED:
        return judgement
    broken = {finding.clause for finding in judgement.findings if finding.outcome is Verdict.VIOLATED}
    made_by = frozenset[Clause]().union(*(_MADE_BY.get(clause, frozenset()) for clause in broken))
    said = [one.actual for one in written.findings if one.outcome is Verdict.VIOLATED and one.clause in made_by]
    if not said:
        return judgement
    return replace(judgement, cause="; ".join(said), where=written.where)
