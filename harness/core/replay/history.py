"""What a rule did in a replay, from its first evaluation to its last: states, samples, failures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.core.replay.order import PlacedRule
from harness.core.replay.running import Step
from harness.core.replay.written import ALERTS, FOR_STATE, Sample
from harness.core.rules.model import AlertingRule
from harness.core.samples import Point, Series
from harness.core.timeline import Evaluations, Timeline, read_timelines, silent_timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHistory:
    """One rule."""

    placed: PlacedRule
    #: one for each evaluation, oldest first; none where it could not be replayed
    steps: tuple[Step, ...]
    #: how far apart the evaluations of its group are
    interval_ms: int
    query_offset_ms: int
    #: what was asked about: before the first evaluation and after the last nothing is known
    start_ms: int
    end_ms: int
    #: why it could not be replayed; None if it was
    untold: str | None = None

    @property
    def failed(self) -> tuple[Step, ...]:
        """The evaluations that failed."""
        return tuple(step for step in self.steps if step.failure is not None)

    @property
    def series(self) -> tuple[Series, ...]:
        """What it wrote, as if no other rule wrote the same series; without staleness markers."""
        return as_series(sample for step in self.steps for sample in step.made)

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """Of an alerting rule: one for each label set, one without labels of a series if it was never active.

        Instants are those of the samples, as in a live Prometheus: the query offset before the evaluations. An
        evaluation that failed is none: what the alert was then is unknown.
        """
        rule = self.placed.rule
        if not isinstance(rule, AlertingRule):
            return ()
        evaluations = Evaluations(
            at_s=tuple((step.at_ms - self.query_offset_ms) / 1_000 for step in self.steps if step.failure is None),
            interval_s=self.interval_ms / 1_000,
            start_s=self.start_ms / 1_000,
            end_s=self.end_ms / 1_000,
        )
        written = self.series
        found = read_timelines(_named(written, ALERTS), _named(written, FOR_STATE), evaluations)
        return found or (silent_timeline(rule.alert, evaluations),)


def as_series(samples: Iterable[Sample]) -> tuple[Series, ...]:
    """Samples, each series' in the order of time, by series."""
    points: dict[tuple[tuple[str, str], ...], list[Point]] = {}
    for sample in samples:
        points.setdefault(sample.labels, []).append(Point(at_s=sample.at_ms / 1_000, value=sample.value))
    return tuple(Series(labels=dict(labels), points=tuple(some)) for labels, some in points.items())


def _named(found: Sequence[Series], name: str) -> tuple[Series, ...]:
    return tuple(one for one in found if one.labels.get("__name__") == name)
