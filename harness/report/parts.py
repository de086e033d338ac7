"""The parts of an alert's promise, each documented beside observed, taken from the findings of all its scenarios.

A part is proved when some scenario saw it hold and none saw it broken. What no scenario could tell leaves it open.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.core.contract.model import AlertPromise
from harness.core.judge import Clause, Finding, Judgement
from harness.core.label_text import pairs
from harness.core.verdict import Verdict
from harness.report.figures import bracket, documented, figure, listed
from harness.report.schema import PartResult

NO_SCENARIO = "no scenario was about it"
NOT_LOOKED_AT = "no scenario looked at it"
AS_DOCUMENTED = "as documented"

#: what is told of a part that no scenario proved
_WORST_FIRST = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one scenario said about one promise."""

    nodeid: str
    judgement: Judgement
    #: it ran at
    speed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of the promise; the last of its clauses is the one that proves it."""

    name: str
    clauses: tuple[Clause, ...]
    documented: Callable[[AlertPromise, str], str]
    #: observed, where the clause holds
    observed: Callable[[AlertPromise, Judgement, Finding], str] = lambda _promise, _judgement, finding: finding.actual


def _bracket(promise: AlertPromise, judgement: Judgement, finding: Finding) -> str:
    seen, threshold = judgement.observed, promise.threshold
    found = bracket(
        seen.threshold_low,
        seen.threshold_high,
        side=threshold.side,
        value=threshold.value,
        unit=threshold.unit,
    )
    return found or finding.actual


def _hold(_promise: AlertPromise, judgement: Judgement, finding: Finding) -> str:
    seen = judgement.observed
    if seen.pending_s is None:
        return finding.actual
    early = "" if seen.hold_above_s is None else f", not yet at {documented(seen.hold_above_s)}"
    return f"{documented(seen.pending_s)}{early}"


def _as_documented(_promise: AlertPromise, _judgement: Judgement, _finding: Finding) -> str:
    return AS_DOCUMENTED


def _told(_promise: AlertPromise, judgement: Judgement, finding: Finding) -> str:
    lag_s = judgement.observed.delivery_lag_s
    return finding.actual.strip("'") + ("" if lag_s is None else f", {lag_s:.1f} s after firing")


def _over(_promise: AlertPromise, judgement: Judgement, finding: Finding) -> str:
    end_s, told_s = judgement.observed.resolve_lag_s, judgement.observed.resolved_delivery_lag_s
    # between two looks of a witness an alert may be over before the witness sees that its condition is
    when = "at the end" if end_s is not None and end_s <= 0 else f"{end_s or 0:.1f} s after the end"
    inactive = "" if end_s is None else f"inactive {when}, "
    return finding.actual if told_s is None else f"{inactive}told {told_s:.1f} s later"


def _labels(promise: AlertPromise, _receiver: str) -> str:
    fixed = {name: value for name, value in promise.labels.items() if name != "severity"}
    return ", ".join(filter(None, [pairs(fixed), *promise.instance_labels]))


def _end(promise: AlertPromise, _receiver: str) -> str:
    kept = promise.keep_firing_for
    return f"told {kept} after it is over" if kept.ms else "told when it is over"


def _condition(promise: AlertPromise, _receiver: str) -> str:
    threshold = promise.threshold
    return f"{threshold.side} {figure(threshold.value, threshold.unit)}"


_PARTS = (
    _Part(name="threshold", clauses=(Clause.WINDOW, Clause.THRESHOLD), documented=_condition, observed=_bracket),
    _Part(name="pending", clauses=(Clause.PENDING,), documented=lambda _promise, _receiver: "with the condition"),
    _Part(
        name="for",
        clauses=(Clause.HOLD, Clause.NOT_BEFORE_HOLD, Clause.FIRING),
        documented=lambda promise, _receiver: str(promise.hold),
        observed=_hold,
    ),
    _Part(
        name="labels",
        clauses=(Clause.INSTANCES, Clause.LABELS),
        documented=_labels,
        observed=_as_documented,
    ),
    _Part(name="severity", clauses=(Clause.SEVERITY,), documented=lambda promise, _receiver: promise.severity),
    _Part(
        name="annotations",
        clauses=(Clause.ANNOTATIONS,),
        documented=lambda promise, _receiver: ", ".join(one.name for one in promise.annotations),
        observed=_as_documented,
    ),
    _Part(
        name="routing",
        clauses=(Clause.DELIVERED, Clause.RECEIVER),
        documented=lambda _promise, receiver: receiver,
        observed=_told,
    ),
    _Part(
        name="resolve",
        clauses=(Clause.RESOLVED, Clause.RESOLVED_DELIVERED),
        documented=_end,
        observed=_over,
    ),
    _Part(
        name="silence",
        clauses=(Clause.EVALUATED, Clause.SILENT),
        documented=lambda _promise, _receiver: "nobody is told otherwise",
    ),
    _Part(
        name="other alerts",
        clauses=(Clause.BYSTANDERS,),
        documented=lambda _promise, _receiver: "as the fault x alert matrix says",
    ),
)


def parts_of(
    promise: AlertPromise, receiver: str, judged: Sequence[Judged], written: Iterable[Judgement] = ()
) -> tuple[PartResult, ...]:
    """Every part, in the order of an alert's life; SKIPPED where no scenario looked at it.

    What the rule, as it is written, does not keep is broken whatever was seen of it.
    """
    wrong = [one for judgement in written for one in judgement.findings if one.outcome is Verdict.VIOLATED]
    return tuple(_result(part, promise, receiver, judged, wrong) for part in _PARTS)


def proved_texts(parts: Iterable[PartResult]) -> tuple[str, ...]:
    """The proved parts in words, the `for` with the speed that it ran at."""
    return tuple(f"{one.part}{_at_speed(one)}: {one.observed}" for one in parts if one.verdict is Verdict.VERIFIED)


def unproved_texts(parts: Iterable[PartResult], judged: Sequence[Judged]) -> Iterator[str]:
    """The other parts with their reason, and what no scaled run can prove."""
    parts = tuple(parts)
    for one in parts:
        if one.verdict is not Verdict.VERIFIED:
            yield f"{one.part}: {one.observed}"
    speeds = sorted({one.speed for one in judged})
    held = next((one.speed for one in parts if one.part == "for" and one.verdict is Verdict.VERIFIED), None)
    if judged and held != 1 and speeds != [1]:
        yield f"unscaled durations: they ran divided by {listed([f'{speed:g}' for speed in speeds])}"


def _at_speed(one: PartResult) -> str:
    return f" at speed {one.speed:g}" if one.part == "for" and one.speed not in (None, 1) else ""


def _result(
    part: _Part, promise: AlertPromise, receiver: str, judged: Sequence[Judged], wrong: Iterable[Finding]
) -> PartResult:
    what = part.documented(promise, receiver)
    written = "; ".join(one.actual for one in wrong if one.clause in part.clauses)
    if written:
        return PartResult(part=part.name, documented=what, observed=written, verdict=Verdict.VIOLATED)
    said = [(one, finding) for one in judged for finding in one.judgement.findings if finding.clause in part.clauses]
    broken = any(finding.outcome is Verdict.VIOLATED for _, finding in said)
    # the lowest speed is nearest to what is documented
    held = sorted(
        ((one, finding) for one, finding in said if finding.clause is part.clauses[-1] and _holds(part, one.judgement)),
        key=lambda found: found[0].speed,
    )
    if held and not broken:
        one, finding = _sharpest(held) if part.name == "threshold" else held[0]
        text = part.observed(promise, one.judgement, finding)
        return PartResult(part=part.name, documented=what, observed=text, verdict=Verdict.VERIFIED, speed=one.speed)
    for verdict in _WORST_FIRST:
        for one, finding in said:
            if finding.outcome is verdict:
                return PartResult(
                    part=part.name, documented=what, observed=finding.actual, verdict=verdict, speed=one.speed
                )
    why = NOT_LOOKED_AT if judged else NO_SCENARIO
    return PartResult(part=part.name, documented=what, observed=why, verdict=Verdict.SKIPPED)


def _holds(part: _Part, judgement: Judgement) -> bool:
    """Whether every clause of the part was seen to hold in one scenario."""
    outcomes = {finding.outcome for finding in judgement.findings if finding.clause in part.clauses}
    return outcomes == {Verdict.VERIFIED}


def _sharpest(held: Sequence[tuple[Judged, Finding]]) -> tuple[Judged, Finding]:
    """Both sides seen before one side, and the narrower the better."""

    def width(found: tuple[Judged, Finding]) -> tuple[int, float]:
        seen = found[0].judgement.observed
        low, high = seen.threshold_low, seen.threshold_high
        return (0, high - low) if low is not None and high is not None else (int(low is None) + int(high is None), 0)

    return min(held, key=width)
