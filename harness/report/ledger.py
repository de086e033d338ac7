"""The ledger of a run: judgements go in as scenarios end, the results come out at the end."""

import math
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path

from harness.core.contract import AlertPromise, Contract
from harness.core.errors import CouldNotTellError
from harness.core.judge import Clause, Judgement
from harness.core.recorded import RecordingJudgement
from harness.core.verdict import Verdict
from harness.report.schema import (
    AlertResult,
    DocumentedAlert,
    FindingResult,
    NamedResult,
    ObservedAlert,
    RecordingResult,
    Results,
    ScenarioResult,
    ScenarioVerdict,
)

#: worst first
_ORDER = (Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED, Verdict.VERIFIED)

#: what each clause proves, in a reader's words
_PARTS = {
    Clause.THRESHOLD: "threshold",
    Clause.FIRING: "for",
    Clause.LABELS: "labels",
    Clause.SEVERITY: "severity",
    Clause.ANNOTATIONS: "annotations",
    Clause.RECEIVER: "routing",
    Clause.RESOLVED_DELIVERED: "resolve",
}


class ReportError(CouldNotTellError):
    """The results cannot be written."""


class Kind(StrEnum):
    """What a judgement is about."""

    ALERT = "alert"
    METRIC = "metric"
    OBJECT = "object"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The summary of several scenarios about one promise; SKIPPED if there are none. See `harness.report.schema`."""
    seen = set(verdicts)
    return next((verdict for verdict in _ORDER if verdict in seen), Verdict.SKIPPED)


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """0 verified, 1 any violated, 3 any unknown; violated wins. A run that verified nothing is 3, not 0."""
    seen = set(verdicts)
    if Verdict.VIOLATED in seen:
        return 1
    return 3 if Verdict.UNKNOWN in seen or Verdict.VERIFIED not in seen else 0


class Ledger:
    """Collects the judgements of one run."""

    def __init__(self, contract: Contract, *, stack: str, speed: float) -> None:
        self._contract = contract
        self._stack = stack
        self._speed = speed
        self._judged: list[tuple[str, Kind, Judgement]] = []
        self._recorded: list[tuple[str, RecordingJudgement]] = []

    def add(self, nodeid: str, judgement: Judgement, *, kind: Kind = Kind.ALERT) -> None:
        """Enters what one scenario said about one alert, metric or object."""
        self._judged.append((nodeid, kind, judgement))

    def add_recording(self, nodeid: str, judgement: RecordingJudgement) -> None:
        """Enters what one scenario said about one recording rule."""
        self._recorded.append((nodeid, judgement))

    def add_untold(self, nodeid: str, name: str, verdict: Verdict, cause: str, *, kind: Kind = Kind.ALERT) -> None:
        """Enters a scenario that ended without judging: UNKNOWN (the place failed) or SKIPPED, with the cause."""
        self.add(nodeid, Judgement(name=name, verdict=verdict, promise="", findings=(), cause=cause), kind=kind)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """All verdicts entered so far."""
        return (*(one.verdict for _, _, one in self._judged), *(one.verdict for _, one in self._recorded))

    def results(self, *, duration_s: float) -> Results:
        """The results so far, as they are written."""
        code = exit_code(self.verdicts)
        return Results(
            stack=self._stack,
            speed=self._speed,
            duration_s=round(duration_s, 3),
            contract=self._contract.source,
            exit_code=0 if code == 0 else 1 if code == 1 else 3,
            alerts={promise.name: self._alert(promise) for promise in self._contract.alerts},
            recording_rules={
                promise.name: self._recording(promise.name, promise.tolerance_ratio)
                for promise in self._contract.recording_rules
            },
            metrics={promise.name: self._named(promise.name, Kind.METRIC) for promise in self._contract.metrics},
            objects={
                name: self._named(name, Kind.OBJECT)
                for name in sorted({one.name for _, kind, one in self._judged if kind is Kind.OBJECT})
            },
            scenarios=(
                *(_scenario(nodeid, one) for nodeid, _, one in self._judged),
                *(
                    ScenarioResult(nodeid=nodeid, about=one.name, verdict=one.verdict, cause=one.why)
                    for nodeid, one in self._recorded
                ),
            ),
        )

    def _alert(self, promise: AlertPromise) -> AlertResult:
        mine = [(nodeid, one) for nodeid, kind, one in self._judged if kind is Kind.ALERT and one.name == promise.name]
        threshold = promise.threshold
        proved, not_proved = self._proof([one for _, one in mine])
        verdict = worst(one.verdict for _, one in mine)
        # A silence has a pending time as well, how near it came; the alert's own life says more.
        lives = sorted(
            (one for _, one in mine), key=lambda one: (Clause.FIRING not in _clauses(one), one.verdict is not verdict)
        )
        return AlertResult(
            verdict=verdict,
            documented=DocumentedAlert(
                severity=promise.severity,
                condition=f"{threshold.meaning} {threshold.side} {threshold.value:g}",
                threshold=threshold.value,
                side="<" if threshold.side == "<" else ">",
                unit=threshold.unit,
                for_s=promise.hold.seconds,
                labels=dict(promise.labels),
            ),
            observed=ObservedAlert(**_rounded(asdict(lives[0].observed))) if lives else ObservedAlert(),
            proved=proved,
            not_proved=not_proved,
            scenarios=tuple(ScenarioVerdict(nodeid=nodeid, verdict=one.verdict) for nodeid, one in mine),
        )

    def _proof(self, judgements: Sequence[Judgement]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The parts seen to hold in some scenario and broken in none, and the others with their reason."""
        proved, not_proved = [], []
        for clause, part in _PARTS.items():
            findings = [finding for one in judgements for finding in one.findings if finding.clause is clause]
            outcomes = {finding.outcome for finding in findings}
            held = next((finding for finding in findings if finding.outcome is Verdict.VERIFIED), None)
            if held is not None and Verdict.VIOLATED not in outcomes:
                scaled = f" at speed {self._speed:g}" if clause is Clause.FIRING and self._speed != 1 else ""
                proved.append(f"{part}{scaled}: {held.actual}")
            else:
                failed = next((f for f in findings if f.outcome is worst(outcomes)), None)
                not_proved.append(f"{part}: {failed.actual if failed else 'no scenario was about it'}")
        if self._speed != 1:
            not_proved.append(f"unscaled durations: they ran divided by {self._speed:g}")
        return tuple(proved), tuple(not_proved)

    def _recording(self, name: str, tolerance_ratio: float) -> RecordingResult:
        mine = [one for _, one in self._recorded if one.name == name]
        verdict = worst(one.verdict for one in mine)
        shown = next((one for one in mine if one.verdict is verdict), None)
        if shown is None:
            return RecordingResult(
                verdict=verdict, expected=None, observed=None, tolerance_ratio=tolerance_ratio, why="no scenario ran"
            )
        return RecordingResult(
            verdict=verdict,
            expected=_finite(shown.expected),
            observed=_finite(shown.observed),
            difference_ratio=_finite(shown.difference_ratio),
            tolerance_ratio=tolerance_ratio,
            instants=shown.instants,
            why=shown.why,
        )

    def _named(self, name: str, kind: Kind) -> NamedResult:
        mine = [one for _, each, one in self._judged if each is kind and one.name == name]
        verdict = worst(one.verdict for one in mine)
        shown = next((one for one in mine if one.verdict is verdict), None)
        return NamedResult(verdict=verdict, why="no scenario ran" if shown is None else shown.cause)


def write_results(results: Results, path: Path) -> None:
    """Writes the file whole or not at all, readable by everybody; makes its directory.

    Raises:
        ReportError: the place cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            unfinished = Path(file.name)
            file.write(results.model_dump_json(indent=2) + "\n")
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError as error:
        raise ReportError(
            f"the results cannot be written to {path}", why=str(error), fix="give another place with --results FILE"
        ) from error


def _scenario(nodeid: str, one: Judgement) -> ScenarioResult:
    return ScenarioResult(
        nodeid=nodeid,
        about=one.name,
        verdict=one.verdict,
        findings=tuple(
            FindingResult(
                clause=finding.clause, verdict=finding.outcome, expected=finding.expected, actual=finding.actual
            )
            for finding in one.findings
        ),
        excuses=one.excuses,
        cause=one.cause,
        last_witness=one.last_witness,
    )


def _clauses(one: Judgement) -> set[Clause]:
    return {finding.clause for finding in one.findings}


def _rounded(figures: dict[str, float | None]) -> dict[str, float | None]:
    return {name: None if value is None else round(value, 3) for name, value in figures.items()}


def _finite(value: float | None) -> float | None:
    """JSON has neither NaN nor infinity."""
    return value if value is not None and math.isfinite(value) else None
