"""Trials on one timeline that nobody waits for, and what the rules of a bundle did in them.

The rules run as they are documented, no duration divided. Between two trials lies so much time that none sees another.
"""

import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from harness.core.contract.model import AlertPromise, Contract, RecordingPromise
from harness.core.duration import PromDuration
from harness.core.measured.carried import Alerted
from harness.core.measured.catalog import Catalog
from harness.core.measured.compare import active_at_end, deviations, life
from harness.core.measured.scene import Labels, Scene, laid_out
from harness.core.measured.situations import Kind, Trial
from harness.core.measured.summary import Tried
from harness.core.measured.truth import alerting, instances
from harness.core.replay.alert import Alert
from harness.core.replay.history import RuleHistory
from harness.core.replay.running import Step
from harness.core.rules.identity import RuleIdentity
from harness.core.rules.model import AlertingRule, RuleFile, RuleGroup
from harness.core.rules.rests_on import reach_s
from harness.core.timeline import Timeline
from harness.offline.private_prometheus import PrivatePrometheus
from harness.offline.rendering import AnnotationsOf, annotated
from harness.offline.replay import EvaluatedGroup, ReplaySetting, replay

#: Unix time of the first scene: of no consequence
FROM_S: Final = 1_600_000_000.0
#: evaluations fall between two scrapes, as they do
_EVALUATED_AFTER_S: Final = 10.0
_AT_ONCE: Final = PromDuration(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredCase:
    """What is measured."""

    contract: Contract
    catalog: Catalog
    rules: RuleFile
    #: renders templates
    promtool: Path
    #: the rules that are played; None for all
    played: frozenset[str] | None = None

    @property
    def groups(self) -> tuple[RuleGroup, ...]:
        """The groups with the rules that are played."""
        if self.played is None:
            return self.rules.groups
        kept = (replace(one, rules=tuple(r for r in one.rules if r.name in self.played)) for one in self.rules.groups)
        return tuple(one for one in kept if one.rules)


class VirtualRun:
    """Trials, played: each begins with nothing pending."""

    def __init__(
        self, case: MeasuredCase, prometheus: PrivatePrometheus, trials: Sequence[Trial], *, from_s: float = FROM_S
    ) -> None:
        """Plays them.

        Args:
            case: whose rules.
            prometheus: without samples from a window before `from_s` on.
            trials: at least one.
            from_s: Unix time of the first.

        Raises:
            CouldNotTellError: Prometheus or promtool does not answer.
        """
        self._case = case
        self._scrape_s = case.contract.scrape_interval.seconds
        apart_s = reach_s(map(_without_waiting, case.groups), lookback_s=2 * self._scrape_s)
        scenes = laid_out(tuple(one.scene for one in trials), from_s=from_s, apart_s=apart_s, grid_s=self._scrape_s)
        #: in the order of time
        self.trials = tuple(replace(one, scene=scene) for one, scene in zip(trials, scenes, strict=True))
        #: Unix time from which on there is room for another run
        self.end_s = scenes[-1].end_s + apart_s
        prometheus.load(one.message(case.catalog, scrape_s=self._scrape_s) for one in scenes)
        self._histories = self._replayed(prometheus)

    def history(self, rule: RuleIdentity) -> RuleHistory:
        """What a rule did."""
        (group,) = (one for one in self._case.rules.groups if one.name == rule.group)
        wanted = group.rules[rule.position - 1]
        return next(one for one in self._histories if one.placed.rule is wanted and one.placed.group.name == rule.group)

    def recorded(self, promise: RecordingPromise) -> RuleHistory | None:
        """What the rule did that records a promised series; None where there is none."""
        return next((one for one in self._histories if one.placed.rule.name == promise.name), None)

    def tried(self, promise: AlertPromise, history: RuleHistory) -> tuple[Tried, ...]:
        """The trials that ask something of an alert, with what it did."""
        every = history.timelines
        instants = [step.at_ms / 1_000 for step in history.steps]
        slack_s = self._scrape_s + history.interval_ms / 1_000
        found = []
        for trial in self.trials:
            if trial.kind is Kind.LEVEL and trial.about != promise.name:
                continue
            scene = trial.scene
            first, last = bisect.bisect_left(instants, scene.start_s), bisect.bisect_left(instants, scene.end_s)
            cut = [_cut(one, scene) for one in every]
            differs = deviations(
                promise, scene, self._case.catalog, cut, instants=instants[first:last], slack_s=slack_s
            )
            own = trial.kind is Kind.LIFE and trial.about == promise.name
            found.append(
                Tried(
                    trial=trial,
                    deviations=tuple(differs),
                    active=active_at_end(cut, scene),
                    life=life(promise, scene, self._case.catalog, cut) if own else None,
                )
            )
        return tuple(found)

    def failed_in(self, history: RuleHistory) -> tuple[tuple[Trial, Step], ...]:
        """The evaluations in a trial that failed."""
        failed = history.failed
        return tuple(
            (trial, step)
            for trial in self.trials
            for step in failed
            if trial.scene.start_s <= step.at_ms / 1_000 < trial.scene.end_s
        )

    def alerted(self, promise: AlertPromise, history: RuleHistory) -> tuple[Alerted, ...] | str:
        """The alerts at the end of each of its levels, with their texts; why those cannot be told, if they cannot."""
        rule = history.placed.rule
        asked = [*self._alerts(promise, history)]
        if not isinstance(rule, AlertingRule) or not asked:
            return ()
        questions = [AnnotationsOf(rule=rule, element=alert.element, at_ms=at_ms) for _, at_ms, alert, _ in asked]
        found = []
        for (trial, _, alert, truth), text in zip(asked, annotated(questions, self._case.promtool), strict=True):
            if isinstance(text, str):
                return text
            found.append(Alerted(trial=trial, labels=dict(alert.labels), annotations=text, truth=truth))
        return tuple(found)

    def _alerts(self, promise: AlertPromise, history: RuleHistory) -> Iterator[tuple[Trial, int, Alert, float]]:
        for trial in self.trials:
            if trial.kind is not Kind.LEVEL or trial.about != promise.name:
                continue
            step = self.last_step(history, trial.scene.end_s)
            found = instances(trial.scene, self._case.catalog, promise.threshold, at_s=step.at_ms / 1_000)
            true = [one.value for one in alerting(found, promise.threshold)]
            if true:
                yield from ((trial, step.at_ms, alert, true[0]) for alert in step.active)

    def last_step(self, history: RuleHistory, end_s: float) -> Step:
        """The last evaluation of a rule before an instant, Unix time."""
        return history.steps[bisect.bisect_left(history.steps, round(end_s * 1_000), key=lambda one: one.at_ms) - 1]

    def _replayed(self, prometheus: PrivatePrometheus) -> tuple[RuleHistory, ...]:
        contract = self._case.contract
        first_ms = round((self.trials[0].scene.start_s + _EVALUATED_AFTER_S) * 1_000)
        end_ms = round(self.trials[-1].scene.end_s * 1_000)
        evaluation_ms = contract.evaluation_interval.ms
        groups = []
        for group in self._case.groups:
            step_ms = group.interval.ms if group.interval else evaluation_ms
            groups.append(EvaluatedGroup(group=group, at_ms=tuple(range(first_ms, end_ms, step_ms))))
        setting = ReplaySetting(evaluation_ms=evaluation_ms)
        return replay(groups, prometheus, self._case.promtool, setting, start_ms=first_ms, end_ms=end_ms)


def by_instant(promise: RecordingPromise, history: RuleHistory) -> Mapping[int, Mapping[Labels, float]]:
    """What was recorded at each instant (ms), by the labels that are promised."""
    found: dict[int, dict[Labels, float]] = {}
    for one in history.series:
        if promise.covers(one.labels):
            key = tuple((name, one.labels.get(name, "")) for name in promise.by)
            for point in one.points:
                found.setdefault(round(point.at_s * 1_000), {})[key] = point.value
    return found


def _cut(line: Timeline, scene: Scene) -> Timeline:
    """What of a timeline lies in a scene."""
    first = bisect.bisect_left(line.moments, scene.start_s, key=lambda one: one.at_s)
    last = bisect.bisect_left(line.moments, scene.end_s, key=lambda one: one.at_s)
    return replace(line, start_s=scene.start_s, end_s=scene.end_s, moments=line.moments[first:last], gaps=())


def _without_waiting(group: RuleGroup) -> RuleGroup:
    """For how long an alert waits or goes on does not reach into the next scene: nothing of it is left there to see."""
    return replace(
        group,
        rules=tuple(
            replace(rule, hold=_AT_ONCE, keep_firing_for=_AT_ONCE) if isinstance(rule, AlertingRule) else rule
            for rule in group.rules
        ),
    )
