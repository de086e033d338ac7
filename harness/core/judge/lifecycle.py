"""Judging one alert's whole life: from the condition to the resolved notification."""

import re
from collections.abc import Iterable

from harness.core.contract.formatting import in_words
from harness.core.figure import figure
from harness.core.judge.case import Component, Disruption, LifeCase, RuleFact
from harness.core.judge.cause import difference
from harness.core.judge.condition import Bracket, bracket
from harness.core.judge.delivery import (
    deliveries_of,
    judge_annotations,
    judge_delivered,
    judge_receiver,
    judge_resolved_delivered,
    told_first,
)
from harness.core.judge.evidence import Evidence, sort_evidence
from harness.core.judge.finding import Clause, Finding, Judgement, Observed, leading, weigh
from harness.core.judge.other_alerts import (
    excuses,
    fired_by,
    judge_bystanders,
    judge_instances,
    judge_labels,
    judge_loaded,
    judge_severity,
)
from harness.core.judge.phases import (
    ended_at_s,
    judge_condition,
    judge_firing,
    judge_hold,
    judge_pending,
    judge_resolved,
    judge_threshold,
    last_life,
)
from harness.core.reading import Reading
from harness.core.verdict import Verdict


def judge_life(case: LifeCase) -> Judgement:
    """Says whether the alert did what is promised, clause by clause; never raises on poor evidence.

    An empty `case.timelines` is misuse (an alert that wrote nothing has a `silent_timeline`) and raises ValueError.
    """
    if not case.timelines:
        raise ValueError(f"{case.promise.name}: no timeline; an alert without samples has a silent_timeline")
    evidence = sort_evidence(case)
    proved = bracket(case, evidence.acting, evidence.stretch)
    findings = (
        judge_loaded(case.promise, case.rule, absent=case.rule_absent),
        judge_condition(evidence),
        judge_threshold(evidence, proved),
        judge_pending(evidence),
        judge_hold(evidence),
        judge_firing(evidence),
        judge_instances(evidence),
        judge_labels(evidence),
        judge_severity(evidence),
        judge_delivered(evidence),
        judge_receiver(evidence),
        judge_annotations(evidence),
        judge_resolved(evidence),
        judge_resolved_delivered(evidence),
        judge_bystanders(case, evidence.line.end_s),
    )
    return Judgement(
        name=case.promise.name,
        verdict=weigh(findings),
        promise=in_words(case.promise),
        findings=findings,
        observed=_observed(evidence, proved),
        fired=fired_by(case, evidence.line.end_s),
        excuses=excuses(case.other_alerts, case.inject_s, evidence.line.end_s),
        timelines=case.timelines,
        inject_s=case.inject_s,
        last_witness=last_witness(case.readings, case.inject_s, case.promise.threshold.unit),
        cause=_cause(evidence, findings),
    )


def last_witness(readings: tuple[Reading, ...], inject_s: float, unit: str = "") -> str:
    """The last look of the witness, in words; its value in the threshold's unit, if it has that."""
    if not readings:
        return "the witness never looked"
    last = readings[-1]
    holds = {True: "the condition holds", False: "the condition does not hold", None: "not read"}[last.holds]
    value = "" if last.value is None else f" {figure(last.value, unit) if unit else f'{last.value:g}'}"
    return f"{last.at_s - inject_s:+.2f} s:{value} ({holds}) {last.note}".rstrip()


def _observed(evidence: Evidence, proved: Bracket) -> Observed:
    """The figures; each is None where its two instants were not both seen."""
    pace, episode = evidence.case.pace, evidence.episode
    pending_s = None if episode is None else episode.pending_at_s
    firing_s = None if episode is None else episode.firing_at_s
    resolved_s = None if episode is None else episode.resolved_at_s
    over_s = None if episode is None or firing_s is None else last_life(evidence, episode).resolved_at_s
    start_s = None if evidence.stretch is None else evidence.stretch.start_s
    held_s = _between(pending_s, firing_s)
    previous = None if firing_s is None else evidence.line.before(firing_s)
    above_s = None if previous is None or not previous.active else _between(pending_s, previous.at_s)
    firing = deliveries_of(evidence, "firing")
    over = told_first(evidence, "resolved")
    return Observed(
        pending_s=None if held_s is None else pace.documented(held_s),
        hold_above_s=None if above_s is None else pace.documented(above_s),
        pending_lag_s=_between(start_s, pending_s),
        firing_lag_s=None if held_s is None else held_s - evidence.case.hold_s,
        delivery_lag_s=_between(firing_s, firing[0].received_at_s if firing else None),
        resolve_lag_s=_between(ended_at_s(evidence), over_s),
        resolved_delivery_lag_s=_between(resolved_s, None if over is None else over.received_at_s),
        threshold_low=proved.low,
        threshold_high=proved.high,
    )


#: a comparison that waits for a number that is not there when its series is not
_LOW = re.compile(r"(==|<=?)\s*(bool\s+)?[01]\b")


def _between(start_s: float | None, end_s: float | None) -> float | None:
    return None if start_s is None or end_s is None else end_s - start_s


def _cause(evidence: Evidence, findings: tuple[Finding, ...]) -> str:
    """The likeliest reason, from what the rule's selectors matched and what failed meanwhile."""
    case, first = evidence.case, leading(findings)
    if first is None:
        return ""
    parts = [difference(findings)]
    if evidence.episode is None and case.rule is not None:
        parts = [*selector_causes(case.rule), *limit_causes(case.rule), *parts]
    if evidence.succession is not None:
        told = [] if first.clause is Clause.FIRING else [evidence.succession.text()]
        parts = [*told, *parts, "to Prometheus each label set is another alert, which begins its `for` anew"]
    if first.outcome is not Verdict.VIOLATED:
        # what excuses nothing is no cause, and what does is named by the finding already
        parts += (
            []
            if any(one.cause in first.actual for one in evidence.disruptions)
            else worst_troubles(evidence.disruptions)
        )
    return "; ".join(parts)


def worst_troubles(disruptions: Iterable[Disruption]) -> list[str]:
    """Of each place the longest trouble, and how many there were: the one that matters is not lost among many."""
    by_place: dict[Component, list[Disruption]] = {}
    for one in disruptions:
        by_place.setdefault(one.component, []).append(one)
    found = []
    for place, mine in by_place.items():
        longest = max(mine, key=lambda one: one.end_s - one.start_s)
        many = f", the longest of {len(mine)} times" if len(mine) > 1 else ""
        found.append(f"{place} {longest.cause}{many}")
    return found


def limit_causes(rule: RuleFact) -> list[str]:
    """Whether the expression gave more series than its group may have: Prometheus then drops every alert of the rule.

    https://github.com/prometheus/prometheus/blob/v3.13.5/rules/alerting.go (`exceeded limit`)
    """
    if not rule.limit or rule.produced is None or rule.produced <= rule.limit:
        return []
    return [
        f"its group has limit {rule.limit} and the expression gave {rule.produced} alerts, so Prometheus dropped all"
    ]


def selector_causes(rule: RuleFact) -> list[str]:
    """For each selector of the rule that matched nothing: which matcher is to blame, and what there is instead."""
    found = []
    for fact in rule.selectors:
        if fact.matched is None:
            found.append(f"what {fact.selector} matches could not be asked ({fact.unanswered})")
        if fact.matched != 0:
            continue
        text = f"no series matched {fact.selector}"
        if fact.killer is not None:
            seen = ", ".join(repr(value) for value in fact.seen) or "no value at all"
            text += f": without {fact.killer} there are some, its label has {seen}"
        elif fact.unanswered:
            text += f"; which of its matchers is to blame could not be asked ({fact.unanswered})"
        elif fact.instead:
            text += f": {fact.instead}"
        found.append(text)
    if found and _LOW.search(rule.expr) and "absent" not in rule.expr:
        found.append("a series that ends with its target leaves a comparison with 0 nothing to compare: see absent()")
    return found
