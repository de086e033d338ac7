"""Rules over samples that are there already: what each would have done, evaluation by evaluation.

A private Prometheus gives each expression at each instant; what follows from it is `harness.core.replay`. What rules
write goes back into that Prometheus, staleness markers included, so that others read it as they would have.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from harness.clients.rule_queries import NativeHistogramError, QueryFailedError, RuleQueries
from harness.core.promql import Expression
from harness.core.promql.tree import SubqueryExpr
from harness.core.replay.grid import stretches
from harness.core.replay.history import RuleHistory, as_series
from harness.core.replay.labels import Element
from harness.core.replay.order import Bundle, PlacedRule, RuleKey, bundled, placed, readers
from harness.core.replay.reads import looks_ahead, needs_single_instants, with_steps
from harness.core.replay.restored import Grace
from harness.core.replay.running import Known, RunningRule, Step
from harness.core.replay.written import Newest, Sample
from harness.core.rules.model import RuleGroup
from harness.offline.private_prometheus import PrivatePrometheus
from harness.offline.rendering import Labels, untold_labels
from harness.toolchain.promtool_alerts import TemplateSetting

#: what an expression gave, or why it could not be evaluated
Vector = tuple[Element, ...] | str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedGroup:
    """A group and when it is evaluated."""

    group: RuleGroup
    #: the instants of its evaluations, oldest first; those that were not made are not among them
    at_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySetting:
    """What of the Prometheus that rules are evaluated as if by is not in the rules. Lengths and instants in ms."""

    #: `global.evaluation_interval`: of groups without one, and of subqueries without a step
    evaluation_ms: int
    #: `global.rule_query_offset`
    query_offset_ms: int = 0
    templates: TemplateSetting = field(default_factory=TemplateSetting)
    #: whether that is what it had; else what reads it cannot be told
    external_known: bool = True
    #: of restoring `for` after a restart
    grace: Grace = field(default_factory=Grace)
    #: when it was started again: nothing is known from before, and two evaluations write no alerts
    restarts_ms: tuple[int, ...] = ()


def replay(
    groups: Sequence[EvaluatedGroup],
    prometheus: PrivatePrometheus,
    promtool: Path,
    setting: ReplaySetting,
    *,
    start_ms: int,
    end_ms: int,
    begins_ms: Mapping[RuleKey, int] | None = None,
    known: Mapping[RuleKey, Known] | None = None,
) -> tuple[RuleHistory, ...]:
    """Evaluates rules over what a private Prometheus holds, and writes into it what they record.

    Args:
        groups: all that are evaluated, in the order in which they are where they are at one instant. Rules that write
            what is there already, as scraped or by another replay, would be told from it by nothing.
        prometheus: with the samples; its `--query.lookback-delta` decides as ever.
        promtool: the program, for templates.
        setting: of the Prometheus that is played.
        start_ms: what is asked about begins here
        end_ms: and ends here: outside of the evaluations nothing is known.
        begins_ms: of a rule, by the indexes of group and rule, from when on it is evaluated; it is not before.
        known: of a rule what its last evaluation before left behind; nothing of any other.

    Returns:
        Of each rule, in order, what it did; one that cannot be replayed says why.

    Raises:
        CouldNotTellError: the private Prometheus or promtool does not answer.
    """
    with RuleQueries(prometheus.url, timeout_s=prometheus.timeout_s) as queries:
        run = _Replay(groups, setting, start_ms, prometheus=prometheus, queries=queries, promtool=promtool)
        run.begins_ms, run.known = begins_ms or {}, known or {}
        found = run.all()
    return tuple(
        RuleHistory(
            placed=one,
            steps=found.steps.get(one.key, ()),
            interval_ms=run.interval_ms(one),
            query_offset_ms=run.offset_ms(one.key[0]),
            start_ms=start_ms,
            end_ms=end_ms,
            untold=found.untold.get(one.key),
        )
        for one in run.rules
    )


@dataclass(slots=True)
class _Found:
    steps: dict[RuleKey, tuple[Step, ...]] = field(default_factory=dict)
    untold: dict[RuleKey, str] = field(default_factory=dict)


class _Replay:
    def __init__(
        self,
        groups: Sequence[EvaluatedGroup],
        setting: ReplaySetting,
        start_ms: int,
        *,
        prometheus: PrivatePrometheus,
        queries: RuleQueries,
        promtool: Path,
    ) -> None:
        self._groups = groups
        self._prometheus = prometheus
        self._queries = queries
        self._labels = Labels(promtool, setting.templates)
        self._setting = setting
        self._start_ms = start_ms
        self.begins_ms: Mapping[RuleKey, int] = {}
        self.known: Mapping[RuleKey, Known] = {}
        self._newest = Newest()
        self.rules = placed([one.group for one in groups])

    def interval_ms(self, one: PlacedRule) -> int:
        return one.group.interval.ms if one.group.interval else self._setting.evaluation_ms

    def offset_ms(self, group: int) -> int:
        own = self._groups[group].group.query_offset
        return self._setting.query_offset_ms if own is None else own.ms

    def instants(self, one: PlacedRule) -> tuple[int, ...]:
        """At which it is evaluated."""
        begin_ms = self.begins_ms.get(one.key)
        every = self._groups[one.key[0]].at_ms
        return every if begin_ms is None else tuple(at_ms for at_ms in every if at_ms >= begin_ms)

    def all(self) -> _Found:
        found = _Found()
        reads = readers(self.rules)
        bundles = bundled(self.rules, reads, query_offset_ms=self.offset_ms, may_coincide=self._coincide)
        for bundle in bundles:
            keys = {one.key for one in bundle.rules}
            why = self._untold(bundle) or next(
                (
                    f"it reads what {_name(self._rule(key))} writes, which cannot be told"
                    for one in bundle.rules
                    for key in sorted(reads[one.key] - keys)
                    if key in found.untold
                ),
                None,
            )
            try:
                if why is None:
                    found.steps |= self._evaluated(bundle, reads)
            except NativeHistogramError as error:
                why = f"{error.what}: {error.why}"
            if why is not None:
                found.untold |= dict.fromkeys(keys, why)
        return found

    def _coincide(self, one: int, other: int) -> bool:
        return not set(self._groups[one].at_ms).isdisjoint(self._groups[other].at_ms)

    def _rule(self, key: RuleKey) -> PlacedRule:
        return next(one for one in self.rules if one.key == key)

    def _untold(self, bundle: Bundle) -> str | None:
        for one in bundle.rules:
            offset_ms, instants = self.offset_ms(one.key[0]), self.instants(one)
            first_ms = min(instants, default=0) - offset_ms
            why = untold_labels(one, external_known=self._setting.external_known)
            if looks_ahead(one.rule.expression, query_offset_ms=offset_ms, first_ms=first_ms):
                why = "it looks at samples that are not there yet when it is evaluated"
            if why is not None:
                return why if len(bundle.rules) == 1 else f"{_name(one)}: {why}"
        return None

    def _evaluated(
        self, bundle: Bundle, reads: Mapping[RuleKey, frozenset[RuleKey]]
    ) -> Mapping[RuleKey, tuple[Step, ...]]:
        """All rules of a bundle, in the order of time; those that read nothing of it, over their range beforehand."""
        keys = {one.key for one in bundle.rules}
        early = [one for one in bundle.rules if reads[one.key].isdisjoint(keys)]
        ahead = {one.key: self._over(one) for one in early}
        self._labels.prepare(
            (one, at_ms, element)
            for one in early
            for at_ms, vector in ahead[one.key].items()
            for element in _given(vector)
        )
        running = {
            one.key: RunningRule(
                one, self._newest, query_offset_ms=self.offset_ms(one.key[0]), grace=self._setting.grace
            )
            for one in bundle.rules
        }
        steps: dict[RuleKey, list[Step]] = {
            key: [one.know(self.known[key])] if key in self.known else [] for key, one in running.items()
        }
        unsent: list[Sample] = []
        for at_ms, one in self._in_time(bundle):
            if one.key not in ahead:
                self._prometheus.add(as_series(unsent))
                unsent = []
            vector = ahead[one.key][at_ms] if one.key in ahead else self._at(one, at_ms)
            before_ms = steps[one.key][-1].at_ms if steps[one.key] else self._start_ms
            if any(before_ms < restart_ms <= at_ms for restart_ms in self._setting.restarts_ms):
                running[one.key].restart()
            step = self._step(one, running[one.key], at_ms, vector)
            steps[one.key].append(step)
            unsent += step.stored
        self._prometheus.add(as_series(unsent))
        return {key: tuple(made) for key, made in steps.items()}

    def _in_time(self, bundle: Bundle) -> Iterator[tuple[int, PlacedRule]]:
        every = [(at_ms, one.key, one) for one in bundle.rules for at_ms in self.instants(one)]
        return ((at_ms, one) for at_ms, _, one in sorted(every, key=lambda found: found[:2]))

    def _step(self, one: PlacedRule, running: RunningRule, at_ms: int, vector: Vector) -> Step:
        if isinstance(vector, str):
            return running.failed(at_ms, vector)
        if not vector and running.rests:
            return Step(at_ms=at_ms)
        self._labels.prepare((one, at_ms, element) for element in vector)
        return running.step(at_ms, vector, partial(self._rendered, one, at_ms))

    def _rendered(self, one: PlacedRule, at_ms: int, element: Element) -> Mapping[str, str]:
        return self._labels.of(one, element, at_ms)

    def _over(self, one: PlacedRule) -> Mapping[int, Vector]:
        """What its expression gives at each of its evaluations."""
        instants, offset_ms = self.instants(one), self.offset_ms(one.key[0])
        found: dict[int, Vector] = {}
        if not needs_single_instants(one.rule.expression):
            try:
                for stretch in stretches(instants, self.interval_ms(one)):
                    vectors = self._queries.over(
                        self._query(one),
                        first_ms=stretch.first_ms - offset_ms,
                        step_ms=stretch.step_ms,
                        count=stretch.count,
                    )
                    for place, vector in enumerate(vectors):
                        found[stretch.first_ms + place * stretch.step_ms] = vector
            except QueryFailedError:
                found = {}  # one instant may fail, or only the range as a whole
        return {at_ms: found[at_ms] if found else self._at(one, at_ms) for at_ms in instants}

    def _at(self, one: PlacedRule, at_ms: int) -> Vector:
        try:
            return self._queries.at(self._query(one), at_ms - self.offset_ms(one.key[0]))
        except QueryFailedError as error:
            return error.words

    def _query(self, one: PlacedRule) -> str:
        expression: Expression = one.rule.expression
        if any(isinstance(node, SubqueryExpr) and not node.step_ms for node in expression.nodes()):
            return str(with_steps(expression, self._setting.evaluation_ms))
        return one.rule.expr


def _given(vector: Vector) -> tuple[Element, ...]:
    return () if isinstance(vector, str) else vector


def _name(one: PlacedRule) -> str:
    return f"{one.rule.name} (rule {one.key[1] + 1} of group {one.group.name})"
