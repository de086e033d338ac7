"""What was recorded of rules before a replay begins to evaluate them: their alerts, and the series that they wrote."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from harness.core.replay.alert import Alert, Alerts
from harness.core.replay.grid import on_grid
from harness.core.replay.labels import Element, LabelSet, label_set
from harness.core.replay.order import PlacedRule, RuleKey
from harness.core.replay.reads import Output
from harness.core.replay.running import Known
from harness.core.replay.written import ALERTS, FOR_STATE
from harness.core.rules.heartbeat import HEARTBEAT
from harness.core.rules.model import AlertingRule, RecordingRule
from harness.core.samples import Series, is_stale
from harness.core.timeline import AlertState


class Before:
    """Of the rules that were there (those of groups with a heartbeat), until they are evaluated here."""

    def __init__(
        self,
        recorded: Sequence[Series],
        rules: Sequence[PlacedRule],
        at_ms: Sequence[Sequence[int]],
        begins_ms: Mapping[RuleKey, int],
    ) -> None:
        """Args: what rules wrote; all that are replayed; when each group is evaluated; from when on each rule is."""
        self._recorded = recorded
        self._rules = rules
        self._at_ms = at_ms
        self._last_ms: dict[RuleKey, int] = {}
        for one in rules:
            before = [each for each in at_ms[one.key[0]] if each < begins_ms[one.key]]
            if before and any(rule.name == HEARTBEAT for rule in one.group.rules):
                self._last_ms[one.key] = before[-1]

    def known(self) -> Mapping[RuleKey, Known]:
        """What the last evaluation before left behind."""
        return {
            one.key: Known(
                at_ms=self._last_ms[one.key],
                alerts=self._alerts(one),
                series=frozenset(
                    label_set(each.labels)
                    for name in one.output.names
                    for each in made_by(one, self._recorded, name)
                    if _value(each, self._stored_ms(one)) is not None
                ),
            )
            for one in self._rules
            if one.key in self._last_ms
        }

    def series(self) -> Iterator[Series]:
        """What rules wrote and will not write here: before these begin, and of rules that are not among them."""
        own = {rule.record for one in self._rules if isinstance(rule := one.rule, RecordingRule)}
        ends = [(one.output, self._stored_ms(one)) for one in self._rules if one.key in self._last_ms]
        for series in self._recorded:
            name = series.labels.get("__name__", "")
            if name not in {*own, ALERTS, FOR_STATE}:
                yield series
                continue
            until = min((end for output, end in ends if _carries(series, output, name)), default=None)
            if until is not None:
                yield replace(series, points=tuple(point for point in series.points if _ms(point.at_s) <= until))

    def _stored_ms(self, one: PlacedRule) -> int:
        """The instant of the samples of its last evaluation before."""
        return self._last_ms[one.key] - (one.group.query_offset.ms if one.group.query_offset else 0)

    def _alerts(self, one: PlacedRule) -> Alerts:
        if not isinstance(one.rule, AlertingRule):
            return {}
        at_ms, instants = self._stored_ms(one), self._at_ms[one.key[0]]
        interval_ms = min((b - a for a, b in itertools.pairwise(instants)), default=1)
        since = {_alert(each): each for each in made_by(one, self._recorded, FOR_STATE)}
        alerts: dict[LabelSet, Alert] = {}
        for each in made_by(one, self._recorded, ALERTS):
            labels = _alert(each)
            active_s = _value(since[labels], at_ms) if labels in since else None
            if _value(each, at_ms) is None or active_s is None:
                continue
            # on the grid: the sample has whole seconds
            grid = on_grid(_ms(active_s), _ms(active_s) + interval_ms, interval_ms, phase_ms=instants[0])
            alerts[labels] = Alert(
                labels=labels,
                state=AlertState(each.labels["alertstate"]),
                active_at_ms=_begun(since[labels], active_s) or grid[0],
                element=Element(labels=labels, value=float("nan")),
            )
        return alerts


def made_by(one: PlacedRule, recorded: Iterable[Series], name: str) -> tuple[Series, ...]:
    """The series of a name that carry a rule's labels."""
    return tuple(each for each in recorded if _carries(each, one.output, name))


def _carries(series: Series, output: Output, name: str) -> bool:
    fixed = {label: value for label, value in output.fixed.items() if value}
    return name in output.names and {"__name__": name, **fixed}.items() <= series.labels.items()


def _begun(since: Series, active_s: float) -> int | None:
    """The instant of the first sample with this activeAt, which is the exact one if it lies within its second."""
    first = next((point.at_s for point in since.points if point.value == active_s), None)
    return _ms(first) if first is not None and first - active_s < 1 else None


def _value(series: Series, at_ms: int) -> float | None:
    """At an instant; None if it was not there."""
    points = (point.value for point in series.points if _ms(point.at_s) == at_ms and not is_stale(point.value))
    return next(points, None)


def _alert(series: Series) -> LabelSet:
    return label_set({name: value for name, value in series.labels.items() if name not in ("__name__", "alertstate")})


def _ms(at_s: float) -> int:
    return round(at_s * 1_000)
