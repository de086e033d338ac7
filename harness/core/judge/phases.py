"""The clauses about instants: condition, threshold, pending, hold, firing, resolved."""

import math

from harness.core.contract.formatting import condition_in_words
from harness.core.contract.model import Threshold
from harness.core.figure import figure
from harness.core.judge.case import Component, LifeCase
from harness.core.judge.condition import Bracket, Contradiction, Stretch, freshness_s, proof_evaluations
from harness.core.judge.evidence import Evidence
from harness.core.judge.finding import Clause, Finding, broken_unless, skipped, unknown, verified, violated
from harness.core.timeline import Episode, Moment
from harness.core.verdict import Verdict

#: Prometheus counts in whole milliseconds, and so does a scaled hold after rounding
_ROUNDING_S = 0.002
#: evaluations begin at whole milliseconds, and one that is a millisecond short of the hold does not fire yet
_SHORT_S = 0.0005
#: the evaluation before firing must be this near (in intervals) for the firing to say when the hold ended
_RESOLUTION_INTERVALS = 1.5


def judge_condition(evidence: Evidence) -> Finding:
    """The witness saw the documented condition, for long enough that the alert had to fire."""
    case, stretch = evidence.case, evidence.stretch
    expected = f"the witness sees {condition_text(case)} for at least {case.promise.hold}"
    if stretch is None:
        failed = sum(reading.holds is None for reading in case.readings)
        actual = f"never in {len(case.readings)} looks" + (f", {failed} of which failed" if failed else "")
        return unknown(Clause.CONDITION, expected, actual)
    length_s = stretch.end_s - stretch.start_s
    actual = f"for {case.pace.documented_text(length_s)}, from {evidence.after_inject(stretch.start_s)}"
    fired = evidence.episode is not None and evidence.episode.firing_at_s is not None
    if length_s < case.hold_s and not fired:
        return unknown(Clause.CONDITION, expected, f"only {actual}: the fault did not last")
    return verified(Clause.CONDITION, expected, actual)


def condition_text(case: LifeCase) -> str:
    """The documented condition in words."""
    return condition_in_words(case.promise.threshold)


def judge_threshold(evidence: Evidence, found: Bracket) -> Finding:
    """The alert was inactive on one side of the documented threshold and active on the other."""
    case = evidence.case
    threshold = case.promise.threshold
    expected = f"active while {condition_text(case)}, inactive otherwise"
    told = [(_told(evidence, one), _excuse(evidence, one)) for one in found.contradictions]
    # a trouble excuses what it touches, and nothing that happened while there was none
    for actual, why in sorted(told, key=lambda pair: bool(pair[1])):
        return broken_unless(Clause.THRESHOLD, expected, actual, why)
    unit = threshold.unit
    proved = _proved(found, threshold)
    within = case.threshold_within_ratio
    if within is not None:
        margin = abs(threshold.value) * within
        near = found.low is not None and found.low >= threshold.value - margin
        if not near or found.high is None or found.high > threshold.value + margin:
            expected += f", seen within {within:.0%} of {figure(threshold.value, unit)} on both sides"
            return unknown(Clause.THRESHOLD, expected, proved)
    return verified(Clause.THRESHOLD, expected, proved)


def _proved(found: Bracket, threshold: Threshold) -> str:
    """What was seen on each side, in words."""
    active, silent = (found.high, found.low) if threshold.side == ">" else (found.low, found.high)
    told = [] if silent is None else [f"inactive at {figure(silent, threshold.unit)}"]
    told += [] if active is None else [f"active at {figure(active, threshold.unit)}"]
    return ", ".join(told) or "seen on neither side"


def _told(evidence: Evidence, one: Contradiction) -> str:
    unit = evidence.case.promise.threshold.unit
    state = "active" if one.active else "inactive"
    return f"{state}{_at(one, unit)} from {evidence.after_inject(one.start_s)} to {evidence.after_inject(one.end_s)}"


def _at(one: Contradiction, unit: str) -> str:
    if one.low is None or one.high is None:
        return ""
    low, high = figure(one.low, unit), figure(one.high, unit)
    return f" at {low}" if low == high else f" at {low.rpartition(' ')[0]} to {high}"


def _excuse(evidence: Evidence, one: Contradiction) -> str:
    """Inactive although it holds may be a scrape or an evaluation that failed; active although it does not cannot."""
    if one.active:
        return ""
    return evidence.disruption(one.start_s - freshness_s(evidence.case), one.end_s, Component.PROMETHEUS)


def judge_pending(evidence: Evidence) -> Finding:
    """Pending when the condition became true: within one scrape, one evaluation and one look of the witness."""
    case, pace, stretch, episode = evidence.case, evidence.case.pace, evidence.stretch, evidence.episode
    allowed_s = _onset_s(case)
    because = f" ({case.lag_reason})" if case.lag_s else ""
    expected = f"pending within {allowed_s:.2f} s of the condition{because}"
    if stretch is None:
        return skipped(Clause.PENDING, expected, "the witness never saw the condition")
    deadline_s = stretch.start_s + allowed_s
    episode = evidence.interrupted(deadline_s) or episode
    if evidence.succession is not None:
        # whichever label set it was, the rule spoke of the condition
        alive = (one for one in evidence.acting.episodes if one.last_active_s >= stretch.start_s)
        episode = next(alive, episode)
    if episode is None:
        return _judge_never_pending(evidence, stretch, allowed_s, expected)
    lag_s = episode.pending_at_s - stretch.start_s
    actual = f"pending at {evidence.after_inject(episode.pending_at_s)}, {lag_s:+.2f} s from the condition"
    if pace.skew_s > pace.evaluation_s:
        return unknown(Clause.PENDING, expected, f"{actual}; the clocks differ by up to {pace.skew_s:.2f} s")
    if not _start_known(episode):
        return unknown(Clause.PENDING, expected, f"{actual}; it was active before anybody saw it become so")
    if episode.pending_at_s > deadline_s:
        why = evidence.disruption(stretch.start_s, episode.pending_at_s, Component.PROMETHEUS, Component.WITNESS)
        clear_s = evidence.untroubled_s(stretch.start_s, episode.pending_at_s, allowed_s)
        return (
            violated(Clause.PENDING, expected, actual)
            if clear_s
            else broken_unless(Clause.PENDING, expected, actual, why)
        )
    return _judge_early(evidence, stretch, episode, expected=expected, actual=actual)


def _onset_s(case: LifeCase) -> float:
    """How long after the condition the alert may become pending."""
    pace = case.pace
    return case.lag_s + pace.scrape_s + pace.evaluation_s + pace.witness_s + pace.jitter_s + pace.skew_s


def _judge_never_pending(evidence: Evidence, stretch: Stretch, allowed_s: float, expected: str) -> Finding:
    deadline_s = stretch.start_s + allowed_s
    why = evidence.disruption(stretch.start_s, deadline_s, Component.PROMETHEUS, Component.WITNESS)
    if evidence.untroubled_s(stretch.start_s, stretch.end_s, allowed_s):
        why = ""
    elif not why and stretch.end_s < deadline_s:
        why = f"the condition lasted only {stretch.end_s - stretch.start_s:.2f} s"
    return broken_unless(Clause.PENDING, expected, "never pending", why)


def _judge_early(evidence: Evidence, stretch: Stretch, episode: Episode, *, expected: str, actual: str) -> Finding:
    case = evidence.case
    denied_s = math.inf if stretch.denied_s is None else stretch.denied_s
    # what a look saw is from any instant of it, and it ends before the next
    doubt_s = case.pace.witness_s + case.pace.skew_s
    if stretch.denied_s is None or _seen_until_s(case, episode.pending_at_s) >= denied_s - doubt_s:
        return verified(Clause.PENDING, expected, actual)
    start_s = episode.pending_at_s - freshness_s(case)
    around = [reading.holds for reading in case.readings if start_s <= reading.at_s <= denied_s]
    early = f"{actual}; by the witness the condition did not hold yet at {evidence.after_inject(denied_s)}"
    if any(around):
        return verified(Clause.PENDING, expected, f"{early}, after a flicker")
    evaluations = sum(episode.pending_at_s <= moment.at_s <= denied_s for moment in evidence.line.moments)
    if evaluations < proof_evaluations(case.pace) or None in around:
        return unknown(Clause.PENDING, expected, early)
    return violated(Clause.PENDING, expected, early)


def _seen_until_s(case: LifeCase, evaluation_s: float) -> float:
    """The latest instant of which an evaluation can have known: it, too, has the time at which it was due."""
    since_s = evaluation_s - case.pace.scrape_s
    ends = [one.end_s for one in case.scrapes if since_s < one.start_s <= evaluation_s]
    return max([evaluation_s, *ends])


def _start_known(episode: Episode) -> bool:
    """True if the first sample is the activeAt: Prometheus states it too, cut to whole seconds."""
    stated = episode.active_at_s
    return episode.start_seen and (stated is None or stated >= int(episode.pending_at_s))


def judge_hold(evidence: Evidence) -> Finding:
    """Never firing before the documented `for` has passed."""
    case, episode = evidence.case, evidence.episode
    expected = f"not firing before it was pending for {case.promise.hold}"
    if episode is None or episode.firing_at_s is None:
        return skipped(Clause.NOT_BEFORE_HOLD, expected, "it never fired")
    held_s = episode.firing_at_s - episode.pending_at_s
    actual = f"firing after {case.pace.documented_text(held_s)}"
    if held_s >= case.hold_s - _ROUNDING_S:
        return verified(Clause.NOT_BEFORE_HOLD, expected, actual)
    if not _start_known(episode):
        return unknown(Clause.NOT_BEFORE_HOLD, expected, f"{actual} in which it was seen; its beginning was not")
    return violated(Clause.NOT_BEFORE_HOLD, expected, actual)


def judge_firing(evidence: Evidence) -> Finding:
    """Firing at the first evaluation at which the hold has passed, without a break."""
    found = _judge_firing(evidence)
    stretch = evidence.stretch
    first = None if stretch is None else evidence.interrupted(stretch.start_s + _onset_s(evidence.case))
    if first is None or first.resolved_at_s is None or found.outcome is not Verdict.VERIFIED:
        return found
    why = evidence.disruption(
        first.last_active_s - freshness_s(evidence.case), first.resolved_at_s, Component.PROMETHEUS
    )
    broke = f"inactive for a moment at {evidence.after_inject(first.resolved_at_s)}, although the condition went on"
    return unknown(Clause.FIRING, found.expected, "; ".join(filter(None, (f"{broke}, then {found.actual}", why))))


def _judge_firing(evidence: Evidence) -> Finding:
    case, episode = evidence.case, evidence.episode
    expected = f"firing within one evaluation once it was pending for {case.promise.hold}"
    if episode is None:
        return skipped(Clause.FIRING, expected, "it was never pending")
    due_s = episode.pending_at_s + case.hold_s - _SHORT_S
    fired_s = episode.firing_at_s
    due = next((m for m in evidence.line.moments if m.at_s >= due_s and m.at_s <= episode.last_active_s), None)
    if fired_s is None:
        return _judge_never_fired(evidence, episode, due, expected)
    held = f"firing after {case.pace.documented_text(fired_s - episode.pending_at_s)}"
    if due is not None and fired_s > due.at_s:
        return violated(Clause.FIRING, expected, held)
    if fired_s < due_s:
        return skipped(Clause.FIRING, expected, "it fired too early already")
    previous = evidence.line.before(fired_s)
    far_s = _RESOLUTION_INTERVALS * case.pace.evaluation_s
    if case.hold_s and (previous is None or fired_s - previous.at_s > far_s):
        return unknown(Clause.FIRING, expected, f"{held}; the evaluations just before were missed")
    return verified(Clause.FIRING, expected, held)


def _judge_never_fired(evidence: Evidence, episode: Episode, due: Moment | None, expected: str) -> Finding:
    case, stretch = evidence.case, evidence.stretch
    held = case.pace.documented_text(episode.last_active_s - episode.pending_at_s)
    followed = evidence.succession
    if followed is not None and due is None:
        together, longest = map(case.pace.documented_text, (followed.lasted_s, followed.longest_s))
        actual = f"never: {followed.text()}, for {together} together, none for longer than {longest}"
        if followed.lasted_s >= case.hold_s - _SHORT_S:
            return violated(Clause.FIRING, expected, actual)
        return unknown(Clause.FIRING, expected, f"{actual}, and the condition did not last")
    if due is not None:
        return violated(Clause.FIRING, expected, f"still pending after {held}, never firing")
    if episode.resolved_at_s is None:
        return unknown(Clause.FIRING, expected, f"pending for {held} when the watch ended")
    actual = f"inactive again after {held}"
    lasted = stretch is not None and stretch.end_s >= episode.resolved_at_s + case.pace.skew_s
    if not lasted:
        return unknown(Clause.FIRING, expected, f"{actual}, and the condition did not last")
    why = evidence.disruption(episode.pending_at_s, episode.resolved_at_s, Component.PROMETHEUS, Component.WITNESS)
    return broken_unless(Clause.FIRING, expected, f"{actual}, although the condition went on", why)


def judge_resolved(evidence: Evidence) -> Finding:
    """Inactive again once the fault is undone, the condition gone and the rule's window passed."""
    case, episode = evidence.case, evidence.episode
    allowed_s, kept_s = _end_s(case), case.keep_firing_s
    reasons = (case.lag_reason if case.lag_s else "", case.resolve_lag_reason if case.resolve_lag_s else "")
    because = f" ({'; '.join(filter(None, reasons))})" if any(reasons) else ""
    expected = f"inactive within {allowed_s:.2f} s of the end of the condition{because}"
    if kept_s:
        expected = f"firing for {case.promise.keep_firing_for} more after the end of the condition, then {expected}"
    if episode is None or episode.firing_at_s is None:
        return skipped(Clause.RESOLVED, expected, "it never fired")
    fired_s = episode.firing_at_s
    ended_s = ended_at_s(evidence)
    if case.undo_s is None or ended_s is None:
        missing = "the fault was not undone" if case.undo_s is None else "the witness did not see the condition end"
        return unknown(Clause.RESOLVED, expected, missing)
    deadline_s = ended_s + allowed_s
    first_s, episode = episode.resolved_at_s, last_life(evidence, episode)
    resolved_s = episode.resolved_at_s
    if resolved_s is not None and resolved_s <= deadline_s:
        actual = f"inactive at {evidence.after_inject(resolved_s)}, {resolved_s - ended_s:+.2f} s from the end"
        if first_s is not None and first_s < resolved_s:
            actual += f"; for a moment already at {evidence.after_inject(first_s)}, while the fault was being undone"
        return _resolved_in_time(evidence, resolved_s, fired_s=fired_s, expected=expected, actual=actual)
    until_s = evidence.line.end_s if resolved_s is None else resolved_s
    late_s = max(0.0, episode.last_active_s - ended_s)
    over = "" if resolved_s is None else f", inactive {resolved_s - ended_s:.2f} s after it"
    actual = f"still active {late_s:.2f} s after the end of the condition{over}{_kept(case)}"
    why = evidence.disruption(ended_s, until_s, Component.PROMETHEUS)
    if not why and resolved_s is None and episode.last_active_s < deadline_s:
        why = "it was not watched for longer"
    return broken_unless(Clause.RESOLVED, expected, actual, why)


def _resolved_in_time(evidence: Evidence, resolved_s: float, *, fired_s: float, expected: str, actual: str) -> Finding:
    """Not too late; it may be too early."""
    case, stretch = evidence.case, evidence.stretch
    early = "" if stretch is None else _too_early(case, stretch, resolved_s)
    if not early:
        return verified(Clause.RESOLVED, expected, actual)
    why = evidence.disruption(fired_s, resolved_s, Component.PROMETHEUS, Component.WITNESS)
    if why and not case.keep_firing_s:
        return verified(Clause.RESOLVED, expected, actual)
    if why:
        # what is kept is not restored by a Prometheus that begins anew
        return unknown(Clause.RESOLVED, expected, f"{actual}, {early}; {why}")
    if evidence.too_near(resolved_s - freshness_s(case), resolved_s + case.pace.skew_s):
        near = "the witness was too near to the threshold to tell"
        return unknown(Clause.RESOLVED, expected, f"{actual}, {early}; {near}")
    return violated(Clause.RESOLVED, expected, f"{actual}, {early}")


def _too_early(case: LifeCase, stretch: Stretch, resolved_s: float) -> str:
    """Why an alert was over before it may be; empty if it was not.

    It is kept from the first evaluation that does not find it any more, and that one knows of nothing before the end
    of the condition: https://github.com/prometheus/prometheus/blob/v3.13.5/rules/alerting.go (`KeepFiringSince`).
    """
    if resolved_s < stretch.end_s - freshness_s(case):
        return "although the condition went on"
    longest_s = max([case.pace.jitter_s, *(one.end_s - one.start_s for one in case.scrapes)])
    doubt_s = case.lag_s + case.pace.skew_s + longest_s + _ROUNDING_S
    if resolved_s >= stretch.end_s + case.keep_firing_s - doubt_s or not case.keep_firing_s:
        return ""
    lasted = case.pace.documented_text(max(0.0, resolved_s - stretch.end_s))
    return f"only {lasted} after the condition was last seen{_kept(case)}"


def _kept(case: LifeCase) -> str:
    """Where the rule is kept firing for another time than promised: both."""
    if case.rule is None or abs(case.rule.keep_firing_s - case.keep_firing_s) <= _ROUNDING_S:
        return ""
    loaded = case.pace.documented_text(case.rule.keep_firing_s) if case.rule.keep_firing_s else "none"
    promised = case.promise.keep_firing_for if case.keep_firing_s else "none"
    return f": keep_firing_for {loaded} in the rule, {promised} promised"


def _end_s(case: LifeCase) -> float:
    """How long after the end of the condition the alert may still be active."""
    pace = case.pace
    seen_s = case.window_s + case.lag_s + case.resolve_lag_s + pace.scrape_s + pace.evaluation_s
    # what is kept is over at the first evaluation after that, which may be a whole interval later
    kept_s = case.keep_firing_s + pace.evaluation_s if case.keep_firing_s else 0.0
    return seen_s + kept_s + pace.witness_s + pace.jitter_s + pace.skew_s


def last_life(evidence: Evidence, episode: Episode) -> Episode:
    """The life that says when the alert was over: this one, or the last into which it fell (`Evidence.wavered`)."""
    ended_s = ended_at_s(evidence)
    return episode if ended_s is None else evidence.wavered(episode, ended_s + _end_s(evidence.case))


def ended_at_s(evidence: Evidence) -> float | None:
    """When the condition was gone for good: the first reading that denies it, not before the undo."""
    case = evidence.case
    holding = [reading.at_s for reading in case.readings if reading.holds]
    if case.undo_s is None or not holding:
        return None
    gone = (reading.at_s for reading in case.readings if reading.holds is False and reading.at_s > holding[-1])
    first = next(gone, None)
    return None if first is None else max(first, case.undo_s)
