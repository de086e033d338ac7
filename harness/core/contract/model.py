"""The contract: what the documentation promises, as data. The only oracle of every verdict.

It is written by hand from the documentation and never derived from the rules, or a wrong rule would prove itself.
`harness.core.contract.file` reads it from YAML; this module is the shape that everything else works with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.core.contract.quantity import Quantity, Unit
from harness.core.duration import PromDuration

_NO_TIME = PromDuration(0)


class Carries(StrEnum):
    """What a rendered annotation must contain."""

    #: the value as a percentage, `12.5%`
    PERCENTAGE = "percentage"
    #: the value as a duration, `5.2s`
    DURATION = "duration"
    #: the value as a plain number
    NUMBER = "number"


class MetricType(StrEnum):
    """The types of the text exposition format that the documented metrics have."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class RecordedKind(StrEnum):
    """How a recorded value comes about, so that it can be computed again without PromQL."""

    QUANTILE = "quantile"
    RATE = "rate"
    MAX = "max"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """The alert's condition is true while the documented quantity is strictly on `side` of `value`."""

    quantity: Quantity
    side: str  # ">" or "<"
    value: float
    unit: Unit
    #: the documented quantity, in words: `p99 of reconcile durations per controller, over 5 minutes`
    meaning: str
    #: over which it is counted; None for a quantity of one instant
    window: PromDuration | None = None
    #: for OTHER only: why no scenario can bring it about
    untestable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationPromise:
    """One annotation of a firing alert."""

    name: str
    #: what the number in it is, None if it carries none
    carries: Carries | None
    #: labels whose values must appear in the text
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPromise:
    """One documented alert: if the condition holds for `hold`, somebody is told; otherwise nobody is.

    Several promises may speak of one alert: rules that share a name, each with a severity and a `for` of its own. Which
    rule is meant is `harness.core.rules.identity`'s word.
    """

    #: of the promise, the key in the contract; every judgement and table goes by it
    name: str
    #: the documentation's own summary, one sentence
    promise: str
    severity: str
    threshold: Threshold
    #: the documented `for`
    hold: PromDuration
    #: labels every firing instance carries, with these values (severity and component among them)
    labels: Mapping[str, str]
    #: labels that tell instances apart, e.g. `controller`; exactly these besides `labels` and `alertname`
    instance_labels: tuple[str, ...]
    annotations: tuple[AnnotationPromise, ...]
    #: the documented `keep_firing_for`: how long it goes on firing after the condition has ended
    keep_firing_for: PromDuration = _NO_TIME
    #: the alert's name where the promise has one of its own; empty where they are the same
    of_alert: str = ""
    #: the rule group to look in, where labels do not tell the rules of one name apart; empty where they do
    group: str = ""

    @property
    def alert(self) -> str:
        """The alert's name, its `alertname`."""
        return self.of_alert or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingPromise:
    """One documented recording rule, in terms that can be computed from the controller's own /metrics page."""

    name: str
    meaning: str
    kind: RecordedKind
    #: metric family on the /metrics page
    metric: str
    #: 0 to 1, for QUANTILE only
    quantile: float | None
    #: None for MAX
    window: PromDuration | None
    #: labels the recorded series keep
    by: tuple[str, ...]
    #: largest accepted relative difference to the independent computation, with its reason in the contract file
    tolerance_ratio: float
    #: label -> the values that it is promised for; series of others, recorded or not, are nobody's business
    only_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def covers(self, labels: Mapping[str, str]) -> bool:
        """Whether anything is promised about the series with these labels."""
        return all(labels.get(name, "") in values for name, values in self.only_for.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPromise:
    """One documented metric of the controller."""

    name: str
    type: MetricType
    #: label names each sample carries, `le` left out
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelPromise:
    """One documented dashboard panel."""

    title: str
    shows: str
    #: metrics (or recording rules) its queries must read
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePromise:
    """Where the alerts go."""

    matchers: Mapping[str, str]
    receiver: str
    #: the documented `continue: true`: later routes see the alert as well
    continues: bool
    #: labels whose values alerts of one notification have in common; None if nothing is promised about grouping
    group_by: tuple[str, ...] | None = None
    #: after how long an alert that still fires is told again; None if nothing is promised about it
    repeat_interval: PromDuration | None = None
    #: the kinds of destination (`slack`) that are told when an alert is over; None: each that was told of the firing
    told_when_over: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Everything the documentation promises."""

    #: where it was read from, for messages
    source: str
    #: documented scrape and evaluation intervals
    scrape_interval: PromDuration
    evaluation_interval: PromDuration
    alerts: tuple[AlertPromise, ...]
    recording_rules: tuple[RecordingPromise, ...]
    metrics: tuple[MetricPromise, ...]
    panels: tuple[PanelPromise, ...]
    route: RoutePromise
    #: for how long Prometheus keeps what it has recorded, at least; None if nothing is promised about it
    retention: PromDuration | None = None

    @property
    def rules(self) -> frozenset[str]:
        """The names of all documented alerts and recording rules, as Prometheus has them."""
        return frozenset({*(one.alert for one in self.alerts), *(one.name for one in self.recording_rules)})
