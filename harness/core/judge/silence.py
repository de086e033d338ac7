"""Judging that a fault does not page: the alert's rule ran throughout, the fault was real, and nobody was told."""

from collections.abc import Sequence

from harness.core.contract.formatting import in_words
from harness.core.judge.blamed import blamed, blamed_for
from harness.core.judge.case import Component, SilenceCase
from harness.core.judge.cause import difference
from harness.core.judge.delivery import NOBODY_LISTENED
from harness.core.judge.finding import (
    Clause,
    Finding,
    Judgement,
    Observed,
    broken_unless,
    unknown,
    verified,
    weigh,
)
from harness.core.judge.lifecycle import last_witness
from harness.core.judge.other_alerts import excuses, fired_by, judge_bystanders, judge_loaded
from harness.core.judge.unsettled import pending_s, unsettled
from harness.core.rules.identity import Owner
from harness.core.timeline import Episode


def judge_silence(case: SilenceCase) -> Judgement:
    """Says whether the alert kept silent, and how near it came: the longest pending, of its `for`.

    An empty `case.timelines` is misuse (an alert that wrote nothing has a `silent_timeline`) and raises ValueError.
    """
    if not case.timelines:
        raise ValueError(f"{case.promise.name}: no timeline; an alert without samples has a silent_timeline")
    longest_s = max(map(pending_s, _episodes(case)), default=None)
    findings = (
        judge_loaded(case.promise, case.rule, absent=case.rule_absent),
        _judge_fault(case),
        _judge_silent(case, longest_s),
        _judge_evaluated(case),
        *_judge_near(case, longest_s),
        judge_bystanders(case, case.end_s),
    )
    return Judgement(
        name=case.promise.name,
        verdict=weigh(findings),
        promise=f"{in_words(case.promise)} Otherwise nobody is told.",
        findings=findings,
        observed=Observed(pending_s=None if longest_s is None else case.pace.documented(longest_s)),
        fired=fired_by(case, case.end_s),
        excuses=excuses(case.other_alerts, case.inject_s, case.end_s),
        timelines=case.timelines,
        inject_s=case.inject_s,
        last_witness=last_witness(case.readings, case.inject_s),
        cause=difference(findings),
    )


def _episodes(case: SilenceCase) -> Sequence[Episode]:
    return [e for line in case.timelines for e in line.episodes if e.last_active_s >= case.inject_s]


def _judge_fault(case: SilenceCase) -> Finding:
    """The fault was in effect: silence without damage proves nothing."""
    expected = "the witness sees the fault in effect"
    seen = [reading for reading in case.readings if reading.holds and reading.at_s >= case.inject_s]
    if not seen:
        return unknown(Clause.CONDITION, expected, f"never in {len(case.readings)} looks")
    return verified(
        Clause.CONDITION, expected, f"at {seen[0].at_s - case.inject_s:+.2f} s: {seen[0].note}".rstrip(": ")
    )


def _judge_silent(case: SilenceCase, longest_s: float | None) -> Finding:
    """No evaluation found it firing and no receiver got it."""
    expected = "never firing, nobody notified"
    fired = [line for line in case.timelines if line.fired_in(case.inject_s, case.end_s)]
    told = [
        one
        for one in case.deliveries or ()
        # what is told of a twin and this rule alike is judged by what this rule did
        if case.owner(one) is Owner.MINE and one.status == "firing" and one.starts_at_s >= case.inject_s
    ]
    nearest = (
        "never pending"
        if longest_s is None
        else f"pending for at most {case.pace.documented_text(longest_s)} of {case.promise.hold}"
    )
    if fired or told:
        disruptions = (*case.disruptions, *case.slow_scrapes)
        why = blamed(case.timelines, disruptions, start_s=case.inject_s, seen_s=case.seen_s)
        return broken_unless(Clause.SILENT, expected, f"firing, {len(told)} notification(s); {nearest}", why)
    left = unsettled(case.timelines, case.watched or (case.end_s,))
    if left is None and case.deliveries is None:
        return unknown(Clause.SILENT, expected, f"{nearest}; {NOBODY_LISTENED}")
    if left is None:
        return verified(Clause.SILENT, expected, nearest)
    actual = (
        f"still pending when the watch ended, for {case.pace.documented_text(left.pending_s)} of {case.promise.hold}"
    )
    if left.pending_s <= case.hold_s + case.pace.evaluation_s:
        return unknown(Clause.SILENT, expected, f"{actual}: it may fire yet")
    # it neither fired when its documented `for` was over nor was it silent: one of the two promises is broken
    why = blamed_for(left, case.disruptions)
    return broken_unless(Clause.SILENT, expected, f"{actual}, so it should have fired, or not have begun", why)


def _judge_near(case: SilenceCase, longest_s: float | None) -> Sequence[Finding]:
    """The fault lasted nearly long enough: a silence that was never in danger proves nothing about `for`."""
    if not case.near_ratio:
        return ()
    expected = f"pending for at least {case.near_ratio:.0%} of {case.promise.hold}"
    if longest_s is None:
        return (unknown(Clause.NEAR, expected, "never pending"),)
    actual = f"pending for {case.pace.documented_text(longest_s)}"
    near = longest_s >= case.near_ratio * case.hold_s
    return (verified(Clause.NEAR, expected, actual) if near else unknown(Clause.NEAR, expected, actual),)


def _judge_evaluated(case: SilenceCase) -> Finding:
    """The rule was evaluated throughout: where it was not, silence says nothing.

    The evaluations themselves are the evidence: a trouble shorter than one interval can have kept none from being made.
    """
    expected = "the rule is evaluated throughout"
    causes = [
        f"no evaluation for {gap.end_s - gap.start_s:.2f} s at {gap.start_s - case.inject_s:+.2f} s"
        for line in case.timelines
        for gap in line.may_hide_firing(case.hold_s)
        if gap.overlaps(case.inject_s, case.end_s)
    ]
    places = (Component.PROMETHEUS, Component.MACHINE)
    causes += [
        f"{disruption.component} {disruption.cause}"
        for disruption in case.disruptions
        if disruption.component in places and disruption.end_s - disruption.start_s > case.pace.evaluation_s
    ]
    if case.timelines[0].end_s < case.end_s:
        causes.append(f"the timeline ends {case.end_s - case.timelines[0].end_s:.2f} s too early")
    if causes:
        return unknown(Clause.EVALUATED, expected, "; ".join(causes))
    evaluations = sum(case.inject_s <= moment.at_s <= case.end_s for moment in case.timelines[0].moments)
    return verified(Clause.EVALUATED, expected, f"{evaluations} evaluations")
