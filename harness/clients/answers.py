"""The shapes of what Prometheus and Alertmanager answer: checked here once, plain data from here on.

https://prometheus.io/docs/prometheus/latest/querying/api/ and Alertmanager's api/v2/openapi.yaml.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from harness.core.samples import Point, Series


class _Answer(BaseModel):
    """Fields that are not named here are left alone: servers add some with each version."""

    model_config = ConfigDict(frozen=True, extra="ignore")


#: `[1435781430.781, "1"]`; the value is text because JSON has no NaN
Sample = tuple[float, Annotated[float, BeforeValidator(float)]]


class QueriedSeries(_Answer):
    """One element of a vector (`value`) or of a matrix (`values`)."""

    metric: dict[str, str]
    value: Sample | None = None
    values: tuple[Sample, ...] = ()

    def series(self) -> Series:
        """As the rest of the harness knows it."""
        samples = self.values if self.value is None else (self.value,)
        return Series(labels=self.metric, points=tuple(Point(at_s=at_s, value=value) for at_s, value in samples))


class LoadedRule(_Answer):
    """One rule of `/api/v1/rules`."""

    name: str
    query: str
    health: str
    type: Literal["alerting", "recording"]
    last_error: str = Field(default="", alias="lastError")
    #: `for`, seconds of the clock; alerting rules only
    duration: float = 0.0
    #: seconds of the clock; alerting rules only
    keep_firing_for: float = Field(default=0.0, alias="keepFiringFor")
    labels: dict[str, str] = Field(default_factory=dict)
    #: templates, as they were written; alerting rules only
    annotations: dict[str, str] = Field(default_factory=dict)


class LoadedGroup(_Answer):
    """One rule group."""

    name: str
    file: str
    #: seconds of the clock
    interval: float
    #: most alerts that a rule may have; 0 is no limit
    limit: int = 0
    rules: tuple[LoadedRule, ...]


class LoadedGroups(_Answer):
    """`data` of `/api/v1/rules`."""

    groups: tuple[LoadedGroup, ...]


class ActiveTarget(_Answer):
    """One element of `activeTargets`."""

    labels: dict[str, str]
    scrape_pool: str = Field(alias="scrapePool")
    scrape_url: str = Field(alias="scrapeUrl")
    health: str
    last_error: str = Field(default="", alias="lastError")


class Targets(_Answer):
    """`data` of `/api/v1/targets`."""

    active: tuple[ActiveTarget, ...] = Field(alias="activeTargets")


class LoadedConfig(_Answer):
    """`data` of `/api/v1/status/config`."""

    yaml: str


class RuntimeInfo(_Answer):
    """What `/api/v1/status/runtimeinfo` says about the process."""

    start_time: str = Field(alias="startTime")


class Flags(_Answer):
    """What `/api/v1/status/flags` says the process was started with."""

    lookback: str = Field(alias="query.lookback-delta")


class MetricMetadata(_Answer):
    """One element of `/api/v1/targets/metadata`."""

    metric: str = ""
    type: str


class ReceiverRef(_Answer):
    """A receiver by name."""

    name: str


class CurrentAlert(_Answer):
    """One element of Alertmanager's `/api/v2/alerts`."""

    labels: dict[str, str]
    receivers: tuple[ReceiverRef, ...]
    starts_at: datetime = Field(alias="startsAt")


class OriginalConfig(_Answer):
    """The configuration as loaded."""

    original: str


class AlertmanagerStatus(_Answer):
    """`/api/v2/status`."""

    config: OriginalConfig


QUERIED = TypeAdapter(tuple[QueriedSeries, ...])
NAMES = TypeAdapter(tuple[str, ...])
METADATA = TypeAdapter(tuple[MetricMetadata, ...])
ALERTS = TypeAdapter(tuple[CurrentAlert, ...])
RECEIVERS = TypeAdapter(tuple[ReceiverRef, ...])
