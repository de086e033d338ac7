"""The samples that a rule writes at an evaluation, and those by which it ends series that it no longer makes.

https://github.com/prometheus/prometheus/blob/v3.13.5/rules/group.go (`Group.Eval`)
https://github.com/prometheus/prometheus/blob/v3.13.5/tsdb/head_append.go (`memSeries.appendable`)
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.core.replay.alert import Alert
from harness.core.replay.go_number import shortest
from harness.core.replay.labels import Element, LabelSet, label_set, recorded_labels
from harness.core.replay.restored import LastForState
from harness.core.samples import STALE

TWINS: Final = "vector contains metrics with the same labelset after applying rule labels"
ALERTS, FOR_STATE = "ALERTS", "ALERTS_FOR_STATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One sample of one series."""

    labels: LabelSet
    at_ms: int
    value: float


def of_alerts(alertname: str, set_labels: Mapping[str, str], alerts: Iterable[Alert], at_ms: int) -> tuple[Sample, ...]:
    """`ALERTS` and `ALERTS_FOR_STATE` of the alerts that are active.

    A label of the rule whose template comes to nothing is not on the alert, but on its series, as the template itself:
    they are made from the rule's labels as they were written, the alert's over them (`AlertingRule.sample`).

    Args:
        alertname: of the rule.
        set_labels: the rule's, as they were written.
        alerts: all of the rule.
        at_ms: the evaluation's instant less the query offset.
    """
    found: list[Sample] = []
    for alert in alerts:
        if alert.active:
            shared = {**set_labels, **dict(alert.labels)}
            state = {**shared, "__name__": ALERTS, "alertname": alertname, "alertstate": alert.state.value}
            since = {**shared, "__name__": FOR_STATE, "alertname": alertname}
            found.append(Sample(labels=label_set(state), at_ms=at_ms, value=1.0))
            found.append(Sample(labels=label_set(since), at_ms=at_ms, value=float(alert.active_at_ms // 1_000)))
    return tuple(found)


def of_recording(
    record: str, set_labels: Mapping[str, str], found: Iterable[Element], *, limit: int, at_ms: int
) -> tuple[Sample, ...] | str:
    """What a recording rule makes of what its expression gave; why it fails, in Prometheus's words, if it does.

    Args:
        record: the name of the series.
        set_labels: the rule's.
        found: what the expression gave.
        limit: the most series there may be; 0 is no limit.
        at_ms: the evaluation's instant less the query offset.
    """
    samples = tuple(
        Sample(labels=recorded_labels(one, set_labels, record), at_ms=at_ms, value=one.value) for one in found
    )
    if len({one.labels for one in samples}) < len(samples):
        return TWINS
    if 0 < limit < len(samples):
        return f"exceeded limit of {limit} with {len(samples)} series"
    return samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What of an evaluation got into the storage."""

    #: with the staleness markers
    samples: tuple[Sample, ...]
    #: the series that the rule has written, for its next evaluation
    series: frozenset[LabelSet]
    #: why a sample was not taken, in Prometheus's words; None if all were
    refused: str | None


class Newest:
    """The newest sample of each series that rules write: what the storage judges the next one by."""

    def __init__(self) -> None:
        self._of: dict[LabelSet, Sample] = {}

    def commit(self, samples: Iterable[Sample], before: frozenset[LabelSet], at_ms: int) -> Committed:
        """Takes what one rule writes at one evaluation; another rule may have written the same series.

        Args:
            samples: of the evaluation, which has not failed.
            before: the series that the rule's evaluation before has written.
            at_ms: the evaluation's instant less the query offset.
        """
        taken: list[Sample] = []
        series: set[LabelSet] = set()
        refused_for: str | None = None
        for sample in samples:
            refused = self._refused(sample)
            if refused is None:
                taken.append(sample)
                series.add(sample.labels)
            refused_for = refused or refused_for
        markers = (Sample(labels=labels, at_ms=at_ms, value=STALE) for labels in sorted(before - series))
        taken += [marker for marker in markers if self._refused(marker) is None]
        fresh: list[Sample] = []
        for sample in taken:
            last = self._of.get(sample.labels)
            if last is None or last.at_ms < sample.at_ms:
                self._of[sample.labels] = sample
                fresh.append(sample)
        return Committed(samples=tuple(fresh), series=frozenset(series), refused=refused_for)

    def note(self, samples: Iterable[Sample]) -> None:
        """Knows of samples that are in the storage already."""
        self._of |= {one.labels: one for one in samples}

    def for_state(self, alerts: Iterable[LabelSet]) -> Mapping[LabelSet, LastForState]:
        """The newest sample of `ALERTS_FOR_STATE` of these alerts, where there is one."""
        of = {labels: self._of.get(label_set({**dict(labels), "__name__": FOR_STATE})) for labels in alerts}
        return {labels: LastForState(at_ms=one.at_ms, value=one.value) for labels, one in of.items() if one is not None}

    def _refused(self, sample: Sample) -> str | None:
        last = self._of.get(sample.labels)
        if last is None or sample.at_ms > last.at_ms:
            return None
        if sample.at_ms < last.at_ms:
            return "out of order sample"
        if struct.pack(">d", sample.value) == struct.pack(">d", last.value):
            return None
        values = f"existing {shortest(last.value)}, new value {shortest(sample.value)}"
        return f"duplicate sample for timestamp {sample.at_ms}; overrides not allowed: {values}"
