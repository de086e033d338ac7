"""What the rules of a bundle do, measured: the subject's own series, driven to levels, in a Prometheus of our own."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from harness.clients.rule_facts import read_selectors
from harness.core.check import CheckFinding
from harness.core.contract.model import AlertPromise, RecordedKind, RecordingPromise
from harness.core.judge import SelectorFact
from harness.core.label_text import braces
from harness.core.measured.axes import axes, lacking, metrics_of
from harness.core.measured.carried import annotations_line, labels_line
from harness.core.measured.recorded import expected
from harness.core.measured.scene import Labels
from harness.core.measured.situations import Kind, Trial, finer, trials
from harness.core.measured.summary import Line, Tried, brackets, details, lines
from harness.core.promql import Expression
from harness.core.promql.tree import BinaryExpr, Expr, VectorSelector, children
from harness.core.replay.history import RuleHistory
from harness.core.rules.identity import RuleIdentity, rules_of, written_rules
from harness.core.rules.model import RecordingRule
from harness.core.rules.sources import metrics_behind, rules_behind
from harness.core.verdict import Verdict
from harness.offline.check.virtual_run import FROM_S, MeasuredCase, VirtualRun, by_instant
from harness.offline.private_prometheus import PrivatePrometheus

#: what is arithmetic on both sides differs by less
_EXACT_RATIO: Final = 0.01
_WORKED: Final = ": some metrics are there only once a controller has worked, so take it from one that has"
#: rates and counts this small are the rounding of an addition
_NOTHING: Final = 1e-9
_SHOWN: Final = 3


def measured(
    case: MeasuredCase,
    prometheus: PrivatePrometheus,
    *,
    only: frozenset[str] | None = None,
    command: str = "",
    from_s: float = FROM_S,
) -> tuple[CheckFinding, ...]:
    """Everything that was measured of each documented alert and recording rule.

    Args:
        case: what.
        prometheus: an empty one, with the documented lookback.
        only: the promises that are asked about; None for all.
        command: shows what is wrong with one of them, once its name is appended.
        from_s: Unix time of the first trial: of no consequence, but that nothing is there from then on.

    Raises:
        CouldNotTellError: it or promtool does not answer.
        AmbiguousRuleError: several rules fit a promise equally well.
    """
    return tuple(_Measuring(case, prometheus, only, command, from_s).findings())


class _Measuring:
    def __init__(
        self,
        case: MeasuredCase,
        prometheus: PrivatePrometheus,
        only: frozenset[str] | None,
        command: str,
        from_s: float,
    ) -> None:
        alerts = tuple(one for one in case.contract.alerts if only is None or one.name in only)
        recordings = tuple(one for one in case.contract.recording_rules if only is None or one.name in only)
        names = (*(one.alert for one in alerts), *(one.name for one in recordings))
        behind = frozenset[str]().union(*(rules_behind(name, case.rules.groups) for name in names))
        self._alerts, self._recordings = alerts, recordings
        self._case = case = case if only is None else replace(case, played=behind)
        self._prometheus = prometheus
        self._command = command
        self._identities = rules_of(case.contract.alerts, written_rules(case.rules.groups, case.rules.source))
        self._run = VirtualRun(case, prometheus, self._asked(), from_s=from_s)
        self._free_s = self._run.end_s

    def findings(self) -> Iterator[CheckFinding]:
        for promise in self._alerts:
            rule = self._identities[promise.name]
            if rule is None:
                yield self._finding(promise, None, _no_rule(self._case.rules.source), "")
            else:
                yield from self._of_alert(promise, rule)
        for recording in self._recordings:
            yield self._of_recording(recording)

    def _asked(self) -> tuple[Trial, ...]:
        """What is tried; no more series are told than some rule reads, but once all."""
        case = self._case
        mine = {one.name for one in self._alerts}
        every = self._read(rule.name for group in case.groups for rule in group.rules)
        reads = {one.name: self._read([one.alert]) for one in case.contract.alerts}
        found = tuple(
            one for one in trials(case.contract, case.catalog, reads) if one.kind is not Kind.LEVEL or one.about in mine
        )
        whole = _whole(found)
        return tuple(
            replace(one, scene=replace(one.scene, metrics=every))
            if one is not whole and one.scene.metrics is None
            else one
            for one in found
        )

    def _read(self, names: Iterable[str]) -> frozenset[str] | None:
        """The metrics that rules read, by way of others as well; None where a selector names none."""
        return metrics_behind(names, self._case.rules.groups)

    def _of_alert(self, promise: AlertPromise, rule: RuleIdentity) -> Iterator[CheckFinding]:
        history = self._run.history(rule)
        why = promise.threshold.untestable or self._why_not(promise, history)
        if why:
            line = Line(check="measured", verdict=Verdict.UNKNOWN, expected=promise.promise, actual="not measured")
            yield self._finding(promise, rule, line, why)
            return
        failed = self._run.failed_in(history)
        if failed:
            line = Line(
                check="evaluates",
                verdict=Verdict.VIOLATED,
                expected="every evaluation succeeds",
                actual=f"{len(failed)} fail; {failed[0][0].scene.name}",
            )
            yield self._finding(promise, rule, line, failed[0][1].failure or "")
        tried = self._run.tried(promise, history)
        cause = self._cause(promise, history, tried)
        every = [*tried, *self._more_precisely(promise, rule, tried)]
        for one in lines(promise, every):
            found = self._finding(promise, rule, one, cause if one.verdict is Verdict.VIOLATED else "")
            shown = {id(trial) for trial in one.shown_by}
            yield replace(found, details=tuple(details(each for each in every if id(each.trial) in shown)))
        alerted = self._run.alerted(promise, history)
        if isinstance(alerted, str):
            line = Line(
                check="measured annotations", verdict=Verdict.UNKNOWN, expected="rendered", actual="not rendered"
            )
            yield self._finding(promise, rule, line, alerted)
        elif alerted:
            yield self._finding(promise, rule, labels_line(promise, alerted), "")
            yield self._finding(promise, rule, annotations_line(promise, alerted), "")

    def _more_precisely(self, promise: AlertPromise, rule: RuleIdentity, tried: Sequence[Tried]) -> Iterator[Tried]:
        """Levels within the brackets that are not as documented, where these are wide."""
        levels = [one for one in tried if one.trial.kind is Kind.LEVEL]
        for bracket in brackets(levels):
            if bracket.as_documented or bracket.beside or not bracket.finer:
                continue
            like = next(one.trial for one in levels if one.trial.axis is bracket.axis and not one.trial.beside)
            run = VirtualRun(self._case, self._prometheus, [*finer(like, bracket.finer)], from_s=self._free_s)
            self._free_s = run.end_s
            yield from run.tried(promise, run.history(rule))

    def _why_not(self, promise: AlertPromise, history: RuleHistory) -> str:
        missing = lacking(self._case.catalog, promise.threshold.quantity)
        if history.untold is not None:
            return history.untold
        if missing:
            return f"{self._case.catalog.source} has no {', '.join(missing)}{_WORKED}"
        if not axes(self._case.catalog, promise.threshold):
            return "nothing drives this quantity here"
        return ""

    def _cause(self, promise: AlertPromise, history: RuleHistory, tried: Sequence[Tried]) -> str:
        """Why an alert is not as documented: it reads something else, or it is silent and selects nothing.

        Empty where neither is so.
        """
        told = metrics_of(promise.threshold.quantity)
        read = self._read([promise.alert])
        if read is not None and told.isdisjoint(read):
            return (
                f"it reads {', '.join(sorted(read))}, and not {' or '.join(sorted(told))}, which tells"
                f" {promise.threshold.quantity.definition.words}"
            ) + (f"; {dead}" if (dead := self._dead(history.placed.rule.expression)) else "")
        if any(one.active for one in tried if one.trial.kind is Kind.LEVEL):
            return ""
        return self._dead(history.placed.rule.expression)

    def _dead(self, expression: Expression) -> str:
        """Which of the selectors that it cannot do without match nothing of a healthy subject, and what there is."""
        scene = _whole(self._run.trials).scene
        needed = {str(Expression(node)) for node in _needed(expression.tree)}
        facts = read_selectors(self._prometheus.reader, str(expression), at_s=scene.end_s - 1)
        return "; ".join(_told(one) for one in facts if one.matched == 0 and _plain(one.selector) in needed)

    def _of_recording(self, promise: RecordingPromise) -> CheckFinding:
        history = self._run.recorded(promise)
        if history is None or not isinstance(history.placed.rule, RecordingRule):
            line = _no_rule(self._case.rules.source)
            return CheckFinding(
                check=line.check, about=promise.name, verdict=line.verdict, expected=promise.meaning, actual=line.actual
            )
        compared, wrong = 0, []
        recorded = by_instant(promise, history)
        for trial, at_ms, slack_s in self._instants(promise, history):
            seen = recorded.get(at_ms - history.query_offset_ms, {})
            for key, (low, high) in self._between(promise, trial, at_ms / 1_000, slack_s).items():
                compared += 1
                if not _within(low, high, seen.get(key)):
                    shown = "nothing" if key not in seen else f"{seen[key]:.4g}"
                    is_ = f"{low:.4g}" + (f" to {high:.4g}" if high > low else "")
                    wrong.append(f"{shown} for {braces(dict(key))} where it is {is_}: {trial.scene.name}")
        dead = self._dead(history.placed.rule.expression) if wrong else ""
        return CheckFinding(
            check="measured value",
            about=promise.name,
            verdict=Verdict.VIOLATED if wrong else Verdict.VERIFIED if compared else Verdict.UNKNOWN,
            expected=promise.meaning,
            actual="; ".join(wrong[:_SHOWN]) if wrong else f"as computed, {compared} times",
            cause=dead if compared else f"{self._case.catalog.source} has no {promise.metric}{_WORKED}",
            file=self._case.rules.source,
            line=history.placed.rule.line,
            command=f"{self._command} {promise.name}" if wrong and self._command else "",
            details=tuple(wrong),
        )

    def _instants(self, promise: RecordingPromise, history: RuleHistory) -> Iterator[tuple[Trial, int, float]]:
        """When recorded values are compared, in ms, and by how many seconds the window may lie elsewhere.

        At the end of each phase that is longer than the window, where it does not matter; of a rate also in the middle
        of a window that holds a change, of which Prometheus sees one scrape more or less. Not where pods come and go:
        half a window of one series is extrapolated, and two halves are more than one whole.
        """
        scrape_s = self._case.contract.scrape_interval.seconds
        window_s = 0.0 if promise.window is None else promise.window.seconds
        for trial in self._run.trials:
            if trial.kind is Kind.LEVEL:
                continue
            before = None
            for start_s, end_s, state in trial.scene.spans:
                changed, before = before is not None and before.replicas == state.replicas, state
                if end_s - start_s >= window_s + 2 * scrape_s:
                    yield trial, self._run.last_step(history, end_s).at_ms, 0.0
                if changed and promise.kind is RecordedKind.RATE and end_s - start_s >= window_s:
                    yield trial, self._run.last_step(history, start_s + window_s / 2).at_ms, 2 * scrape_s

    def _between(
        self, promise: RecordingPromise, trial: Trial, at_s: float, slack_s: float
    ) -> Mapping[Labels, tuple[float, float]]:
        """The least and the most that a value may be."""
        each = [
            expected(promise, trial.scene, self._case.catalog, at_s=at_s + one)
            for one in ((-slack_s, slack_s) if slack_s else (0.0,))
        ]
        return {
            key: (min(one[key] for one in each), max(one[key] for one in each))
            for key in each[0].keys() & each[-1].keys()
        }

    def _finding(self, promise: AlertPromise, rule: RuleIdentity | None, line: Line, cause: str) -> CheckFinding:
        wrong = line.verdict is Verdict.VIOLATED
        return CheckFinding(
            check=line.check,
            about=promise.name,
            verdict=line.verdict,
            expected=line.expected,
            actual=line.actual,
            cause=cause,
            file=self._case.rules.source,
            line=None if rule is None else rule.line,
            command=f"{self._command} {promise.name}" if wrong and self._command else "",
        )


def _whole(found: Sequence[Trial]) -> Trial:
    """The situation in which all series of a healthy subject are told."""
    return next(one for one in found if one.kind is Kind.SITUATION)


def _needed(node: Expr) -> Iterator[VectorSelector]:
    """The selectors without which there is nothing: an alternative can do without."""
    if isinstance(node, BinaryExpr) and node.op in {"or", "unless"}:
        if node.op == "unless":
            yield from _needed(node.lhs)
        return
    if isinstance(node, VectorSelector):
        yield replace(node, offset_ms=0, at=None)
    for child in children(node):
        yield from _needed(child)


def _no_rule(source: str) -> Line:
    return Line(check="rule", verdict=Verdict.VIOLATED, expected="there is a rule", actual=f"{source} has none")


def _within(low: float, high: float, seen: float | None) -> bool:
    if seen is None:
        return False
    if math.isnan(low) or math.isnan(seen):
        return math.isnan(low) and math.isnan(seen)
    around = max(_EXACT_RATIO * abs(seen), _NOTHING)
    return low - around <= seen <= high + around


def _plain(selector: str) -> str:
    found = Expression.understood(selector)
    return selector if found is None else str(found)


def _told(fact: SelectorFact) -> str:
    if fact.killer is not None:
        return f"{fact.selector} selects nothing: of {fact.killer} there are {', '.join(fact.seen) or 'none'}"
    return f"{fact.selector} selects nothing" + (f": {fact.instead}" if fact.instead else "")
