"""What a judge hands back: one finding per clause of the promise, and the verdict that follows from them.

Precedence (`weigh`), the only place where findings become one verdict:

1. Any finding VIOLATED: the judgement is VIOLATED. This is sound because a clause is only VIOLATED on evidence that no
   failure of the place can fake: a missed evaluation, a dead Prometheus or a stalled machine make things late, absent
   or unseen, so every "late", "absent" or "unseen" whose instants are touched by such trouble is UNKNOWN instead. What
   trouble cannot cause (firing before the hold, a wrong label, a wrong annotation) stays VIOLATED in its presence.
2. Otherwise any finding UNKNOWN: UNKNOWN.
3. Otherwise any finding SKIPPED, or no finding at all: UNKNOWN; VERIFIED needs every clause.
4. Otherwise VERIFIED.

A clause that cannot be looked at because an earlier one failed is SKIPPED with that reason, not a second violation.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from harness.core.timeline import Timeline
from harness.core.verdict import Verdict


class Clause(StrEnum):
    """The parts of a promise, in the order in which they are judged and shown."""

    WRITTEN = "written"
    TAKEN = "taken"
    STARTED = "started"
    SELECTED = "selected"
    SERVICE = "service"
    PORT = "port"
    ENDPOINTS = "endpoints"
    LOADED = "loaded"
    HEALTHY = "healthy"
    CONDITION = "condition"
    THRESHOLD = "threshold"
    PENDING = "pending"
    WINDOW = "window"
    HOLD = "for"
    KEEP_FIRING = "keep_firing_for"
    NOT_BEFORE_HOLD = "not_before_for"
    FIRING = "firing"
    INSTANCES = "instances"
    LABELS = "labels"
    SEVERITY = "severity"
    DELIVERED = "delivered"
    RECEIVER = "receiver"
    ANNOTATIONS = "annotations"
    RESOLVED = "resolved"
    RESOLVED_DELIVERED = "resolved_delivered"
    SILENT = "silent"
    EVALUATED = "evaluated"
    NEAR = "near"
    OUTSIDE_FAULTS = "outside_faults"
    TEAR_DOWN = "tear_down"
    BYSTANDERS = "bystanders"
    SCRAPED = "scraped"
    TYPE = "type"
    VALUE = "value"
    QUANTILE = "quantile"
    GROUPING = "by"
    ROUTE = "route"
    TARGET = "target"
    DESTINATIONS = "destinations"
    TEXTS = "texts"
    GROUPED_BY = "grouped_by"
    TOGETHER = "together"
    SPACED = "spaced"
    CONTINUE = "continue"
    SEEN_BEHIND = "seen_behind"
    MUTING_RULES = "muting_rules"
    TOLD_TOGETHER = "told_together"
    REPEAT_INTERVAL = "repeat_interval"
    NOT_REPEATED_EARLY = "not_repeated_early"
    REPEATED = "repeated"
    ROUTES_AGREE = "routes_agree"
    PANELS = "panels"
    READS = "reads"
    UNDERSTOOD = "understood"
    ANSWERED = "answered"
    SHOWS = "shows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One clause of a promise, judged."""

    clause: Clause
    outcome: Verdict
    #: what the promise asks for
    expected: str
    #: what was seen
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """The figures of one alert's life; None where there is none. Lags are seconds of the clock, not scaled."""

    #: from pending to firing in documented seconds: what `for` was seen to be
    pending_s: float | None = None
    #: the hold in effect is more than this (documented seconds): the evaluation before firing still found it pending
    hold_above_s: float | None = None
    #: from the first reading that saw the condition to pending
    pending_lag_s: float | None = None
    #: from the end of the hold to firing
    firing_lag_s: float | None = None
    #: from firing to the arrival at the promised receiver
    delivery_lag_s: float | None = None
    #: from the first reading that saw the condition gone (or from the undo, if later) to inactive
    resolve_lag_s: float | None = None
    #: from inactive to the arrival of the resolved notification
    resolved_delivery_lag_s: float | None = None
    #: the threshold in effect was proved to lie between these two: for `>`, inactive while the quantity stayed at or
    #: above the low one, and active while it stayed at or below the high one; for `<` the other way round
    threshold_low: float | None = None
    threshold_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFigures:
    """A recorded value beside the one computed without any PromQL; None where nothing was compared."""

    #: at the instant of the median difference, of the label set that differs most
    expected: float | None = None
    observed: float | None = None
    #: median relative difference of that label set, and what is accepted
    difference_ratio: float | None = None
    tolerance_ratio: float
    #: how many instants were compared
    instants: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict on one promise in one scenario, with everything needed to explain it."""

    #: name of the alert, recording rule, metric or object
    name: str
    verdict: Verdict
    #: the promise in the documentation's words
    promise: str
    findings: tuple[Finding, ...]
    observed: Observed = field(default_factory=Observed)
    #: of a recording rule that was looked at
    recorded: RecordedFigures | None = None
    #: alert -> whether it fired after the fault, of this one and of those beside it; None where missed evaluations may
    #: hide it
    fired: Mapping[str, bool | None] = field(default_factory=dict)
    #: alerts that fired beside it and may, each with the allowed reason
    excuses: tuple[str, ...] = ()
    #: of the judged alert, for the reader
    timelines: tuple[Timeline, ...] = ()
    #: Unix time of the injection: instants are shown relative to it; None where nothing was injected
    inject_s: float | None = None
    #: the last look of the witness, in words
    last_witness: str = ""
    #: the likely cause of a violation or of not knowing, in words; empty when there is nothing to add
    cause: str = ""
    #: where what is judged is written, `file:line`; empty where it is not judged as it is written
    where: str = ""
    #: the name of the judgement that this one follows from, which is told once and in its own place; empty if from none
    because_of: str = ""

    @classmethod
    def without_findings(cls, name: str, verdict: Verdict, cause: str, because_of: str = "") -> Self:
        """Of what no clause was looked at, for this cause."""
        return cls(name=name, verdict=verdict, promise="", findings=(), cause=cause, because_of=because_of)


def weigh(findings: Iterable[Finding]) -> Verdict:
    """The verdict that follows from the findings, by the precedence above."""
    outcomes = {finding.outcome for finding in findings}
    for verdict in (Verdict.VIOLATED, Verdict.UNKNOWN):
        if verdict in outcomes:
            return verdict
    return Verdict.VERIFIED if outcomes == {Verdict.VERIFIED} else Verdict.UNKNOWN


def leading(findings: Iterable[Finding]) -> Finding | None:
    """The finding that decided: the first with the outcome that gave the verdict; None if all is verified."""
    kept = tuple(findings)
    for outcome in (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED):
        for finding in kept:
            if finding.outcome is outcome:
                return finding
    return None


def verified(clause: Clause, expected: str, actual: str) -> Finding:
    """The clause was seen to hold."""
    return Finding(clause=clause, outcome=Verdict.VERIFIED, expected=expected, actual=actual)


def violated(clause: Clause, expected: str, actual: str) -> Finding:
    """The clause was seen to be broken, and nothing but the subject can have broken it."""
    return Finding(clause=clause, outcome=Verdict.VIOLATED, expected=expected, actual=actual)


def unknown(clause: Clause, expected: str, actual: str) -> Finding:
    """Nothing can be said; `actual` gives the cause."""
    return Finding(clause=clause, outcome=Verdict.UNKNOWN, expected=expected, actual=actual)


def broken_unless(clause: Clause, expected: str, actual: str, excuse: str) -> Finding:
    """VIOLATED, or UNKNOWN with the excuse if a failure of the place may have caused what was seen."""
    return unknown(clause, expected, f"{actual}; {excuse}") if excuse else violated(clause, expected, actual)


def skipped(clause: Clause, expected: str, reason: str) -> Finding:
    """The clause was not looked at, for the reason."""
    return Finding(clause=clause, outcome=Verdict.SKIPPED, expected=expected, actual=f"not looked at: {reason}")


def unread(clause: Clause, expected: str, why: str) -> Finding:
    """What is written does not tell it for certain: neither kept nor broken."""
    return Finding(clause=clause, outcome=Verdict.SKIPPED, expected=expected, actual=why)
