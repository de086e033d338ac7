"""The invariant of a whole run: outside declared fault windows nothing fires, start-up and tear-down included.

How the tear-down is proved. While a stack is taken away the controller dies, and an alert that says so would be right.
What must not happen is that somebody is told. So the evidence is read while everything still runs, and only then
everything is ended at once, Prometheus included. After the last evaluation that was read nobody looks any more; but an
alert that was inactive in it cannot fire before the next evaluation finds it active and its whole `for` has passed, and
one that was pending not before the rest of it. `quiet_until_s` is the earliest such instant. If Prometheus was gone
before it, nothing fired, whatever died first. If not, the tear-down is unknown, not quiet. Where Prometheus outlives
the stack, the rules are taken out of force first, alone, and read until they are.

A firing is VIOLATED unless the place explains it: missed evaluations, a Prometheus that died, a stalled machine.
Silence is VERIFIED only where the rule was evaluated without error, on a stack that had all its components.
"""

from dataclasses import dataclass, replace

from harness.core.judge.approach import Approach
from harness.core.judge.case import Component, RuleFact
from harness.core.judge.fault_window import AlertRun, FaultWindow, outside
from harness.core.judge.finding import (
    Clause,
    Finding,
    Judgement,
    broken_unless,
    leading,
    skipped,
    unknown,
    verified,
    violated,
    weigh,
)
from harness.core.rules.identity import Ownership
from harness.core.timeline import AlertState, Moment, Timeline
from harness.core.verdict import Verdict

_NOTHING = "nothing can fire while the stack is taken away"
_PROMISE = "Otherwise nobody is told: outside fault windows it does not fire."
#: an evaluation is missing at the end if none was made within so many intervals before it
_LAST_INTERVALS = 1.5
#: Prometheus counts in whole milliseconds, and so does what a speed divides
_ROUNDING_S = 0.002
_BLINDING = (Component.PROMETHEUS, Component.MACHINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeRun:
    """What one alert did outside fault windows over the life of one stack."""

    judgement: Judgement
    approach: Approach
    #: Unix seconds: it cannot have fired after the last evaluation that was read and before this instant
    quiet_until_s: float
    #: tells what the rule writes from what others of the same alert do; None where there is no other
    ownership: Ownership | None = None


def judge_run(run: AlertRun, approach: Approach) -> WholeRun:
    """Says whether the alert kept silent wherever it must.

    Raises:
        ValueError: the run has no timeline; an alert that wrote nothing has a `silent_timeline`.
    """
    if not run.timelines:
        raise ValueError(f"{run.promise.name}: no timeline; an alert without samples has a silent_timeline")
    if run.rule is None:
        # whether it must be loaded is judged elsewhere; here it is neither right nor wrong
        findings: tuple[Finding, ...] = (
            skipped(Clause.OUTSIDE_FAULTS, "never firing outside fault windows", "no rule of this name is loaded"),
        )
        verdict = Verdict.SKIPPED
    else:
        findings = (_judge_silence(run, approach), _judge_evaluated(run, run.rule))
        verdict = weigh(findings)
    return WholeRun(
        judgement=_judgement(run.promise.name, verdict, findings),
        approach=approach,
        quiet_until_s=min(_quiet_until_s(run, line) for line in run.timelines),
        ownership=run.ownership,
    )


def judge_tear_down(whole: WholeRun, *, gone_s: float) -> WholeRun:
    """Adds what is known once the stack is away.

    Args:
        whole: as judged before.
        gone_s: Unix seconds at which Prometheus was gone at the latest.
    """
    margin_s = whole.quiet_until_s - gone_s
    if margin_s >= 0:
        finding = verified(Clause.TEAR_DOWN, _NOTHING, f"Prometheus was gone {margin_s:.2f} s before anything could")
    else:
        actual = f"Prometheus may have run {-margin_s:.2f} s longer than it takes to fire; nobody looked"
        finding = unknown(Clause.TEAR_DOWN, _NOTHING, actual)
    return _completed(whole, finding)


def judge_retired(whole: WholeRun, *, fired: bool, unread: str = "") -> WholeRun:
    """Adds what is known where the rules were taken out of force first, and all else afterwards.

    Args:
        whole: as judged before that.
        fired: whether it did after that and before Prometheus had let go of the rules.
        unread: why that is not known; empty if it is.
    """
    if unread:
        finding = unknown(Clause.TEAR_DOWN, _NOTHING, f"what fired until the rules were out of force: {unread}")
    elif fired:
        finding = unknown(Clause.TEAR_DOWN, _NOTHING, "it fired while its rule was taken out of force")
    else:
        actual = "it was silent until its rule was out of force, and everything still ran"
        finding = verified(Clause.TEAR_DOWN, _NOTHING, actual)
    return _completed(whole, finding)


def _completed(whole: WholeRun, finding: Finding) -> WholeRun:
    """With what was found of the tear-down, once."""
    judgement = whole.judgement
    if judgement.verdict is Verdict.SKIPPED or not judgement.findings:
        return whole  # it said why nothing is known
    if any(one.clause is Clause.TEAR_DOWN for one in judgement.findings):
        return whole
    if judgement.verdict is Verdict.VIOLATED:
        finding = skipped(Clause.TEAR_DOWN, _NOTHING, "it fired while everything still ran")
    findings = (*judgement.findings, finding)
    return replace(whole, judgement=_judgement(judgement.name, weigh(findings), findings))


def _judgement(name: str, verdict: Verdict, findings: tuple[Finding, ...]) -> Judgement:
    first = leading(findings)
    cause = "" if first is None else f"{first.clause}: {first.actual}"
    return Judgement(name=name, verdict=verdict, promise=_PROMISE, findings=findings, cause=cause)


def _judge_silence(run: AlertRun, approach: Approach) -> Finding:
    expected = "never firing outside fault windows"
    strays = [
        (line, stretch)
        for line in run.timelines
        for stretch in run.stretches(line)
        if stretch[0].state is AlertState.FIRING
    ]
    if strays:
        told = [(_stray(run, line, stretch), _excuse(run, line, stretch)) for line, stretch in strays]
        certain = [text for text, excuse in told if not excuse]
        if certain:
            return violated(Clause.OUTSIDE_FAULTS, expected, "; ".join(certain))
        text, excuse = told[0]
        return broken_unless(Clause.OUTSIDE_FAULTS, expected, text, excuse)
    left = [one for line in run.timelines for one in run.stretches(line)[-1:] if _to_the_end(line, one)]
    if left:
        pending_s = max(stretch[-1].at_s - stretch[0].at_s for stretch in left)
        hold_s = 0.0 if run.rule is None else run.rule.hold_s
        actual = (
            f"still pending when nobody looked any longer, for {pending_s:.2f} s of its {hold_s:g} s: it may fire yet"
        )
        return unknown(Clause.OUTSIDE_FAULTS, expected, actual)
    if not approach.pending_share:
        return verified(Clause.OUTSIDE_FAULTS, expected, "never pending")
    return verified(Clause.OUTSIDE_FAULTS, expected, f"pending for at most {approach.pending_share:.0%} of its `for`")


def _to_the_end(line: Timeline, stretch: tuple[Moment, ...]) -> bool:
    """Whether it was pending, where nothing allows it to fire, at the last evaluation that was read."""
    return stretch[-1] is line.moments[-1] and stretch[-1].state is AlertState.PENDING


def _stray(run: AlertRun, line: Timeline, stretch: tuple[Moment, ...]) -> str:
    """One firing where none may be: which label set, when, how long, and the nearest window."""
    start_s, end_s = stretch[0].at_s, stretch[-1].at_s
    when = f"fired at {run.after_start(start_s)} of the stack's life for {end_s - start_s + run.interval_s:.2f} s"
    return f"{line.label_set} {when}, {_nearest_window(run, start_s, end_s)}{_kept(run)}"


def _kept(run: AlertRun) -> str:
    """Where the rule is kept firing for longer than promised: both, in seconds of the clock."""
    if run.rule is None or run.rule.keep_firing_s <= run.keep_firing_s + _ROUNDING_S:
        return ""
    promised = f"{run.keep_firing_s:g} s" if run.keep_firing_s else "none"
    return f" (keep_firing_for {run.rule.keep_firing_s:g} s on the clock in the rule, {promised} promised)"


def _nearest_window(run: AlertRun, start_s: float, end_s: float) -> str:
    if not run.windows:
        return "and there was no fault window"

    def away_s(window: FaultWindow) -> float:
        return max(window.start_s - end_s, start_s - run.end_with_grace_s(window), 0.0)

    window = min(run.windows, key=away_s)
    if away_s(window) == 0 and not window.allows(run.promise.name):
        return f"during {window.because}, in which it must not"
    if window.start_s > start_s:
        return f"{window.start_s - start_s:.2f} s before {window.because}"
    return f"{start_s - run.end_with_grace_s(window):.2f} s after {window.because} and its grace"


def _excuse(run: AlertRun, line: Timeline, stretch: tuple[Moment, ...]) -> str:
    """What of the place may have made it fire, or kept its end from being seen; empty if nothing.

    A trouble is seen for as long as the rule looks back and its figures are old, and until two more scrapes and
    evaluations have been made. It explains a firing only if such troubles fill all of it and the whole `for` before
    it; one that goes on after a window, only if they fill all that it goes on.
    """
    before = line.before(stretch[0].at_s)
    if before is not None and before.state is AlertState.FIRING and before.active_at_s == stretch[0].active_at_s:
        start_s = before.at_s
    else:
        hold_s = 0.0 if run.rule is None else run.rule.hold_s
        start_s = stretch[0].at_s - max(hold_s, run.interval_s)
    end_s = stretch[-1].at_s
    seen_s = run.reach_s + run.refresh_s + 2 * (run.scrape_s + run.interval_s)
    blind = run.blind
    gaps = [gap for gap in line.gaps if outside(gap.start_s, gap.end_s, blind)]
    disruptions = [disruption for disruption in run.disruptions if disruption.component in _BLINDING]
    spans = [(gap.start_s, gap.end_s + seen_s) for gap in gaps]
    spans += [(disruption.start_s, disruption.end_s + seen_s) for disruption in disruptions]
    if outside(start_s, end_s, tuple(spans)):
        return ""
    missed = (f"no evaluation from {run.after_start(one.start_s)} to {run.after_start(one.end_s)}" for one in gaps)
    return "; ".join([*_disruptions(run, start_s - seen_s, end_s), *missed])


def _judge_evaluated(run: AlertRun, rule: RuleFact) -> Finding:
    """The rule was evaluated wherever it must be silent: where it was not, silence says nothing."""
    expected = "evaluated throughout, from its first evaluation to the tear-down"
    if rule.health != "ok":
        return unknown(Clause.EVALUATED, expected, f"health {rule.health}: {rule.last_error}".rstrip(": "))
    if run.lost:
        return unknown(Clause.EVALUATED, expected, f"the stack lost a component: {run.lost}")
    moments = run.timelines[0].moments
    if not moments:
        return unknown(Clause.EVALUATED, expected, "it was never evaluated")
    allowed, covers = run.allowed, (*run.allowed, *run.blind)
    blind = {
        stretch
        for line in run.timelines
        for gap in line.may_hide_firing(rule.hold_s)
        for stretch in outside(gap.start_s, gap.end_s, covers)
    }
    if run.end_s - moments[-1].at_s > _LAST_INTERVALS * run.interval_s:
        blind |= set(outside(moments[-1].at_s, run.end_s, allowed))
    causes = [_unseen(run, start_s, end_s) for start_s, end_s in sorted(blind)]
    if causes:
        return unknown(Clause.EVALUATED, expected, "; ".join(causes))
    return verified(
        Clause.EVALUATED,
        expected,
        f"{len(moments)} evaluations, {run.after_start(moments[0].at_s)} to {run.after_start(moments[-1].at_s)}",
    )


def _unseen(run: AlertRun, start_s: float, end_s: float) -> str:
    because = "; ".join(_disruptions(run, start_s, end_s)) or "no cause is known"
    return f"no evaluation for {end_s - start_s:.2f} s at {run.after_start(start_s)} ({because})"


def _disruptions(run: AlertRun, start_s: float, end_s: float) -> list[str]:
    return [
        f"{disruption.component} {disruption.cause} at {run.after_start(disruption.start_s)}"
        for disruption in run.disruptions
        if disruption.component in _BLINDING and disruption.start_s <= end_s and start_s <= disruption.end_s
    ]


def _quiet_until_s(run: AlertRun, line: Timeline) -> float:
    """The earliest instant at which this label set, or one not seen yet, can fire after what was read."""
    if not line.moments or run.rule is None:
        return run.start_s
    last = line.moments[-1]
    if last.state is AlertState.INACTIVE:
        return last.at_s + run.interval_s + run.rule.hold_s
    if last.state is AlertState.FIRING:
        return last.at_s
    episode = line.episodes[-1]
    since_s = episode.pending_at_s if episode.start_seen else episode.active_at_s or run.start_s
    return since_s + run.rule.hold_s
