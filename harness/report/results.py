"""The results of a run, made of its findings and the contract: nothing else decides what results.json says."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from harness.core.contract.model import AlertPromise, Contract, RecordingPromise
from harness.core.findings import Entry, Findings, Kind, ScenarioFacts
from harness.core.judge import Judgement
from harness.core.judge.approach import closest_of
from harness.core.judge.finding import RecordedFigures
from harness.core.verdict import WORST_FIRST, Verdict, exit_code, worst
from harness.report.alert_result import alert_result
from harness.report.matrix_lines import matrix_lines
from harness.report.parts import Judged
from harness.report.schema import (
    AlertResult,
    BeforehandResult,
    BringUp,
    FindingResult,
    InvariantResult,
    LeftOut,
    NamedResult,
    RecordingResult,
    Results,
    ScenarioResult,
    SettingResult,
)

_NOT_JUDGED = "it was not judged"
_NO_SCENARIO = "no scenario ran"
#: kinds of what must be there and right besides the alerts
_OBJECTS = (Kind.PREFLIGHT, Kind.OBJECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """The run as a whole."""

    #: kind of the stack
    stack: str
    #: the one asked for
    speed: float
    duration_s: float
    #: no scenario was left out; then a promise that none can test is a gap of the run
    whole: bool = True
    #: a test failed that no verdict speaks for
    failed: bool = False
    #: nothing kept it from running all that it was to run, and from leaving in good order
    orderly: bool = True


def results_of(findings: Findings, contract: Contract, run: RunFacts) -> Results:
    """All that was found, as it is written."""
    return _Maker(findings=findings, contract=contract, run=run).results()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    findings: Findings
    contract: Contract
    run: RunFacts

    def results(self) -> Results:
        found, contract = self.findings, self.contract
        return Results(
            stack=self.run.stack,
            speed=self.run.speed,
            duration_s=round(self.run.duration_s, 3),
            contract=contract.source,
            exit_code=self._exit_code(),
            alerts={promise.name: self._alert(promise) for promise in contract.alerts},
            recording_rules={promise.name: self._recording(promise) for promise in contract.recording_rules},
            metrics={promise.name: self._named(promise.name, Kind.METRIC) for promise in contract.metrics},
            objects={
                name: self._named(name, *_OBJECTS)
                for name in sorted({one.judgement.name for one in found.of_kind(*_OBJECTS) if not _follows(one)})
            },
            beforehand=tuple(map(_beforehand, worst_first(one for one in found.entries if one.beforehand))),
            scenarios=tuple(
                _scenario(one, found.facts.get(one.nodeid))
                for one in found.entries
                if one.nodeid and one.kind is not Kind.INVARIANT
            ),
            invariants={promise.name: one for promise in contract.alerts if (one := self._invariant(promise.name))},
            left_out=tuple(LeftOut(what=what, why=why) for what, why in found.left_out),
            matrix=matrix_lines(found),
            bring_ups=tuple(BringUp(speed=speed, seconds=round(seconds, 3)) for speed, seconds in found.bring_ups),
            settings=tuple(_once(SettingResult(**asdict(one)) for one in found.settings)),
            recordings=tuple(found.recordings),
        )

    def _exit_code(self) -> Literal[0, 1, 3]:
        """0 only if the run came to its own end.

        What is said of the run as a whole proves no promise by itself: it counts only where it is not VERIFIED.
        """
        judged = [one.judgement.verdict for one in self.findings.entries if one.nodeid]
        judged += [verdict for verdict in self._whole_run() if verdict is not Verdict.VERIFIED]
        judged += [Verdict.UNKNOWN for promise in self.contract.alerts if self._is_gap(promise)]
        code = exit_code(judged)
        return 1 if self.run.failed else code if code or self.run.orderly else 3

    def _whole_run(self) -> Iterator[Verdict]:
        return (one.judgement.verdict for one in self.findings.entries if not one.nodeid)

    def _is_gap(self, promise: AlertPromise) -> bool:
        return self.run.whole and bool(promise.threshold.untestable)

    def _of(self, kind: Kind, name: str) -> list[Judgement]:
        return [one.judgement for one in self.findings.of_kind(kind) if one.judgement.name == name]

    def _speed_of(self, nodeid: str) -> float:
        facts = self.findings.facts.get(nodeid)
        return self.run.speed if facts is None else facts.speed

    def _alert(self, promise: AlertPromise) -> AlertResult:
        mine = [one for one in self.findings.of_kind(Kind.ALERT) if one.judgement.name == promise.name]
        loud = [one.verdict for one in self._of(Kind.INVARIANT, promise.name) if one.verdict is not Verdict.VERIFIED]
        written = self._violated_as_written(promise.name)
        untestable = [Verdict.UNKNOWN] if self._is_gap(promise) and not mine else []
        return alert_result(
            promise,
            [Judged(nodeid=one.nodeid, judgement=one.judgement, speed=self._speed_of(one.nodeid)) for one in mine],
            receiver=self.contract.route.receiver,
            written=written,
            also=[*loud, *untestable, *(one.verdict for one in written)],
            notes=[*self._unread(promise.name), *self._unscaled(promise)],
        )

    def _violated_as_written(self, name: str) -> list[Judgement]:
        return [one for one in self._of(Kind.WRITTEN, name) if one.verdict is Verdict.VIOLATED]

    def _unread(self, alert: str) -> Iterator[str]:
        """What the text of its rule does not tell: of that the live run is the only witness."""
        for one in self._of(Kind.WRITTEN, alert):
            for finding in one.findings:
                if finding.outcome is Verdict.SKIPPED:
                    yield f"{finding.clause} as written: {finding.actual}"

    def _unscaled(self, promise: AlertPromise) -> Iterator[str]:
        """What means something else at the run's speed."""
        names = (promise.name, promise.alert)
        return (f"{one.part}: {one.why}" for one in self.findings.unproved if one.rule in names)

    def _invariant(self, alert: str) -> InvariantResult | None:
        """None where nothing is known of an alert's silence outside of the faults."""
        mine = self._of(Kind.INVARIANT, alert)
        approaches = [one for one in self.findings.approaches if one.alert == alert]
        if not mine and not approaches:
            return None
        shown = _worst_of(mine)
        verdict, why = (Verdict.SKIPPED, _NOT_JUDGED) if shown is None else (shown.verdict, shown.cause)
        if not approaches:
            return InvariantResult(verdict=verdict, why=why)
        closest = closest_of(approaches)
        near = closest.nearest
        return InvariantResult(
            verdict=verdict,
            why=why,
            pending_share=_finite(closest.pending_share),
            nearest_value=None if near is None else _finite(near.value),
            limit="" if near is None else f"{near.sign} {near.limit:g}",
            why_no_value=closest.why_no_value,
        )

    def _recording(self, promise: RecordingPromise) -> RecordingResult:
        mine = self._of(Kind.RECORDING, promise.name)
        compared = [one for one in mine if one.recorded is not None]
        written = self._violated_as_written(promise.name)
        because = [one.cause for one in written]
        because += dict.fromkeys(
            f"not tested because of {one.because_of}" if one.because_of else one.cause
            for one in mine
            if one.recorded is None
        )
        shown = _worst_of(compared)
        figures = RecordedFigures(tolerance_ratio=promise.tolerance_ratio)
        if shown is not None and shown.recorded is not None:
            figures = shown.recorded
        return RecordingResult(
            verdict=worst(one.verdict for one in (*mine, *written)),
            expected=_finite(figures.expected),
            observed=_finite(figures.observed),
            difference_ratio=_finite(figures.difference_ratio),
            tolerance_ratio=promise.tolerance_ratio,
            instants=figures.instants,
            why="; ".join([*because, *([] if shown is None else [shown.cause])]) or _NO_SCENARIO,
        )

    def _named(self, name: str, *kinds: Kind) -> NamedResult:
        shown = _worst_of([one for kind in kinds for one in self._of(kind, name)])
        if shown is None:
            return NamedResult(verdict=Verdict.SKIPPED, why=_NO_SCENARIO)
        return NamedResult(verdict=shown.verdict, why=shown.cause)


def worst_first(entries: Iterable[Entry]) -> list[Entry]:
    """In the order in which they are told; what is equally bad stays as it was."""
    return sorted(entries, key=lambda one: WORST_FIRST.index(one.judgement.verdict))


def _worst_of(judgements: list[Judgement]) -> Judgement | None:
    """The first of the worst; None of none."""
    return min(judgements, key=lambda one: WORST_FIRST.index(one.verdict), default=None)


def _follows(one: Entry) -> bool:
    """Whether it says of a scenario that it was not tried: no object has its name."""
    return one.kind is Kind.OBJECT and bool(one.judgement.because_of)


def _scenario(entry: Entry, facts: ScenarioFacts | None) -> ScenarioResult:
    one = entry.judgement
    return ScenarioResult(
        nodeid=entry.nodeid,
        about=one.name,
        verdict=one.verdict,
        findings=_findings(one),
        excuses=one.excuses,
        cause=one.cause,
        because_of=one.because_of,
        last_witness=one.last_witness,
        speed=None if facts is None else facts.speed,
        seconds=None if facts is None else round(facts.seconds, 3),
        row="" if facts is None else facts.row,
        gave_up=() if facts is None else facts.gave_up,
        recording="" if facts is None else facts.recording,
        recording_seconds=0.0 if facts is None else round(facts.recording_s, 3),
        recording_bytes=0 if facts is None else facts.recording_bytes,
    )


def _findings(one: Judgement) -> tuple[FindingResult, ...]:
    return tuple(
        FindingResult(clause=finding.clause, verdict=finding.outcome, expected=finding.expected, actual=finding.actual)
        for finding in one.findings
    )


def _beforehand(entry: Entry) -> BeforehandResult:
    one = entry.judgement
    return BeforehandResult(
        about=one.name,
        kind=entry.kind,
        verdict=one.verdict,
        findings=_findings(one),
        cause=one.cause,
        where=one.where,
        because_of=one.because_of,
    )


def _once(settings: Iterable[SettingResult]) -> list[SettingResult]:
    """Each that differs from the ones before."""
    found: list[SettingResult] = []
    for one in settings:
        found += [] if one in found else [one]
    return found


def _finite(value: float | None) -> float | None:
    """JSON has neither NaN nor infinity."""
    return value if value is not None and math.isfinite(value) else None
