"""The shape of the contract file, for `harness.core.contract.file`: keys, types, and what one part says by itself.

Each field's description is the fix that a person is shown; `monitoring/contract.yaml` is the example.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from harness.core.contract.model import Carries, MetricType, RecordedKind
from harness.core.contract.quantity import Quantity, Unit
from harness.core.destination_kinds import ENDS_TOLD
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.files.mistakes import suggestion
from harness.core.files.validated import FileModel, wrong


def _duration(value: object) -> PromDuration:
    if not isinstance(value, str):
        raise wrong(f"is {value!r}, which is no duration", fix="write it with its unit, like 5m, 1h30m or 250ms")
    try:
        return PromDuration.parse(value)
    except MisuseError as error:
        raise wrong(f"is {value!r}, which is no duration: {error.why}", fix=error.fix) from error


def _some_time(value: object) -> PromDuration:
    duration = _duration(value)
    if duration.ms == 0:
        raise wrong("is no time at all", fix="write more than 0, like 30s")
    return duration


def _destination_kind(value: object) -> object:
    if isinstance(value, str) and value not in ENDS_TOLD:
        raise wrong(f"is {value!r}, which is no kind of destination", fix=suggestion(value, tuple(ENDS_TOLD)))
    return value


Duration = Annotated[PromDuration, BeforeValidator(_duration)]
SomeTime = Annotated[PromDuration, BeforeValidator(_some_time)]
Text = Annotated[str, Field(min_length=1)]
MetricName = Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
DestinationKind = Annotated[str, BeforeValidator(_destination_kind)]
LabelName = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]
Number = Annotated[float, Field(allow_inf_nan=False)]


class IntervalsModel(FileModel):
    """How often the documentation scrapes and evaluates."""

    scrape: SomeTime = Field(description="`scrape: 30s`, how often the documentation scrapes")
    evaluation: SomeTime = Field(description="`evaluation: 30s`, how often it evaluates rules")


class ThresholdModel(FileModel):
    """The condition of an alert."""

    quantity: Annotated[Quantity, Field(strict=False)] = Field(
        description=f"`quantity:` with one of {', '.join(Quantity)}"
    )
    side: Literal[">", "<"] = Field(description='`side: ">"` or `side: "<"`, where the condition is true')
    value: Number = Field(description="`value: 100`, the documented number")
    unit: Annotated[Unit, Field(strict=False)] = Field(description=f"`unit:` with one of {', '.join(Unit)}")
    meaning: Text = Field(description="`meaning:` with the documented quantity in words")
    window: SomeTime | None = Field(default=None, description="`window: 5m`, over which the quantity is counted")
    untestable: Text | None = Field(
        default=None, description="`untestable:` with the reason why no scenario can bring the quantity about"
    )

    @model_validator(mode="after")
    def _quantity_is_complete(self) -> Self:
        for key, value, needed, example in (
            ("window", self.window, self.quantity.definition.windowed, "`window: 5m`"),
            (
                "untestable",
                self.untestable,
                self.quantity is Quantity.OTHER,
                "`untestable: no certificate here expires`",
            ),
        ):
            if needed and value is None:
                raise wrong(f"is missing: quantity {self.quantity} needs it", fix=f"add it: {example}", at=(key,))
            if not needed and value is not None:
                raise wrong(
                    f"has no meaning for quantity {self.quantity}", fix="remove it, or correct `quantity`", at=(key,)
                )
        return self

    @model_validator(mode="after")
    def _in_its_unit(self) -> Self:
        counted = self.quantity.definition.unit
        if counted is not None and self.unit is not counted:
            raise wrong(
                f"is {self.unit}, but {self.quantity} counts in {counted}",
                fix=f"write `unit: {counted}`, and the value in it",
                at=("unit",),
            )
        if self.unit is Unit.RATIO and not 0 <= self.value <= 1:
            raise wrong(
                f"is {self.value:g}, but a ratio lies between 0 and 1",
                fix=f"write {self.value:g} % as {self.value / 100:g}",
                at=("value",),
            )
        return self


class AnnotationModel(FileModel):
    """What an annotation must contain."""

    carries: Annotated[Carries, Field(strict=False)] | None = Field(
        default=None, description=f"`carries:` with one of {', '.join(Carries)}, or leave it out"
    )
    labels: tuple[LabelName, ...] = Field(default=(), description="a list of label names, like [namespace]")


class AlertModel(FileModel):
    """One promise; its name is the key, and the alert's name too unless `alert` says another."""

    alert: Text | None = Field(
        default=None, description="`alert: NAME`, where the key is not the alert's name because several rules have it"
    )
    group: Text | None = Field(
        default=None, description="`group: NAME`, the rule group, where labels do not tell rules of one name apart"
    )
    promise: Text = Field(description="`promise:` with the documentation's sentence")
    severity: Literal["critical", "warning", "info"] = Field(description="`severity: critical` or `severity: warning`")
    threshold: ThresholdModel = Field(description="`threshold:` with side, value, unit and meaning")
    hold: Duration = Field(alias="for", description="`for: 5m`, how long the condition must last")
    keep_firing_for: Duration = Field(
        default=PromDuration(0),
        description="`keep_firing_for: 5m`, how long it goes on firing after the condition has ended",
    )
    labels: dict[LabelName, str] = Field(default={}, description="label names with text, like `component: kubemirror`")
    instance_labels: tuple[LabelName, ...] = Field(
        description="`instance_labels: [controller]`, the labels that tell instances apart, [] if none does"
    )
    annotations: dict[LabelName, AnnotationModel] = Field(
        description="`annotations:` with a mapping for each annotation"
    )

    @model_validator(mode="after")
    def _labels_fit(self) -> Self:
        if "severity" in self.labels:
            raise wrong(
                "is said twice: severity has a key of its own", fix="remove this label", at=("labels", "severity")
            )
        for index, label in enumerate(self.instance_labels):
            if label in self.labels or label == "severity" or label in self.instance_labels[:index]:
                raise wrong(
                    f"is {label!r}, which is named already",
                    fix="keep it in `labels` if its value is fixed, in `instance_labels` if it differs",
                    at=("instance_labels", index),
                )
        known = ("alertname", "severity", *self.labels, *self.instance_labels)
        for name, annotation in self.annotations.items():
            for index, label in enumerate(annotation.labels):
                if label not in known:
                    raise wrong(
                        f"is {label!r}, a label that the alert does not have",
                        fix=suggestion(label, known),
                        at=("annotations", name, "labels", index),
                    )
        return self


class ToleranceModel(FileModel):
    """How far a recorded value may be off, and why."""

    ratio: Annotated[Number, Field(ge=0)] = Field(description="`ratio: 0.1`, the largest accepted relative difference")
    reason: Text = Field(description="`reason:` with what the difference comes from")


class RecordingModel(FileModel):
    """One recording rule; its name is the key."""

    meaning: Text = Field(description="`meaning:` with what the value is, in words")
    kind: Annotated[RecordedKind, Field(strict=False)] = Field(
        description=f"`kind:` with one of {', '.join(RecordedKind)}"
    )
    metric: MetricName = Field(description="`metric:` with a metric that `metrics` lists")
    quantile: Annotated[Number, Field(ge=0, le=1)] | None = Field(default=None, description="`quantile: 0.99`, 0 to 1")
    window: SomeTime | None = Field(default=None, description="`window: 5m`")
    by: tuple[LabelName, ...] = Field(description="`by:` with the list of labels that the recorded series keep")
    tolerance: ToleranceModel = Field(description="`tolerance:` with ratio and reason")
    only_for: dict[LabelName, Annotated[tuple[Text, ...], Field(min_length=1)]] = Field(
        default={},
        description="`only_for: {controller: [secret]}`, the label values that it is promised for, left out if for all",
    )

    @model_validator(mode="after")
    def _only_for_kept_labels(self) -> Self:
        for label in self.only_for:
            if label not in self.by:
                raise wrong(
                    f"is {label!r}, a label that the recorded series do not keep",
                    fix=suggestion(label, self.by or ("a label of `by`",)),
                    at=("only_for", label),
                )
        return self

    @model_validator(mode="after")
    def _kind_is_complete(self) -> Self:
        if (self.quantile is None) is (self.kind is RecordedKind.QUANTILE):
            raise self._unfit("quantile", self.quantile is None, "`quantile: 0.99`")
        if (self.window is None) is not (self.kind is RecordedKind.MAX):
            raise self._unfit("window", self.window is None, "`window: 5m`")
        return self

    def _unfit(self, key: str, missing: bool, example: str) -> PydanticCustomError:
        if missing:
            return wrong(f"is missing: kind {self.kind} needs it", fix=f"add it: {example}", at=(key,))
        return wrong(f"has no meaning for kind {self.kind}", fix="remove it, or correct `kind`", at=(key,))


class MetricModel(FileModel):
    """One metric; its name is the key."""

    type: Annotated[MetricType, Field(strict=False)] = Field(description=f"`type:` with one of {', '.join(MetricType)}")
    labels: tuple[LabelName, ...] = Field(description="`labels:` with the list of label names, [] if none")


class PanelModel(FileModel):
    """One panel; its title is the key."""

    shows: Text = Field(description="`shows:` with what the documentation says the panel shows")
    reads: Annotated[tuple[MetricName, ...], Field(min_length=1)] = Field(
        description="`reads:` with a list of at least one metric or recording rule"
    )


class RouteModel(FileModel):
    """Where the alerts go."""

    matchers: Annotated[dict[LabelName, str], Field(min_length=1)] = Field(
        description="`matchers:` with labels and their values"
    )
    receiver: Text = Field(description="`receiver:` with the receiver's name")
    continues: bool = Field(alias="continue", description="`continue: true` or `continue: false`")
    group_by: tuple[LabelName, ...] | None = Field(default=None, description="`group_by:` with a list of labels")
    repeat_interval: SomeTime | None = Field(default=None, description="`repeat_interval: 4h`")
    told_when_over: tuple[DestinationKind, ...] | None = Field(
        default=None, description="`told_when_over:` with a list of kinds, [slack]; [] if nobody is"
    )


class ContractModel(FileModel):
    """The whole file."""

    intervals: IntervalsModel = Field(description="`intervals:` with scrape and evaluation")
    alerts: Annotated[dict[Text, AlertModel], Field(min_length=1)] = Field(
        description="`alerts:` with at least one alert"
    )
    recording_rules: dict[MetricName, RecordingModel] = Field(description="`recording_rules:` by name, {} if none")
    metrics: dict[MetricName, MetricModel] = Field(description="`metrics:` by name, {} if none")
    panels: dict[Text, PanelModel] = Field(description="`panels:` by title, {} if none")
    route: RouteModel = Field(description="`route:` with matchers, receiver and continue")
    retention: SomeTime | None = Field(
        default=None, description="`retention: 7d`, for how long Prometheus keeps its samples at least"
    )
