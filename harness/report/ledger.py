"""The ledger of a run: judgements go in as scenarios end, the results come out at the end."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from enum import StrEnum

from harness.core.configuration_snapshot import ConfigSnapshot
from harness.core.contract.model import AlertPromise, Contract
from harness.core.judge import Judgement
from harness.core.judge.recorded import RecordingJudgement
from harness.core.rules.unproved import Unproved
from harness.core.verdict import Verdict
from harness.report.alert_result import alert_result
from harness.report.facts import ScenarioFacts
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
from harness.report.verdicts import WORST_FIRST, exit_code, worst

_NOT_JUDGED = "it was not judged"


class Kind(StrEnum):
    """What a judgement is about."""

    ALERT = "alert"
    METRIC = "metric"
    OBJECT = "object"
    #: a recording rule of which nothing was compared
    RECORDING = "recording rule"
    #: a link of the chain from the controller to the receiver, of a stack of which one does not hold
    PREFLIGHT = "preflight"
    #: an alert's silence outside of the faults, over the whole run
    INVARIANT = "invariant"
    #: a rule as it is written, beside the contract; proves nothing of itself
    WRITTEN = "written"


#: kinds of what must be there and right besides the alerts
_OBJECTS = (Kind.PREFLIGHT, Kind.OBJECT)


class Ledger:
    """Collects the judgements of one run, and the facts around them."""

    def __init__(self, contract: Contract, *, stack: str, speed: float, whole: bool = True) -> None:
        """Starts empty.

        Args:
            contract: what is documented.
            stack: kind of the stack.
            speed: the one asked for.
            whole: whether no scenario was left out; then a promise that none can test is a gap of the run.
        """
        self._contract = contract
        self._stack = stack
        self._speed = speed
        self._whole = whole
        self._judged: list[tuple[str, Kind, Judgement]] = []
        self._beforehand: list[tuple[Kind, Judgement]] = []
        self._recorded: list[tuple[str, RecordingJudgement]] = []
        self._facts: dict[str, ScenarioFacts] = {}
        self._approaches: dict[str, InvariantResult] = {}
        self._bring_ups: list[BringUp] = []
        self._settings: list[SettingResult] = []
        self._dossiers: list[str] = []
        self._left_out: list[LeftOut] = []
        self._unproved: list[Unproved] = []

    def add(self, nodeid: str, judgement: Judgement, *, kind: Kind = Kind.ALERT) -> None:
        """Enters what one scenario said about one alert, metric or object; without a node id, of a stack."""
        self._judged.append((nodeid, kind, judgement))

    def add_beforehand(self, judgement: Judgement, *, kind: Kind) -> None:
        """Enters what belongs to no scenario and was judged before the first; the same of several stacks only once."""
        if (kind, judgement) not in self._beforehand:
            self._beforehand.append((kind, judgement))
            self.add("", judgement, kind=kind)

    def add_recording(self, nodeid: str, judgement: RecordingJudgement) -> None:
        """Enters what one scenario said about one recording rule."""
        self._recorded.append((nodeid, judgement))

    def add_scenario(self, facts: ScenarioFacts) -> None:
        """Enters how a scenario ran; what it judged is entered by itself."""
        self._facts[facts.nodeid] = facts

    def add_approach(
        self,
        alert: str,
        pending_share: float | None,
        nearest_value: float | None,
        *,
        limit: str = "",
        why_no_value: str = "",
    ) -> None:
        """Enters how near an alert came to firing outside of the faults, over the whole run.

        Args:
            alert: its name.
            pending_share: the longest it was pending, as a share of its `for`; None if not known.
            nearest_value: of the values that its rule compares, the one nearest to its limit; None if there is none.
            limit: what the rule compares it with, `> 0.1`; empty if it is the documented threshold.
            why_no_value: in words, where there is none.
        """
        self._approaches[alert] = InvariantResult(
            verdict=Verdict.SKIPPED,
            why=_NOT_JUDGED,
            pending_share=_finite(pending_share),
            nearest_value=_finite(nearest_value),
            limit=limit,
            why_no_value=why_no_value,
        )

    def add_bring_up(self, *, speed: float, seconds: float) -> None:
        """Enters a stack that came up: at this speed, in seconds of the clock."""
        self._bring_ups.append(BringUp(speed=speed, seconds=round(seconds, 3)))

    def add_setting(self, setting: ConfigSnapshot) -> None:
        """Enters what monitoring looked like on a stack; one that looked like another at the same speed only once."""
        found = SettingResult(**asdict(setting))
        self._settings += [] if found in self._settings else [found]

    def add_dossier(self, place: str) -> None:
        """Enters where all that was recorded of a stack is kept, whose life is not verified."""
        self._dossiers.append(place)

    def add_left_out(self, what: str, why: str) -> None:
        """Enters a part of the contract that nobody looked at, with the reason."""
        self._left_out.append(LeftOut(what=what, why=why))

    def add_unproved(self, note: Unproved) -> None:
        """Enters a part of a rule that means something else at the run's speed."""
        self._unproved.append(note)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts entered so far, and UNKNOWN for each promise that no scenario can test.

        What is said of the run as a whole proves no promise by itself: it counts only where it is not VERIFIED.
        """
        return (
            *(one.verdict for nodeid, _, one in self._judged if nodeid or one.verdict is not Verdict.VERIFIED),
            *(one.verdict for _, one in self._recorded),
            *(Verdict.UNKNOWN for promise in self._contract.alerts if self._whole and promise.threshold.untestable),
        )

    def results(self, *, duration_s: float) -> Results:
        """The results so far, as they are written."""
        return Results(
            stack=self._stack,
            speed=self._speed,
            duration_s=round(duration_s, 3),
            contract=self._contract.source,
            exit_code=exit_code(self.verdicts),
            alerts={promise.name: self._alert(promise) for promise in self._contract.alerts},
            recording_rules={
                promise.name: self._recording(promise.name, promise.tolerance_ratio)
                for promise in self._contract.recording_rules
            },
            metrics={promise.name: self._named(promise.name, Kind.METRIC) for promise in self._contract.metrics},
            objects={
                name: self._named(name, *_OBJECTS)
                for name in sorted(
                    {one.name for _, kind, one in self._judged if kind in _OBJECTS and not _follows(kind, one)}
                )
            },
            beforehand=tuple(_beforehand(kind, one) for kind, one in worst_first(self._beforehand)),
            scenarios=tuple(self._scenarios()),
            invariants={
                promise.name: self._invariant(promise.name)
                for promise in self._contract.alerts
                if promise.name in self._approaches or self._of(Kind.INVARIANT, promise.name)
            },
            left_out=tuple(self._left_out),
            matrix=matrix_lines(
                self._facts.values(), {nodeid for nodeid, _, one in self._judged if one.verdict is Verdict.VIOLATED}
            ),
            bring_ups=tuple(self._bring_ups),
            settings=tuple(self._settings),
            dossiers=tuple(self._dossiers),
        )

    def _of(self, kind: Kind, name: str) -> list[tuple[str, Judgement]]:
        return [(nodeid, one) for nodeid, each, one in self._judged if each is kind and one.name == name]

    def _speed_of(self, nodeid: str) -> float:
        return self._facts[nodeid].speed if nodeid in self._facts else self._speed

    def _alert(self, promise: AlertPromise) -> AlertResult:
        mine = self._of(Kind.ALERT, promise.name)
        loud = [one.verdict for _, one in self._of(Kind.INVARIANT, promise.name) if one.verdict is not Verdict.VERIFIED]
        written = [one for _, one in self._of(Kind.WRITTEN, promise.name) if one.verdict is Verdict.VIOLATED]
        untestable = [Verdict.UNKNOWN] if promise.threshold.untestable and self._whole and not mine else []
        return alert_result(
            promise,
            [Judged(nodeid=nodeid, judgement=one, speed=self._speed_of(nodeid)) for nodeid, one in mine],
            receiver=self._contract.route.receiver,
            written=written,
            also=[*loud, *untestable, *(one.verdict for one in written)],
            notes=[*self._unread(promise.name), *self._unscaled(promise)],
        )

    def _unread(self, alert: str) -> Iterator[str]:
        """What the text of its rule does not tell: of that the live run is the only witness."""
        for _, one in self._of(Kind.WRITTEN, alert):
            for finding in one.findings:
                if finding.outcome is Verdict.SKIPPED:
                    yield f"{finding.clause} as written: {finding.actual}"

    def _unscaled(self, promise: AlertPromise) -> Iterator[str]:
        """What means something else at the run's speed."""
        return (f"{one.part}: {one.why}" for one in self._unproved if one.rule in (promise.name, promise.alert))

    def _scenarios(self) -> Iterator[ScenarioResult]:
        for nodeid, kind, one in self._judged:
            if nodeid and kind is not Kind.INVARIANT:
                yield _scenario(nodeid, one, self._facts.get(nodeid))
        for nodeid, rule in self._recorded:
            one = Judgement(name=rule.name, verdict=rule.verdict, promise="", findings=(), cause=rule.why)
            yield _scenario(nodeid, one, self._facts.get(nodeid))

    def _invariant(self, alert: str) -> InvariantResult:
        mine = [one for _, one in self._of(Kind.INVARIANT, alert)]
        verdict = worst(one.verdict for one in mine)
        shown = next((one for one in mine if one.verdict is verdict), None)
        found = self._approaches.get(alert, InvariantResult(verdict=Verdict.SKIPPED, why=_NOT_JUDGED))
        return found if shown is None else found.model_copy(update={"verdict": verdict, "why": shown.cause})

    def _recording(self, name: str, tolerance_ratio: float) -> RecordingResult:
        mine = [one for _, one in self._recorded if one.name == name]
        written = [one for _, one in self._of(Kind.WRITTEN, name) if one.verdict is Verdict.VIOLATED]
        uncompared = [one for _, one in self._of(Kind.RECORDING, name)]
        verdict = worst([*(one.verdict for one in mine), *(one.verdict for one in (*written, *uncompared))])
        shown = next((one for one in mine if one.verdict is verdict), next(iter(mine), None))
        because = [one.cause for one in written]
        because += dict.fromkeys(
            f"not tested because of {one.because_of}" if one.because_of else one.cause for one in uncompared
        )
        if shown is None:
            why = "; ".join(because) or "no scenario ran"
            return RecordingResult(
                verdict=verdict, expected=None, observed=None, tolerance_ratio=tolerance_ratio, why=why
            )
        return RecordingResult(
            verdict=verdict,
            expected=_finite(shown.expected),
            observed=_finite(shown.observed),
            difference_ratio=_finite(shown.difference_ratio),
            tolerance_ratio=tolerance_ratio,
            instants=shown.instants,
            why="; ".join([*because, shown.why]),
        )

    def _named(self, name: str, *kinds: Kind) -> NamedResult:
        mine = [one for kind in kinds for _, one in self._of(kind, name)]
        verdict = worst(one.verdict for one in mine)
        shown = next((one for one in mine if one.verdict is verdict), None)
        return NamedResult(verdict=verdict, why="no scenario ran" if shown is None else shown.cause)


def _follows(kind: Kind, one: Judgement) -> bool:
    """Whether it says of a scenario that it was not tried: no object has its name."""
    return kind is Kind.OBJECT and bool(one.because_of)


def _scenario(nodeid: str, one: Judgement, facts: ScenarioFacts | None) -> ScenarioResult:
    return ScenarioResult(
        nodeid=nodeid,
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
        dossier="" if facts is None else facts.dossier,
    )


def _findings(one: Judgement) -> tuple[FindingResult, ...]:
    return tuple(
        FindingResult(clause=finding.clause, verdict=finding.outcome, expected=finding.expected, actual=finding.actual)
        for finding in one.findings
    )


def _beforehand(kind: Kind, one: Judgement) -> BeforehandResult:
    return BeforehandResult(
        about=one.name,
        kind=kind,
        verdict=one.verdict,
        findings=_findings(one),
        cause=one.cause,
        where=one.where,
        because_of=one.because_of,
    )


def worst_first(judged: Iterable[tuple[Kind, Judgement]]) -> list[tuple[Kind, Judgement]]:
    """In the order in which they are told; what is equally bad stays as it was."""
    return sorted(judged, key=lambda one: WORST_FIRST.index(one[1].verdict))


def _finite(value: float | None) -> float | None:
    """JSON has neither NaN nor infinity."""
    return value if value is not None and math.isfinite(value) else None
