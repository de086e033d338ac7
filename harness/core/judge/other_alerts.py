"""The clauses about labels and about other alerts: this one alone, labelled as documented, and nobody else."""

from collections.abc import Iterable

from harness.core.contract.matrix import Expectation
from harness.core.contract.model import AlertPromise
from harness.core.judge.blamed import blamed
from harness.core.judge.case import LifeCase, OtherAlert, RuleFact, SilenceCase
from harness.core.judge.evidence import Evidence
from harness.core.judge.finding import Clause, Finding, skipped, unknown, verified, violated
from harness.core.judge.unsettled import unsettled
from harness.core.label_text import pair, pairs
from harness.core.timeline import has_fired

#: of many label sets the first few show what differs
_SHOWN_SETS = 3


def judge_loaded(promise: AlertPromise, rule: RuleFact | None, *, absent: str = "") -> Finding:
    """Prometheus loaded the rule and evaluates it without error.

    Args:
        promise: about which rule.
        rule: as loaded; None if there is no such rule.
        absent: what is loaded instead, in words.
    """
    expected = f"alerting rule {promise.name} is loaded and healthy"
    if rule is None:
        return violated(Clause.LOADED, expected, absent or "no rule of this name is loaded")
    if rule.health == "ok":
        return verified(Clause.LOADED, expected, f"loaded, with for: {rule.hold_s:g} s of the clock")
    actual = f"health {rule.health}" + (f": {rule.last_error}" if rule.last_error else "")
    # `unknown` is Prometheus's word for "not evaluated yet"; a query that timed out is the machine's failure.
    excused = rule.health != "err" or "timed out" in rule.last_error or "canceled" in rule.last_error
    return unknown(Clause.LOADED, expected, actual) if excused else violated(Clause.LOADED, expected, actual)


def judge_labels(evidence: Evidence) -> Finding:
    """Exactly the documented labels; the severity has a clause of its own."""
    promise, case = evidence.case.promise, evidence.case
    wanted = {name: value for name, value in promise.labels.items() if name != "severity"}
    names = {*promise.labels, *promise.instance_labels, "alertname", "severity"}
    shown = [*filter(None, [pairs({**wanted, **case.instance})])]
    shown += [name for name in promise.instance_labels if name not in case.instance]
    expected = "exactly " + ", ".join(shown)
    if evidence.episode is None:
        return skipped(Clause.LABELS, expected, "it was never pending")
    labels = evidence.line.labels
    wrong = [pair(k, labels[k]) for k, v in sorted(wanted.items()) if k in labels and labels[k] != v]
    wrong += [f"{name} missing" for name in sorted(names - {"severity"}) if name not in labels]
    wrong += [f"{pair(name, labels[name])} too much" for name in sorted(labels) if name not in names]
    if wrong:
        return violated(Clause.LABELS, expected, ", ".join(wrong))
    return verified(Clause.LABELS, expected, pairs(labels))


def judge_severity(evidence: Evidence) -> Finding:
    """The documented severity."""
    expected = evidence.case.promise.severity
    if evidence.episode is None:
        return skipped(Clause.SEVERITY, expected, "it was never pending")
    actual = evidence.line.labels.get("severity", "(no severity)")
    return (
        verified(Clause.SEVERITY, expected, actual)
        if actual == expected
        else violated(Clause.SEVERITY, expected, actual)
    )


def judge_instances(evidence: Evidence) -> Finding:
    """One alert for the instance that the fault hits, and none for another."""
    case = evidence.case
    expected = "one firing label set"
    if evidence.episode is None:
        return skipped(Clause.INSTANCES, expected, "it was never pending")
    fired = [line for line in case.timelines if line is evidence.line or line.fired_in(case.inject_s, line.end_s)]
    actual = f"{len(fired)}: " + "; ".join(line.label_set for line in fired[:_SHOWN_SETS])
    actual += f"; {len(fired) - _SHOWN_SETS} more" if len(fired) > _SHOWN_SETS else ""
    judged = violated if len(fired) > 1 else verified
    return judged(Clause.INSTANCES, expected, actual)


def judge_bystanders(case: LifeCase | SilenceCase, end_s: float) -> Finding:
    """Every other alert did what the fault x alert matrix says, until this Unix time."""
    other_alerts, start_s = case.other_alerts, case.inject_s
    must = [one.name for one in other_alerts if one.expectation is Expectation.MUST]
    expected = "no other alert fires" + (f" but {', '.join(must)}" if must else "")
    wrong = [_misbehaviour(one, start_s, end_s) for one in other_alerts]
    wrong += [(_unsettled(one, case), False) for one in other_alerts if one.expectation is Expectation.MUST_NOT]
    broken = [text for text, certain in wrong if text and certain]
    if broken:
        return violated(Clause.BYSTANDERS, expected, "; ".join(broken))
    unclear = [text for text, _ in wrong if text]
    if unclear:
        return unknown(Clause.BYSTANDERS, expected, "; ".join(unclear))
    return verified(Clause.BYSTANDERS, expected, f"{len(other_alerts)} other alerts watched")


def _misbehaviour(one: OtherAlert, start_s: float, end_s: float) -> tuple[str, bool]:
    """What it did wrong, and whether that is certain; an empty text if nothing."""
    if one.expectation is Expectation.MAY:
        return "", True
    fired = has_fired(one.timelines, start_s=start_s, end_s=end_s, hold_s=one.hold_s)
    if one.expectation is Expectation.MUST:
        if fired:
            return "", True
        return f"{one.name} did not fire ({one.reason})", fired is False
    if fired:
        why = blamed(one.timelines, one.disruptions, start_s=start_s, seen_s=one.seen_s)
        return (f"{one.name} fired; {why}", False) if why else (f"{one.name} fired", True)
    return (f"{one.name} may have fired unseen: evaluations missed", False) if fired is None else ("", True)


def _unsettled(one: OtherAlert, case: LifeCase | SilenceCase) -> str:
    """What nobody waited for, in words; empty if nothing was pending when the watch ended."""
    left = unsettled(one.timelines, one.watched)
    if left is None or any(line.fired_in(case.inject_s, line.end_s) for line in one.timelines):
        return ""
    pending, hold = case.pace.documented_text(left.pending_s), case.pace.documented_text(one.hold_s)
    return f"{one.name} was still pending when the watch ended, for {pending} of {hold}"


def fired_by(case: LifeCase | SilenceCase, end_s: float) -> dict[str, bool | None]:
    """Whether the judged alert and each of the others fired between the injection and this Unix time."""
    fired = {one.name: (one.timelines, one.hold_s) for one in case.other_alerts}
    fired[case.promise.name] = (case.timelines, case.hold_s)
    return {
        name: has_fired(timelines, start_s=case.inject_s, end_s=end_s, hold_s=hold_s)
        for name, (timelines, hold_s) in fired.items()
    }


def excuses(other_alerts: Iterable[OtherAlert], start_s: float, end_s: float) -> tuple[str, ...]:
    """The alerts that fired and may, each with the allowed reason: every excuse is shown."""
    return tuple(
        f"{one.name} fired, which it may: {one.reason}"
        for one in other_alerts
        if one.expectation is Expectation.MAY and any(line.fired_in(start_s, end_s) for line in one.timelines)
    )
