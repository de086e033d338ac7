"""Judging inhibition: none is documented, so no alert of the subject's may keep another from being told.

Decided from the loaded rules for alerts with the documented labels, instance labels taken to be equal, the worst case;
and from alerts that fired together, all of which must be told.
"""

from collections.abc import Mapping, Sequence

from harness.core.alertmanager.inhibition import InhibitRule, SidedAlert, mutes
from harness.core.judge.finding import Clause, Finding, Judgement, broken_unless, unknown, verified, violated
from harness.core.judge.notifications import NotificationCase, judgement_of
from harness.core.label_text import braces

_NAME = "alertname"


def judge_inhibition(
    rules: Sequence[InhibitRule],
    alerts: Sequence[SidedAlert],
    case: NotificationCase | None = None,
    fired: Sequence[Mapping[str, str]] = (),
) -> Judgement:
    """No documented alert mutes another.

    Args:
        rules: as loaded.
        alerts: every documented alert, with the sides of the rules that it is on.
        case: what was told while `fired` fired.
        fired: labels of alerts that Alertmanager held as firing at the same time, for longer than its route waits.
    """
    findings = [_no_rule(rules, alerts)]
    if case is not None and len({labels.get(_NAME) for labels in fired}) > 1:
        findings.append(_all_told(case, [one for one in fired if not _outdone(one, rules, alerts, fired)]))
    return judgement_of("inhibition", "No alert keeps another from being told", tuple(findings))


def _no_rule(rules: Sequence[InhibitRule], alerts: Sequence[SidedAlert]) -> Finding:
    expected = "no inhibition between documented alerts"
    foreign = []
    for index, rule in enumerate(rules):
        for target in alerts:
            for source in alerts:
                # of two rules of one alert the graver is told instead of the milder: no alert is kept from being told
                same = source.labels[_NAME] == target.labels[_NAME]
                if source is not target and not same and mutes(index, rule, source, target):
                    actual = f"{source.labels[_NAME]} mutes {target.labels[_NAME]}: {rule}"
                    return violated(Clause.MUTING_RULES, expected, actual)
            # of the same name means of the same rule: its severity is the target's own
            if index in target.targets and _NAME not in rule.equal:
                foreign.append(f"alerts of somebody else may mute {target.labels[_NAME]}: {rule}")
    if foreign:
        return unknown(Clause.MUTING_RULES, expected, foreign[0])
    near = sum(any(index in one.targets for one in alerts) for index in range(len(rules)))
    held = f", {near} of them about documented alerts, which they hold to the same alertname" if near else ""
    return verified(Clause.MUTING_RULES, expected, f"{len(rules)} rules loaded{held}")


def _outdone(
    labels: Mapping[str, str],
    rules: Sequence[InhibitRule],
    alerts: Sequence[SidedAlert],
    fired: Sequence[Mapping[str, str]],
) -> bool:
    """Whether another rule of the same alert, which fired as well, is told instead."""
    mine = [one for one in alerts if dict(one.labels) == dict(labels)]
    others = [one for one in alerts if one not in mine and dict(one.labels) in [dict(each) for each in fired]]
    return any(
        source.labels[_NAME] == target.labels[_NAME] and mutes(index, rule, source, target)
        for index, rule in enumerate(rules)
        for target in mine
        for source in others
    )


def _all_told(case: NotificationCase, fired: Sequence[Mapping[str, str]]) -> Finding:
    receiver = case.promise.receiver
    expected = f"{len(fired)} alerts that fire together are each told to {receiver}"
    told = [one.labels for one in case.deliveries if one.receiver == receiver and one.status == "firing"]
    missing = [labels for labels in fired if dict(labels) not in [dict(one) for one in told]]
    if missing:
        actual = f"{braces(missing[0])} was not" + (f", nor {len(missing) - 1} more" if len(missing) > 1 else "")
        return broken_unless(Clause.TOLD_TOGETHER, expected, actual, case.disruption(case.start_s, case.end_s))
    severities = sorted({labels.get("severity", "no severity") for labels in fired})
    return verified(Clause.TOLD_TOGETHER, expected, f"all of them: {', '.join(severities)}")
