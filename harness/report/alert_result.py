"""One documented alert as it stands in the results, from everything that was said about it."""

from collections.abc import Sequence
from dataclasses import asdict

from harness.core.contract.formatting import condition_in_words, in_words
from harness.core.contract.model import AlertPromise
from harness.core.judge import Clause, Judgement
from harness.core.verdict import Verdict, worst
from harness.report.figures import BOTH_SIDES
from harness.report.parts import NO_SCENARIO, Judged, parts_of, proved_texts, unproved_texts
from harness.report.schema import AlertResult, DocumentedAlert, ObservedAlert, PartResult, ScenarioVerdict


def alert_result(
    promise: AlertPromise,
    judged: Sequence[Judged],
    *,
    receiver: str,
    written: Sequence[Judgement] = (),
    also: Sequence[Verdict] = (),
    notes: Sequence[str] = (),
) -> AlertResult:
    """The result of one alert.

    Args:
        promise: as documented.
        judged: what its scenarios said.
        receiver: the documented one.
        written: what its rule, as it is written, does not keep.
        also: verdicts on it that no scenario of its own gave.
        notes: what the run cannot prove of its rule.
    """
    tested = [one for one in judged if not one.judgement.because_of]
    parts = parts_of(promise, receiver, tested, written)
    verdict = worst([*_counting(judged, parts), *also])
    return AlertResult(
        verdict=verdict,
        documented=_documented(promise, receiver),
        observed=_observed([one.judgement for one in tested], verdict),
        proved=proved_texts(parts),
        not_proved=(*unproved_texts(parts, tested), *(notes if tested else ())),
        scenarios=tuple(ScenarioVerdict(nodeid=one.nodeid, verdict=one.judgement.verdict) for one in tested),
        parts=parts,
        width=_width(parts),
        why="" if tested else _why_untested(promise, judged),
    )


def _counting(judged: Sequence[Judged], parts: Sequence[PartResult]) -> list[Verdict]:
    """What its scenarios said; what one could not try here says nothing once others have proved every part."""
    said = [one.judgement.verdict for one in judged]
    proved = all(one.verdict is Verdict.VERIFIED for one in parts)
    return [one for one in said if not (proved and one is Verdict.SKIPPED)]


def _width(parts: Sequence[PartResult]) -> str:
    """Where its threshold lies as far as was seen; empty where both sides coincide with it, or nothing was seen."""
    part = next(one for one in parts if one.part == "threshold")
    return "" if part.verdict is not Verdict.VERIFIED or part.observed.endswith(BOTH_SIDES) else part.observed


def _why_untested(promise: AlertPromise, judged: Sequence[Judged]) -> str:
    if promise.threshold.untestable:
        return promise.threshold.untestable
    found = dict.fromkeys(one.judgement.because_of for one in judged)
    return f"not tested because of {' and '.join(found)}" if found else NO_SCENARIO


def _documented(promise: AlertPromise, receiver: str) -> DocumentedAlert:
    threshold = promise.threshold
    return DocumentedAlert(
        severity=promise.severity,
        promise=in_words(promise),
        condition=condition_in_words(threshold),
        threshold=threshold.value,
        side="<" if threshold.side == "<" else ">",
        unit=threshold.unit,
        for_s=promise.hold.seconds,
        labels=dict(promise.labels),
        receiver=receiver,
    )


def _observed(judgements: Sequence[Judgement], verdict: Verdict) -> ObservedAlert:
    """The figures of its own life: a silence has a pending time as well, how near it came, which says less."""
    if not judgements:
        return ObservedAlert()
    shown = min(judgements, key=lambda one: (Clause.FIRING not in _clauses(one), one.verdict is not verdict))
    return ObservedAlert(
        **{name: None if value is None else round(value, 3) for name, value in asdict(shown.observed).items()}
    )


def _clauses(one: Judgement) -> set[Clause]:
    return {finding.clause for finding in one.findings}
