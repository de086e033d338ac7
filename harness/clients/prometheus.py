"""Prometheus, asked: raw samples with the instants at which they were taken, and what it has loaded and runs with.

Queries go through prometheus-api-client; the rest of the API through the same kept connection. The shapes of what it
answers are checked here once: https://prometheus.io/docs/prometheus/latest/querying/api/
"""

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Generic, TypeVar
from urllib.parse import urlsplit

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from pydantic import BeforeValidator, Field, PlainValidator, TypeAdapter

from harness.clients.endpoint import (
    TIMEOUT_S,
    Answer,
    Endpoint,
    EndpointReader,
    HungUpError,
    OnceMore,
    UnexpectedAnswerError,
    UnreachableError,
)
from harness.clients.querier import LoadedGroups
from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.files.located import LocatedYaml
from harness.core.judge.preflight import TargetFact
from harness.core.samples import Point, Series
from harness.core.timing_flags import FOR_GRACE_PERIOD, FOR_OUTAGE_TOLERANCE, RESEND_DELAY

T = TypeVar("T")

#: one more second each side, because a range selector leaves its own start out and works in whole milliseconds
_MARGIN_S = 1.0
#: what it takes where its configuration names no interval:
#: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#configuration-file
_INTERVAL: Final = PromDuration(60_000)


def _duration(found: object) -> PromDuration:
    if isinstance(found, PromDuration):
        return found
    try:
        return PromDuration.parse(str(found))
    except MisuseError as error:
        raise ValueError(f"{error.what}: {error.why}") from error


_Duration = Annotated[PromDuration, PlainValidator(_duration)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTimes:
    """What Prometheus runs with now; the operator's object says only what it should be."""

    #: of jobs without their own
    scrape_interval: PromDuration
    #: of groups without their own
    evaluation_interval: PromDuration
    #: `--rules.alert.resend-delay`
    resend_delay: PromDuration
    #: `--query.lookback-delta`: a series counts as gone so long after its last value
    lookback: PromDuration
    #: `rule_query_offset`: how far the evaluations of groups look back that do not say it themselves
    query_offset: PromDuration
    #: `--rules.alert.for-grace-period` and `--rules.alert.for-outage-tolerance`: of restoring `for` after a restart
    for_grace: PromDuration
    for_outage: PromDuration
    #: what it adds to each series and alert that leaves it
    external_labels: Mapping[str, str]
    #: `--web.external-url`
    external_url: str


#: `[1435781430.781, "1"]`; the value is text because JSON has no NaN
_Sample = tuple[float, Annotated[float, BeforeValidator(float)]]


class _Series(Answer):
    """One element of a vector (`value`) or of a matrix (`values`)."""

    metric: dict[str, str]
    value: _Sample | None = None
    values: tuple[_Sample, ...] = ()

    def series(self) -> Series:
        samples = self.values if self.value is None else (self.value,)
        return Series(labels=self.metric, points=tuple(Point(at_s=at_s, value=value) for at_s, value in samples))


class _Range(Answer):
    result: tuple[_Series, ...]


class _Target(Answer):
    labels: dict[str, str]
    scrape_pool: str = Field(alias="scrapePool")
    scrape_url: str = Field(alias="scrapeUrl")
    health: str
    last_error: str = Field(default="", alias="lastError")


class _Targets(Answer):
    active: tuple[_Target, ...] = Field(alias="activeTargets")


class _Config(Answer):
    yaml: str


class _Global(Answer):
    external_labels: dict[str, str] = Field(default_factory=dict)
    scrape_interval: _Duration = _INTERVAL
    evaluation_interval: _Duration = _INTERVAL
    rule_query_offset: _Duration = PromDuration(0)


class _Runtime(Answer):
    start_time: str = Field(alias="startTime")


class _Build(Answer):
    version: str


class _Flags(Answer):
    lookback: _Duration = Field(alias="query.lookback-delta")
    resend_delay: _Duration = Field(default=RESEND_DELAY, alias="rules.alert.resend-delay")
    for_grace: _Duration = Field(default=FOR_GRACE_PERIOD, alias="rules.alert.for-grace-period")
    for_outage: _Duration = Field(default=FOR_OUTAGE_TOLERANCE, alias="rules.alert.for-outage-tolerance")
    external_url: str = Field(default="", alias="web.external-url")


class _Metadata(Answer):
    metric: str = ""
    type: str


class _Data(Answer, Generic[T]):
    """What stands around every answer."""

    data: T


_VECTOR = TypeAdapter(tuple[_Series, ...])
_RANGE = TypeAdapter(_Data[_Range])
_RULES = TypeAdapter(_Data[LoadedGroups])
_TARGETS = TypeAdapter(_Data[_Targets])
_CONFIG = TypeAdapter(_Data[_Config])
_GLOBAL = TypeAdapter(_Global)
_RUNTIME = TypeAdapter(_Data[_Runtime])
_BUILD = TypeAdapter(_Data[_Build])
_FLAGS = TypeAdapter(_Data[_Flags])
_NAMES = TypeAdapter(_Data[tuple[str, ...]])
_METADATA = TypeAdapter(_Data[tuple[_Metadata, ...]])


class PrometheusReader(EndpointReader):
    """A running Prometheus. Every method asks at most `timeout_s`; a CouldNotTellError when it cannot tell."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        super().__init__(Endpoint("Prometheus", url, timeout_s=timeout_s))
        # No further retries here: whoever asks knows whether asking again helps.
        self._client = PrometheusConnect(
            url=self._endpoint.url,
            session=self._endpoint.session,
            retry=OnceMore(),
            timeout=timeout_s,
        )

    def samples(self, selector: str, start_s: float, end_s: float) -> tuple[Series, ...]:
        """Raw samples, not resampled: a range selector as an instant query.

        Args:
            selector: an instant selector without range: `ALERTS{alertname="X"}`.
            start_s: Unix time in seconds, included.
            end_s: Unix time in seconds, included. May lie in the future: what is not there yet is not returned.

        Returns:
            Series that have at least one sample between the two instants. Staleness markers are no samples.
        """
        range_ms = math.ceil((end_s - start_s + _MARGIN_S) * 1_000)
        found = self._query(f"{selector}[{range_ms}ms]", at_s=end_s)
        cut = (
            Series(labels=one.labels, points=tuple(p for p in one.points if start_s <= p.at_s <= end_s))
            for one in found
        )
        return tuple(one for one in cut if one.points)

    def instant(self, query: str, *, at_s: float | None = None) -> tuple[Series, ...]:
        """Evaluates a query that gives a vector, at an instant (Unix time in seconds) or now; one point per series."""
        return self._query(query, at_s=at_s)

    def values(self, query: str, *, start_s: float, end_s: float, step_s: float) -> tuple[Series, ...]:
        """Evaluates a query at `start_s`, and every `step_s` (whole milliseconds) after it until `end_s`.

        A group's evaluations lie on such a grid, so with the first of them as the start and the group's interval as the
        step this is what a rule saw: https://github.com/prometheus/prometheus/blob/v3.13.5/rules/group.go,
        `EvalTimestamp`. Prometheus refuses more than 11,000 steps.
        """
        times = {"start": f"{start_s:.3f}", "end": f"{end_s:.3f}", "step": f"{step_s:.3f}"}
        found = self._endpoint.read("/api/v1/query_range", _RANGE, query=query, **times).data.result
        return tuple(one.series() for one in found)

    def rules(self) -> LoadedGroups:
        """The rule groups as loaded."""
        return self._endpoint.read("/api/v1/rules", _RULES).data

    def targets(self) -> tuple[TargetFact, ...]:
        """The active targets."""
        return tuple(
            TargetFact(
                scrape_pool=one.scrape_pool,
                labels=one.labels,
                health=one.health,
                last_error=one.last_error,
                scrape_url=one.scrape_url,
                path=urlsplit(one.scrape_url).path,
                port=urlsplit(one.scrape_url).port,
            )
            for one in self._endpoint.read("/api/v1/targets", _TARGETS, state="active").data.active
        )

    def config(self) -> str:
        """The configuration in force, YAML text; secrets are masked."""
        return self._endpoint.read("/api/v1/status/config", _CONFIG).data.yaml

    def times(self) -> RunningTimes:
        """What it runs with, by its flags and its configuration."""
        flags = self._endpoint.read("/api/v1/status/flags", _FLAGS).data
        settings = self._global_block()
        return RunningTimes(
            scrape_interval=settings.scrape_interval,
            evaluation_interval=settings.evaluation_interval,
            resend_delay=flags.resend_delay,
            lookback=flags.lookback,
            query_offset=settings.rule_query_offset,
            for_grace=flags.for_grace,
            for_outage=flags.for_outage,
            external_labels=settings.external_labels,
            external_url=flags.external_url,
        )

    def _global_block(self) -> _Global:
        """The settings of its configuration that belong to no job."""
        try:
            block = LocatedYaml(_global(self.config()), "global").data
        except MisuseError as error:
            raise self._endpoint.unexpected("/api/v1/status/config", f"{error.what}: {error.why}") from error
        written = block.get("global") if isinstance(block, dict) else None
        return self._endpoint.shaped("/api/v1/status/config", _GLOBAL, written or {})

    def lookback(self) -> PromDuration:
        """`--query.lookback-delta` as it runs with."""
        return self._endpoint.read("/api/v1/status/flags", _FLAGS).data.lookback

    def names(self) -> tuple[str, ...]:
        """The names of all metrics that it has."""
        return self._endpoint.read("/api/v1/label/__name__/values", _NAMES).data

    def started(self) -> str:
        """When the process began, as it writes it; another text is another process.

        Only one that is ready says so: https://github.com/prometheus/prometheus/blob/v3.5.0/web/web.go (`testReady`)
        """
        return self._endpoint.read("/api/v1/status/runtimeinfo", _RUNTIME).data.start_time

    def started_s(self) -> float:
        """The same, Unix seconds."""
        text = self.started()
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError as error:
            raise self._endpoint.unexpected("/api/v1/status/runtimeinfo", f"no instant: {text!r}") from error

    def version(self) -> str:
        """Its version, `3.13.5`."""
        return self._endpoint.read("/api/v1/status/buildinfo", _BUILD).data.version

    def metric_types(self, match_target: str) -> dict[str, str]:
        """Metric types by metric name, as stated by the targets that match, e.g. `{job="x"}`."""
        found = self._endpoint.read("/api/v1/targets/metadata", _METADATA, match_target=match_target).data
        return {one.metric: one.type for one in found}

    def ready(self) -> None:
        """Returns if it is ready to serve queries."""
        self._endpoint.get("/-/ready")

    def has_pages(self) -> bool:
        """Whether it has its pages; the Go module does not carry them, a release does. Never raises."""
        try:
            self._endpoint.get("/query")
        except (UnreachableError, UnexpectedAnswerError):
            return False
        return True

    def quit(self) -> None:
        """Asks it to end in good order, which takes `--web.enable-lifecycle`; it may end before it answers."""
        with suppress(HungUpError):
            self._endpoint.post("/-/quit")

    def clock_offset_s(self) -> tuple[float, float]:
        """How far the server's clock is ahead of ours, and how far that estimate may be off; seconds.

        `time()` evaluates at the server's own now, to the millisecond; half of the round trip is the uncertainty.
        """
        sent_s = time.time()
        (found,) = self._query("vector(time())", at_s=None)
        took_s = time.time() - sent_s
        return found.points[0].value - (sent_s + took_s / 2), took_s / 2

    def _query(self, query: str, *, at_s: float | None) -> tuple[Series, ...]:
        params = {} if at_s is None else {"time": f"{at_s:.3f}"}
        try:
            answer: object = self._client.custom_query(query, params=params)
        except requests.JSONDecodeError as error:
            raise self._endpoint.unexpected(f"the query {query!r}", f"no JSON: {error}") from error
        except requests.RequestException as error:
            raise self._endpoint.unreachable(error) from error
        except (PrometheusApiClientException, KeyError) as error:
            raise self._endpoint.unexpected(f"the query {query!r}", str(error)) from error
        return tuple(one.series() for one in self._endpoint.shaped(query, _VECTOR, answer))


def _global(text: str) -> str:
    """The block of that name alone: a whole configuration of hundreds of jobs takes seconds to read."""
    block: list[str] = []
    for line in text.splitlines():
        if block and not line.startswith(" "):
            break
        if block or line.rstrip() == "global:":
            block.append(line)
    return "\n".join(block)
